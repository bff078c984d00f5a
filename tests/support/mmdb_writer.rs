//! Writes databases in MaxMind's format (specification 2.0), for tests of readers.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::net::IpAddr;

/// A value of a record.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Double(f64),
    Float(f32),
    Bytes(Vec<u8>),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    I32(i32),
    Bool(bool),
    Map(Vec<(String, Value)>),
    List(Vec<Value>),
}

/// A string.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A map.
pub(crate) fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(fields.map(|(key, value)| (key.to_owned(), value)).into())
}

impl Value {
    fn encode(&self, out: &mut Vec<u8>) {
        // Leading zeros of integers are omitted.
        let mut whole = |kind: u8, bytes: &[u8]| {
            let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
            control(kind, bytes.len(), out);
            out.extend(bytes);
        };
        match self {
            Self::U16(number) => whole(5, &number.to_be_bytes()),
            Self::U32(number) => whole(6, &number.to_be_bytes()),
            Self::U64(number) => whole(9, &number.to_be_bytes()),
            Self::U128(number) => whole(10, &number.to_be_bytes()),
            Self::I32(number) => {
                control(8, 4, out);
                out.extend(number.to_be_bytes());
            }
            Self::Text(text) => {
                control(2, text.len(), out);
                out.extend(text.as_bytes());
            }
            Self::Bytes(bytes) => {
                control(4, bytes.len(), out);
                out.extend(bytes);
            }
            Self::Double(number) => {
                control(3, 8, out);
                out.extend(number.to_be_bytes());
            }
            Self::Float(number) => {
                control(15, 4, out);
                out.extend(number.to_be_bytes());
            }
            Self::Bool(is_true) => control(14, usize::from(*is_true), out),
            Self::Map(fields) => {
                control(7, fields.len(), out);
                for (key, value) in fields {
                    text(key).encode(out);
                    value.encode(out);
                }
            }
            Self::List(values) => {
                control(11, values.len(), out);
                values.iter().for_each(|value| value.encode(out));
            }
        }
    }
}

/// Type and size of a value. Types above 7 have an additional byte.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    let (low, rest) = match size {
        0..=28 => (size as u8, vec![]),
        29..=284 => (29, vec![(size - 29) as u8]),
        285..=65_820 => (30, ((size - 285) as u16).to_be_bytes().to_vec()),
        _ => (31, ((size - 65_821) as u32).to_be_bytes()[1..].to_vec()),
    };
    if kind <= 7 {
        out.push((kind << 5) | low);
    } else {
        out.extend([low, kind - 7]);
    }
    out.extend(rest);
}

/// Target of a branch of the tree.
#[derive(Clone, Copy)]
enum Branch {
    Nowhere,
    Node(usize),
    /// Offset in the data.
    Record(usize),
}

/// A database of this type: networks (an address and a prefix length) and their records. It is an IPv6 database with
/// IPv4 in `::/96`, like published ones.
pub(crate) fn encode(database_type: &str, networks: &[(&str, u8, Value)]) -> Vec<u8> {
    let mut nodes = vec![[Branch::Nowhere; 2]];
    let mut data = Vec::new();
    for (address, bits, record) in networks {
        let offset = data.len();
        record.encode(&mut data);
        let (address, bits) = match address.parse::<IpAddr>().expect("an address") {
            IpAddr::V4(ip) => (u128::from(u32::from(ip)), bits + 96),
            IpAddr::V6(ip) => (u128::from(ip), *bits),
        };
        let mut node = 0;
        for at in 0..bits {
            let side = usize::from(address >> (127 - at) & 1 == 1);
            if at + 1 == bits {
                nodes[node][side] = Branch::Record(offset);
                break;
            }
            node = match nodes[node][side] {
                Branch::Node(next) => next,
                _ => {
                    nodes.push([Branch::Nowhere; 2]);
                    let next = nodes.len() - 1;
                    nodes[node][side] = Branch::Node(next);
                    next
                }
            };
        }
    }
    let count = nodes.len();
    let leads = |branch: Branch| match branch {
        Branch::Nowhere => count as u32,
        Branch::Node(node) => node as u32,
        Branch::Record(offset) => (count + 16 + offset) as u32,
    };
    let tree: Vec<_> = nodes.into_iter().map(|node| node.map(leads)).collect();
    assemble(database_type, 6, &tree, &data)
}

/// A database from a tree (with the two branches of each node, for a 0 and a 1 bit) and its data. A branch is the
/// number of a node, or the number of nodes for no record, or that plus 16 plus an offset into the data.
pub(crate) fn assemble(database_type: &str, ip_version: u16, tree: &[[u32; 2]], data: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = tree.as_flattened().iter().flat_map(|branch| branch.to_be_bytes()).collect();
    bytes.extend([0; 16]);
    bytes.extend(data);
    bytes.extend(b"\xab\xcd\xefMaxMind.com");
    map([
        ("binary_format_major_version", Value::U16(2)),
        ("binary_format_minor_version", Value::U16(0)),
        ("build_epoch", Value::U64(1_780_315_200)),
        ("database_type", text(database_type)),
        ("description", map([("en", text("made by a test"))])),
        ("ip_version", Value::U16(ip_version)),
        ("languages", Value::List(vec![text("en")])),
        ("node_count", Value::U32(tree.len() as u32)),
        ("record_size", Value::U16(32)),
    ])
    .encode(&mut bytes);
    bytes
}
