//! The history in a real window, with real keys and mouse, and real sockets in a network namespace.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![allow(dead_code, reason = "the helpers can do more than is needed here")]

#[path = "window/desktop.rs"]
mod desktop;
#[path = "support/isolated.rs"]
mod isolated;
#[path = "support/network.rs"]
mod network;
#[path = "golden/rasterizer.rs"]
mod rasterizer;
#[path = "support/sockets.rs"]
mod sockets;
mod support;

use desktop::{Desktop, PATIENCE};
use image::{Rgb, RgbImage};
use isolated::{holder, in_own_network};
use netglobe::{
    history::{BlockId, GapReason, Store, codec::Decoder},
    model::Connection,
};
use std::{
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};
use support::not_run;

/// Connections that are opened and closed.
const CONNECTIONS: usize = 12;
const TITLE: &str = "netglobe";

/// The program. It ends when it is dropped, also when a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        self.0.kill().unwrap_or_default();
        self.0.wait().ok();
    }
}

/// Waits until something is so.
fn wait<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn start(desktop: &Desktop, flags: &[&str]) -> Running {
    let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
    command
        .args(["--home", "52.5,13.4", "--quality", "low", "--reduced-motion", "--keep-closed", "0"])
        .args(flags)
        .envs(rasterizer::lavapipe().expect("lavapipe").environment())
        .stderr(Stdio::null());
    let running = Running(command.spawn().expect("it starts"));
    wait("the window is there", || title(desktop));
    running
}

/// The title of the window.
fn title(desktop: &Desktop) -> Option<String> {
    let said = desktop.xdotool(["search", "--onlyvisible", "--name", "^netglobe", "getwindowname"]);
    said.lines().next().map(str::to_owned)
}

fn wait_for_title(desktop: &Desktop, what: &str, is: impl Fn(&str) -> bool) {
    wait(what, || title(desktop).filter(|title| is(title)));
}

fn history(desktop: &Desktop) -> PathBuf {
    desktop.home().join("netglobe").join("history.db")
}

/// Open connections at the end of what is written.
fn recorded(path: &Path) -> Option<Vec<Connection>> {
    let store = Store::open_for_reading(path).ok()?;
    let mut block = Decoder::new(store.block(BlockId::Tail).ok()??).ok()?;
    while block.step().ok()?.is_some() {}
    Some(block.connections().filter(|connection| !connection.is_listener()).cloned().collect())
}

/// Letters in the table: rows of connections.
fn letters(picture: &RgbImage, frame: (u32, u32)) -> usize {
    let is_letter = |Rgb([r, g, b]): &Rgb<u8>| *r > 110 && *g > 115 && *b > 125 && *b < r.saturating_add(60);
    let (left, top) = frame;
    let rows = top + 200..top + 560;
    rows.map(|y| (left + 20..left + 380).filter(|x| picture.get_pixel_checked(*x, y).is_some_and(is_letter)).count())
        .sum()
}

fn corner(desktop: &Desktop) -> (u32, u32) {
    let said = desktop.xdotool(["search", "--onlyvisible", "--name", "^netglobe", "getwindowgeometry", "--shell"]);
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)?.parse().ok()).unwrap_or(0);
    (value("X="), value("Y="))
}

#[test]
fn one_goes_back_to_what_was_there_and_returns_to_the_present() {
    const NAME: &str = "one_goes_back_to_what_was_there_and_returns_to_the_present";
    if let Some(why) = desktop::why_none().or(rasterizer::lavapipe().err().map(str::to_owned)) {
        return not_run(NAME, &why);
    }
    in_own_network("window_history", NAME, Duration::from_mins(8), || {
        network::ip("addr add 81.2.69.142/32 dev lo");
        let desktop = Desktop::start();
        let path = history(&desktop);
        let (mut server, mut client) = (holder("ng-server", &[]), holder("ng-client", &[]));
        let listener = server.tcp_listen("81.2.69.142:443");
        let mut running = start(&desktop, &[]);
        wait("it records", || recorded(&path));

        let to = "81.2.69.142:443".parse().expect("an address");
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            held.push((client.tcp_connect(to, None), server.tcp_accept(listener)));
        }
        wait("the connections are recorded", || recorded(&path).filter(|open| open.len() == CONNECTIONS));
        for (mine, theirs) in held {
            client.close(mine);
            server.close(theirs);
        }
        wait("their ends are recorded", || recorded(&path).filter(Vec::is_empty));
        let at = corner(&desktop);
        let rest =
            desktop.wait_for("only the listener is in the table", |picture| (1..900).contains(&letters(picture, at)));
        let few = letters(&rest, at);

        // Before the last change, they are there.
        desktop.key("Left");
        wait_for_title(&desktop, "the past is shown at rest", |title| {
            title.contains("PAST") && title.contains("PAUSED")
        });
        desktop.key("Left");
        desktop.wait_for("the connections are in the table", |picture| letters(picture, at) > few * 3);
        // Changes are stepped over in both directions.
        desktop.key_times("Right", 4);
        desktop.wait_for("they are gone again", |picture| letters(picture, at) < few * 2);
        // Played from well before now, because what is hardly past goes on in the present.
        wait("some time is recorded", || {
            let heads = Store::open_for_reading(&path).ok()?.heads().ok()?;
            let (first, last) = (heads.first()?.first, heads.last()?.last);
            (last.0 - first.0 >= 25_000).then_some(())
        });
        let late = title(&desktop);
        desktop.key("shift+Left");
        wait("an earlier moment is shown", || title(&desktop).filter(|title| Some(title) != late.as_ref()));
        desktop.key("space");
        wait_for_title(&desktop, "the past is played", |title| title.contains("PAST") && !title.contains("PAUSED"));
        desktop.key("End");
        wait_for_title(&desktop, "the present is shown", |title| title == TITLE);

        // While the window is paused, recording goes on.
        desktop.key("space");
        wait_for_title(&desktop, "time stands still", |title| title.contains("PAUSED"));
        let one = (client.tcp_connect(to, None), server.tcp_accept(listener));
        wait("it is recorded", || recorded(&path).filter(|open| open.len() == 1));
        desktop.key("space");
        wait_for_title(&desktop, "time goes on", |title| title == TITLE);

        // In private mode, nothing is.
        desktop.key("i");
        wait("the block ends", || recorded(&path).is_none().then_some(()));
        client.close(one.0);
        desktop.key("i");
        wait("it records again", || recorded(&path));
        let gaps = || Store::open_for_reading(&path).ok()?.gaps().ok();
        wait("the gap has its reason", || {
            gaps().filter(|gaps| gaps.iter().any(|gap| gap.reason == GapReason::Private))
        });

        desktop.key("ctrl+q");
        wait("it ends", || running.0.try_wait().expect("a child"));
        let runs = Store::open_for_reading(&path).expect("a history").runs().expect("read");
        assert!(runs.len() == 1 && runs[0].has_ended, "{runs:?}");
    });
}
