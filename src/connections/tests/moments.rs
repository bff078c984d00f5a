//! Tests of jumps in time.

use super::*;

/// The displayed connections by key.
fn scene(app: &mut App) -> BTreeMap<ConnectionKey, Connection> {
    let mut query = app.world_mut().query::<&Observed>();
    query.iter(app.world()).map(|observed| (observed.0.key, (*observed.0).clone())).collect()
}

/// The connections that a separate source reports for the time `at`.
fn whole(spec: &SourceSpec, at: UnixMillis) -> BTreeMap<ConnectionKey, Connection> {
    let mut source = open_source(spec).expect("it opens");
    source.set_to(at).expect("a moment of it");
    match source.sample(at).expect("a sample").snapshot {
        Snapshot::Delta(delta) => delta.opened.into_iter().map(|connection| (connection.key, connection)).collect(),
        other => panic!("it knows all: {other:?}"),
    }
}

fn frames_until(app: &mut App, what: &str, mut is_there: impl FnMut(&mut App) -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        app.update();
        if is_there(app) {
            return;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Tests jumps from the request through the sampler's thread to the displayed connections.
fn seek_back_and_forth(spec: &SourceSpec, begins_at: UnixMillis) {
    let config = SamplerConfig { interval: Duration::from_hours(1), adaptive: false, is_frugal: false, home: None };
    let sampler = SamplerHandle::spawn(spec.clone(), false, config, Box::new(|| {}));
    let mut app = app();
    app.insert_resource(Inbox::from_channel(sampler.receiver().clone()));
    frames_until(&mut app, "the first look", |app| !app.world().resource::<ConnectionIndex>().is_empty());
    sampler.set_paused(true);
    let mut last = BTreeMap::new();
    for after_ms in [50_000, 20_000, 35_000, 0, 55_000] {
        let to = begins_at.plus_ms(after_ms);
        last = whole(spec, to);
        assert!(last.len() > 50);
        sampler.seek(to);
        frames_until(&mut app, &format!("the moment {to}"), |app| scene(app) == last);
        assert_eq!(sampler.clock().now(), to, "held there");
        assert!(phases(&mut app).iter().all(|phase| *phase == Phase::Open), "nothing rises and nothing fades");
        assert_eq!(app.world().resource::<ConnectionIndex>().len(), last.len());
    }
    sampler.set_paused(false);
    frames_until(&mut app, "it goes on from there", |app| {
        sampler.clock().now() > begins_at.plus_ms(55_000) || scene(app) != last
    });
}

#[test]
fn a_demo_is_set_to_a_moment_forward_and_back_and_nothing_rises() {
    let spec: SourceSpec = "demo:everyday,3".parse().expect("a source");
    seek_back_and_forth(&spec, spec.begins_at().expect("known"));
}

#[test]
fn a_recording_is_set_to_a_moment_forward_and_back_and_nothing_rises() {
    let mut demo = open_source(&"demo:everyday,3".parse().expect("a source")).expect("it opens");
    let begins_at = demo.own_time().expect("its own").begins_at;
    let file = tempfile::NamedTempFile::new().expect("a file");
    let mut writer = RecordingWriter::new(&file, "test", begins_at).expect("written");
    for step in 0..60 {
        let Snapshot::Delta(delta) = demo.sample(begins_at.plus_ms(step * 1_000)).expect("a sample").snapshot else {
            panic!("it knows all")
        };
        writer.write(&delta).expect("written");
    }
    let spec: SourceSpec = format!("replay:{}", file.path().display()).parse().expect("a source");
    seek_back_and_forth(&spec, begins_at);
}
