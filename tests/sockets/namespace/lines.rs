//! Expected lines of `list --json` for processes and their sockets.

use super::{
    BHUTAN, BOXFORD, CHANGCHUN, JAPAN, LINKOEPING, LONDON, UNKNOWN, WITHOUT_COUNTRY, network,
    sockets::{Held, Holder},
    support::{User, maxmind_file},
};
use netglobe::{model::UnixMillis, sampler::DataClock};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The process of a line.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) pid: u32,
    pub(crate) name: &'static str,
}

impl Who {
    pub(crate) fn new(holder: &Holder, name: &'static str) -> Self {
        Self { pid: holder.pid(), name }
    }

    /// The line of a socket of this process, without operator and times.
    pub(crate) fn line(
        &self,
        protocol: &str,
        state: &str,
        direction: Option<&str>,
        local: SocketAddr,
        remote: Option<SocketAddr>,
    ) -> Value {
        let end = |address: SocketAddr| json!({ "ip": address.ip().to_canonical(), "port": address.port() });
        let subject = remote.unwrap_or(local).ip().to_canonical().to_string();
        let (scope, place, missing) = place_of(&subject);
        json!({
            "schema": 1, "protocol": protocol, "state": state, "direction": direction,
            "local": end(local), "remote": remote.map(end), "interface": null, "scope": scope,
            "process": { "pid": self.pid, "name": self.name, "path": network::this_program() },
            "owner_missing": null, "place": place, "place_missing": missing,
        })
    }

    pub(crate) fn listener(&self, held: Held) -> Value {
        self.line("tcp", "listen", None, held.local, None)
    }

    pub(crate) fn tcp(&self, direction: &str, held: Held) -> Value {
        self.line("tcp", "established", Some(direction), held.local, Some(held.remote))
    }

    /// A UDP socket: only sock-diag reports whether it has a peer.
    pub(crate) fn udp(&self, source: &str, direction: &str, held: Held) -> Value {
        if source != "sock-diag" {
            // The location of its local address must not be used for the unknown remote end.
            let mut line = self.line("udp", "unknown", Some("unknown"), held.local, None);
            line["scope"] = json!("unspecified");
            line["place"] = Value::Null;
            line["place_missing"] = json!("remote-unknown");
            return line;
        }
        if held.remote == held.local {
            return self.line("udp", "unconnected", None, held.local, None);
        }
        self.line("udp", "connected", Some(direction), held.local, Some(held.remote))
    }
}

/// Class, place and reason of an address, according to GeoLite2-City-Test.
pub(crate) fn place_of(address: &str) -> (&'static str, Value, Value) {
    let place = |kind, lat_deg: f64, lng_deg: f64, country_iso: Option<&str>, city: Option<&str>, km: f64| {
        let place = json!({ "kind": kind, "lat_deg": lat_deg, "lng_deg": lng_deg, "country_iso": country_iso,
            "city": city, "accuracy_radius_km": km });
        ("public", place, Value::Null)
    };
    let nowhere = |scope, reason| (scope, Value::Null, json!(reason));
    match address {
        LONDON => place("city", 51.5142, -0.0931, Some("GB"), Some("London"), 10.0),
        BOXFORD => place("city", 51.75, -1.25, Some("GB"), Some("Boxford"), 100.0),
        LINKOEPING => place("city", 58.4167, 15.6167, Some("SE"), Some("Linköping"), 76.0),
        CHANGCHUN => place("city", 43.88, 125.3228, Some("CN"), Some("Changchun"), 100.0),
        BHUTAN => place("country", 27.5, 90.5, Some("BT"), None, 534.0),
        JAPAN => place("country", 35.68536, 139.75309, Some("JP"), None, 100.0),
        WITHOUT_COUNTRY => place("country", 48.69096, 9.14062, None, None, 100.0),
        UNKNOWN => nowhere("public", "not-in-database"),
        "0.0.0.0" | "::" => nowhere("unspecified", "not-public"),
        _ => nowhere("private", "not-public"),
    }
}

/// The lines of `list --json`, without operators and times, sorted.
pub(crate) fn listed(user: &User, source: &str, more: &[&str]) -> Vec<String> {
    let database = maxmind_file("GeoLite2-City-Test.mmdb");
    let args = [&["list", "--json", "--source", source, "--geo-db", &database], more].concat();
    let outcome = user.run(&args);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.assert_clean(source);
    sorted(outcome.json_lines().into_iter().map(|mut line| {
        let fields = line.as_object_mut().expect("an object");
        let seen_at = fields.remove("first_seen_at").expect("always there");
        let seen_at: jiff::Timestamp = seen_at.as_str().expect("text").parse().expect("RFC 3339");
        let (seen_at, now) = (UnixMillis(seen_at.as_millisecond()), DataClock::default().now());
        assert!(now.seconds_since(seen_at) < 60.0 && seen_at.seconds_since(now) < 60.0, "{seen_at}");
        assert_eq!(fields.remove("opened_at"), Some(Value::Null), "nobody saw it open");
        let is_counted = source == "sock-diag" && fields["state"] == "established";
        for (field, value) in [
            ("bytes_sent", json!(0)),
            ("bytes_received", json!(0)),
            ("bytes_received_error", json!(0)),
            ("rate_sent_bytes_per_sec", Value::Null),
            ("rate_received_bytes_per_sec", Value::Null),
        ] {
            let expected = if is_counted { value } else { Value::Null };
            assert_eq!(fields.remove(field), Some(expected), "{field} of {fields:?}");
        }
        // The first SYN may have been retransmitted.
        let again = fields.remove("retransmits").expect("always there");
        assert_eq!(again.is_u64(), is_counted, "{again}");
        for field in ["rtt_ms", "min_rtt_ms"] {
            let value = fields.remove(field).expect("always there");
            assert!(if is_counted { value.as_f64() > Some(0.0) } else { value.is_null() }, "{field}: {value}");
        }
        let owner = fields.remove("owner").expect("always there");
        let process = &fields["process"];
        assert_eq!(
            (&owner["kind"], &owner["pid"], &owner["name"]),
            (&json!("process"), &process["pid"], &process["name"])
        );
        assert_eq!((&owner["pids"], &owner["reason"]), (&json!([process["pid"]]), &Value::Null));
        for field in ["delivery_rate_bytes_per_sec", "delivery_rate_app_limited", "counters_final"] {
            assert_eq!(fields.remove(field), Some(Value::Null), "nothing was sent, and it is not closed");
        }
        for operator in ["asn", "as_organization", "flags"] {
            assert!(fields.remove(operator).is_some(), "{operator}");
        }
        line
    }))
}

pub(crate) fn sorted(lines: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut lines: Vec<String> = lines.into_iter().map(|line| line.to_string()).collect();
    lines.sort();
    lines
}

pub(crate) fn assert_same(listed: &[String], expected: &[String], what: &str) {
    let missing: Vec<_> = expected.iter().filter(|line| !listed.contains(line)).collect();
    let surplus: Vec<_> = listed.iter().filter(|line| !expected.contains(line)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "{what}: not shown: {missing:#?}\nshown: {surplus:#?}");
    assert_eq!(listed.len(), expected.len(), "{what}: something is shown twice");
}
