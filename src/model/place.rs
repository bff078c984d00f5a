//! Location of an address, its accuracy, and why it may be missing.

use crate::{geodesy::LatLng, language::t};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

/// Class of an address, which needs no lookup. Only [`AddressScope::Public`] is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressScope {
    /// 127.0.0.0/8, ::1.
    Loopback,
    /// RFC 1918 and IPv6 unique local (RFC 4193).
    Private,
    /// 169.254.0.0/16 (RFC 3927), fe80::/10.
    LinkLocal,
    /// Carrier-grade NAT, 100.64.0.0/10 (RFC 6598).
    Cgnat,
    /// Multicast and limited broadcast.
    Multicast,
    /// Documentation, benchmarking, future use, and other ranges that are not on the internet.
    Reserved,
    /// 0.0.0.0/8, ::.
    Unspecified,
    /// Everything else.
    Public,
}

impl AddressScope {
    /// All classes, with their names in JSON and the filter.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Loopback, "loopback"),
        (Self::Private, "private"),
        (Self::LinkLocal, "link-local"),
        (Self::Cgnat, "cgnat"),
        (Self::Multicast, "multicast"),
        (Self::Reserved, "reserved"),
        (Self::Unspecified, "unspecified"),
        (Self::Public, "public"),
    ];

    /// The name of this class.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(scope, _)| *scope == self).map_or("public", |(_, name)| name)
    }
}

/// The class of `ip`. IPv4-mapped, 6to4 and NAT64 addresses have the class of the embedded IPv4 address. Source: the
/// IANA special-purpose address registries for IPv4 and IPv6.
#[must_use]
pub fn classify_address(ip: IpAddr) -> AddressScope {
    match ip.to_canonical() {
        IpAddr::V4(ip) => classify_v4(ip),
        IpAddr::V6(ip) => classify_v6(ip),
    }
}

fn classify_v4(ip: Ipv4Addr) -> AddressScope {
    let [a, b, c, d] = ip.octets();
    match (a, b, c, d) {
        (0, ..) => AddressScope::Unspecified,
        (127, ..) => AddressScope::Loopback,
        (10, ..) | (172, 16..=31, ..) | (192, 168, ..) => AddressScope::Private,
        (169, 254, ..) => AddressScope::LinkLocal,
        (100, 64..=127, ..) => AddressScope::Cgnat,
        (224..=239, ..) | (255, 255, 255, 255) => AddressScope::Multicast,
        (192, 0, 0, 9 | 10) => AddressScope::Public,
        (192, 0, 0 | 2, _)
        | (192, 88, 99, _)
        | (198, 18 | 19, ..)
        | (198, 51, 100, _)
        | (203, 0, 113, _)
        | (240.., ..) => AddressScope::Reserved,
        _ => AddressScope::Public,
    }
}

fn classify_v6(ip: Ipv6Addr) -> AddressScope {
    let segments = ip.segments();
    if let Some(scope) = super::masked_scope(ip.into()) {
        scope
    } else if ip.is_unspecified() {
        AddressScope::Unspecified
    } else if ip.is_loopback() {
        AddressScope::Loopback
    } else if let Some(inner) = embedded_ipv4(ip) {
        classify_v4(inner)
    } else {
        match segments {
            [0xff00..=0xffff, ..] => AddressScope::Multicast,
            [0xfe80..=0xfebf, ..] => AddressScope::LinkLocal,
            [0xfc00..=0xfdff, ..] => AddressScope::Private,
            [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => AddressScope::Reserved,
            // IETF protocol assignments 2001::/23, except for the anycast and AS112 blocks, which are globally
            // reachable.
            [0x2001, 0x0001, 0, 0, 0, 0, 0, 1..=3] | [0x2001, 3, ..] | [0x2001, 4, 0x0112, ..] => AddressScope::Public,
            [0x2001, 0..=0x01ff, ..] => AddressScope::Reserved,
            [0x2000..=0x3fff, ..] => AddressScope::Public,
            _ => AddressScope::Reserved,
        }
    }
}

/// The IPv4 address embedded in an IPv4-mapped (RFC 4291), 6to4 (RFC 3056) or NAT64 (RFC 6052) address.
#[must_use]
pub fn embedded_ipv4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(join(high, low))
        }
        _ => None,
    }
}

/// ISO 3166-1 alpha-2 country code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryIso([u8; 2]);

impl CountryIso {
    /// From two ASCII letters, case-insensitive; `None` for anything else.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        match code.as_bytes() {
            &[a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }

    /// The two uppercase letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl fmt::Display for CountryIso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CountryIso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for CountryIso {
    type Error = String;
    fn try_from(code: String) -> Result<Self, String> {
        Self::parse(&code).ok_or_else(|| format!("{code:?} is not a two-letter country code"))
    }
}

impl From<CountryIso> for String {
    fn from(code: CountryIso) -> Self {
        code.as_str().to_owned()
    }
}

/// Number of an autonomous system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Asn(pub u32);

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AS{}", self.0)
    }
}

/// What the database knows about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// The record names a city.
    City,
    /// The record names a country, or a point without a city.
    Country,
    /// Many machines share this address; the position is only what the database states.
    Anycast,
}

