//! Texts of `/proc` and `/etc/passwd`. The first byte says which.

use netglobe::{
    model::{Endpoint, Protocol},
    sampler::linux::texts,
};
use std::{collections::BTreeSet, fmt::Write as _, net::IpAddr, path::Path};

const HEADING: &str =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

/// Every line of a table is a row or counted, and a row that is written again is the same; nothing is larger than the text.
pub(crate) fn run(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else { return };
    match kind % 8 {
        0 => check_table(text, Protocol::Tcp),
        1 => check_table(text, Protocol::Udp),
        2 => check_stat(text),
        3 => check_name(text),
        4 => check_link(text),
        5 => check_interfaces(&String::from_utf8_lossy(text)),
        6 => check_drops(&String::from_utf8_lossy(text)),
        _ => check_users(text),
    }
}

fn check_table(text: &[u8], protocol: Protocol) {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let Some((rows, unreadable)) = texts::socket_table(text, protocol) else { return };
    assert_eq!(rows.len() + unreadable, lines - 1);
    let mut again = HEADING.to_owned();
    for (number, row) in rows.iter().enumerate() {
        let kernel_state =
            (0..=13).find(|number| netglobe::sampler::linux::inet_diag::socket_state(protocol, *number) == row.state);
        let remote = row.remote.unwrap_or(Endpoint { ip: [0; 4].into(), port: 0 });
        let written = writeln!(
            again,
            "{number:4}: {} {} {:02X} 00000000:00000000 00:00000000 00000000 {:5} 0 {}",
            end(row.local),
            end(remote),
            kernel_state.expect("a state"),
            row.uid.unwrap_or(0),
            row.inode
        );
        assert!(written.is_ok());
        assert_eq!(row.uid.is_none(), row.inode == 0);
        assert_eq!(row.remote.is_none(), row.state.is_listening());
    }
    assert_eq!(texts::socket_table(again.as_bytes(), protocol), Some((rows, 0)));
}

/// An end as the kernel writes it.
fn end(end: Endpoint) -> String {
    let octets = match end.ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let words = octets.chunks_exact(4).map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
    let mut text = words.fold(String::new(), |text, word| format!("{text}{word:08X}"));
    assert!(write!(text, ":{:04X}", end.port).is_ok());
    text
}

fn check_stat(stat: &[u8]) {
    let (parent, start) = texts::parent_and_start(stat);
    // Whatever the name of the process is, it changes nothing.
    let Some(at) = stat.iter().rposition(|byte| *byte == b')') else {
        assert_eq!((parent, start), (None, None));
        return;
    };
    let renamed = [b"7 (a) S 1 (", stat, b") b)".as_slice(), &stat[at + 1..]].concat();
    assert_eq!(texts::parent_and_start(&renamed), (parent, start));
}

fn check_name(text: &[u8]) {
    let mut parts = text.splitn(2, |byte| *byte == 0);
    let (comm, path) = (parts.next().unwrap_or_default(), parts.next());
    let path = path.map(String::from_utf8_lossy);
    let name = texts::process_name(comm, path.as_deref().map(Path::new));
    assert_eq!(name.is_none(), comm.is_empty());
    let Some(name) = name else { return };
    let starts = name.starts_with(&*String::from_utf8_lossy(comm)) || std::str::from_utf8(comm).is_err();
    assert!(starts && name.len() <= 3 * text.len(), "{name:?}");
}

fn check_link(target: &[u8]) {
    if let Some(inode) = texts::socket_inode(target) {
        assert_eq!(texts::socket_inode(format!("socket:[{inode}]").as_bytes()), Some(inode));
    }
}

fn check_interfaces(list: &str) {
    assert!(texts::has_own_interface(&format!(
        "{}\n wlan0: 1 2 3",
        if list.lines().count() < 2 { "\n" } else { list }
    )));
    assert_eq!(texts::has_own_interface(&format!("{list}\n    lo: 1")), texts::has_own_interface(list));
}

fn check_drops(table: &str) {
    for port in [0, 7, 4242] {
        let known = texts::dropped_events(table, port);
        let extended = format!("{table}\n");
        assert_eq!(texts::dropped_events(&extended, port), known);
    }
}

fn check_users(passwd: &[u8]) {
    let names = texts::user_names(passwd);
    let lines = passwd.split(|byte| *byte == b'\n').count();
    assert!(names.len() <= lines);
    let users: BTreeSet<u32> = names.iter().map(|(uid, _)| *uid).collect();
    assert_eq!(users.len(), names.len());
    // The first name of a user wins.
    let twice = [passwd, b"\n", passwd].concat();
    let (mut once, mut again) = (names, texts::user_names(&twice));
    once.sort();
    again.sort();
    assert_eq!(once, again);
}
