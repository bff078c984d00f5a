//! Which arc is under the pointer: computed from the same geometry that the shader draws, without asking the GPU.
//!
//! An arc lies in a plane through the earth's centre, and the view ray crosses that plane in one point: unless the point is
//! about where the arc is, the arc is out of the question. What remains is walked in a few steps, and what comes near is
//! walked again in many. Parts behind the globe do not count. What was picked stays so until another is clearly nearer, so that nothing flickers between two.

use super::{
    arcs::{ArcInstance, flag, unpack_direction},
    spaces::CameraView,
};
use crate::geodesy::apex_altitude;
use bevy::math::{Mat4, Vec2, Vec3};

/// Within so many points of the pointer an arc is picked.
const REACH_PT: f32 = 4.0;
/// What was picked stays so within this many points.
const HOLD_PT: f32 = 6.0;
/// Another must be nearer by so many points.
const LEAD_PT: f32 = 1.5;
/// The dot at the far end belongs to its arc, within so many points.
const DOT_PT: f32 = 6.0;
const COARSE: usize = 10;
const FINE: usize = 8;
/// No arc is higher: apex of one to the other side of the world, times the largest factor; and the neutral ring.
const HIGHEST: f32 = 1.75;
/// The radius at which arcs stand; `FOOT_RADIUS` of the shader.
const FOOT_RADIUS: f32 = 1.001;

/// The arc nearest to the pointer (px from the top left), by its slot; `held` is what was picked before.
#[must_use]
pub fn pick<'a>(
    view: &CameraView,
    pointer_px: Vec2,
    arcs: impl Iterator<Item = (u32, &'a ArcInstance)>,
    held: Option<u32>,
) -> Option<u32> {
    let eye = Eye::new(view, pointer_px);
    let scale = view.scale_factor.max(0.1);
    let mut nearest: Option<(u32, f32)> = None;
    let mut held_at = None;
    for (slot, arc) in arcs {
        if arc.flags() & (flag::HIDDEN | flag::CLOSING) != 0 {
            continue;
        }
        let is_held = held == Some(slot);
        let bound = if is_held { HOLD_PT } else { nearest.map_or(DOT_PT, |(_, at)| at) } * scale;
        if eye.is_out_of_question(arc, bound) {
            continue;
        }
        let Some(distance) = eye.distance(arc, pointer_px, bound, scale) else { continue };
        let distance = distance / scale;
        if is_held && distance <= HOLD_PT {
            held_at = Some(distance);
        }
        if distance <= REACH_PT && nearest.is_none_or(|(_, at)| distance < at) {
            nearest = Some((slot, distance));
        }
    }
    match (held, held_at, nearest) {
        (Some(held), Some(held_at), Some((_, at))) if at + LEAD_PT > held_at => Some(held),
        (Some(held), Some(_), None) => Some(held),
        (_, _, nearest) => nearest.map(|(slot, _)| slot),
    }
}

/// What is needed of the view, computed once.
struct Eye<'a> {
    view: &'a CameraView,
    clip_from_world: Mat4,
    below: Vec3,
    /// Unit direction of the ray through the pointer.
    ray: Vec3,
    /// Size of a pixel at the far side of the highest arc, globe radii.
    pixel: f32,
}

/// An arc, taken apart.
struct Course {
    start: Vec3,
    toward: Vec3,
    omega: f32,
    apex: f32,
    lift: f32,
}

impl<'a> Eye<'a> {
    fn new(view: &'a CameraView, pointer_px: Vec2) -> Self {
        let farthest = view.eye.length() + HIGHEST;
        Self {
            view,
            clip_from_world: view.clip_from_world(),
            below: view.eye.normalize(),
            ray: view.ray(pointer_px),
            pixel: 2.0 * view.half_extent().y / view.viewport_px.y.max(1.0) * farthest,
        }
    }

    /// Whether the ray crosses the arc's plane clearly away from the arc. Planes that are seen nearly edge-on, and arcs
    /// whose ends fix no plane, stay in question.
    fn is_out_of_question(&self, arc: &ArcInstance, bound_px: f32) -> bool {
        let start = if arc.flags() & flag::NO_HOME != 0 { self.below } else { unpack_direction(arc.start) };
        let end = unpack_direction(arc.end);
        let normal = start.cross(end);
        let sine = normal.length();
        let across = normal.dot(self.ray);
        if across.abs() < 0.05 * sine || sine < 0.01 {
            return false;
        }
        let at = self.view.eye - self.ray * (normal.dot(self.view.eye) / across);
        let margin = (bound_px + 1.0) * self.pixel * sine / across.abs();
        let radius = at.length();
        radius > HIGHEST + margin
            || radius < FOOT_RADIUS - margin
            || start.cross(at).dot(normal) < -margin * sine
            || at.cross(end).dot(normal) < -margin * sine
    }

