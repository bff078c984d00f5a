//! Tests of the sampler thread with scripted sources.

use super::*;
use crate::{
    model::{ConnectionKey, Direction, Endpoint, HostId, Owner, OwnerMissing, Protocol, SocketRow, SocketState},
    sampler::{
        Capabilities, DemoSource, OwnTime, SourceKind,
        invented::{BEGINS_AT, DEFAULT_SEED},
    },
};
use crossbeam_channel::bounded;
use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Result of a scripted sample.
#[derive(Clone)]
enum Act {
    /// Connections with these identities.
    See(Vec<u64>),
    Fail,
    Panic,
}

/// A source that follows a script, and repeats its last step.
struct Scripted {
    kind: SourceKind,
    script: Arc<Mutex<VecDeque<Act>>>,
}

impl SocketSource for Scripted {
    fn kind(&self) -> SourceKind {
        self.kind
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn sample(&mut self, _now: UnixMillis) -> Result<Sample, SamplerError> {
        let mut script = self.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let act = if script.len() > 1 { script.pop_front().unwrap() } else { script[0].clone() };
        drop(script);
        match act {
            Act::See(identities) => Ok(Sample::whole(identities.into_iter().map(row).collect())),
            Act::Fail => Err(SamplerError::Netstat2("as planned".to_owned())),
            Act::Panic => panic!("as planned"),
        }
    }
}

fn row(identity: u64) -> SocketRow {
    let local = Endpoint::new([10, 0, 0, 1].into(), 1);
    SocketRow {
        key: ConnectionKey { host: HostId::THIS, protocol: Protocol::Tcp, local, remote: Some(local), identity },
        state: SocketState::Established,
        direction: Some(Direction::Out),
        owner: Owner::Missing(OwnerMissing::NotFound),
        uid: None,
        context: None,
        traffic: None,
        interface: None,
        simulated: None,
    }
}

/// Opens `sock-diag` and `netstat2` with these scripts. Other sources fail to open.
fn opener(first: Vec<Act>, second: Vec<Act>) -> SourceOpener {
    let scripts = [first, second].map(|acts| Arc::new(Mutex::new(VecDeque::from(acts))));
    Box::new(move |spec| {
        let (kind, script) = match spec {
            SourceSpec::SockDiag => (SourceKind::SockDiag, &scripts[0]),
            SourceSpec::Netstat2 => (SourceKind::Netstat2, &scripts[1]),
            other => return Err(SamplerError::Netstat2(format!("{other} does not open"))),
        };
        let is_closed = script.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_empty();
        if is_closed {
            return Err(SamplerError::Netstat2("it does not open".to_owned()));
        }
        Ok(Box::new(Scripted { kind, script: Arc::clone(script) }))
    })
}

fn worker(may_fall_back: bool, adaptive: bool, first: Vec<Act>, second: Vec<Act>) -> Worker {
    let config = SamplerConfig { interval: Duration::from_secs(1), adaptive, is_frugal: false, home: None };
    Worker::new(SourceSpec::SockDiag, may_fall_back, config, opener(first, second), DataClock::default())
}

/// Runs a tick, and returns the resulting message.
fn step(worker: &mut Worker, at_ms: i64) -> Option<SamplerMessage> {
    let (sender, receiver) = bounded(1);
    worker.tick(UnixMillis(at_ms));
    let was_sent = worker.deliver(&sender).expect("a reader");
    let message = receiver.try_recv().ok();
    assert_eq!(message.is_some(), was_sent);
    message
}

fn kinds(message: &SamplerMessage) -> Vec<DegradationKind> {
    message.report.degradations.iter().map(|degradation| degradation.kind).collect()
}

#[test]
fn the_first_message_always_comes_and_nothing_new_sends_nothing() {
    let mut empty = worker(false, false, vec![Act::See(vec![])], vec![]);
    assert!(step(&mut empty, 1).is_some_and(|message| message.delta.is_empty()));
    assert!(step(&mut empty, 2).is_none());
    let mut some = worker(false, false, vec![Act::See(vec![1]), Act::See(vec![1]), Act::See(vec![1, 2])], vec![]);
    let first = step(&mut some, 1).expect("a message");
    assert_eq!(
        (first.delta.opened.len(), first.report.sockets, first.report.source),
        (1, 1, Some(SourceKind::SockDiag))
    );
    assert_eq!(first.delta.opened[0].opened_at, None, "it was there before");
    assert!(step(&mut some, 2).is_none());
    let third = step(&mut some, 3).expect("a message");
    assert_eq!(third.delta.opened[0].opened_at, Some(UnixMillis(3)));
}

#[test]
fn a_slow_reader_loses_nothing() {
    let script = [vec![1], vec![1, 2], vec![1, 3], vec![3, 4], vec![3, 4]].map(Act::See).to_vec();
    let mut worker = worker(false, false, script, vec![]);
    let (sender, receiver) = bounded(1);
    for at in 1..=4 {
        worker.tick(UnixMillis(at));
        assert_eq!(worker.deliver(&sender).ok(), Some(at == 1), "only the first fits");
    }
    let first = receiver.recv().unwrap();
    assert_eq!((first.delta.opened.len(), first.report.merged, first.report.vanished), (1, 0, 0));
    // Nothing has changed, but the pending delta is sent.
    worker.tick(UnixMillis(5));
    assert_eq!(worker.deliver(&sender).ok(), Some(true));
    let second = receiver.recv().unwrap();
    let mut opened: Vec<u64> = second.delta.opened.iter().map(|connection| connection.key.identity).collect();
    opened.sort_unstable();
    assert_eq!(opened, [3, 4]);
    assert_eq!(second.delta.closed.iter().map(|key| key.identity).collect::<Vec<_>>(), [1]);
    let ghosts: Vec<u64> = second.delta.ghosts.iter().map(|ghost| ghost.key.identity).collect();
    assert_eq!(
        (second.report.merged, second.report.vanished, ghosts),
        (2, 0, vec![2]),
        "number 2 came and went, and is reported as that"
    );
}

#[test]
fn a_panic_is_survived_and_said_and_passes() {
    let mut worker = worker(false, false, vec![Act::See(vec![1]), Act::Panic, Act::See(vec![1])], vec![]);
    step(&mut worker, 1);
    let said = step(&mut worker, 2).expect("a message");
    assert_eq!(kinds(&said), [DegradationKind::Sampling]);
    assert!(said.report.degradations[0].what.contains("as planned"), "{}", said.report.degradations[0].what);
    assert!(said.delta.is_empty(), "what was there stays");
    assert!(worker.source.is_none(), "it is opened again next time");
    let healed = step(&mut worker, 3).expect("a message");
    assert!(healed.delta.is_empty() && healed.report.degradations.is_empty());
}

#[test]
fn the_next_source_takes_over_when_the_first_never_works() {
    for first in [vec![], vec![Act::Fail], vec![Act::Panic]] {
        let mut worker = worker(true, false, first, vec![Act::See(vec![1])]);
        let message = step(&mut worker, 1).expect("a message");
        assert_eq!(
            (message.report.source, kinds(&message)),
            (Some(SourceKind::Netstat2), vec![DegradationKind::Source])
        );
        assert_eq!(message.delta.opened.len(), 1);
        assert!(step(&mut worker, 2).is_none(), "it stays");
    }
}

#[test]
fn where_no_source_works_all_causes_are_said_in_one_line() {
    let mut worker = worker(true, false, vec![], vec![Act::Fail, Act::See(vec![1]), Act::Fail]);
    let message = step(&mut worker, 1).expect("a message");
    assert_eq!(kinds(&message), [DegradationKind::Sampling], "nothing has taken over yet");
    let what = &message.report.degradations[0].what;
    assert!(what.starts_with("connections cannot be listed") && !what.contains("again"), "{what}");
    assert!(what.contains("it does not open") && what.contains("as planned"), "{what}");
    assert_eq!(what.contains("proc-net does not open"), cfg!(target_os = "linux"), "{what}");
    assert_eq!(worker.spec, SourceSpec::SockDiag, "all are tried again");
    let healed = step(&mut worker, 2).expect("a message");
    assert_eq!((healed.report.source, kinds(&healed)), (Some(SourceKind::Netstat2), vec![DegradationKind::Source]));
    let failed = step(&mut worker, 3).expect("a message");
    let what = &failed.report.degradations[0].what;
    assert!(what.starts_with("connections are not being updated") && !what.contains("does not open"), "{what}");
}

#[test]
fn a_source_that_worked_is_given_three_chances_and_nothing_seems_new_after_it() {
    let first = vec![Act::See(vec![1]), Act::Fail, Act::Fail, Act::See(vec![1]), Act::Fail];
    let mut worker = worker(true, false, first, vec![Act::See(vec![900])]);
    let sources: Vec<_> = (1..=6).map(|at| step(&mut worker, at).and_then(|message| message.report.source)).collect();
    assert!(!sources.contains(&Some(SourceKind::Netstat2)), "{sources:?}");
    let message = step(&mut worker, 7).expect("a message");
    assert_eq!((message.report.source, kinds(&message)), (Some(SourceKind::Netstat2), vec![DegradationKind::Source]));
    assert_eq!(message.delta.closed.iter().map(|key| key.identity).collect::<Vec<_>>(), [1]);
    assert_eq!(message.delta.opened[0].opened_at, None, "nobody saw it open");
    assert_eq!(message.report.merged, 0, "the reader was not slow");
}

#[test]
fn a_source_that_was_asked_for_by_name_is_not_replaced() {
    let mut worker = worker(false, false, vec![], vec![Act::See(vec![1])]);
    for at in 1..10 {
        worker.tick(UnixMillis(at));
        let degradation = &worker.report.degradations[..];
        assert!(matches!(degradation, [d] if d.kind == DegradationKind::Sampling), "{degradation:?}");
    }
    assert_eq!(worker.spec, SourceSpec::SockDiag);
}

#[test]
fn the_period_that_is_reported_is_shorter_while_things_change_and_comes_back() {
    let mut script: Vec<Act> = (0..6).map(|step| Act::See(vec![step])).collect();
    script.push(Act::See(vec![5]));
    let mut worker = worker(false, true, script, vec![]);
    let periods: Vec<u128> = (0..16)
        .map(|at| {
            worker.tick(UnixMillis(at));
            worker.report.period.as_millis()
        })
        .collect();
    assert_eq!(periods, [500, 250, 250, 250, 250, 250, 250, 250, 250, 500, 500, 500, 500, 1000, 1000, 1000]);
}

/// A source that signals lost events.
struct Losing {
    gaps: Receiver<()>,
    samples: Arc<AtomicUsize>,
}

impl SocketSource for Losing {
    fn kind(&self) -> SourceKind {
        SourceKind::SockDiag
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn sample(&mut self, _now: UnixMillis) -> Result<Sample, SamplerError> {
        self.samples.fetch_add(1, Ordering::SeqCst);
        Ok(Sample::default())
    }

    fn gaps(&self) -> Option<Receiver<()>> {
        Some(self.gaps.clone())
    }
}

#[test]
fn what_was_lost_brings_about_a_sample_at_once_also_when_the_period_was_set() {
    let (lost, gaps) = bounded(1);
    let samples = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&samples);
    let open: SourceOpener =
        Box::new(move |_| Ok(Box::new(Losing { gaps: gaps.clone(), samples: Arc::clone(&counter) })));
    let config = SamplerConfig { interval: Duration::from_hours(1), adaptive: false, is_frugal: false, home: None };
    let sampler = SamplerHandle::spawn_with(SourceSpec::SockDiag, false, config, Box::new(|| {}), open);
    let deadline = Instant::now() + Duration::from_secs(20);
    let wait_for = |count| {
        while samples.load(Ordering::SeqCst) < count {
            assert!(Instant::now() < deadline, "sample {count} does not come");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait_for(1);
    for count in 2..5 {
        lost.send(()).unwrap();
        wait_for(count);
    }
    drop(lost);
    drop(sampler);
    assert!(samples.load(Ordering::SeqCst) < 20, "a source that has ended is not asked again and again");
}

#[test]
fn a_clock_that_is_set_back_is_followed() {
    let mut worker = worker(false, false, vec![Act::See(vec![1]), Act::See(vec![1, 2])], vec![]);
    step(&mut worker, 50_000);
    let message = step(&mut worker, 10_000).expect("a message");
    assert_eq!(message.delta.opened.len(), 1);
}

#[test]
fn the_thread_reports_wakes_pauses_and_stops() {
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&woken);
    let wake = Box::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let spec = SourceSpec::Demo { name: "everyday".to_owned(), seed: DEFAULT_SEED };
    let config = SamplerConfig { interval: Duration::from_millis(20), adaptive: true, is_frugal: false, home: None };
    let mut sampler = SamplerHandle::spawn(spec, true, config, wake);
    let patience = Duration::from_secs(20);
    let first = sampler.receiver().recv_timeout(patience).expect("the first message");
    assert!(
        first.delta.opened.len() > 60
            && first.report.capabilities.is_simulated
            && first.report.capabilities.measures_traffic
    );
    assert_eq!(first.report.label.as_deref(), Some("DEMO everyday, seed 1"));
    sampler.receiver().recv_timeout(patience).expect("traffic changes");
    sampler.set_paused(true);
    let mut after_pause = 0;
    while sampler.receiver().recv_timeout(Duration::from_millis(500)).is_ok() {
        after_pause += 1;
        assert!(after_pause < 20, "it is paused");
    }
    sampler.set_paused(false);
    sampler.receiver().recv_timeout(patience).expect("it goes on");
    assert!(woken.load(Ordering::SeqCst) >= 2);
    let began = Instant::now();
    sampler.stop();
    assert!(began.elapsed() < Duration::from_mins(1), "it stops");
    assert!(sampler.thread.is_none());
}

#[test]
fn a_long_sleep_does_not_hold_up_the_end() {
    let config = SamplerConfig { interval: Duration::from_hours(1), adaptive: false, is_frugal: false, home: None };
    let sampler = SamplerHandle::spawn(SourceSpec::default(), true, config, Box::new(|| {}));
    sampler.receiver().recv_timeout(Duration::from_secs(20)).expect("the first message");
    let began = Instant::now();
    drop(sampler);
    assert!(began.elapsed() < Duration::from_mins(1), "it does not wait for the next sample");
}

#[test]
fn the_real_source_of_this_platform_sees_a_connection_open_and_close() {
    let sampler = SamplerHandle::spawn(
        SourceSpec::default(),
        true,
        SamplerConfig { interval: Duration::from_millis(50), adaptive: false, is_frugal: false, home: None },
        Box::new(|| {}),
    );
    let next = || sampler.receiver().recv_timeout(Duration::from_secs(20)).expect("a message");
    next();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let opened = std::iter::repeat_with(next)
        .take(200)
        .find_map(|message| message.delta.opened.into_iter().find(|row| row.key.local.port == port))
        .expect("the listener opens");
    assert!(opened.opened_at.is_some());
    drop(listener);
    let is_closed = std::iter::repeat_with(next).take(200).any(|message| message.delta.closed.contains(&opened.key));
    assert!(is_closed);
}

/// A demo that fails on request.
struct Failing {
    demo: DemoSource,
    fails: Arc<AtomicBool>,
}

impl SocketSource for Failing {
    fn kind(&self) -> SourceKind {
        SourceKind::Demo
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn sample(&mut self, now: UnixMillis) -> Result<Sample, SamplerError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(SamplerError::Netstat2("as planned".to_owned()));
        }
        self.demo.sample(now)
    }

