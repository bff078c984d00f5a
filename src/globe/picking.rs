//! Finds the arc under the pointer, on the CPU, with the geometry that the shader uses.
//!
//! Most arcs are rejected by their plane: it does not intersect the segment of the pointer's ray between the highest
//! arcs and the globe, or only outside the arc. The others are subdivided: parts that cannot be near enough are
//! dropped, and parts that are straight on screen are measured. Parts behind the globe do not count. The picked arc is
//! kept until another one is clearly nearer, to avoid flicker.

use super::{
    arcs::{ArcInstance, flag, unpack_direction},
    ends::{AroundHome, SHELL_ALTITUDE, lift_altitude},
    spaces::CameraView,
};
use crate::geodesy::apex_altitude;
use bevy::math::{Vec2, Vec3};
use std::f32::consts::TAU;

/// Arcs within this distance of the pointer can be picked, points.
const REACH_PT: f32 = 4.0;
/// The picked arc is kept within this distance, points.
const HOLD_PT: f32 = 6.0;
/// Another arc must be nearer by this much, points.
const LEAD_PT: f32 = 1.5;
/// Radius around the dot at the far end that counts as its arc, points.
const DOT_PT: f32 = 6.0;
/// Radius of the ends of arcs; `FOOT_RADIUS` of the shader.
const FOOT_RADIUS: f32 = 1.001;
/// Initial number of parts of an arc; the next constant limits how often each is halved.
const PARTS: u16 = 8;
const HALVINGS: u32 = 9;
/// Parts closer to their chord than this are treated as straight, px.
const STRAIGHT_PX: f32 = 0.2;
/// Points closer to the eye than this cannot be projected, globe radii.
const NEAR: f32 = 0.01;
/// Number of classes of arcs by the distance of their ends, each with its own segment of the ray.
const CLASSES: usize = 16;

