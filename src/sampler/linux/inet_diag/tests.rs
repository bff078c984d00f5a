//! Tests with valid, damaged and foreign kernel messages.

use super::*;
use proptest::prelude::*;

fn message(kind: u16, flags: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(u32::try_from(HEADER_BYTES + payload.len()).unwrap().to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn row_bytes(family: u8, state: u8, local: &str, remote: &str) -> Vec<u8> {
    let octets = |text: &str| match text.parse().unwrap() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let mut row = vec![0; ROW_BYTES];
    row[0] = family;
    row[1] = state;
    row[4..6].copy_from_slice(&40_000_u16.to_be_bytes());
    row[6..8].copy_from_slice(&443_u16.to_be_bytes());
    row[8..8 + octets(local).len()].copy_from_slice(&octets(local));
    row[24..24 + octets(remote).len()].copy_from_slice(&octets(remote));
    row[40..44].copy_from_slice(&3_u32.to_ne_bytes());
    row[44..48].copy_from_slice(&7_u32.to_ne_bytes());
    row[48..52].copy_from_slice(&1_u32.to_ne_bytes());
    row[64..68].copy_from_slice(&1000_u32.to_ne_bytes());
    row[68..72].copy_from_slice(&4711_u32.to_ne_bytes());
    row
}

fn parse(bytes: &[u8]) -> (Vec<DiagRow>, Result<DumpProgress, InetDiagError>) {
    let mut rows = Vec::new();
    let progress = parse_dump(bytes, 5, |row| rows.push(row));
    (rows, progress)
}

#[test]
fn a_row_says_what_its_bytes_say() {
    let bytes = message(SOCK_DIAG_BY_FAMILY, 2, 5, &row_bytes(AF_INET, 1, "10.0.0.1", "81.2.69.142"));
    let (rows, progress) = parse(&bytes);
    assert_eq!(progress, Ok(DumpProgress::default()));
    assert_eq!(
        rows,
        [DiagRow {
            local: Endpoint::new("10.0.0.1".parse().unwrap(), 40_000),
            remote: Endpoint::new("81.2.69.142".parse().unwrap(), 443),
            state: 1,
            is_time_wait: false,
            is_v6_only: false,
            cookie: (1 << 32) | 7,
            uid: 1000,
            inode: 4711,
            interface: 3,
            cgroup: 0,
            info: None,
        }]
    );
}

#[test]
fn a_dual_stack_peer_is_ipv4_and_a_listener_reports_whether_it_is_v6_only() {
    let mut bytes =
        message(SOCK_DIAG_BY_FAMILY, 2, 5, &row_bytes(AF_INET6, 1, "::ffff:10.0.0.1", "::ffff:81.2.69.142"));
    for value in [0, 1] {
        let mut listener = row_bytes(AF_INET6, STATE_LISTEN, "::", "::");
        listener.extend([5, 0, 8, 0, 0, 0, 0, 0].map(u8::from));
        listener.extend([5, 0, 11, 0, value, 0, 0, 0]);
        bytes.extend(message(SOCK_DIAG_BY_FAMILY, 2, 5, &listener));
    }
    let (rows, _) = parse(&bytes);
    assert_eq!(rows[0].remote.to_string(), "81.2.69.142:443");
    assert_eq!(rows.iter().map(|row| row.is_v6_only).collect::<Vec<_>>(), [false, false, true]);
}

fn info_attribute(length: u16) -> Vec<u8> {
    let mut bytes = [(length + 4).to_ne_bytes(), INET_DIAG_INFO.to_ne_bytes()].concat();
    bytes.extend((0..length).map(|at| u8::from((68..72).contains(&at))));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn counters_are_read_of_connections_and_not_of_listeners() {
    for (state, length, has_info) in [(1, 280, true), (9, 72, true), (1, 71, false), (10, 280, false), (7, 280, true)] {
        let mut row = row_bytes(AF_INET, state, "10.0.0.1", "81.2.69.142");
        row.extend([5, 0, 8, 0, 0, 0, 0, 0].map(u8::from));
        row.extend(info_attribute(length));
        let (rows, _) = parse(&message(SOCK_DIAG_BY_FAMILY, 2, 5, &row));
        assert_eq!(rows[0].info.is_some(), has_info, "state {state}, {length} bytes");
    }
    // An attribute whose stated length exceeds the message.
    let mut row = row_bytes(AF_INET, 1, "10.0.0.1", "81.2.69.142");
    row.extend(&info_attribute(280)[..100]);
    let (rows, progress) = parse(&message(SOCK_DIAG_BY_FAMILY, 2, 5, &row));
    assert_eq!((rows[0].info, progress), (None, Ok(DumpProgress::default())));
}

#[test]
fn a_control_group_is_read_wherever_it_stands_and_only_whole() {
    let group = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len() + 4).unwrap();
        let mut attribute = [length.to_ne_bytes(), INET_DIAG_CGROUP_ID.to_ne_bytes()].concat();
        attribute.extend(bytes);
        attribute
    };
    let id = 0x1234_5678_9abc_u64;
    for (attributes, cgroup, has_info) in [
        ([group(&id.to_ne_bytes()), info_attribute(280)].concat(), id, true),
        ([info_attribute(280), group(&id.to_ne_bytes())].concat(), id, true),
        ([group(&[7; 4]), info_attribute(280)].concat(), 0, true),
        (vec![3, 0, 21, 0, 1, 1, 1, 1, 1, 1, 1, 1], 0, false),
    ] {
        let row = [row_bytes(AF_INET, 1, "10.0.0.1", "81.2.69.142"), attributes].concat();
        let (rows, _) = parse(&message(SOCK_DIAG_BY_FAMILY, 2, 5, &row));
        assert_eq!((rows[0].cgroup, rows[0].info.is_some()), (cgroup, has_info));
    }
}

#[test]
fn every_kind_of_message_has_its_meaning() {
    let row = row_bytes(AF_INET, 1, "10.0.0.1", "81.2.69.142");
    let done = DumpProgress { is_done: true, was_interrupted: false };
    let refused = 1_i32.wrapping_neg().to_ne_bytes();
    for (claim, bytes, rows, expected) in [
        ("nothing", vec![], 0, Ok(DumpProgress::default())),
        ("the end", message(NLMSG_DONE, 2, 5, &[0; 4]), 0, Ok(done)),
        ("an end without a code", message(NLMSG_DONE, 2, 5, &[]), 0, Ok(done)),
        (
            "an interrupted end",
            message(NLMSG_DONE, NLM_F_DUMP_INTR, 5, &[0; 4]),
            0,
            Ok(DumpProgress { is_done: true, was_interrupted: true }),
        ),
        ("an end that failed", message(NLMSG_DONE, 2, 5, &refused), 0, Err(InetDiagError::Kernel(1))),
        ("an error", message(NLMSG_ERROR, 0, 5, &refused), 0, Err(InetDiagError::Kernel(1))),
        ("an acknowledgement", message(NLMSG_ERROR, 0, 5, &[0; 20]), 0, Ok(DumpProgress::default())),
        ("another's error", message(NLMSG_ERROR, 0, 4, &refused), 0, Ok(DumpProgress::default())),
        ("another's row", message(SOCK_DIAG_BY_FAMILY, 2, 6, &row), 0, Ok(DumpProgress::default())),
        ("another kind", message(77, 2, 5, &row), 0, Ok(DumpProgress::default())),
        (
            "another family",
            message(SOCK_DIAG_BY_FAMILY, 2, 5, &row_bytes(1, 1, "0.0.0.0", "0.0.0.0")),
            0,
            Ok(DumpProgress::default()),
        ),
        ("lost messages", message(NLMSG_OVERRUN, 0, 5, &[]), 0, Err(InetDiagError::Overrun)),
        (
            "a row that is cut off",
            message(SOCK_DIAG_BY_FAMILY, 2, 5, &row[..71]),
            0,
            Err(InetDiagError::Truncated { offset: 0, claimed: 88, available: 88 }),
        ),
        (
            "half a header after a row",
            [message(SOCK_DIAG_BY_FAMILY, 2, 5, &row), vec![1, 2]].concat(),
            1,
            Err(InetDiagError::Truncated { offset: 88, claimed: 16, available: 2 }),
        ),
        ("a length of nothing", vec![0; 16], 0, Err(InetDiagError::Truncated { offset: 0, claimed: 0, available: 16 })),
        (
            "a length beyond the datagram",
            vec![255; 16],
            0,
            Err(InetDiagError::Truncated { offset: 0, claimed: u32::MAX as usize, available: 16 }),
        ),
    ] {
        let (seen, progress) = parse(&bytes);
        assert_eq!((seen.len(), progress), (rows, expected), "{claim}");
    }
}

#[test]
fn an_event_says_what_was_destroyed_and_of_which_protocol() {
    let mut bytes = Vec::new();
    for protocol in [6, 17, 132] {
        let mut row = row_bytes(AF_INET, 7, "10.0.0.1", "81.2.69.142");
        row.extend([5, 0, 10, 0, protocol, 0, 0, 0].map(u8::from));
        row.extend(info_attribute(280));
        bytes.extend(message(SOCK_DIAG_BY_FAMILY, 0, 0, &row));
    }
    let mut seen = Vec::new();
    assert_eq!(parse_events(&bytes, |protocol, row| seen.push((protocol, row))), Ok(()));
    assert_eq!(seen.iter().map(|(protocol, _)| *protocol).collect::<Vec<_>>(), [Protocol::Tcp, Protocol::Udp]);
    assert!(seen.iter().all(|(_, row)| row.remote.port == 443 && row.info.is_some()));
    assert!(parse_events(&bytes[..100], |_, _| {}).is_err());
}

#[test]
fn a_request_asks_for_every_state() {
    let request = dump_request(Family::V6, Protocol::Udp, 9);
    assert_eq!(request.len(), 72);
    assert_eq!(u32_at(&request, 0), Some(72));
    assert_eq!(u32_at(&request, 8), Some(9));
    assert_eq!((request[16], request[17], request[18], u32_at(&request, 20)), (10, 17, 0, Some(0x1ffe)));
    let request = dump_request(Family::V4, Protocol::Tcp, 9);
    assert_eq!((request[16], request[17], request[18]), (2, 6, 2), "TCP comes with its counters");
    let request = dump_request(Family::Both, Protocol::Tcp, 9);
    assert_eq!((request.len(), u32_at(&request, 0), u16_at(&request, 4)), (76, Some(76), Some(18)));
    assert_eq!((request[16], request[19], u32_at(&request, 68)), (0, 2, Some(0x1ffe)));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), sequence in 0_u32..3) {
        let mut rows = 0_usize;
        parse_events(&bytes, |_, _| {}).unwrap_or_default();
        if parse_dump(&bytes, sequence, |_| rows += 1).is_ok() {
            prop_assert!(rows * (HEADER_BYTES + ROW_BYTES) <= bytes.len());
        }
    }

    #[test]
    fn a_damaged_answer_never_panics(at in 0_usize..510, byte in any::<u8>(), cut in 0_usize..510) {
        let mut listener = row_bytes(AF_INET6, STATE_LISTEN, "::", "::");
        listener.extend([5, 0, 11, 0, 1, 0, 0, 0]);
        let mut bytes = message(SOCK_DIAG_BY_FAMILY, 2, 5, &listener);
        let mut connection = row_bytes(AF_INET, 1, "10.0.0.1", "10.0.0.2");
        connection.extend(info_attribute(280));
        bytes.extend(message(SOCK_DIAG_BY_FAMILY, 2, 5, &connection));
        bytes.extend(message(NLMSG_DONE, 2, 5, &[0; 4]));
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(cut.max(1));
        let (rows, _) = parse(&bytes);
        prop_assert!(rows.len() <= 2);
    }
}
