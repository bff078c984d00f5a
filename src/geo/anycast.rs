//! Anycast addresses: many machines share them, so a location database cannot tell which one answers.
//!
//! A small table of anycast addresses with reasons. Networks are certainly anycast, as stated by their operators.
//! Operators *may* be: many but not all of their addresses are anycast, so a place keeps its kind and only the reason
//! is added. Sources: root servers: root-servers.org; resolvers: the operators' web pages; AS112: RFC 7534 and 7535.

use crate::{language::t, model::Asn};
use ipnet::IpNet;
use std::{net::IpAddr, sync::LazyLock};

const RESOLVER: &str = "a public name server that answers from many cities under one address";
const ROOT: &str = "a root name server that answers from many cities under one address";
const TIME: &str = "a public time server that answers from many cities under one address";
const AS112: &str = "a sink for misdirected name queries (AS112), run by many operators under one address";
const RELAY: &str = "an address that the standards give to the nearest relay";

/// Anycast networks by reason.
const NETWORKS: [(&str, &[&str]); 5] = [
    (
        RESOLVER,
        &[
            // Cloudflare, Google, Quad9, OpenDNS, AdGuard, CleanBrowsing, NextDNS.
            "1.1.1.0/24",
            "1.0.0.0/24",
            "2606:4700:4700::/48",
            "8.8.8.0/24",
            "8.8.4.0/24",
            "2001:4860:4860::/48",
            "9.9.9.0/24",
            "149.112.112.0/24",
            "2620:fe::/48",
            "208.67.222.0/24",
            "208.67.220.0/24",
            "2620:119:35::/48",
            "2620:119:53::/48",
            "94.140.14.0/24",
            "94.140.15.0/24",
            "2a10:50c0::/48",
            "185.228.168.0/24",
            "185.228.169.0/24",
            "45.90.28.0/24",
            "45.90.30.0/24",
            "2a07:a8c0::/48",
            "2a07:a8c1::/48",
        ],
    ),
    (
        ROOT,
        &[
            // a to m.root-servers.net.
            "198.41.0.4/32",
            "2001:503:ba3e::2:30/128",
            "170.247.170.2/32",
            "2801:1b8:10::b/128",
            "192.33.4.12/32",
            "2001:500:2::c/128",
            "199.7.91.13/32",
            "2001:500:2d::d/128",
            "192.203.230.10/32",
            "2001:500:a8::e/128",
            "192.5.5.241/32",
            "2001:500:2f::f/128",
            "192.112.36.4/32",
            "2001:500:12::d0d/128",
            "198.97.190.53/32",
            "2001:500:1::53/128",
            "192.36.148.17/32",
            "2001:7fe::53/128",
            "192.58.128.30/32",
            "2001:503:c27::2:30/128",
            "193.0.14.129/32",
            "2001:7fd::1/128",
            "199.7.83.42/32",
            "2001:500:9f::42/128",
            "202.12.27.33/32",
            "2001:dc3::35/128",
        ],
    ),
    // Google, Cloudflare.
    (TIME, &["216.239.35.0/24", "2001:4860:4806::/48", "162.159.200.0/24", "2606:4700:f1::/48"]),
    (AS112, &["192.175.48.0/24", "2620:4f:8000::/48", "192.31.196.0/24", "2001:4:112::/48"]),
    // Port Control Protocol and TURN (RFC 7723, RFC 8155), multicast relays (RFC 7450).
    (RELAY, &["192.0.0.9/32", "192.0.0.10/32", "2001:1::1/128", "2001:1::2/128", "192.52.193.0/24", "2001:3::/32"]),
];

const CDN: &str = "may be anycast: its operator serves many sites from many cities under one address";
const DNS: &str = "may be anycast: its operator runs name servers in many cities under one address";

/// Operators with many anycast addresses, by reason.
const OPERATORS: [(&str, &[u32]); 2] = [
    // Cloudflare, Fastly, Imperva, Sucuri, Edgio, CacheFly, Gcore, Akamai, Automattic.
    (CDN, &[13335, 209_242, 132_892, 54113, 19551, 30148, 15133, 30081, 199_524, 20940, 2635]),
    // Quad9, OpenDNS, Packet Clearing House, Netnod, NS1, Dyn, UltraDNS, Verisign, Identity Digital.
    (DNS, &[19281, 36692, 42, 3856, 8674, 62597, 33517, 12008, 26415, 7342, 12041]),
];

