//! Tries to open sockets of every kind that could reach the network, to show what the kernel answers.

use std::{process::Command, thread::Builder};

/// The word on the command line with which the program tries the same as a child.
pub const CHILD_FLAG: &str = "--try-sockets";

/// An attempt to open a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What: `tcp`, `udp6`, `raw`.
    pub what: &'static str,
    /// By whom: `this thread`, `a new thread`, `a child`.
    pub by: &'static str,
    /// Whether a socket was opened.
    pub is_open: bool,
    /// What the kernel said.
    pub answer: String,
}

/// Tries all kinds, in this thread, in a new one, and in a child.
#[must_use]
pub fn try_all() -> Vec<Attempt> {
    let mut all: Vec<Attempt> = kinds().into_iter().map(|kind| attempt(&kind, "this thread")).collect();
    let others = || kinds().into_iter().map(|kind| attempt(&kind, "a new thread")).collect::<Vec<_>>();
    if let Ok(thread) = Builder::new().name("try-sockets".to_owned()).spawn(others) {
        all.extend(thread.join().unwrap_or_default());
    }
    all.extend(child());
    all
}

/// What a child of this program says.
fn child() -> Vec<Attempt> {
    let Ok(program) = std::env::current_exe() else { return Vec::new() };
    let Ok(output) = Command::new(program).arg(CHILD_FLAG).output() else { return Vec::new() };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = said.lines().filter_map(|line| {
        let (name, answer) = line.split_once('\t')?;
        let what = kinds().into_iter().map(|kind| kind.what).find(|what| *what == name)?;
        Some(Attempt { what, by: "a child", is_open: answer == OPENED, answer: answer.to_owned() })
    });
    lines.collect()
}

/// Prints the attempts of a child: without a filter of its own, because it inherits that of its parent.
///
/// # Errors
/// If `out` cannot be written.
pub fn answer_as_child(mut out: impl std::io::Write) -> std::io::Result<()> {
    for kind in kinds() {
        let Attempt { what, answer, .. } = attempt(&kind, "a child");
        writeln!(out, "{what}\t{answer}")?;
    }
    Ok(())
}

/// The answer if a socket was opened.
const OPENED: &str = "opened";

/// A kind of socket.
struct Kind {
    what: &'static str,
    #[cfg(target_os = "linux")]
    family: u16,
    #[cfg(target_os = "linux")]
    kind: rustix::net::SocketType,
}

#[cfg(target_os = "linux")]
fn kinds() -> Vec<Kind> {
    use rustix::net::SocketType;
    // address_families(7).
    const INET: u16 = 2;
    const INET6: u16 = 10;
    const PACKET: u16 = 17;
    const VSOCK: u16 = 40;
    const XDP: u16 = 44;
    [
        ("tcp", INET, SocketType::STREAM),
        ("udp", INET, SocketType::DGRAM),
        ("raw", INET, SocketType::RAW),
        ("tcp6", INET6, SocketType::STREAM),
        ("udp6", INET6, SocketType::DGRAM),
        ("packet", PACKET, SocketType::RAW),
        ("vsock", VSOCK, SocketType::STREAM),
        ("xdp", XDP, SocketType::RAW),
    ]
    .map(|(what, family, kind)| Kind { what, family, kind })
    .into()
}

#[cfg(target_os = "linux")]
fn attempt(kind: &Kind, by: &'static str) -> Attempt {
    let opened = rustix::net::socket(rustix::net::AddressFamily::from_raw(kind.family), kind.kind, None);
    let (is_open, answer) = match opened {
        Ok(_) => (true, OPENED.to_owned()),
        Err(error) => (false, error.to_string()),
    };
    Attempt { what: kind.what, by, is_open, answer }
}

#[cfg(not(target_os = "linux"))]
fn kinds() -> Vec<Kind> {
    ["tcp", "udp"].map(|what| Kind { what }).into()
}

#[cfg(not(target_os = "linux"))]
fn attempt(kind: &Kind, by: &'static str) -> Attempt {
    let opened = match kind.what {
        "tcp" => std::net::TcpListener::bind("127.0.0.1:0").map(drop),
        _ => std::net::UdpSocket::bind("127.0.0.1:0").map(drop),
    };
    let (is_open, answer) = match opened {
        Ok(()) => (true, OPENED.to_owned()),
        Err(error) => (false, error.to_string()),
    };
    Attempt { what: kind.what, by, is_open, answer }
}
