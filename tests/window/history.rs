//! The history in a real window, with real keys and mouse, and real sockets in a network namespace.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![allow(dead_code, reason = "the helpers can do more than is needed here")]

#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/isolated.rs"]
mod isolated;
#[path = "../support/network.rs"]
mod network;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/sockets.rs"]
mod sockets;
#[path = "../support/mod.rs"]
mod support;

use desktop::{Desktop, PATIENCE};
use image::{Rgb, RgbImage};
use isolated::{holder, in_own_network};
use netglobe::{
    history::{BlockId, GapReason, RecordingFile, Store, Timeline, codec::Decoder},
    model::{Connection, UnixMillis, masked_scope},
};
use std::{
    collections::BTreeSet,
    fs,
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
    // Before that, keys go elsewhere.
    wait("the window has the keyboard", || {
        let is_focused = desktop.xdotool(["getwindowfocus", "getwindowname"]).starts_with(TITLE);
        is_focused.then_some(())
    });
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

/// Letters in the table: about 400 for one row, and 100 without any, which are of the header.
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
    in_own_network("window_history", NAME, Duration::from_mins(20), || {
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
            desktop.wait_for("only the listener is in the table", |picture| (300..900).contains(&letters(picture, at)));
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

/// The recordings in a folder.
fn recordings(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "netglobe")).collect()
}

/// Ports of the connections that a recording ever contains.
fn local_ports(path: &Path) -> BTreeSet<u16> {
    let mut recording = RecordingFile::open(path).expect("a whole recording");
    let mut ports = BTreeSet::new();
    for head in recording.heads().expect("blocks") {
        let content = recording.content(head.id).expect("read").expect("there");
        let mut block = Decoder::new(content).expect("a block");
        let mut note = |connection: &Connection| {
            if !connection.is_listener() {
                ports.insert(connection.key.local.port);
            }
        };
        block.connections().for_each(&mut note);
        while let Some(moment) = block.step().expect("a whole block") {
            moment.delta.opened.iter().for_each(&mut note);
        }
    }
    ports
}

#[test]
fn one_chooses_two_windows_of_time_compares_them_and_gives_them_away() {
    const NAME: &str = "one_chooses_two_windows_of_time_compares_them_and_gives_them_away";
    if let Some(why) = desktop::why_none().or(rasterizer::lavapipe().err().map(str::to_owned)) {
        return not_run(NAME, &why);
    }
    in_own_network("window_history", NAME, Duration::from_mins(20), || {
        let addresses = ["81.2.69.142", "89.160.20.112"];
        for address in addresses {
            network::ip(&format!("addr add {address}/32 dev lo"));
        }
        let desktop = Desktop::start();
        let path = history(&desktop);
        let (mut server, mut client) = (holder("ng-server", &[]), holder("ng-client", &[]));
        let listeners = addresses.map(|address| server.tcp_listen(&format!("{address}:443")));
        let folder = desktop.home().join("Bilder");
        fs::write(desktop.home().join("user-dirs.dirs"), "XDG_PICTURES_DIR=\"$HOME/Bilder\"\n").expect("written");
        let mut running = start(&desktop, &[]);
        wait("it records", || recorded(&path));
        let at = corner(&desktop);

        // Two waves of connections to two places, each of them gone before the next one.
        let mut waves = Vec::new();
        let now = || UnixMillis(jiff::Timestamp::now().as_millisecond());
        let mut times = [[UnixMillis(0); 2]; 2];
        for (wave, address) in addresses.iter().enumerate() {
            times[wave][0] = now();
            let to = format!("{address}:443").parse().expect("an address");
            let mut held = Vec::new();
            for _ in 0..CONNECTIONS {
                held.push((client.tcp_connect(to, None), server.tcp_accept(listeners[wave])));
            }
            let open = wait("the connections are recorded", || recorded(&path).filter(|it| it.len() == CONNECTIONS));
            waves.push(open.iter().map(|it| it.key.local.port).collect::<BTreeSet<u16>>());
            for (mine, theirs) in held {
                client.close(mine);
                server.close(theirs);
            }
            wait("their ends are recorded", || recorded(&path).filter(Vec::is_empty));
            times[wave][1] = now();
        }
        let rest = desktop.wait_for("nothing is in the table", |picture| (600..1_100).contains(&letters(picture, at)));
        let few = letters(&rest, at);

        // Everything closed: only with a window of time it is shown again, in the present.
        desktop.key("slash");
        desktop.write("during:10m");
        desktop.key("Return");
        desktop.wait_for("what had closed is in the table", |picture| letters(picture, at) > few * 3);
        desktop.key("Escape");
        desktop.key("Escape");
        desktop.wait_for("it is gone again", |picture| letters(picture, at) < few * 2);

        // With the mouse: Shift and drag over the whole bar. A slow program may see all of it in one frame, so again.
        let bar_y = at.1 + 800 - 100;
        let mut gestures = 0;
        desktop.wait_for("what was there in it is in the table", |picture| {
            let is_there = letters(picture, at) > few * 3;
            if !is_there && gestures < 20 {
                gestures += 1;
                desktop.xdotool(["keydown", "shift"]);
                desktop.point((at.0 + 60, bar_y));
                desktop.xdotool(["mousedown", "1"]);
                for x in [90, 300, 600, 900, 1_230] {
                    desktop.point((at.0 + x, bar_y));
                    // As fast as a hand.
                    thread::sleep(Duration::from_millis(100));
                }
                desktop.xdotool(["mouseup", "1"]);
                desktop.xdotool(["keyup", "shift"]);
                thread::sleep(Duration::from_secs(1));
            }
            is_there
        });
        desktop.key("Escape");
        desktop.key("End");

        // Two windows, one for each wave.
        desktop.key("slash");
        desktop.key("ctrl+a");
        let windows = times.map(|[from, to]| format!("{from}..{to}"));
        desktop.write(&format!("during:{}", windows.join(",")));
        desktop.key("Return");
        desktop.wait_for("both waves are in the table", |picture| letters(picture, at) > few * 3);
        desktop.key("equal");
        desktop.wait_for("both are compared, in blue and orange", |picture| {
            let (mut blue, mut orange) = (0, 0);
            for y in at.1 + 190..at.1 + 620 {
                for x in at.0 + 20..at.0 + 390 {
                    let Some(Rgb([r, g, b])) = picture.get_pixel_checked(x, y) else { continue };
                    blue += usize::from(*b > 220 && *r < 130 && *g > 150);
                    orange += usize::from(*r > 220 && *b < 100 && *g > 110);
                }
            }
            blue > 40 && orange > 40
        });

        // What is compared is exported, with and without private things.
        desktop.key("x");
        let exported = wait("a recording is there", || recordings(&folder).pop());
        let ports = local_ports(&exported);
        assert!(waves.iter().all(|wave| wave.is_subset(&ports)), "{ports:?} without {waves:?}");
        desktop.key("w");
        let scrubbed = wait("another one is there", || {
            recordings(&folder).into_iter().find(|path| *path != exported && fs::metadata(path).is_ok())
        });
        assert_scrubbed(&scrubbed);
        desktop.key("ctrl+q");
        wait("it ends", || running.0.try_wait().expect("a child"));

        // In stage mode, an export is always without private things.
        let mut staged = start(&desktop, &["--stage"]);
        wait("it records", || recorded(&path));
        let known = [exported.clone(), scrubbed.clone()];
        let third = wait("a third recording is there", || {
            // The key does nothing until the window knows what there is.
            desktop.key("x");
            thread::sleep(Duration::from_secs(1));
            recordings(&folder).into_iter().find(|path| !known.contains(path) && fs::metadata(path).is_ok())
        });
        assert_scrubbed(&third);
        desktop.key("ctrl+q");
        wait("it ends", || staged.0.try_wait().expect("a child"));

        // Somebody else opens it.
        let mut other = start(&desktop, &[exported.to_str().expect("a path")]);
        desktop.key("slash");
        desktop.write("during:1h");
        desktop.key("Return");
        desktop.wait_for("its connections are in the table", |picture| letters(picture, at) > few * 3);
        desktop.key("ctrl+q");
        wait("it ends, too", || other.0.try_wait().expect("a child"));

        // Or drops it on a window that shows the present.
        let mut third = start(&desktop, &["--no-history"]);
        desktop.wait_for("nothing is in the table", |picture| (1..few * 2).contains(&letters(picture, at)));
        drop_file(&desktop, &exported);
        desktop.key("slash");
        desktop.write("during:1h");
        desktop.key("Return");
        desktop.wait_for("what was dropped is in the table", |picture| letters(picture, at) > few * 3);
        desktop.key("ctrl+q");
        wait("the third ends", || third.0.try_wait().expect("a child"));
    });
}

/// All addresses in a recording are substitutes.
fn assert_scrubbed(path: &Path) {
    let mut recording = RecordingFile::open(path).expect("a whole recording");
    let mut connections = 0;
    for head in recording.heads().expect("blocks") {
        let content = recording.content(head.id).expect("read").expect("there");
        let mut block = Decoder::new(content).expect("a block");
        while let Some(moment) = block.step().expect("a whole block") {
            for connection in moment.delta.opened {
                assert!(masked_scope(connection.subject_ip()).is_some(), "{connection:?}");
                connections += 1;
            }
        }
    }
    assert!(connections >= CONNECTIONS, "{connections} in {}", path.display());
}

/// Drops a file on the window as a file manager does (XDND, version 5).
fn drop_file(desktop: &Desktop, file: &Path) {
    use x11rb::{
        connection::Connection as _,
        protocol::{
            Event,
            xproto::{
                ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT,
                SelectionNotifyEvent, WindowClass,
            },
        },
        wrapper::ConnectionExt as _,
    };
    let ids = desktop.xdotool(["search", "--onlyvisible", "--name", "^netglobe"]);
    let target: u32 = ids.lines().next().expect("a window").parse().expect("a number");
    let (x, screen) = x11rb::connect(Some(desktop.display())).expect("the X server");
    let root = x.setup().roots[screen].root;
    let source = x.generate_id().expect("a number");
    let aux = CreateWindowAux::new();
    x.create_window(0, source, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &aux).expect("a window");
    let atom = |name: &str| x.intern_atom(false, name.as_bytes()).expect("sent").reply().expect("an atom").atom;
    let (selection, list, copy) = (atom("XdndSelection"), atom("text/uri-list"), atom("XdndActionCopy"));
    x.set_selection_owner(source, selection, x11rb::CURRENT_TIME).expect("owned");
    let send = |kind: &str, data: [u32; 5]| {
        let message = ClientMessageEvent::new(32, target, atom(kind), data);
        x.send_event(false, target, EventMask::NO_EVENT, message).expect("sent");
        x.flush().expect("flushed");
    };
    let (left, top) = corner(desktop);
    let at = (left + 700) << 16 | (top + 300);
    send("XdndEnter", [source, 5 << 24, list, 0, 0]);
    send("XdndPosition", [source, 0, at, x11rb::CURRENT_TIME, copy]);
    let (status, finished) = (atom("XdndStatus"), atom("XdndFinished"));
    let mut is_dropped = false;
    wait("the window has taken the file", || {
        while let Some(event) = x.poll_for_event().expect("the X server") {
            match event {
                Event::SelectionRequest(asked) => {
                    let text = format!("file://{}\r\n", file.display());
                    x.change_property8(PropMode::REPLACE, asked.requestor, asked.property, list, text.as_bytes())
                        .expect("given");
                    let answer = SelectionNotifyEvent {
                        response_type: SELECTION_NOTIFY_EVENT,
                        sequence: 0,
                        time: asked.time,
                        requestor: asked.requestor,
                        selection: asked.selection,
                        target: asked.target,
                        property: asked.property,
                    };
                    x.send_event(false, asked.requestor, EventMask::NO_EVENT, answer).expect("sent");
                    x.flush().expect("flushed");
                }
                Event::ClientMessage(said) if said.type_ == status => {
                    assert!(said.data.as_data32()[1] & 1 == 1, "it does not take files");
                    if !std::mem::replace(&mut is_dropped, true) {
                        send("XdndDrop", [source, 0, x11rb::CURRENT_TIME, 0, 0]);
                    }
                }
                Event::ClientMessage(said) if said.type_ == finished => return Some(()),
                _ => {}
            }
        }
        None
    });
}
