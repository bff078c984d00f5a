//! Suggests the key that was probably meant by an unknown one.

use super::FilterKey;

/// Other names that users may try.
const SYNONYMS: &[(&str, FilterKey)] = &[
    ("app", FilterKey::Process),
    ("name", FilterKey::Process),
    ("uid", FilterKey::User),
    ("owner", FilterKey::User),
    ("service", FilterKey::Unit),
    ("container", FilterKey::Unit),
    ("cgroup", FilterKey::Unit),
    ("addr", FilterKey::Ip),
    ("address", FilterKey::Ip),
    ("cidr", FilterKey::Ip),
    ("net", FilterKey::Ip),
    ("host", FilterKey::Ip),
    ("remote", FilterKey::Ip),
    ("protocol", FilterKey::Proto),
    ("status", FilterKey::State),
    ("iso", FilterKey::Country),
    ("place", FilterKey::City),
    ("as", FilterKey::Asn),
    ("org", FilterKey::Operator),
    ("organization", FilterKey::Operator),
    ("organisation", FilterKey::Operator),
    ("isp", FilterKey::Operator),
    ("class", FilterKey::Scope),
    ("duration", FilterKey::Age),
    ("speed", FilterKey::Rate),
    ("traffic", FilterKey::Rate),
    ("size", FilterKey::Bytes),
    ("latency", FilterKey::Rtt),
    ("ping", FilterKey::Rtt),
];

/// The known key most similar to `key`: a synonym, or else a key of which `key` is a prefix, or else one at an edit
/// distance of at most 1 (2 for five or more letters). Edits are insertions, deletions, substitutions and
/// transpositions.
pub(super) fn nearest_key(key: &str) -> Option<FilterKey> {
    let key = key.to_ascii_lowercase();
    if let Some((_, known)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == key) {
        return Some(*known);
    }
    if let Some(known) = FilterKey::all().find(|known| known.name().starts_with(&key)) {
        return Some(known);
    }
    let allowed = if key.len() < 5 { 1 } else { 2 };
    FilterKey::all()
        .map(|known| (strsim::osa_distance(&key, known.name()), known.name(), known))
        .min_by_key(|(distance, name, _)| (*distance, *name))
        .filter(|(distance, ..)| *distance <= allowed)
        .map(|(.., known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_the_key_that_was_meant() {
        for (typed, meant) in [
            ("proces", Some("process")),
            ("procces", Some("process")),
            ("prot", Some("proto")),
            ("dir", Some("direction")),
            ("PORTS", Some("port")),
            ("coutnry", Some("country")),
            ("oprt", Some("port")),
            ("ctiy", Some("city")),
            ("uid", Some("user")),
            ("rates", Some("rate")),
            ("latency", Some("rtt")),
            ("size", Some("bytes")),
            ("flag", Some("flagged")),
            ("quux", None),
            ("zzzzzz", None),
        ] {
            assert_eq!(nearest_key(typed).map(FilterKey::name), meant, "{typed}");
        }
    }
}
