//! Tests of connections that close between two samples, or are aborted.

use super::{
    LONDON, in_own_network,
    isolated::{HOLDING_UID, LISTING_UID, as_user, behind, holder, holder_at, words, works},
    network, other_machine,
    support::{self, Busy, PATIENCE, not_run},
    watch::Watch,
};
use netglobe::sampler::{SamplerConfig, SamplerHandle, SourceSpec};
use serde_json::{Value, json};
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

#[test]
fn a_thousand_connections_of_another_user_too_short_for_a_sample_are_all_reported() {
    in_own_network("closed::a_thousand_connections_of_another_user_too_short_for_a_sample_are_all_reported", || {
        const COUNT: usize = 1_000;
        let mut other = other_machine();
        // Two unprivileged users: one connects, one lists. Both need readable files.
        let files = tempfile::tempdir().expect("a folder");
        let program = files.path().join("netglobe");
        std::fs::copy(support::netglobe_path(), &program).expect("copied");
        std::fs::set_permissions(files.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("allowed");
        let (holding, listing) = (as_user(HOLDING_UID), as_user(LISTING_UID));
        if !works(&words(&holding)) {
            return not_run("namespace::a_thousand_connections", "no command can be run as another user here");
        }
        let helper = files.path().join("helper");
        std::fs::copy(network::this_program(), &helper).expect("copied");
        let mut client = holder_at(&helper, "ng-client", &words(&holding));
        let mut command = behind(&words(&listing), &program);
        command.args(["list", "--watch", "--json", "--source", "sock-diag"]);
        command.env("HOME", files.path()).env("XDG_CACHE_HOME", "/nonexistent").stderr(Stdio::null());
        let waiting = other.tcp_listen("81.2.69.142:1");
        let known = client.tcp_connect(waiting.local, None);
        let watch = Watch::of(command);
        // Wait until it samples.
        watch.until(known.local, "present", "established");
        let _busy = Busy::start();
        // Number of closed connections that were counted but not reported so far.
        let mut missed = 0;
        for (port, how) in [(443, "client"), (444, "server"), (445, "reset")] {
            let listener = other.tcp_listen(&format!("81.2.69.142:{port}"));
            other.answer(listener, COUNT, how);
            client.ask(listener.local, COUNT, how);
            let missed_before = missed;
            let mut closed: std::collections::HashMap<_, Vec<Value>> = std::collections::HashMap::new();
            let deadline = Instant::now() + PATIENCE;
            // Continue for some time, in which nothing may be reported again.
            let mut quiet = 0;
            while quiet < 3 && Instant::now() < deadline {
                for line in watch.during(Duration::from_millis(500)) {
                    if line["event"] == "closed" && line["remote"]["port"] == port {
                        closed.entry(line["local"]["port"].as_u64()).or_default().push(line);
                    } else if line["event"] == "gap" {
                        missed = line["closings_missed"].as_u64().expect("counted");
                        assert_eq!((&line["vanished"], &line["aborted"]), (&json!(0), &json!(0)), "{line:#}");
                    }
                }
                let accounted = closed.len() as u64 + missed - missed_before;
                quiet = if accounted >= COUNT as u64 { quiet + 1 } else { 0 };
            }
            let lines = || closed.values().flatten();
            let short = lines().filter(|line| line["owner_missing"] == "closed-too-soon").count();
            let exact = lines().filter(|line| line["bytes_received_error"] == 0).count();
            let not_final = lines().filter(|line| line["counters_final"] != true).count();
            println!(
                "{how}: {} of {COUNT} reported, {} counted, {short} of them never sampled, {exact} exact, {not_final} not final",
                closed.len(),
                missed - missed_before
            );
            assert!(
                closed.len() as u64 + missed - missed_before >= COUNT as u64,
                "{how}: reported plus counted is all"
            );
            assert!(short > 0, "{how}: each was sampled before it closed");
            assert!(
                not_final as u64 <= missed - missed_before + COUNT as u64 / 100,
                "{how}: close events are received"
            );
            for (local, lines) in &closed {
                assert_eq!(lines.len(), 1, "{how}: port {local:?} is reported more than once: {lines:#?}");
                let line = &lines[0];
                assert_eq!((&line["remote"]["ip"], &line["direction"]), (&json!(LONDON), &json!("out")), "{how}");
                let (sent, received) = (line["bytes_sent"].as_u64(), line["bytes_received"].as_u64());
                if line["counters_final"] == true {
                    assert_eq!(sent, Some(1_000), "{how}: {line:#}");
                    let surplus = received.expect("counted").checked_sub(2_000).expect("all");
                    assert!(surplus <= line["bytes_received_error"].as_u64().expect("a number"), "{how}: {line:#}");
                    assert!(line["rtt_ms"].as_f64() > Some(0.0), "{how}: {line:#}");
                } else {
                    assert_eq!(line["counters_final"] == false, sent.is_some(), "{how}: {line:#}");
                    assert!(sent <= Some(1_000) && received <= Some(2_001), "{how}: {line:#}");
                }
            }
        }
    });
}

#[test]
fn aborted_connections_are_counted_and_not_shown() {
    in_own_network("closed::aborted_connections_are_counted_and_not_shown", || {
        let _busy = Busy::start();
        const COUNT: u64 = 200;
        let mut other = other_machine();
        let mut client = holder("ng-client", &[]);
        let listener = other.tcp_listen("81.2.69.142:443");
        // One sample, and the next one only when events have arrived, so that no sample sees them alive.
        let config = SamplerConfig { interval: Duration::from_secs(1), adaptive: false, is_frugal: false, home: None };
        let sampler = SamplerHandle::spawn(SourceSpec::SockDiag, false, config, Box::new(|| {}));
        let next = || sampler.receiver().recv_timeout(PATIENCE).expect("a message");
        next();
        other.answer(listener, usize::try_from(COUNT).expect("few"), "abort");
        client.ask(listener.local, usize::try_from(COUNT).expect("few"), "abort");
        let (mut aborted, mut sampled) = (0, 0);
        let deadline = Instant::now() + PATIENCE;
        while aborted + sampled < COUNT && Instant::now() < deadline {
            let message = next();
            aborted = message.report.unseen.aborted;
            assert_eq!(message.report.unseen.missed, 0);
            sampled += message.delta.opened.iter().filter(|row| row.key.remote.is_some()).count() as u64;
            assert!(message.delta.ghosts.is_empty(), "{:?}", message.delta.ghosts);
        }
        assert_eq!(aborted + sampled, COUNT, "{aborted} counted, {sampled} sampled alive");
    });
}
