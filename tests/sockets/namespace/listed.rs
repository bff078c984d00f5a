//! Tests that `list` shows each connection once, with its process, direction and place.

use super::{
    BOXFORD, JAPAN, LINKOEPING, LONDON, SOURCES, WITHOUT_COUNTRY, in_own_network,
    isolated::holder,
    lines::{Who, assert_same, listed, sorted},
    network, other_machine,
    support::{Busy, User, maxmind_file},
};
use serde_json::{Value, json};

#[test]
fn connections_within_this_machine_are_shown_once_from_the_end_that_connected() {
    in_own_network("listed::connections_within_this_machine_are_shown_once_from_the_end_that_connected", || {
        let _busy = Busy::start();
        for address in [LONDON, BOXFORD, LINKOEPING] {
            network::ip(&format!("addr add {address}/32 dev lo"));
        }
        for address in [JAPAN, WITHOUT_COUNTRY] {
            network::ip(&format!("-6 addr add {address}/128 dev lo nodad"));
        }
        let user = User::new();
        let (mut server, mut client) = (holder("ng-server", &[]), holder("ng-client", &[]));
        let (serves, asks) = (Who::new(&server, "ng-server"), Who::new(&client, "ng-client"));

        let listeners = [
            server.tcp_listen("81.2.69.142:443"),
            server.tcp_listen("[2001:218::1]:443"),
            // Both families, with an IPv4 and an IPv6 peer.
            server.tcp_listen("[::]:8080"),
        ];
        let mut connections = Vec::new();
        for (listener, to, from) in [
            (0, "81.2.69.142:443", None),
            (0, "81.2.69.142:443", Some("89.160.20.112:0")),
            (1, "[2001:218::1]:443", None),
            (2, "2.125.160.216:8080", Some("2.125.160.216:0")),
            (2, "[2a02:d500::1]:8080", None),
        ] {
            connections.push(client.tcp_connect(to.parse().expect("an address"), from));
            server.tcp_accept(listeners[listener]);
        }
        let answering = server.udp("89.160.20.112:53", None);
        let asking = client.udp("89.160.20.112:0", Some("89.160.20.112:53"));
        let asking_v6 = client.udp("[2001:218::1]:0", Some("[2a02:d500::1]:4433"));
        // Connected to each other: one row with sock-diag.
        let mine = client.udp("2.125.160.216:40000", Some("81.2.69.142:4433"));
        let theirs = server.udp("81.2.69.142:4433", Some("2.125.160.216:40000"));

        for source in SOURCES {
            let mut expected: Vec<Value> = listeners.iter().map(|held| serves.listener(*held)).collect();
            expected.extend(connections.iter().map(|held| asks.tcp("out", *held)));
            expected.extend([asking, asking_v6, mine].map(|held| asks.udp(source, "out", held)));
            expected.push(serves.udp(source, "", answering));
            if source == "netstat2" {
                expected.push(serves.udp(source, "", theirs));
            }
            assert_same(&listed(&user, source, &[]), &sorted(expected), source);
        }
    });
}

#[test]
fn connections_with_another_machine_have_their_process_direction_and_place() {
    in_own_network("listed::connections_with_another_machine_have_their_process_direction_and_place", || {
        let _busy = Busy::start();
        let user = User::new();
        let mut other = other_machine();
        let (mut server, mut client) = (holder("ng-server", &[]), holder("ng client é", &[]));
        let (serves, asks) = (Who::new(&server, "ng-server"), Who::new(&client, "ng client é"));

        let mut out = Vec::new();
        for at in ["81.2.69.142:443", "175.16.199.1:80", "67.43.156.1:22", "[2001:218::1]:443", "[2001:4b98::1]:443"] {
            let listener = other.tcp_listen(at);
            out.push(client.tcp_connect(listener.local, None));
        }
        let udp = [("0.0.0.0:0", "89.160.20.112:4433"), ("[::]:0", "[2a02:d500::1]:4433")]
            .map(|(at, to)| client.udp(at, Some(to)));

        let (v4, dual) = (server.tcp_listen("10.77.0.1:8080"), server.tcp_listen("[::]:9090"));
        let mut accepted = Vec::new();
        for (listener, to, from) in [
            (v4, "10.77.0.1:8080", "89.160.20.112:0"),
            (dual, "10.77.0.1:9090", "2.125.160.216:0"),
            (dual, "[fd00:77::1]:9090", "[2001:218::1]:0"),
        ] {
            other.tcp_connect(to.parse().expect("an address"), Some(from));
            accepted.push(server.tcp_accept(listener));
        }
        // A server with a separate socket for a client, on the port of its listener.
        let waiting = server.udp("0.0.0.0:5300", None);
        let answering = server.udp("0.0.0.0:5300", Some("81.2.69.142:5555"));

        for source in SOURCES {
            let mut expected = vec![serves.listener(v4), serves.listener(dual)];
            expected.extend(out.iter().map(|held| asks.tcp("out", *held)));
            expected.extend(accepted.iter().map(|held| serves.tcp("in", *held)));
            expected.extend(udp.map(|held| asks.udp(source, "out", held)));
            expected.push(serves.udp(source, "", waiting));
            expected.push(serves.udp(source, "in", answering));
            assert_same(&listed(&user, source, &[]), &sorted(expected), source);
            let filtered = sorted([asks.tcp("out", out[0]), serves.tcp("in", accepted[1])]);
            assert_same(&listed(&user, source, &["--filter", "country:GB proto:tcp"]), &filtered, "only Great Britain");
        }
        operators_come_from_the_named_database(&user);
    });
}

/// `--geo-db` with a database of operators: the AS numbers are from MaxMind, not from the embedded database.
fn operators_come_from_the_named_database(user: &User) {
    let database = maxmind_file("GeoLite2-ASN-Test.mmdb");
    let outcome = user.run(&["list", "--json", "--geo-db", &database, "--filter", "ip:89.160.20.112"]);
    let operators: Vec<_> =
        outcome.json_lines().iter().map(|line| (line["asn"].clone(), line["as_organization"].clone())).collect();
    assert_eq!(
        operators,
        [(json!(29518), json!("Bredband2 AB")), (json!(29518), json!("Bredband2 AB"))],
        "{outcome:?}"
    );
}
