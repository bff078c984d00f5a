//! The time of each frame in the window: data time from the sampler, motion and frame times from a monotonic clock.

use crate::{connections::Clock, model::UnixMillis, sampler::DataClock};
use bevy::prelude::*;
use std::time::Instant;

/// Whether the program is paused.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paused(pub bool);

/// The source of data time.
#[derive(Resource, Clone, Debug, Default)]
pub(in crate::app) struct DataTime(pub DataClock);

/// Sets the clock of this frame.
pub(in crate::app) fn tick(
    paused: Res<'_, Paused>,
    data: Res<'_, DataTime>,
    mut clock: ResMut<'_, Clock>,
    mut start: Local<'_, Option<Instant>>,
) {
    let start = *start.get_or_insert_with(Instant::now);
    let frame_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    *clock = next(*clock, frame_ms, data.0.now(), paused.0);
}

/// The clock of the frame at `frame_ms`, which follows the previous frame. While paused, data time stands still, too.
fn next(before: Clock, frame_ms: u64, data: UnixMillis, is_held: bool) -> Clock {
    let gone_ms = if is_held { 0 } else { frame_ms.saturating_sub(before.frame_ms) };
    Clock { data, sun: data, motion_ms: before.motion_ms + gone_ms, frame_ms, is_held }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        let mut app = App::new();
        app.init_resource::<Clock>()
            .init_resource::<Paused>()
            .insert_resource(DataTime(DataClock::from_moment(UnixMillis(5_000))))
            .add_systems(Update, tick);
        app
    }

    /// Runs frames until `is_enough`, and returns the clock.
    fn run_until(app: &mut App, is_enough: impl Fn(&Clock) -> bool) -> Clock {
        loop {
            app.update();
            let clock = *app.world().resource::<Clock>();
            if is_enough(&clock) {
                return clock;
            }
        }
    }

    #[test]
    fn what_is_held_stands_still_in_both_clocks_while_frames_go_on() {
        let mut app = app();
        let before = run_until(&mut app, |clock| clock.motion_ms >= 20);
        assert!(before.data > UnixMillis(5_000) && before.sun == before.data && !before.is_held, "{before:?}");
        app.world_mut().resource_mut::<Paused>().0 = true;
        app.world().resource::<DataTime>().0.hold(true);
        let held = run_until(&mut app, |clock| clock.is_held);
        let after = run_until(&mut app, |clock| clock.frame_ms >= held.frame_ms + 30);
        assert_eq!(after, Clock { frame_ms: after.frame_ms, ..held });
        app.world_mut().resource_mut::<Paused>().0 = false;
        app.world().resource::<DataTime>().0.hold(false);
        let on = run_until(&mut app, |clock| clock.motion_ms > held.motion_ms);
        assert!(on.motion_ms - held.motion_ms <= on.frame_ms - after.frame_ms, "the rest did not count: {on:?}");
        let gone_ms = on.data.0 - held.data.0;
        assert!(gone_ms <= i64::try_from(on.frame_ms - after.frame_ms).expect("short") + 1, "{gone_ms}");
    }

    #[test]
    fn data_time_may_be_set_back_and_motion_does_not_care() {
        let before = Clock { frame_ms: 100, motion_ms: 100, data: UnixMillis(9_000), ..Clock::default() };
        let after = next(before, 116, UnixMillis(1_000), false);
        assert_eq!((after.data, after.sun, after.motion_ms), (UnixMillis(1_000), UnixMillis(1_000), 116));
    }
}
