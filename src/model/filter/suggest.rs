//! The key that was probably meant when an unknown one was typed.

use super::KEYS;

/// Other names of keys that people try.
const SYNONYMS: &[(&str, &str)] = &[
    ("app", "process"),
    ("name", "process"),
    ("uid", "user"),
    ("owner", "user"),
    ("service", "unit"),
    ("container", "unit"),
    ("cgroup", "unit"),
    ("addr", "ip"),
    ("address", "ip"),
    ("cidr", "ip"),
    ("net", "ip"),
    ("host", "ip"),
    ("remote", "ip"),
    ("protocol", "proto"),
    ("status", "state"),
    ("iso", "country"),
    ("place", "city"),
    ("as", "asn"),
    ("org", "operator"),
    ("organization", "operator"),
    ("organisation", "operator"),
    ("isp", "operator"),
    ("class", "scope"),
    ("duration", "age"),
    ("speed", "rate"),
    ("traffic", "rate"),
    ("size", "bytes"),
    ("latency", "rtt"),
    ("ping", "rtt"),
];

/// The known key that is nearest to `key`: a synonym, then one that `key` begins, then one that is at most one slip
/// away (two, from five letters on).
pub(super) fn nearest_key(key: &str) -> Option<&'static str> {
    let key = key.to_ascii_lowercase();
    if let Some((_, known)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == key) {
        return Some(known);
    }
    if let Some((known, _)) = KEYS.iter().find(|(known, _)| known.starts_with(&key)) {
        return Some(known);
    }
    let allowed = if key.len() < 5 { 1 } else { 2 };
    KEYS.iter()
        .map(|(known, _)| (edit_distance(&key, known), *known))
        .min()
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, known)| known)
}

/// Levenshtein's distance: insertions, deletions and replacements.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
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
            ("uid", Some("user")),
            ("rates", Some("rate")),
            ("latency", Some("rtt")),
            ("size", Some("bytes")),
            ("flag", Some("flagged")),
            ("quux", None),
            ("zzzzzz", None),
        ] {
            assert_eq!(nearest_key(typed), meant, "{typed}");
        }
    }

    #[test]
    fn the_distance_counts_single_slips() {
        for (a, b, distance) in
            [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
        }
    }
}