    /// Distance from the pointer to what is seen of the arc, px; `None` where it is certainly farther than `bound_px`.
    fn distance(&self, arc: &ArcInstance, pointer_px: Vec2, bound_px: f32, scale: f32) -> Option<f32> {
        let course = self.course(arc);
        let mut distance = f32::INFINITY;
        self.walk(
            &course,
            [0.0, 1.0],
            COARSE,
            |step, step_distance, length| {
                // A coarse step strays from the arc by a part of its own length.
                if step_distance <= bound_px + 0.35 * length {
                    self.walk(
                        &course,
                        step,
                        FINE,
                        |_, fine_distance, _| distance = distance.min(fine_distance),
                        pointer_px,
                    );
                }
            },
            pointer_px,
        );
        let end = course.point(1.0);
        if let Some(at) = self.project(end).filter(|_| !self.view.is_hidden(end)) {
            // The dot is a round thing: being on it is as good as being on the line.
            let to_dot = at.distance(pointer_px);
            if to_dot <= DOT_PT * scale {
                distance = distance.min(to_dot * (REACH_PT / DOT_PT));
            }
        }
        distance.is_finite().then_some(distance)
    }

    fn course(&self, arc: &ArcInstance) -> Course {
        let is_homeless = arc.flags() & flag::NO_HOME != 0;
        let start = if is_homeless { self.below } else { unpack_direction(arc.start) };
        let end = unpack_direction(arc.end);
        let omega = start.cross(end).length().atan2(start.dot(end));
        let along = end - start * start.dot(end);
        let toward = if along.length_squared() > 1e-10 {
            along.normalize()
        } else {
            let axis = if start.y.abs() < 0.9 { Vec3::Y } else { Vec3::X };
            (axis - start * start.dot(axis)).normalize()
        };
        let apex = apex_altitude(f64::from(omega)) as f32 * (arc.shape & 0xff) as f32 / 128.0;
        Course { start, toward, omega, apex, lift: if is_homeless { 0.12 } else { 0.0 } }
    }

    fn project(&self, point: Vec3) -> Option<Vec2> {
        let clip = self.clip_from_world * point.extend(1.0);
        (clip.w > 1e-4).then(|| {
            let ndc = clip.truncate().truncate() / clip.w;
            (ndc * Vec2::new(0.5, -0.5) + 0.5) * self.view.viewport_px
        })
    }

    /// Walks a stretch of the arc in straight steps; of each that is seen it tells the stretch, its distance from the
    /// pointer and its length, px.
    fn walk(
        &self,
        course: &Course,
        [from_t, to_t]: [f32; 2],
        steps: usize,
        mut tell: impl FnMut([f32; 2], f32, f32),
        pointer_px: Vec2,
    ) {
        let t_of = |i: usize| from_t + (to_t - from_t) * (i as f32 / steps as f32);
        let mut before: Option<(Vec2, bool)> = None;
        for i in 0..=steps {
            let point = course.point(t_of(i));
            let here = self.project(point).map(|at| (at, self.view.is_hidden(point)));
            if let (Some((from, from_hidden)), Some((to, to_hidden))) = (before, here)
                && !(from_hidden && to_hidden)
            {
                let step = to - from;
                // Of a step that goes behind the globe, the half that is in front counts.
                let (low, high) = (if from_hidden { 0.5 } else { 0.0 }, if to_hidden { 0.5 } else { 1.0 });
                let t = ((pointer_px - from).dot(step) / step.length_squared().max(1e-6)).clamp(low, high);
                tell([t_of(i - 1), t_of(i)], (from + step * t).distance(pointer_px), step.length());
            }
            before = here;
        }
    }
}

impl Course {
    fn point(&self, t: f32) -> Vec3 {
        let (sin, cos) = (t * self.omega).sin_cos();
        let radius = FOOT_RADIUS + self.apex * 4.0 * t * (1.0 - t) + self.lift * (1.0 - t) * (1.0 - t);
        (self.start * cos + self.toward * sin) * radius
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::{ArcShape, LatLng},
        globe::arcs::pack_direction,
    };
    use proptest::prelude::*;

    fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
        LatLng::from_degrees(lat_deg, lng_deg).expect("valid")
    }

    fn view() -> CameraView {
        CameraView::new(at(20.0, 10.0).to_unit(), 3.85, Vec2::new(1280.0, 800.0), 1.0)
    }

    fn arc(start: LatLng, end: LatLng) -> ArcInstance {
        ArcInstance {
            start: pack_direction(start.to_unit().as_vec3()),
            end: pack_direction(end.to_unit().as_vec3()),
            shape: ArcInstance::pack_shape(1.0, 1.0, 0, 0),
            flags_and_rates: flag::LIVE,
            ..ArcInstance::default()
        }
    }

    /// Where the arc is at `t`, by the reference; `None` behind the globe.
    fn seen(start: LatLng, end: LatLng, t: f64) -> Option<Vec2> {
        let shape = ArcShape { start: start.to_unit(), end: end.to_unit(), apex_factor: 1.0 };
        let point = shape.point(t).as_vec3();
        view().project(point).filter(|_| !view().is_hidden(point))
    }

    fn pick_one(pointer: Vec2, arc: &ArcInstance) -> Option<u32> {
        pick(&view(), pointer, [(3, arc)].into_iter(), None)
    }

    proptest! {
        #[test]
        fn an_arc_is_picked_on_its_line_and_not_away_from_it(
            lat1 in -60.0..70.0f64, lng1 in -70.0..90.0f64, lat2 in -60.0..70.0f64, lng2 in -180.0..180.0f64,
            t in 0.05..0.95f64, away in 0.0..std::f32::consts::TAU,
        ) {
            let (start, end) = (at(lat1, lng1), at(lat2, lng2));
            let arc = arc(start, end);
            let Some(on_it) = seen(start, end, t) else { return Ok(()) };
            prop_assert_eq!(pick_one(on_it, &arc), Some(3));
            let beside = on_it + Vec2::from_angle(away) * 12.0;
            let nearest = (0..=4_000)
                .filter_map(|i| seen(start, end, f64::from(i) / 4_000.0))
                .map(|point| point.distance(beside))
                .fold(f32::INFINITY, f32::min);
            if nearest > REACH_PT + 1.0 && seen(start, end, 1.0).is_none_or(|end| end.distance(beside) > DOT_PT) {
                prop_assert_eq!(pick_one(beside, &arc), None, "nearest {}", nearest);
            }
            if nearest < REACH_PT - 1.0 {
                prop_assert_eq!(pick_one(beside, &arc), Some(3), "nearest {}", nearest);
            }
        }
    }

    #[test]
    fn what_is_behind_the_globe_is_not_picked() {
        let (start, end) = (at(-20.0, -170.0), at(-25.0, -168.0));
        let shape = ArcShape { start: start.to_unit(), end: end.to_unit(), apex_factor: 1.0 };
        let pointer = view().project(shape.point(0.5).as_vec3()).expect("in front of the eye");
        assert_eq!(pick_one(pointer, &arc(start, end)), None);
    }

    #[test]
    fn what_was_picked_stays_until_another_is_clearly_nearer() {
        let (a, b) = (arc(at(0.0, 0.0), at(0.0, 30.0)), arc(at(2.0, 0.0), at(2.0, 30.0)));
        let both = || [(0, &a), (1, &b)].into_iter();
        let between = |part: f32| {
            let low = seen(at(0.0, 0.0), at(0.0, 30.0), 0.5).expect("seen");
            let high = seen(at(2.0, 0.0), at(2.0, 30.0), 0.5).expect("seen");
            low + (high - low).normalize() * part
        };
        assert_eq!(pick(&view(), between(0.0), both(), None), Some(0));
        assert_eq!(pick(&view(), between(5.0), both(), None), None);
        assert_eq!(pick(&view(), between(5.0), both(), Some(0)), Some(0));
        assert_eq!(pick(&view(), between(7.5), both(), Some(0)), None);
    }

    #[test]
    fn the_dot_at_the_far_end_belongs_to_its_arc() {
        let (start, end) = (at(0.0, 0.0), at(10.0, 30.0));
        let dot = seen(start, end, 1.0).expect("seen");
        let before = seen(start, end, 0.97).expect("seen");
        let beyond = dot + (dot - before).normalize() * 5.0;
        assert_eq!(pick_one(beyond, &arc(start, end)), Some(3));
    }

    /// Prints what a pick of 10,000 arcs costs.
    #[test]
    #[ignore = "prints a time, claims nothing"]
    fn cost_of_ten_thousand() {
        let arcs: Vec<ArcInstance> = (0..10_000)
            .map(|i| arc(at(50.0, 8.0), at(f64::from(i % 140) - 70.0, f64::from(i * 7 % 360) - 180.0)))
            .collect();
        let start = std::time::Instant::now();
        for i in 0..20 {
            let pointer = Vec2::new(300.0 + 30.0 * i as f32, 300.0);
            std::hint::black_box(pick(&view(), pointer, (0..).zip(&arcs), None));
        }
        println!("{:?} a pick", start.elapsed() / 20);
    }
}
