//! The programs, operators and connections of the demo `everyday`.
//!
//! AS numbers are reserved for documentation by RFC 5398, so they belong to no real operator.

use crate::model::{Direction, Protocol};

/// A demo program: pid, name, path.
pub(super) type Program = (u32, &'static str, &'static str);
/// A demo operator: AS number, name.
pub(super) type Operator = (u32, &'static str);

const BROWSER: Program = (4120, "web-browser", "/usr/bin/web-browser");
const MAIL: Program = (3377, "mail-reader", "/usr/bin/mail-reader");
const CHAT: Program = (3502, "team-chat", "/opt/team-chat/team-chat");
const MUSIC: Program = (5218, "music-player", "/usr/bin/music-player");
const CALL: Program = (6044, "video-call", "/opt/video-call/video-call");
const BACKUP: Program = (1290, "backup-agent", "/usr/lib/backup-agent");
const SYNC: Program = (3610, "file-sync", "/usr/bin/file-sync");
const SHELL: Program = (7731, "ssh", "/usr/bin/ssh");
const UPDATER: Program = (980, "system-updater", "/usr/lib/system-updater");
const SHARE: Program = (5840, "file-share", "/usr/bin/file-share");
const GAME: Program = (8102, "board-game", "/opt/board-game/board-game");
const RESOLVER: Program = (702, "name-resolver", "/usr/lib/name-resolver");
const WEATHER: Program = (3288, "weather-widget", "/usr/bin/weather-widget");
const DATABASE: Program = (1544, "notes-database", "/usr/lib/notes-database");
const EDITOR: Program = (6920, "code-editor", "/usr/bin/code-editor");
const PRINTING: Program = (811, "print-service", "/usr/sbin/print-service");
const REMOTE_LOGIN: Program = (655, "sshd", "/usr/sbin/sshd");

const CLOUD: Operator = (64_496, "Example Cloud");
const CDN: Operator = (64_497, "Sample Content Delivery");
const POST: Operator = (64_498, "Demo Mail Cooperative");
const TALK: Operator = (64_499, "Placeholder Talk");
const TUNES: Operator = (64_500, "Fictional Music");
const MEDIA: Operator = (64_501, "Imaginary Streams");
const STORE: Operator = (64_502, "Example Storage Vault");
const MIRROR: Operator = (64_503, "Sample Software Mirror");
const HOSTING: Operator = (64_504, "Invented Hosting");
const FIBRE: Operator = (65_536, "Demo Fibre to the Home");
const MOBILE: Operator = (65_537, "Example Mobile");
const NAMES: Operator = (65_538, "Sample Public Resolver");
const ADS: Operator = (65_539, "Fictional Advertising");

/// Location of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// Always in the same city.
    Settled(&'static [Operator]),
    /// In a random city for each connection.
    Anywhere(&'static [Operator]),
    /// Anycast.
    Anycast(Operator),
    /// On the internet, with unknown location.
    Unplaced,
    /// On the local network, 192.168.1.x.
    Lan(u8),
    /// This computer itself.
    Loopback,
}

/// Lifetime of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Life {
    /// Always open.
    Always,
    /// Opens and closes about every `period_s` seconds, and is open for a random fraction of that time, within `share`.
    Comes { period_s: f64, share: (f64, f64) },
    /// Belongs to the page in this browser tab: 6 to 12 connections at once, one page after another.
    Page { tab: u64 },
}

/// Traffic of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flow {
    /// A web page: much traffic at first, then almost none.
    Page,
    /// Receives about this many bytes per second.
    Download(f64),
    /// Sends about this many bytes per second.
    Upload(f64),
    /// Sends and receives about this many bytes per second.
    Both(f64),
    /// A few thousand bytes from time to time.
    Words,
}

/// Connections of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Role {
    /// The owner; `None` for a program of another user, which cannot be inspected.
    pub(super) program: Option<Program>,
    pub(super) peer: Peer,
    pub(super) protocol: Protocol,
    pub(super) direction: Direction,
    /// The well-known port: the peer's for an outgoing connection, the local one for an incoming one.
    pub(super) port: u16,
    /// Maximum number of connections.
    pub(super) count: u64,
    pub(super) life: Life,
    pub(super) flow: Flow,
}

const fn out(program: Program, peer: Peer, port: u16, count: u64, life: Life, flow: Flow) -> Role {
    let (protocol, direction) = (Protocol::Tcp, Direction::Out);
    Role { program: Some(program), peer, protocol, direction, port, count, life, flow }
}

const fn udp(role: Role) -> Role {
    Role { protocol: Protocol::Udp, ..role }
}

const fn incoming(role: Role) -> Role {
    Role { direction: Direction::In, ..role }
}

const fn comes(period_s: f64, least: f64, most: f64) -> Life {
    Life::Comes { period_s, share: (least, most) }
}

const WEB: Peer = Peer::Anywhere(&[CDN, CLOUD, HOSTING, ADS, CDN, MEDIA]);
const HOMES: Peer = Peer::Anywhere(&[FIBRE, MOBILE, FIBRE]);

