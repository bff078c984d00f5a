//! Finds databases in the user's data directory by their file names.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Prefixes of names of location databases, best first; case-insensitive, and the extension must be `.mmdb`.
const CITY_NAMES: [&str; 4] = ["geoip2-city", "geolite2-city", "dbip-city", "dbip-city-lite"];

/// The same for operator databases.
const ASN_NAMES: [&str; 4] = ["geoip2-isp", "geolite2-asn", "dbip-asn", "dbip-asn-lite"];

/// Databases found by name, best first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Discovered {
    /// Location databases.
    pub(super) cities: Vec<PathBuf>,
    /// Operator databases.
    pub(super) operators: Vec<PathBuf>,
}

/// Lists the databases in `directory`, which may be missing.
///
/// # Errors
/// If it exists and cannot be read.
pub(super) fn discover(directory: &Path) -> io::Result<Discovered> {
    let entries = match directory.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Discovered::default()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    let pick = |known| matching(&names, known).into_iter().map(|name| directory.join(name)).collect();
    Ok(Discovered { cities: pick(&CITY_NAMES), operators: pick(&ASN_NAMES) })
}

/// Those of `names` with a prefix of `known` and the extension of a database: in the order of `known`, then in
/// descending order, because names contain dates (`dbip-city-lite-2026-06.mmdb`).
fn matching<'a>(names: &'a [String], known: &[&str]) -> Vec<&'a String> {
    let rank = |name: &str| {
        let name = name.to_ascii_lowercase();
        let stem = name.strip_suffix(".mmdb")?;
        known.iter().position(|known| {
            // The rest of the name may be a date, but not the rest of another word.
            stem.strip_prefix(known).is_some_and(|rest| rest.bytes().all(|b| matches!(b, b'-' | b'_' | b'0'..=b'9')))
        })
    };
    let mut ranked: Vec<_> = names.iter().filter_map(|name| Some((rank(name)?, name))).collect();
    ranked.sort_by(|(rank_a, a), (rank_b, b)| rank_a.cmp(rank_b).then(b.cmp(a)));
    ranked.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_known_by_name_and_the_newest_comes_first() {
        let names: Vec<String> = [
            "dbip-city-lite-2026-05.mmdb",
            "dbip-city-lite-2026-06.mmdb",
            "GeoLite2-City.mmdb",
            "GeoLite2-City.mmdb.gz",
            "GeoLite2-City-Locations.mmdb",
            "GeoLite2-Country.mmdb",
            "GeoLite2-ASN.mmdb",
            "dbip-asn-lite-2026-06.mmdb",
            "notes.txt",
        ]
        .map(str::to_owned)
        .into();
        assert_eq!(
            matching(&names, &CITY_NAMES),
            ["GeoLite2-City.mmdb", "dbip-city-lite-2026-06.mmdb", "dbip-city-lite-2026-05.mmdb"]
        );
        assert_eq!(matching(&names, &ASN_NAMES), ["GeoLite2-ASN.mmdb", "dbip-asn-lite-2026-06.mmdb"]);
    }

    #[test]
    fn a_directory_that_is_not_there_holds_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        assert_eq!(discover(&directory.path().join("none")).expect("no error"), Discovered::default());
        std::fs::write(directory.path().join("GeoLite2-City.mmdb"), "x").expect("written");
        let found = discover(directory.path()).expect("readable");
        assert_eq!(found.cities, [directory.path().join("GeoLite2-City.mmdb")]);
    }
}
