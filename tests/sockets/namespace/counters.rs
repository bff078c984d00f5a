//! Tests of byte counters and rates of live connections.

use super::{
    in_own_network,
    isolated::holder,
    other_machine,
    sockets::Held,
    support::{self, Busy, PATIENCE, User},
    watch::Watch,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// State, payload sent and received, and uncertainty of the received payload, for the connection `held`.
fn counted(user: &User, held: Held) -> (String, Value, Value, Value) {
    let outcome =
        user.run(&["list", "--json", "--source", "sock-diag", "--filter", &format!("port:{}", held.remote.port())]);
    let mut lines = outcome.json_lines();
    lines.retain(|line| line["local"]["port"] == held.local.port() && line["remote"]["port"] == held.remote.port());
    assert_eq!(lines.len(), 1, "{outcome:?}");
    let line = &lines[0];
    let state = line["state"].as_str().expect("text").to_owned();
    (state, line["bytes_sent"].clone(), line["bytes_received"].clone(), line["bytes_received_error"].clone())
}

#[test]
fn the_bytes_of_a_live_transfer_are_exact_whoever_connected_and_whoever_ends_first() {
    in_own_network("counters::the_bytes_of_a_live_transfer_are_exact_whoever_connected_and_whoever_ends_first", || {
        let _busy = Busy::start();
        const SENT: usize = 3_000_000;
        const RECEIVED: usize = 200_001;
        let user = User::new();
        let mut other = other_machine();
        let mut ours = holder("ng-ours", &[]);
        let theirs_waits = other.tcp_listen("81.2.69.142:443");
        let ours_waits = ours.tcp_listen("[::]:8080");
        for is_ours_connecting in [true, false] {
            for is_ours_ending_first in [true, false] {
                let (here, there) = if is_ours_connecting {
                    (ours.tcp_connect(theirs_waits.local, None), other.tcp_accept(theirs_waits))
                } else {
                    let there = other.tcp_connect("10.77.0.1:8080".parse().expect("an address"), None);
                    (ours.tcp_accept(ours_waits), there)
                };
                let what = format!("connecting: {is_ours_connecting}, ending first: {is_ours_ending_first}");
                let assert_counted = |state: &str, sent: usize, received: usize| {
                    // The acknowledgement of the other end may be delayed.
                    let in_state = || Some(counted(&user, here)).filter(|found| found.0 == state);
                    let found = support::wait_until(Instant::now() + PATIENCE, in_state);
                    let expected = (state.to_owned(), json!(sent), json!(received), json!(0));
                    assert_eq!(found, Some(expected), "{what}");
                };
                assert_counted("established", 0, 0);
                // More than fits into the buffers of both ends, so that both must take part.
                for _ in 0..30 {
                    ours.send(here, SENT / 30);
                    other.receive(there, SENT / 30);
                }
                other.send(there, RECEIVED);
                ours.receive(here, RECEIVED);
                assert_counted("established", SENT, RECEIVED);
                if is_ours_ending_first {
                    ours.end(here);
                    assert_counted("fin-wait-2", SENT, RECEIVED);
                    other.send(there, 5);
                    ours.receive(here, 5);
                    assert_counted("fin-wait-2", SENT, RECEIVED + 5);
                } else {
                    other.end(there);
                    assert_counted("close-wait", SENT, RECEIVED);
                    ours.send(here, 5);
                    other.receive(there, 5);
                    assert_counted("close-wait", SENT + 5, RECEIVED);
                }
                ours.close(here);
                other.close(there);
            }
        }
    });
}

#[test]
fn a_connection_without_traffic_is_not_reported_again_and_its_rate_falls_to_zero() {
    in_own_network("counters::a_connection_without_traffic_is_not_reported_again_and_its_rate_falls_to_zero", || {
        let user = User::new();
        let mut other = other_machine();
        let mut client = holder("ng-client", &[]);
        let listener = other.tcp_listen("81.2.69.142:443");
        let (idle, busy) = (client.tcp_connect(listener.local, None), client.tcp_connect(listener.local, None));
        other.tcp_accept(listener);
        let there = other.tcp_accept(listener);
        client.send(busy, 1_000);
        let watch = Watch::start(&user, "sock-diag");
        let rates = |line: &Value| {
            [&line["rate_sent_bytes_per_sec"], &line["rate_received_bytes_per_sec"]].map(serde_json::Value::as_f64)
        };
        for socket in [idle, busy] {
            let line = watch.until(socket.local, "present", "established");
            assert_eq!(rates(&line), [None, None], "one sample has no rate");
        }
        let known = [watch.next(), watch.next()];
        assert!(known.iter().all(|line| rates(line) == [Some(0.0), Some(0.0)]), "each rate becomes known: {known:#?}");
        assert_ne!(known[0]["local"]["port"], known[1]["local"]["port"], "once");
        other.send(there, 500_000);
        client.receive(busy, 500_000);
        let first = watch.next();
        assert!(rates(&first)[1] > Some(10_000.0) && rates(&first)[0] == Some(0.0), "{first:#?}");
        let mut last = first;
        while rates(&last)[1] != Some(0.0) {
            assert_eq!(last["local"]["port"], busy.local.port(), "the other one carries nothing");
            last = watch.next();
        }
        assert_eq!(last["bytes_received"], json!(500_000), "{last:#?}");
        // Twenty samples on an idle machine.
        assert_eq!(watch.during(Duration::from_secs(1)), Vec::<Value>::new(), "and then nothing changes");
    });
}
