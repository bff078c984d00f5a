//! Tests that `list --watch` reports connections that open, change and close.

use super::{
    SOURCES, in_own_network,
    isolated::holder,
    other_machine,
    support::{Busy, Killed, PATIENCE, User, maxmind_file},
};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::{Duration, Instant},
};

/// A running `list --watch --json`.
pub(crate) struct Watch {
    pub(crate) lines: Receiver<Value>,
    _child: Killed,
}

impl Watch {
    pub(crate) fn start(user: &User, source: &str) -> Self {
        let database = maxmind_file("GeoLite2-City-Test.mmdb");
        let args = ["list", "--watch", "--json", "--interval", "50ms", "--source", source, "--geo-db", &database];
        Self::of(user.netglobe(&args))
    }

    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("started");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = sync_channel(1000);
        let read = move || {
            for line in stdout.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).expect("one object a line");
                if sender.send(line).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("watch".to_owned()).spawn(read).expect("a thread");
        Self { lines, _child: Killed(child) }
    }

    /// The next line.
    pub(crate) fn next(&self) -> Value {
        self.lines.recv_timeout(PATIENCE).expect("a line")
    }

    /// All lines within this time.
    pub(crate) fn during(&self, time: Duration) -> Vec<Value> {
        let end = Instant::now() + time;
        let next = || self.lines.recv_timeout(end.saturating_duration_since(Instant::now())).ok();
        std::iter::from_fn(next).collect()
    }

    /// The next line about the socket at `local` with this event, and with this state unless that is empty. Skips only
    /// changes: a sample may occur during a handshake.
    pub(crate) fn until(&self, local: SocketAddr, event: &str, state: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let rest = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(rest).unwrap_or_else(|_| panic!("no line has {event} {state}"));
            if line["local"]["port"] != local.port() || line["remote"] == Value::Null {
                continue;
            }
            if line["event"] == event && (state.is_empty() || line["state"] == state) {
                return line;
            }
            assert_eq!(line["event"], "changed", "waiting for {event} {state}: {line}");
        }
    }
}

#[test]
fn a_watch_sees_a_connection_open_and_close() {
    in_own_network("watch::a_watch_sees_a_connection_open_and_close", || {
        let _busy = Busy::start();
        let user = User::new();
        let mut other = other_machine();
        let mut client = holder("ng-client", &[]);
        let listener = other.tcp_listen("81.2.69.142:443");
        let old = client.tcp_connect(listener.local, None);
        other.tcp_accept(listener);
        for source in SOURCES {
            let watch = Watch::start(&user, source);
            let line = watch.until(old.local, "present", "established");
            assert_eq!(line["opened_at"], Value::Null, "{source}");
            for is_ours_closed_first in [true, false] {
                let ours = client.tcp_connect(listener.local, None);
                let theirs = other.tcp_accept(listener);
                let line = watch.until(ours.local, "opened", "");
                assert_eq!(line["process"]["pid"], client.pid(), "{source}");
                assert_eq!(line["place"]["city"], "London", "{source}");
                assert_eq!(line["opened_at"], line["first_seen_at"], "{source}");
                if is_ours_closed_first {
                    client.close(ours);
                    watch.until(ours.local, "changed", "fin-wait-2");
                    other.close(theirs);
                } else {
                    other.close(theirs);
                    watch.until(ours.local, "changed", "close-wait");
                    client.close(ours);
                }
                // It is reported at once, not only when the kernel drops the socket a minute later.
                let line = watch.until(ours.local, "closed", "");
                // Its last known process is still reported.
                assert_eq!(line["process"]["pid"], client.pid(), "{source}");
            }
        }
    });
}