    fn own_time(&self) -> Option<OwnTime> {
        self.demo.own_time()
    }

    fn set_to(&mut self, to: UnixMillis) -> Result<(), SamplerError> {
        if to == BEGINS_AT.plus_ms(13_000) {
            return Err(SamplerError::Netstat2("not that one".to_owned()));
        }
        self.demo.set_to(to)
    }
}

#[test]
fn a_source_with_a_time_of_its_own_is_followed_set_and_opened_again_where_it_was() {
    let fails = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&fails);
    let open: SourceOpener =
        Box::new(move |_| Ok(Box::new(Failing { demo: DemoSource::new("everyday", 1)?, fails: Arc::clone(&flag) })));
    let clock = DataClock::default();
    clock.hold(true);
    let config = SamplerConfig { interval: Duration::from_secs(1), adaptive: false, is_frugal: false, home: None };
    let mut worker = Worker::new(SourceSpec::SockDiag, false, config, open, clock.clone());
    let sample = |worker: &mut Worker, sought: Option<i64>| {
        worker.sought = sought.map(|ms| BEGINS_AT.plus_ms(ms));
        step(worker, clock.now().0).map(|message| {
            let whole = message.delta.reset.map(|at| at.0 - BEGINS_AT.0);
            (message.delta.at.0 - BEGINS_AT.0, whole, kinds(&message), message.delta.opened)
        })
    };
    let (at, whole, kinds, _) = sample(&mut worker, None).expect("the first");
    assert_eq!((at, whole, kinds), (0, None, vec![]), "it begins at its own beginning, whatever the wall clock says");
    let (at, whole, kinds, there) = sample(&mut worker, Some(90_000)).expect("another moment");
    assert_eq!((at, whole, kinds), (90_000, Some(90_000), vec![]));
    assert!(sample(&mut worker, None).is_none(), "held, nothing changes");
    let (at, whole, kinds, _) = sample(&mut worker, Some(13_000)).expect("a line says that it stays");
    assert_eq!((at, whole, kinds), (90_000, None, vec![DegradationKind::Source]));
    fails.store(true, Ordering::SeqCst);
    sample(&mut worker, None).expect("a line says that it fails");
    fails.store(false, Ordering::SeqCst);
    let (at, whole, _, again) = sample(&mut worker, None).expect("it is back");
    assert_eq!((at, whole), (90_000, Some(90_000)));
    assert_eq!(again, there, "as if nothing had happened");
    let (at, whole, kinds, _) = sample(&mut worker, Some(-5)).expect("before the beginning is the beginning");
    assert_eq!((at, whole, kinds), (0, Some(0), vec![]));
}

