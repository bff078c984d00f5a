//! Checks of the databases and the cache.

use super::check::{Check, Status};
use crate::{
    files::{Owner, create_directory},
    model::{AddressScope, Location},
    words::place_words,
};
use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr},
    path::Path,
};

/// A public address that common databases contain: the example of their vendors.
pub(super) const SAMPLE_IP: IpAddr = IpAddr::V4(Ipv4Addr::new(81, 2, 69, 142));

/// The result of the databases for [`SAMPLE_IP`].
pub(super) fn check_database(location: &Location) -> Check {
    let stamp = location.database.as_ref().map(|stamp| format!("{}, built {}", stamp.name, stamp.built));
    let answer = place_words(location, AddressScope::Public);
    match (stamp, &location.place) {
        (Some(stamp), Ok(_)) => Check::new("database", Status::Ok, format!("{stamp}; {SAMPLE_IP} is in {answer}"), ""),
        (stamp, _) => {
            let name = stamp.unwrap_or_else(|| "no database available".to_owned());
            Check::new("database", Status::Partly, format!("{name}; {SAMPLE_IP}: {answer}"), "")
        }
    }
}

/// Whether a file can be written in the cache directory.
pub(super) fn check_cache(cache: Option<&Path>) -> Check {
    let remedy = if cfg!(windows) {
        "databases are unpacked at each start; make the directory writable"
    } else {
        "databases are unpacked at each start; make the directory writable, or set XDG_CACHE_HOME to one that is"
    };
    let Some(cache) = cache else {
        return Check::new("cache", Status::Partly, "no cache directory is known", remedy);
    };
    let written = create_directory(cache, Owner::in_directory(cache)).and_then(|()| {
        let mut file = tempfile::tempfile_in(cache)?;
        file.write_all(b"netglobe")
    });
    match written {
        Ok(()) => Check::new("cache", Status::Ok, cache.display().to_string(), ""),
        Err(error) => Check::new("cache", Status::Partly, format!("{}: {error}", cache.display()), remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceMissing;

    #[test]
    fn a_cache_that_cannot_be_written_is_a_limitation() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        assert_eq!(check_cache(Some(&directory.path().join("new"))).status, Status::Ok);
        let file = directory.path().join("file");
        std::fs::write(&file, "").expect("written");
        assert_eq!(check_cache(Some(&file)).status, Status::Partly);
        assert_eq!(check_cache(None).status, Status::Partly);
    }

    #[test]
    fn a_database_without_an_answer_is_not_called_working() {
        let check = check_database(&Location::missing(PlaceMissing::DatabaseUnavailable));
        assert_eq!(check.status, Status::Partly);
    }
}
