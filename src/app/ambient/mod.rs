//! Ambient mode: the window as a display on the wall. Full screen, no panels, a quiet caption, and after some time
//! without input a slow tour of the places where most happens.
//!
//! [`tour`] decides where to go, [`drift`] moves the picture against burn-in. Input ends the tour at once; it begins
//! again after some time without.

mod drift;
mod tour;

use self::{
    drift::Drift,
    tour::{Stop, Tour},
};
use crate::app::{
    GlobeCamera, Repaint,
    camera::{follow_what_opens, move_camera},
    data::time::Paused,
    pace::power::Power,
};
use crate::{
    connections::{Clock, FrameSystems, SamplerStatus},
    globe::spaces::CameraView,
    text::escape_untrusted,
    ui::AmbientView,
    view::{Activity, PlaceActivity, Selection},
};
use bevy::{math::Vec2, prelude::*};
use bevy_egui::egui;
use jiff::{Timestamp, tz::TimeZone};

/// Time without input after which the tour begins, ms.
const TOUR_AFTER_MS: u64 = 10_000;
/// Maximum speed of the tour, degrees per second.
const TOUR_DEG_PER_S: f64 = 5.5;
/// A caption of a demo is shown for this time, ms; then what is worth knowing.
const STORY_MS: u64 = 20_000;
/// A caption that stays the same is bright for this time, ms, …
const BRIGHT_MS: u64 = 20_000;
/// …and then dims within this time to [`DIM`].
const DIMMING_MS: u64 = 4_000;
const DIM: f32 = 0.55;

/// State of ambient mode.
#[derive(Resource, Debug, Default)]
pub struct Ambient {
    is_on: bool,
    /// Whether the time of day is shown.
    pub shows_clock: bool,
    /// When it was switched on, ms of [`Clock::frame_ms`].
    since_ms: u64,
    tour: Tour,
    drift: Drift,
    offset_px: Vec2,
    caption: Option<String>,
    /// What the demo tells, and since when.
    story: Option<String>,
    story_ms: u64,
    /// What the caption was made of.
    told: Option<Told>,
    time_of_day: String,
    /// When the caption changed.
    changed_ms: u64,
    brightness: f32,
    is_gliding: bool,
    /// Number of moves of the tour.
    moves: u64,
}

/// What a caption depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Told {
    is_story: bool,
    story_ms: u64,
    stop: Option<Stop>,
    activity: Option<u64>,
}

impl Ambient {
    /// Whether it is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// Switches it on or off.
    pub fn switch(&mut self, is_on: bool, now_ms: u64) {
        if is_on != self.is_on {
            let shows_clock = self.shows_clock;
            *self = Self { is_on, shows_clock, since_ms: now_ms, brightness: 1.0, ..Self::default() };
        }
    }

    /// Whether nothing has been touched since it was switched on, at `now_ms`.
    pub(super) fn is_untouched(&self, touched_ms: u64) -> bool {
        // The key that switched it on is still reported.
        self.is_on && touched_ms <= self.since_ms + 500
    }

    /// Number of moves of the tour since it was switched on.
    #[must_use]
    pub fn moves(&self) -> u64 {
        self.moves
    }

    /// Whether the picture moves against burn-in.
    pub(super) fn is_gliding(&self) -> bool {
        self.is_gliding
    }