#[test]
fn a_live_source_that_is_paused_is_not_asked_because_somebody_seeks() {
    let (_lost, gaps) = bounded(1);
    let samples = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&samples);
    let open: SourceOpener =
        Box::new(move |_| Ok(Box::new(Losing { gaps: gaps.clone(), samples: Arc::clone(&counter) })));
    let config = SamplerConfig { interval: Duration::from_hours(1), adaptive: false, is_frugal: false, home: None };
    let sampler = SamplerHandle::spawn_with(SourceSpec::SockDiag, false, config, Box::new(|| {}), open);
    sampler.receiver().recv_timeout(Duration::from_secs(20)).expect("the first message");
    sampler.set_paused(true);
    sampler.seek(UnixMillis(5));
    sampler.set_paused(false);
    let deadline = Instant::now() + Duration::from_secs(20);
    while samples.load(Ordering::SeqCst) < 2 {
        assert!(Instant::now() < deadline, "it does not go on");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(sampler);
    assert_eq!(samples.load(Ordering::SeqCst), 2, "one at the beginning, one when it went on");
}

#[test]
fn the_complete_state_is_sent_again_when_it_is_asked_for() {
    let open = opener(vec![Act::See(vec![1, 2]), Act::See(vec![2, 3])], vec![]);
    let config = SamplerConfig { interval: Duration::from_millis(20), adaptive: false, is_frugal: false, home: None };
    let handle = SamplerHandle::spawn_with(SourceSpec::SockDiag, false, config, Box::new(|| {}), open);
    let mut live = HashSet::new();
    while live != HashSet::from([2, 3]) {
        let delta = handle.receiver().recv_timeout(Duration::from_mins(1)).expect("a message").delta;
        live.retain(|identity| delta.closed.iter().all(|key| key.identity != *identity));
        live.extend(delta.opened.iter().map(|connection| connection.key.identity));
    }
    handle.set_paused(true);
    handle.repeat_all();
    let repeated = loop {
        let delta = handle.receiver().recv_timeout(Duration::from_mins(1)).expect("a message").delta;
        if delta.reset.is_some() {
            break delta;
        }
    };
    let identities: HashSet<u64> = repeated.opened.iter().map(|connection| connection.key.identity).collect();
    assert_eq!(identities, live, "also while paused");
}

