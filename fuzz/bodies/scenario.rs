//! Scenarios of the demo.

use netglobe::{
    files::AuthoredError,
    model::{Snapshot, SnapshotDelta, UnixMillis},
    sampler::{DemoSource, SocketSource as _},
};

/// Most connections of a scenario, and listeners beside them.
const MOST: usize = 5_000;

/// Every error has a line of the text; connections are sane and not too many, and the same at the same moment.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut demo = match DemoSource::of_text("file.toml", text, 7) {
        Ok(demo) => demo,
        Err(error) => return check_error(&error, text),
    };
    let begins_at = demo.own_time().expect("a demo has its own time").begins_at;
    let first = show(&mut demo, begins_at);
    check(&first, begins_at, text);
    if first.opened.len() > 200 {
        return;
    }
    for ms in [1_500, 61_000, 7_000_000] {
        let at = begins_at.plus_ms(ms);
        check(&show(&mut demo, at), at, text);
        assert!(demo.caption().is_none_or(|caption| !caption.is_empty()));
    }
    assert_eq!(show(&mut demo, begins_at), first);
}

fn check_error(error: &AuthoredError, text: &str) {
    let AuthoredError::Invalid { problems, .. } = error else { panic!("{error}") };
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    assert!(!problems.is_empty());
    for problem in problems {
        assert!((1..=lines).contains(&problem.line) && !problem.what.is_empty(), "{problem}");
    }
    assert!(problems.is_sorted() && error.lines().len() == problems.len());
}

/// The state at a moment.
fn show(demo: &mut DemoSource, at: UnixMillis) -> SnapshotDelta {
    demo.set_to(at).expect("a demo can be set to a moment");
    match demo.sample(at).expect("a sample").snapshot {
        Snapshot::Delta(delta) => *delta,
        other => panic!("{other:?}"),
    }
}

fn check(delta: &SnapshotDelta, at: UnixMillis, text: &str) {
    assert_eq!(delta.at, at);
    assert!(delta.opened.len() <= MOST + text.len());
    for connection in &delta.opened {
        assert!(connection.first_seen_at <= at && connection.opened_at.is_none_or(|opened_at| opened_at <= at));
        let traffic = connection.traffic.unwrap_or_default();
        let values =
            [traffic.rate_sent_bytes_per_sec, traffic.rate_received_bytes_per_sec, traffic.rtt_ms, traffic.min_rtt_ms];
        assert!(values.into_iter().flatten().all(|value| value.is_finite() && value >= 0.0), "{traffic:?}");
        let location = connection.stated_location();
        if let Some(place) = location.as_ref().and_then(|location| location.place.as_ref().ok()) {
            assert!(place.position.lat_deg().abs() <= 90.0 && place.position.lng_deg().abs() <= 180.0);
        }
    }
}