    /// The captions, for a picture with this many pixels per point.
    pub(super) fn view(&self, scale_factor: f32) -> AmbientView<'_> {
        let offset = self.offset_px / scale_factor;
        AmbientView {
            is_on: self.is_on,
            caption: self.caption.as_deref(),
            clock: self.shows_clock.then_some(self.time_of_day.as_str()),
            brightness: self.brightness,
            offset: egui::Vec2::new(offset.x, offset.y),
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Ambient>().add_systems(
        Update,
        (guide, tell, drift_along).chain().in_set(FrameSystems::Draw).after(follow_what_opens).before(move_camera),
    );
}

/// Moves the camera along the tour.
fn guide(
    (clock, power, paused): (Res<'_, Clock>, Res<'_, Power>, Res<'_, Paused>),
    selection: Res<'_, Selection>,
    mut activity: ResMut<'_, Activity>,
    mut ambient: ResMut<'_, Ambient>,
    mut camera: ResMut<'_, GlobeCamera>,
) {
    let ambient = ambient.bypass_change_detection();
    if activity.is_wanted != ambient.is_on {
        activity.is_wanted = ambient.is_on;
    }
    if !ambient.is_on {
        return;
    }
    let now_ms = clock.frame_ms;
    let last_input_ms = if ambient.is_untouched(power.touched_ms) { ambient.since_ms } else { power.touched_ms };
    let is_alone = now_ms >= last_input_ms + TOUR_AFTER_MS && selection.selected.is_none();
    // With reduced motion the camera rests.
    if !is_alone || paused.0 || !camera.orbit.spins || camera.follows {
        if ambient.tour.at.is_some() {
            ambient.tour.interrupt();
            camera.orbit.end_glide();
        }
        return;
    }
    if camera.orbit.is_moving_by_itself() {
        ambient.tour.arrive_later(now_ms);
        return;
    }
    if let Some(next) = ambient.tour.next(now_ms, &activity.places) {
        let to = next.to.unwrap_or_else(|| camera.orbit.position());
        let distance = next.distance.unwrap_or(crate::globe::orbit::WHOLE_EARTH_RADII);
        camera.orbit.glide_to(to, distance, TOUR_DEG_PER_S);
        ambient.moves += 1;
    } else if matches!(ambient.tour.at, Some(Stop::Place(_))) {
        // The earth turns only where all of it is visible.
        camera.orbit.touch();
    }
}

/// Writes the caption and the time of day.
fn tell(
    (clock, activity, sampler): (Res<'_, Clock>, Res<'_, Activity>, Res<'_, SamplerStatus>),
    mut ambient: ResMut<'_, Ambient>,
    mut repaint: ResMut<'_, Repaint>,
    mut minute: Local<'_, i64>,
) {
    let ambient = ambient.bypass_change_detection();
    if !ambient.is_on {
        return;
    }
    let now_ms = clock.frame_ms;
    let story = sampler.report.caption.as_deref();
    if ambient.story.as_deref() != story {
        (ambient.story, ambient.story_ms) = (story.map(str::to_owned), now_ms);
    }
    let told = Told {
        is_story: story.is_some() && now_ms < ambient.story_ms + STORY_MS,
        story_ms: ambient.story_ms,
        stop: ambient.tour.at,
        activity: activity.version(),
    };
    let is_outdated = ambient.told != Some(told);
    ambient.told = Some(told);
    let caption = if is_outdated { caption(story.filter(|_| told.is_story), told.stop, &activity) } else { None };
    if is_outdated && caption != ambient.caption {
        let is_other = stem(caption.as_deref()) != stem(ambient.caption.as_deref());
        ambient.caption = caption;
        if is_other {
            ambient.changed_ms = now_ms;
        }
        repaint.0 = true;
    }
    let still_ms = now_ms.saturating_sub(ambient.changed_ms + BRIGHT_MS);
    let brightness = 1.0 - (1.0 - DIM) * (still_ms as f32 / DIMMING_MS as f32).min(1.0);
    if brightness != ambient.brightness {
        ambient.brightness = brightness;
        repaint.0 = true;
    }
    let now_minute = clock.data.0.div_euclid(60_000);
    if ambient.shows_clock && (*minute != now_minute || ambient.time_of_day.is_empty()) {
        *minute = now_minute;
        ambient.time_of_day = time_of_day(clock.data.0);
        repaint.0 = true;
    }
}

/// The caption: what a demo tells, or what is at a stop of the tour, or a summary.
fn caption(story: Option<&str>, stop: Option<Stop>, activity: &Activity) -> Option<String> {
    let here = || match stop {
        Some(Stop::Place(cell)) => activity.at(cell).map(PlaceActivity::words),
        _ => None,
    };
    story.map(|story| escape_untrusted(story).into_owned()).or_else(here).or_else(|| activity.summary())
}

/// A caption without its numbers: if only these change, it is the same text for the screen.
fn stem(caption: Option<&str>) -> Option<&str> {
    caption.map(|caption| caption.split(':').next().unwrap_or(caption))
}

/// `14:32` in the time zone of this computer.
fn time_of_day(ms: i64) -> String {
    let Ok(moment) = Timestamp::from_millisecond(ms) else { return String::new() };
    let local = moment.to_zoned(TimeZone::system());
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// Moves the picture a little, against burn-in.
fn drift_along(
    (clock, view): (Res<'_, Clock>, Res<'_, CameraView>),
    mut ambient: ResMut<'_, Ambient>,
    mut camera: ResMut<'_, GlobeCamera>,
) {
    let ambient = ambient.bypass_change_detection();
    let offset_px = if ambient.is_on {
        let now_ms = clock.frame_ms.saturating_sub(ambient.since_ms);
        ambient.drift.step(now_ms);
        ambient.is_gliding = ambient.drift.is_gliding(now_ms);
        ambient.drift.offset_px(now_ms, view.viewport_px)
    } else {
        ambient.is_gliding = false;
        Vec2::ZERO
    };
    ambient.offset_px = offset_px;
    if camera.offset_px != offset_px {
        camera.offset_px = offset_px;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_whose_numbers_change_is_the_same_text() {
        assert_eq!(stem(Some("Tokyo, Japan: 3 connections")), stem(Some("Tokyo, Japan: 4 connections")));
        assert_ne!(stem(Some("Tokyo, Japan: 3 connections")), stem(Some("Kiel, Germany: 3 connections")));
        assert_ne!(stem(None), stem(Some("9 places")));
    }

    #[test]
    fn switching_it_on_again_changes_nothing() {
        let mut ambient = Ambient { shows_clock: true, ..Ambient::default() };
        ambient.switch(true, 100);
        ambient.switch(true, 900);
        assert!(ambient.is_on() && ambient.shows_clock && ambient.since_ms == 100);
        assert!(ambient.is_untouched(0) && ambient.is_untouched(500) && !ambient.is_untouched(5_000));
        ambient.switch(false, 1_000);
        assert!(!ambient.is_on() && ambient.shows_clock);
    }
}
