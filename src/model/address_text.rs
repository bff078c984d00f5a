//! Parses addresses as people copy them: bare, in brackets, with a zone, with a port.

use std::net::{IpAddr, Ipv6Addr};

/// Maximum length of a zone: interface names have up to 15 bytes on Linux, and more on other systems.
const MAX_ZONE_BYTES: usize = 255;

/// An address with an optional zone and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressText {
    /// The address; an IPv4-mapped one as IPv4, as in connections.
    pub ip: IpAddr,
    /// The zone after `%`: name or number of the interface, for link-local addresses.
    pub zone: Option<String>,
    /// The port after the last `:`.
    pub port: Option<u16>,
}

/// Parses an address in any form in which it may be copied: `81.2.69.142`, `81.2.69.142:443`, `2001:db8::1`,
/// `[2001:db8::1]`, `[2001:db8::1]:443`, each optionally with a zone after the address (`fe80::1%eth0`,
/// `[fe80::1%eth0]:22`). Ignores surrounding whitespace. `None` for anything else, including networks (`10.0.0.0/8`).
#[must_use]
pub fn parse_address_text(text: &str) -> Option<AddressText> {
    let text = text.trim();
    let (address, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (inside, behind) = rest.split_once(']')?;
            let port = match behind {
                "" => None,
                behind => Some(parse_port(behind.strip_prefix(':')?)?),
            };
            // Only IPv6 addresses have brackets.
            split_zone(inside)?.0.parse::<Ipv6Addr>().ok()?;
            (inside, port)
        }
        // Without brackets, a second colon belongs to an IPv6 address.
        None => match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => (address, Some(parse_port(port)?)),
            _ => (text, None),
        },
    };
    let (ip, zone) = split_zone(address)?;
    let ip = ip.parse::<IpAddr>().ok()?.to_canonical();
    Some(AddressText { ip, zone: zone.map(str::to_owned), port })
}

/// The address and its zone.
fn split_zone(text: &str) -> Option<(&str, Option<&str>)> {
    let Some((ip, zone)) = text.split_once('%') else { return Some((text, None)) };
    let is_zone = (1..=MAX_ZONE_BYTES).contains(&zone.len())
        && zone.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '%' | '/' | '[' | ']'));
    is_zone.then_some((ip, Some(zone)))
}

/// Accepts digits only: `str::parse` would accept a leading `+`.
fn parse_port(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Endpoint;

    #[test]
    fn an_address_is_read_in_every_form_in_which_it_is_written() {
        for (text, ip, zone, port) in [
            ("81.2.69.142", "81.2.69.142", None, None),
            ("  81.2.69.142\n", "81.2.69.142", None, None),
            ("81.2.69.142:443", "81.2.69.142", None, Some(443)),
            ("81.2.69.142:0", "81.2.69.142", None, Some(0)),
            ("2001:db8::1", "2001:db8::1", None, None),
            ("[2001:db8::1]", "2001:db8::1", None, None),
            ("[2001:db8::1]:443", "2001:db8::1", None, Some(443)),
            ("[::]:65535", "::", None, Some(65_535)),
            ("fe80::1%eth0", "fe80::1", Some("eth0"), None),
            ("[fe80::1%eth0]", "fe80::1", Some("eth0"), None),
            ("[fe80::1%wlp3s0.100]:22", "fe80::1", Some("wlp3s0.100"), Some(22)),
            ("fe80::1%2", "fe80::1", Some("2"), None),
            ("169.254.7.7%eth0", "169.254.7.7", Some("eth0"), None),
            ("169.254.7.7%eth0:80", "169.254.7.7", Some("eth0"), Some(80)),
            ("::ffff:81.2.69.142", "81.2.69.142", None, None),
            ("[::ffff:81.2.69.142]:443", "81.2.69.142", None, Some(443)),
        ] {
            let expected = AddressText { ip: ip.parse().expect("an address"), zone: zone.map(str::to_owned), port };
            assert_eq!(parse_address_text(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in [
            "",
            ":",
            "[",
            "[]",
            "]",
            "%",
            "%eth0",
            "[]:443",
            "example.org",
            "example.org:443",
            "10.0.0.0/8",
            "fd00::/8",
            "300.1.2.3",
            "1.2.3",
            "01.2.3.4",
            "81.2.69.142:",
            "81.2.69.142:port",
            "81.2.69.142:+1",
            "81.2.69.142:65536",
            "81.2.69.142:1:2",
            "[81.2.69.142]",
            "[81.2.69.142]:443",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "[2001:db8::1]:",
            "[2001:db8::1]:-1",
            "[2001:db8::1]x:1",
            "[[2001:db8::1]]",
            "fe80::1%",
            "[fe80::1%]:22",
            "fe80::1%a%b",
            "fe80::1%a b",
            "fe80::1%eth0/64",
            "2001:db8::1::2",
            "process:ssh",
        ] {
            assert_eq!(parse_address_text(text), None, "{text}");
        }
        assert_eq!(parse_address_text(&format!("fe80::1%{}", "x".repeat(256))), None);
    }

    #[test]
    fn what_an_endpoint_writes_is_read_again() {
        for ip in ["81.2.69.142", "2001:db8::1", "::", "0.0.0.0", "::ffff:1.2.3.4", "fe80::1"] {
            for port in [0, 443, 65_535] {
                let endpoint = Endpoint::new(ip.parse().expect("an address"), port);
                let read = parse_address_text(&endpoint.to_string()).expect("an address");
                assert_eq!((read.ip, read.port), (endpoint.ip, Some(port)));
            }
        }
    }
}
