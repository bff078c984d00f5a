//! Netlink messages: answers with lists of sockets, and events of closed ones.

use netglobe::{
    model::{Endpoint, Protocol, Traffic},
    sampler::linux::inet_diag::{DiagRow, InetDiagError, parse_dump, parse_events, socket_state},
};
use std::net::IpAddr;

/// Header and row without attributes, bytes.
const LEAST_BYTES: usize = 16 + 72;
/// Sequence number of the requests; events have 0.
const SEQUENCE: u32 = 5;

/// Rows take space, errors lie inside of the datagram, counters are sane, and a row that is written again is the same.
pub(crate) fn run(data: &[u8]) {
    let mut rows = Vec::new();
    let outcome = parse_dump(data, SEQUENCE, |row| rows.push(row));
    if let Err(error) = outcome {
        check_error(error, data.len());
    }
    check_rows(&rows, data.len());
    let (mut events, mut protocols) = (Vec::new(), Vec::new());
    let outcome = parse_events(data, |protocol, row| {
        protocols.push(protocol);
        events.push(row);
    });
    if let Err(error) = outcome {
        check_error(error, data.len());
    }
    check_rows(&events, data.len());
    for (row, protocol) in rows.iter().map(|row| (row, None)).chain(events.iter().zip(protocols.into_iter().map(Some)))
    {
        check_written_again(row, protocol);
    }
}

fn check_error(error: InetDiagError, length: usize) {
    if let InetDiagError::Truncated { offset, available, .. } = error {
        assert_eq!(offset + available, length, "{error}");
    }
}

fn check_rows(rows: &[DiagRow], length: usize) {
    assert!(rows.len() * LEAST_BYTES <= length, "{} rows in {length} bytes", rows.len());
    for row in rows {
        let Some(info) = row.info else { continue };
        for state in 0..=13 {
            check_traffic(&info.traffic(state));
            check_traffic(&info.last_traffic(Some(state)));
            assert!(socket_state(Protocol::Udp, state) != socket_state(Protocol::Tcp, state));
        }
    }
}

fn check_traffic(traffic: &Traffic) {
    for ms in [traffic.rtt_ms, traffic.min_rtt_ms].into_iter().flatten() {
        assert!(ms.is_finite() && ms > 0.0, "{ms}");
    }
    assert_ne!(traffic.delivery_rate_bytes_per_sec, Some(0));
}

fn check_written_again(row: &DiagRow, protocol: Option<Protocol>) {
    let bytes = message(row, protocol);
    let mut read = Vec::new();
    match protocol {
        None => assert!(parse_dump(&bytes, SEQUENCE, |row| read.push(row)).is_ok()),
        Some(protocol) => {
            let outcome = parse_events(&bytes, |read_protocol, row| {
                assert_eq!(read_protocol, protocol);
                read.push(row);
            });
            assert!(outcome.is_ok());
        }
    }
    assert_eq!(read.as_slice(), std::slice::from_ref(row));
}

/// The row as the kernel writes it, with IPv4 addresses as IPv6 ones.
fn message(row: &DiagRow, protocol: Option<Protocol>) -> Vec<u8> {
    let mut bytes = vec![0; LEAST_BYTES];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(4, &20_u16.to_ne_bytes());
    put(8, &if protocol.is_some() { 0 } else { SEQUENCE }.to_ne_bytes());
    put(16, &[10, row.state, if row.is_time_wait { 3 } else { 0 }]);
    for (Endpoint { ip, port }, port_at, ip_at) in [(row.local, 20, 24), (row.remote, 22, 40)] {
        let ip = match ip {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        put(port_at, &port.to_be_bytes());
        put(ip_at, &ip.octets());
    }
    put(56, &row.interface.to_ne_bytes());
    put(60, &row.cookie.to_le_bytes()[..4]);
    put(64, &row.cookie.to_le_bytes()[4..]);
    put(80, &row.uid.to_ne_bytes());
    put(84, &row.inode.to_ne_bytes());
    if cfg!(target_endian = "big") {
        put(60, &u32::try_from(row.cookie & 0xffff_ffff).unwrap_or(0).to_ne_bytes());
        put(64, &u32::try_from(row.cookie >> 32).unwrap_or(0).to_ne_bytes());
    }
    let mut attribute = |kind: u16, value: &[u8]| {
        bytes.extend(u16::try_from(4 + value.len()).unwrap_or(0).to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    };
    if let Some(protocol) = protocol {
        attribute(10, &[if protocol == Protocol::Tcp { 6 } else { 17 }]);
    }
    attribute(11, &[u8::from(row.is_v6_only)]);
    attribute(21, &row.cgroup.to_ne_bytes());
    if let Some(info) = row.info {
        let mut value = vec![0; 72];
        let mut put = |at: usize, field: &[u8]| {
            value.resize(value.len().max(at + field.len()), 0);
            value[at..at + field.len()].copy_from_slice(field);
        };
        put(
            7,
            &[if !info.is_app_limited {
                0
            } else if cfg!(target_endian = "little") {
                1
            } else {
                0x80
            }],
        );
        put(68, &info.rtt_us.to_ne_bytes());
        // In the order of the structure: a field is there if all before it are.
        for (at, field) in [(100, info.total_retrans), (148, info.min_rtt_us)] {
            if let Some(field) = field {
                put(at, &field.to_ne_bytes());
            }
        }
        let wide =
            [(128, info.bytes_received), (160, info.delivery_rate), (200, info.bytes_sent), (208, info.bytes_retrans)];
        for (at, field) in wide {
            if let Some(field) = field {
                put(at, &field.to_ne_bytes());
            }
        }
        attribute(2, &value);
    }
    let length = u32::try_from(bytes.len()).unwrap_or(0);
    bytes[..4].copy_from_slice(&length.to_ne_bytes());
    bytes
}