#[test]
fn who_leaves_learns_what_happened_until_then() {
    let script = Arc::new(Mutex::new(VecDeque::from([Act::See(vec![1])])));
    let theirs = Arc::clone(&script);
    let open: SourceOpener =
        Box::new(move |_| Ok(Box::new(Scripted { kind: SourceKind::SockDiag, script: Arc::clone(&theirs) })));
    let config = SamplerConfig { interval: Duration::from_hours(1), adaptive: false, is_frugal: false, home: None };
    let sampler = SamplerHandle::spawn_with(SourceSpec::SockDiag, false, config, Box::new(|| {}), open);
    let patience = Duration::from_mins(5);
    let identities = |delta: &SnapshotDelta| delta.opened.iter().map(|it| it.key.identity).collect::<Vec<_>>();
    for (seen, is_paused, expected) in [(vec![1, 2], false, Some(2)), (vec![1, 2, 3], true, None)] {
        let reader = sampler.subscribe();
        let first = reader.receiver().recv_timeout(patience).expect("the complete state");
        assert!(first.delta.reset.is_some());
        sampler.set_paused(is_paused);
        *script.lock().expect("nobody panics") = VecDeque::from([Act::See(seen)]);
        let last: Vec<SamplerMessage> = reader.finish(Instant::now() + patience).collect();
        assert_eq!(last.iter().flat_map(|message| identities(&message.delta)).last(), expected);
        assert!(reader.receiver().recv().is_err(), "it has left");
    }
}