/// Slot of the arc nearest to the pointer (px from the top left); `held` is the slot picked before.
#[must_use]
pub fn pick<'a>(
    view: &CameraView,
    pointer_px: Vec2,
    arcs: impl Iterator<Item = (u32, &'a ArcInstance)>,
    held: Option<u32>,
) -> Option<u32> {
    // Arcs that start beside the globe start higher and need other bounds.
    let beside_globe = AroundHome::new(view, None);
    let mut aims: [Option<Aim<'_>>; 2] = [None, None];
    let mut nearest: Option<(u32, f32)> = None;
    let mut held_at = None;
    // Cache the start: nearly all arcs start at home.
    let mut start = (0, unpack_direction(0));
    let mut around: Option<(u32, AroundHome, bool)> = None;
    for (slot, arc) in arcs {
        if arc.flags() & flag::CLOSING != 0 {
            continue;
        }
        if start.0 != arc.start {
            start = (arc.start, unpack_direction(arc.start));
        }
        let is_homeless = arc.flags() & flag::NO_HOME != 0;
        let lift = if is_homeless { beside_globe.lift } else { 0.0 };
        let aim = aims[usize::from(is_homeless)].get_or_insert_with(|| Aim::new(view, pointer_px, lift));
        let home = if is_homeless { beside_globe.home } else { start.1 };
        let ends = [home, unpack_direction(arc.end)];
        let course = if arc.flags() & (flag::LAN | flag::LOOP) != 0 {
            let known = around.filter(|(start, ..)| *start == arc.start);
            let (_, around, is_near) = *around.insert(known.unwrap_or_else(|| {
                let around = AroundHome::new(view, (!is_homeless).then_some(home));
                (arc.start, around, aim.is_near(&around))
            }));
            if !is_near {
                continue;
            }
            Course::around(ends, arc, &around)
        } else {
            let is_shell = arc.flags() & flag::SHELL != 0;
            if aim.misses(ends, is_shell) {
                continue;
            }
            Course::over(ends, arc, [lift, if is_shell { SHELL_ALTITUDE } else { 0.0 }])
        };
        let is_held = held == Some(slot);
        let within_pt = if is_held { HOLD_PT } else { nearest.map_or(REACH_PT, |(_, at)| at) };
        let Some(distance) = aim.distance_pt(&course, within_pt) else { continue };
        if is_held {
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

/// Pointer and view, preprocessed for all arcs.
struct Aim<'a> {
    view: &'a CameraView,
    /// From the pointer to the centre of the globe, px.
    to_middle_px: Vec2,
    /// Pixels per unit of tangent.
    px_per_tangent: f32,
    /// Upper bound of the error in pixels for an error of one globe radius at depth 1.
    px_per_stray: f32,
    /// Upper bound of the distance from the ray for points within reach on screen, globe radii.
    slack: f32,
    /// Segment of the ray where an arc of each class is visible, if any.
    stretches: [Option<[Vec3; 2]>; CLASSES],
}

/// A point of an arc.
#[derive(Clone, Copy)]
struct Mark {
    t: f32,
    point: Vec3,
    /// Distance from the eye along the view axis, globe radii.
    depth: f32,
    /// Offset from the pointer, px; undefined unless the depth is above [`NEAR`].
    px: Vec2,
}

impl<'a> Aim<'a> {
    /// For arcs that start at height `lift`, globe radii.
    fn new(view: &'a CameraView, pointer_px: Vec2, lift: f32) -> Self {
        let half = view.half_extent();
        let px_per_tangent = 0.5 * view.viewport_px.y / half.y;
        let reach = (HOLD_PT.max(DOT_PT) * view.scale_factor + 1.0) / px_per_tangent;
        let (eye, ray) = (view.eye, view.ray(pointer_px));
        let (distance, ahead) = (eye.length(), -eye.dot(ray));
        let beside = (distance * distance - ahead * ahead).max(0.0).sqrt();
        // Farthest hit on the globe of all rays within reach; `None` if any of them misses.
        let widest = beside + distance * reach * 1.01 + 1e-4;
        let ground =
            (widest < 1.0).then(|| (distance * distance - widest * widest).sqrt() - (1.0 - widest * widest).sqrt());
        let deepest = ground.unwrap_or(distance + FOOT_RADIUS + lift + 1.2);
        let slack = reach * deepest * 1.01 + 1e-4;
        let stretches = std::array::from_fn(|class| {
            let omega = f64::from(1.0 - 2.0 * (class + 1) as f32 / CLASSES as f32).acos();
            let highest = FOOT_RADIUS + lift + apex_altitude(omega) as f32 * (255.0 / 128.0) + slack;
            let inside = highest * highest - beside * beside;
            (inside > 0.0).then(|| {
                let (from, to) = (ahead - inside.sqrt() - slack, ahead + inside.sqrt() + slack);
                let to = ground.map_or(to, |ground| to.min(ground + slack));
                [from.max(0.0), to.max(0.0)].map(|s| eye + ray * s)
            })
        });
        let middle_px = view.viewport_px * 0.5 * Vec2::new(1.0 + view.shift.x, 1.0 - view.shift.y);
        Self {
            view,
            to_middle_px: middle_px - pointer_px,
            px_per_tangent,
            px_per_stray: px_per_tangent * (1.1 + half.length() * (1.0 + view.shift.abs().max_element())),
            slack,
            stretches,
        }
    }

    /// Whether the ring and loops around home may be within reach.
    fn is_near(&self, around: &AroundHome) -> bool {
        let angle = around.ring_angle.max(2.0 * around.loop_angle);
        let from_eye = around.home * (1.0 + around.lift) - self.view.eye;
        let depth = from_eye.dot(self.view.forward);
        let plane = Vec2::new(from_eye.dot(self.view.right), -from_eye.dot(self.view.up));
        let px = plane * (self.px_per_tangent / depth) + self.to_middle_px;
        // Twice the extent seen head-on, because arcs rise and perspective stretches.
        let reach_px = 2.0 * angle * self.px_per_stray / (depth - angle).max(NEAR) + HOLD_PT * self.view.scale_factor;
        depth - angle < NEAR || px.length() < reach_px
    }

    /// Whether an arc with these ends is certainly out of reach. It is bounded by its plane and by the two planes
    /// through the earth's centre perpendicular to it at its ends; distances from them are linear along the ray.
    fn misses(&self, [start, end]: [Vec3; 2], is_shell: bool) -> bool {
        let normal = start.cross(end);
        let length_sq = normal.length_squared();
        // The plane is undefined for equal or opposite ends.
        if length_sq < 1e-3 {
            return false;
        }
        // Arcs to the shell are lower than the highest arcs.
        let class = if is_shell { CLASSES } else { ((1.0 - start.dot(end)) * (0.5 * CLASSES as f32)) as usize };
        let Some([from, to]) = self.stretches[class.min(CLASSES - 1)] else { return true };
        let slack_sq = self.slack * self.slack * length_sq;
        let (a, b) = (normal.dot(from), normal.dot(to));
        if a * b > 0.0 && (a * a).min(b * b) > slack_sq {
            return true;
        }
        [normal.cross(start), end.cross(normal)].into_iter().any(|inward| {
            let most = inward.dot(from).max(inward.dot(to));
            most < 0.0 && most * most > slack_sq
        })
    }

    /// Distance from the pointer to the visible part of the arc, points; `None` if it is not below `within_pt`.
    fn distance_pt(&self, course: &Course, within_pt: f32) -> Option<f32> {
        let scale = self.view.scale_factor.max(0.1);
        let within_px = within_pt * scale;
        let mut nearest_px = within_px;
        let last = self.mark(course, 1.0);
        if course.has_dot && last.depth > NEAR && last.px.length() <= DOT_PT * scale && !self.view.is_hidden(last.point)
        {
            // Scale the distance from the dot, so that its edge counts like the reach of the line.
            nearest_px = nearest_px.min(last.px.length() * (REACH_PT / DOT_PT));
        }
        let mut from = self.mark(course, 0.0);
        for i in 1..=PARTS {
            let to = if i == PARTS { last } else { self.mark(course, f32::from(i) / f32::from(PARTS)) };
            self.search(course, [from, to], HALVINGS, &mut nearest_px);
            from = to;
        }
        (nearest_px < within_px).then_some(nearest_px / scale)
    }

    /// Reduces `nearest_px` to the distance of the part between two marks, if that is less.
    fn search(&self, course: &Course, [from, to]: [Mark; 2], halvings: u32, nearest_px: &mut f32) {
        let width = to.t - from.t;
        // Maximum distance of a curve from its chord: an eighth of its second derivative times the width squared.
        let stray = course.bend * width * width * 0.125;
        if from.depth.max(to.depth) < -stray {
            return;
        }
        let depth = from.depth.min(to.depth);
        if depth > NEAR {
            let stray_px = stray * self.px_per_stray / depth;
            if distance_to_segment(from.px, to.px) - stray_px > *nearest_px {
                return;
            }
            if stray_px < STRAIGHT_PX || halvings == 0 {
                if let Some([from, to]) = self.seen_part(course, from, to) {
                    *nearest_px = nearest_px.min(distance_to_segment(from.px, to.px));
                }
                return;
            }
        }
        if halvings > 0 {
            let middle = self.mark(course, 0.5 * (from.t + to.t));
            self.search(course, [from, middle], halvings - 1, nearest_px);
            self.search(course, [middle, to], halvings - 1, nearest_px);
        }
    }

    /// The visible part of a short part.
    fn seen_part(&self, course: &Course, from: Mark, to: Mark) -> Option<[Mark; 2]> {
        match (self.view.is_hidden(from.point), self.view.is_hidden(to.point)) {
            (false, false) => Some([from, to]),
            (true, true) => None,
            (false, true) => Some([from, self.limb(course, from, to)]),
            (true, false) => Some([self.limb(course, to, from), to]),
        }
    }

    /// The last visible point between a visible and a hidden one.
    fn limb(&self, course: &Course, mut seen: Mark, mut hidden: Mark) -> Mark {
        for _ in 0..8 {
            let middle = self.mark(course, 0.5 * (seen.t + hidden.t));
            if self.view.is_hidden(middle.point) {
                hidden = middle;
            } else {
                seen = middle;
            }
        }
        seen
    }

    fn mark(&self, course: &Course, t: f32) -> Mark {
        let point = course.point(t);
        let from_eye = point - self.view.eye;
        let depth = from_eye.dot(self.view.forward);
        let plane = Vec2::new(from_eye.dot(self.view.right), -from_eye.dot(self.view.up));
        Mark { t, point, depth, px: plane * (self.px_per_tangent / depth) + self.to_middle_px }
    }
}

/// Geometry of an arc, as in the shader: direction `middle + outward cos(turn t) + sideways sin(turn t)`, and a
/// parabola for the height.
struct Course {
    middle: Vec3,
    outward: Vec3,
    sideways: Vec3,
    turn: f32,
    apex: f32,
    /// Additional height of start and end, globe radii.
    lifts: [f32; 2],
    /// Upper bound of the length of its second derivative.
    bend: f32,
    /// Whether there is a dot at its end.
    has_dot: bool,
}

impl Course {
    /// Along a great circle.
    fn over([start, end]: [Vec3; 2], arc: &ArcInstance, lifts: [f32; 2]) -> Self {
        let omega = start.cross(end).length().atan2(start.dot(end));
        let apex = apex_altitude(f64::from(omega)) as f32;
        Self::new([Vec3::ZERO, start, towards([start, end])], omega, apex, arc, lifts)
    }

    /// To the LAN ring, or around a loop.
    fn around(ends: [Vec3; 2], arc: &ArcInstance, around: &AroundHome) -> Self {
        let [home, _] = ends;
        let lifts = [around.lift; 2];
        let toward = towards(ends);
        if arc.flags() & flag::LOOP == 0 {
            return Self::new([Vec3::ZERO, home, toward], around.ring_angle, 0.3 * around.ring_angle, arc, lifts);
        }
        let (sin, cos) = around.loop_angle.sin_cos();
        let beside = home * cos + toward * sin;
        let middle = beside * cos;
        let outward = home - middle;
        Self::new([middle, outward, beside.cross(outward)], TAU, 0.0, arc, lifts)
    }

    fn new(
        [middle, outward, sideways]: [Vec3; 3],
        turn: f32,
        rise: f32,
        arc: &ArcInstance,
        [at_start, at_end]: [f32; 2],
    ) -> Self {
        let apex = rise * ((arc.shape & 0xff) as f32 / 128.0);
        // Second derivative of direction times radius, term by term.
        let width = outward.length();
        let slope = 4.0 * apex + 2.0 * (at_end - at_start).abs();
        let bend = turn * turn * width * (FOOT_RADIUS + apex + at_start.max(at_end))
            + 2.0 * turn * width * slope
            + (8.0 * apex + 2.0 * (at_end - at_start).abs());
        let has_dot = arc.flags() & flag::LOOP == 0;
        Self { middle, outward, sideways, turn, apex, lifts: [at_start, at_end], bend, has_dot }
    }

    fn point(&self, t: f32) -> Vec3 {
        let (sin, cos) = (t * self.turn).sin_cos();
        let radius = FOOT_RADIUS + self.apex * 4.0 * t * (1.0 - t) + lift_altitude(t, self.lifts);
        (self.middle + self.outward * cos + self.sideways * sin) * radius
    }
}

/// Unit vector perpendicular to the start, towards the end; arbitrary if they are equal or opposite, as in the shader.
fn towards([start, end]: [Vec3; 2]) -> Vec3 {
    let along = end - start * start.dot(end);
    if along.length_squared() > 1e-10 {
        return along.normalize();
    }
    let axis = if start.y.abs() < 0.9 { Vec3::Y } else { Vec3::X };
    (axis - start * start.dot(axis)).normalize()
}

/// Distance from a point to a line segment.
fn distance_to_segment(from: Vec2, to: Vec2) -> f32 {
    let step = to - from;
    let t = (-from.dot(step) / step.length_squared().max(1e-6)).clamp(0.0, 1.0);
    (from + step * t).length()
}

#[cfg(test)]
mod tests;