/// All connections of the demo.
pub(super) const EVERYDAY: &[Role] = &[
    out(BROWSER, WEB, 443, 12, Life::Page { tab: 1 }, Flow::Page),
    out(BROWSER, WEB, 443, 12, Life::Page { tab: 2 }, Flow::Page),
    out(BROWSER, WEB, 443, 12, Life::Page { tab: 3 }, Flow::Page),
    udp(out(BROWSER, WEB, 443, 6, comes(55.0, 0.3, 0.9), Flow::Page)),
    out(BROWSER, Peer::Settled(&[CLOUD, TALK]), 443, 4, comes(900.0, 0.85, 0.98), Flow::Words),
    out(BROWSER, Peer::Settled(&[MEDIA]), 443, 1, comes(240.0, 0.6, 0.9), Flow::Download(850_000.0)),
    out(MAIL, Peer::Settled(&[POST]), 993, 4, comes(700.0, 0.9, 0.98), Flow::Words),
    out(MAIL, Peer::Settled(&[POST]), 465, 1, comes(80.0, 0.05, 0.1), Flow::Upload(90_000.0)),
    out(CHAT, Peer::Settled(&[TALK, CLOUD]), 443, 5, comes(600.0, 0.88, 0.99), Flow::Words),
    out(MUSIC, Peer::Settled(&[TUNES]), 443, 1, comes(210.0, 0.8, 0.97), Flow::Download(45_000.0)),
    out(MUSIC, Peer::Settled(&[TUNES, CDN]), 443, 2, comes(500.0, 0.85, 0.97), Flow::Words),
    udp(out(CALL, Peer::Settled(&[TALK, HOSTING]), 3478, 3, comes(420.0, 0.55, 0.85), Flow::Both(190_000.0))),
    out(CALL, Peer::Settled(&[TALK]), 443, 1, comes(420.0, 0.7, 0.9), Flow::Words),
    out(BACKUP, Peer::Settled(&[STORE]), 443, 3, comes(260.0, 0.5, 0.85), Flow::Upload(1_300_000.0)),
    out(SYNC, Peer::Settled(&[STORE, CLOUD]), 443, 6, comes(480.0, 0.8, 0.97), Flow::Words),
    out(SHELL, Peer::Settled(&[HOSTING, CLOUD]), 22, 4, comes(1500.0, 0.93, 0.99), Flow::Words),
    out(UPDATER, Peer::Settled(&[MIRROR]), 443, 3, comes(100.0, 0.15, 0.4), Flow::Download(2_600_000.0)),
    udp(out(GAME, Peer::Settled(&[HOSTING]), 27_015, 2, comes(360.0, 0.7, 0.9), Flow::Both(14_000.0))),
    udp(out(RESOLVER, Peer::Anycast(NAMES), 53, 5, comes(7.0, 0.15, 0.4), Flow::Words)),
    out(WEATHER, Peer::Anycast(CDN), 443, 2, comes(120.0, 0.2, 0.5), Flow::Words),
    out(EDITOR, Peer::Settled(&[CLOUD]), 443, 2, comes(800.0, 0.85, 0.97), Flow::Words),
    out(SHARE, HOMES, 51_413, 9, comes(170.0, 0.4, 0.85), Flow::Both(60_000.0)),
    incoming(out(SHARE, HOMES, 51_413, 6, comes(140.0, 0.35, 0.8), Flow::Upload(80_000.0))),
    incoming(out(REMOTE_LOGIN, Peer::Settled(&[MOBILE]), 22, 1, comes(300.0, 0.5, 0.8), Flow::Words)),
    out(SHARE, Peer::Unplaced, 51_413, 3, comes(200.0, 0.6, 0.9), Flow::Both(9_000.0)),
    Role { program: None, ..udp(out(RESOLVER, Peer::Settled(&[HOSTING]), 123, 1, comes(64.0, 0.1, 0.2), Flow::Words)) },
    Role { program: None, ..out(UPDATER, Peer::Settled(&[MIRROR]), 443, 1, comes(150.0, 0.4, 0.8), Flow::Words) },
    out(MUSIC, Peer::Lan(40), 8009, 1, comes(600.0, 0.8, 0.95), Flow::Upload(48_000.0)),
    out(SYNC, Peer::Lan(2), 445, 2, comes(900.0, 0.9, 0.99), Flow::Both(120_000.0)),
    out(PRINTING, Peer::Lan(31), 631, 1, comes(90.0, 0.1, 0.3), Flow::Upload(200_000.0)),
    udp(out(RESOLVER, Peer::Lan(1), 53, 2, comes(9.0, 0.2, 0.5), Flow::Words)),
    out(EDITOR, Peer::Loopback, 6463, 2, Life::Always, Flow::Both(4_000.0)),
    out(MAIL, Peer::Loopback, 5433, 2, comes(120.0, 0.6, 0.95), Flow::Words),
];

/// All listeners: program, protocol, port, whether on the loopback interface only.
pub(super) const LISTENERS: &[(Program, Protocol, u16, bool)] = &[
    (REMOTE_LOGIN, Protocol::Tcp, 22, false),
    (RESOLVER, Protocol::Tcp, 53, true),
    (RESOLVER, Protocol::Udp, 53, true),
    (PRINTING, Protocol::Tcp, 631, true),
    (DATABASE, Protocol::Tcp, 5433, true),
    (EDITOR, Protocol::Tcp, 6463, true),
    (SHARE, Protocol::Tcp, 51_413, false),
    (SHARE, Protocol::Udp, 51_413, false),
    (CHAT, Protocol::Udp, 5353, false),
];