impl PlaceKind {
    /// `city`, `country` or `anycast`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Country => "country",
            Self::Anycast => "anycast",
        }
    }
}

/// A place on the earth, with its accuracy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// What the database knows about it.
    pub kind: PlaceKind,
    /// Its position.
    pub position: LatLng,
    /// Country, if the record names one.
    pub country_iso: Option<CountryIso>,
    /// English city name, if the record names one. Untrusted text.
    #[serde(default)]
    pub city: Option<Arc<str>>,
    /// Accuracy radius in km from the database; `None` if it has none.
    pub accuracy_radius_km: Option<f32>,
}

impl Place {
    /// The accuracy radius to assume, km: from the database, or else 50 km for a city (enough for 54 of 66 known places),
    /// or else 1000 km for a country of unknown extent.
    #[must_use]
    pub fn assumed_radius_km(&self) -> f32 {
        self.accuracy_radius_km.unwrap_or(if self.city.is_some() { 50.0 } else { 1000.0 })
    }

    /// `London, GB`, `JP`, or `unnamed place`.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.city, self.country_iso) {
            (Some(city), Some(country)) => format!("{city}, {country}"),
            (Some(city), None) => city.to_string(),
            (None, Some(country)) => country.to_string(),
            (None, None) => t!("place-unnamed").to_owned(),
        }
    }
}

/// Why an address has no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceMissing {
    /// The address is not on the public internet (see [`AddressScope`]).
    NotPublic,
    /// The database does not contain the address.
    NotInDatabase,
    /// The database contains the address, but no location for it.
    NoLocation,
    /// No database could be opened, or none is loaded yet.
    DatabaseUnavailable,
    /// The source does not report the other end.
    RemoteUnknown,
}

impl PlaceMissing {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotPublic => "not-public",
            Self::NotInDatabase => "not-in-database",
            Self::NoLocation => "no-location",
            Self::DatabaseUnavailable => "database-unavailable",
            Self::RemoteUnknown => "remote-unknown",
        }
    }

    /// A sentence for the user.
    #[must_use]
    pub fn explain(self) -> &'static str {
        match self {
            Self::NotPublic => t!("place-missing-not-public"),
            Self::NotInDatabase => t!("place-missing-not-in-database"),
            Self::NoLocation => t!("place-missing-no-location"),
            Self::DatabaseUnavailable => t!("place-missing-database-unavailable"),
            Self::RemoteUnknown => t!("place-missing-remote-unknown"),
        }
    }
}

/// Name and build day of a database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DatabaseStamp {
    /// Its own name, such as `DB-IP City Lite`.
    pub name: Arc<str>,
    /// Day it was built, `2026-06-01`.
    pub built: Arc<str>,
}

/// Place and operator of an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// The place, or why there is none.
    pub place: Result<Place, PlaceMissing>,
    /// Operator's number.
    pub asn: Option<Asn>,
    /// Operator's name. Untrusted text.
    pub as_organization: Option<Arc<str>>,
    /// Why the address is, or may be, anycast.
    pub anycast_reason: Option<Cow<'static, str>>,
    /// The database that contains the place.
    pub database: Option<DatabaseStamp>,
}

impl Location {
    /// A location without a place, for this reason.
    #[must_use]
    pub fn missing(reason: PlaceMissing) -> Self {
        Self { place: Err(reason), asn: None, as_organization: None, anycast_reason: None, database: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_block_has_its_class() {
        use AddressScope::*;
        for (ip, scope) in [
            ("127.0.0.1", Loopback),
            ("::1", Loopback),
            ("::ffff:127.0.0.1", Loopback),
            ("10.0.0.1", Private),
            ("172.15.255.255", Public),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("172.32.0.1", Public),
            ("192.168.1.1", Private),
            ("fd00::1", Private),
            ("169.254.1.1", LinkLocal),
            ("fe80::1", LinkLocal),
            ("100.63.255.255", Public),
            ("100.64.0.1", Cgnat),
            ("100.128.0.0", Public),
            ("224.0.0.1", Multicast),
            ("255.255.255.255", Multicast),
            ("ff02::fb", Multicast),
            ("192.0.2.1", Reserved),
            ("198.18.0.1", Reserved),
            ("198.51.100.7", Reserved),
            ("203.0.113.7", Reserved),
            ("240.0.0.1", Reserved),
            ("2001:db8::1", Reserved),
            ("2001::1", Reserved),
            ("100::1", Reserved),
            ("0.0.0.0", Unspecified),
            ("::", Unspecified),
            ("81.2.69.142", Public),
            ("::ffff:81.2.69.142", Public),
            ("2002:5102:458e::1", Public),
            ("2002:0a00:0001::1", Private),
            ("64:ff9b::a00:1", Private),
            ("2001:218::1", Public),
            ("2606:4700::1111", Public),
        ] {
            let parsed: IpAddr = ip.parse().expect("a literal address");
            assert_eq!(classify_address(parsed), scope, "{ip}");
        }
    }

    #[test]
    fn a_country_code_is_two_letters() {
        assert_eq!(CountryIso::parse("gb").map(|c| c.to_string()), Some("GB".to_owned()));
        for wrong in ["", "G", "GBR", "1A", "é"] {
            assert_eq!(CountryIso::parse(wrong), None, "{wrong}");
        }
    }
}