static PARSED_NETWORKS: LazyLock<Vec<(IpNet, &'static str)>> = LazyLock::new(|| {
    let parse = |reason, networks: &[&str]| -> Vec<_> {
        networks.iter().filter_map(|network| Some((network.parse().ok()?, reason))).collect()
    };
    NETWORKS.iter().flat_map(|(reason, networks)| parse(*reason, networks)).collect()
});

/// Why `ip` is certainly anycast; `None` if it is not known to be.
#[must_use]
pub fn anycast_reason_of_address(ip: IpAddr) -> Option<&'static str> {
    PARSED_NETWORKS.iter().find(|(network, _)| network.contains(&ip)).map(|(_, reason)| *reason)
}

/// Why addresses of this operator may be anycast; `None` if they are not known to be.
#[must_use]
pub fn anycast_reason_of_operator(asn: Asn) -> Option<&'static str> {
    OPERATORS.iter().find(|(_, numbers)| numbers.contains(&asn.0)).map(|(reason, _)| *reason)
}

/// Such a reason in the language of the user.
#[must_use]
pub fn anycast_words(reason: &str) -> &str {
    match reason {
        RESOLVER => t!("anycast-resolver"),
        ROOT => t!("anycast-root"),
        TIME => t!("anycast-time"),
        AS112 => t!("anycast-as112"),
        RELAY => t!("anycast-relay"),
        CDN => t!("anycast-cdn"),
        DNS => t!("anycast-dns"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AddressScope, classify_address};

    fn reason(ip: &str) -> Option<&'static str> {
        anycast_reason_of_address(ip.parse().expect("a literal address"))
    }

    #[test]
    fn every_network_of_the_table_is_read_and_public() {
        assert_eq!(PARSED_NETWORKS.len(), NETWORKS.iter().map(|(_, networks)| networks.len()).sum::<usize>());
        for (network, _) in PARSED_NETWORKS.iter() {
            assert_eq!(network.addr(), network.network(), "{network} has bits beyond its prefix");
            assert_eq!(classify_address(network.addr()), AddressScope::Public, "{network}");
        }
    }

    #[test]
    fn the_thirteen_root_servers_are_there_twice() {
        let roots = PARSED_NETWORKS.iter().filter(|(_, reason)| *reason == ROOT);
        let (v4, v6): (Vec<IpNet>, Vec<IpNet>) = roots.map(|(network, _)| *network).partition(|it| it.addr().is_ipv4());
        assert_eq!((v4.len(), v6.len()), (13, 13));
    }

    #[test]
    fn known_anycast_addresses_have_their_reason_and_neighbours_have_none() {
        for (ip, expected) in [
            ("8.8.8.8", Some(RESOLVER)),
            ("1.1.1.1", Some(RESOLVER)),
            ("2606:4700:4700::1111", Some(RESOLVER)),
            ("2001:4860:4860::8888", Some(RESOLVER)),
            ("9.9.9.9", Some(RESOLVER)),
            ("193.0.14.129", Some(ROOT)),
            ("216.239.35.0", Some(TIME)),
            ("8.8.9.8", None),
            ("193.0.14.128", None),
            ("81.2.69.142", None),
        ] {
            assert_eq!(reason(ip), expected, "{ip}");
        }
    }

    #[test]
    fn a_reason_is_the_same_in_english() {
        for reason in [RESOLVER, ROOT, TIME, AS112, RELAY, CDN, DNS] {
            assert_eq!(anycast_words(reason), reason);
        }
    }

    #[test]
    fn an_operator_gives_only_a_maybe() {
        assert!(anycast_reason_of_operator(Asn(13335)).is_some_and(|reason| reason.starts_with("may be")));
        assert_eq!(anycast_reason_of_operator(Asn(29518)), None);
        for (reason, number) in
            OPERATORS.iter().flat_map(|(reason, all)| all.iter().map(move |number| (*reason, *number)))
        {
            assert_eq!(anycast_reason_of_operator(Asn(number)), Some(reason), "AS{number}");
        }
    }
}
