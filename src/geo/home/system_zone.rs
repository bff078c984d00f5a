//! The name of the system's time zone, from its files.
//!
//! Only `/etc/localtime` is authoritative, because it determines the clock. It is a link into a zoneinfo directory,
//! possibly through other links, or a copy of a zone file. A copy has no name. A name in another file (`/etc/timezone`
//! may be outdated) is used only if the zone with that name has the same content. Otherwise the name of a zone with the
//! same content is used if no other place has that content. A wrong home is worse than none.

use super::time_zone::{zone_names, zone_place};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io::Read,
    path::{Component, Path, PathBuf},
};

/// Maximum number of links to follow, like in the kernel.
const MAX_LINKS: usize = 40;
/// Maximum size of a zone file; real ones have up to 4 KiB.
const MAX_ZONE_BYTES: u64 = 64 * 1024;
/// First bytes of a zone file (RFC 9636).
const MAGIC: &[u8] = b"TZif";
/// Name of zoneinfo directories, wherever they are.
const ZONE_DIRECTORY: &str = "zoneinfo";

/// The time zone according to the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SystemZone {
    /// Its name.
    Named(String),
    /// There is a zone, but its name is not certain.
    Unnamed,
    /// There is no zone.
    Missing,
}

/// Paths of the files.
#[derive(Clone, Debug)]
pub(super) struct ZoneFiles {
    /// The file that determines the clock.
    pub(super) local: PathBuf,
    /// A file with the name in the first line that is neither empty nor a comment.
    pub(super) stated: PathBuf,
    /// Zoneinfo directories.
    pub(super) directories: Vec<PathBuf>,
}

impl Default for ZoneFiles {
    fn default() -> Self {
        let directories = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"];
        Self {
            local: "/etc/localtime".into(),
            stated: "/etc/timezone".into(),
            directories: directories.map(PathBuf::from).into(),
        }
    }
}

impl ZoneFiles {
    /// The zone of the system.
    pub(super) fn zone(&self) -> SystemZone {
        if fs::symlink_metadata(&self.local).is_ok() {
            return self.zone_of(&self.local);
        }
        // There is no zone file that could contradict the stated name.
        self.stated_name().map_or(SystemZone::Missing, SystemZone::Named)
    }

    /// The zone of a file: a link into a zoneinfo directory, a file there, or a copy of one.
    pub(super) fn zone_of(&self, file: &Path) -> SystemZone {
        let end = match follow(file) {
            Followed::Name(name) => return SystemZone::Named(name),
            Followed::File(end) => end,
            Followed::Nowhere => return SystemZone::Missing,
        };
        let Some(content) = read_zone(&end) else { return SystemZone::Unnamed };
        let stated = self.stated_name().filter(|name| self.has(name, &content));
        stated.or_else(|| self.only_name_of(&content)).map_or(SystemZone::Unnamed, SystemZone::Named)
    }

    /// The name in `stated`, unverified.
    fn stated_name(&self) -> Option<String> {
        let text = fs::read_to_string(&self.stated).ok()?;
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        let name = line.split('#').next().unwrap_or(line).trim();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// Whether the zone with this name has this content.
    fn has(&self, name: &str, content: &[u8]) -> bool {
        let name = Path::new(name);
        let is_inside = name.components().all(|part| matches!(part, Component::Normal(_)));
        is_inside && self.directories.iter().any(|zones| is_content(&zones.join(name), content))
    }

    /// The name of the zone with this content, if it belongs to only one place.
    fn only_name_of(&self, content: &[u8]) -> Option<String> {
        let mut found: Option<(&str, String)> = None;
        for name in zone_names().filter(|name| self.has(name, content)) {
            let city = zone_place(name)?.city;
            match &found {
                Some((_, known)) if *known != city => return None,
                Some(_) => {}
                None => found = Some((name, city)),
            }
        }
        found.map(|(name, _)| name.to_owned())
    }
}

/// Target of a chain of links.
enum Followed {
    /// A zone of this name in a zoneinfo directory.
    Name(String),
    /// A file elsewhere.
    File(PathBuf),
    /// A dangling link or a cycle.
    Nowhere,
}

/// Follows links up to the first in a zoneinfo directory, whose name the user chose. Links within that directory may
/// lead to the zone of another country.
fn follow(file: &Path) -> Followed {
    let mut at = file.to_owned();
    for _ in 0..MAX_LINKS {
        // A parent directory may be a link, too.
        let real = at.parent().and_then(|parent| Some(parent.canonicalize().ok()?.join(at.file_name()?)));
        if let Some(name) = name_in_zones(&at).or_else(|| real.as_deref().and_then(name_in_zones)) {
            return Followed::Name(name);
        }
        match fs::read_link(&at) {
            Ok(target) => at = at.parent().unwrap_or(Path::new("/")).join(target),
            Err(_) if at.is_file() => return Followed::File(at),
            Err(_) => return Followed::Nowhere,
        }
    }
    Followed::Nowhere
}

/// `Europe/Berlin` of `/usr/share/zoneinfo//Europe/Berlin`. Ignores `localtime` there, which links to the system's file.
fn name_in_zones(path: &Path) -> Option<String> {
    let parts: Vec<Component<'_>> = path.components().collect();
    let directory = parts.iter().rposition(|part| part.as_os_str() == OsStr::new(ZONE_DIRECTORY))?;
    let name = parts.get(directory + 1..).filter(|name| !name.is_empty())?;
    let name: Option<Vec<&str>> = name
        .iter()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    Some(name?.join("/")).filter(|name| name != "localtime")
}

/// Content of a zone file; `None` if it is not a zone file.
fn read_zone(path: &Path) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path).ok()?.take(MAX_ZONE_BYTES).read_to_end(&mut content).ok()?;
    content.starts_with(MAGIC).then_some(content)
}

fn is_content(path: &Path, content: &[u8]) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == content.len() as u64)
        && read_zone(path).is_some_and(|other| other == content)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A temporary directory that contains a system's files.
    struct Root(tempfile::TempDir);

    impl Root {
        fn new() -> Self {
            let root = Self(tempfile::tempdir().expect("a directory"));
            for (zone, rules) in [
                ("Asia/Kolkata", "IST"),
                ("Asia/Calcutta", "IST"),
                ("Asia/Tokyo", "JST"),
                // One zone for several countries.
                ("Europe/Berlin", "CET"),
                ("Europe/Oslo", "CET"),
                ("Etc/UTC", "UTC"),
            ] {
                root.write(&format!("usr/share/zoneinfo/{zone}"), &format!("TZif2 {rules}"));
            }
            root
        }

        fn path(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        fn write(&self, path: &str, content: &str) {
            let path = self.path(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(path, content).expect("written");
        }

        /// Creates a link; absolute targets are relative to this root.
        fn link(&self, path: &str, target: &str) {
            let path = self.path(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            let target = match target.strip_prefix('/') {
                Some(inside) => format!("{}/{inside}", self.0.path().display()),
                None => target.to_owned(),
            };
            symlink(target, path).expect("linked");
        }

        fn files(&self) -> ZoneFiles {
            ZoneFiles {
                local: self.path("etc/localtime"),
                stated: self.path("etc/timezone"),
                directories: vec![self.path("usr/share/zoneinfo")],
            }
        }
    }

    fn named(name: &str) -> SystemZone {
        SystemZone::Named(name.to_owned())
    }

    #[test]
    fn a_link_is_followed_to_the_first_name_in_a_directory_of_zones() {
        for (links, expected) in [
            (&[("etc/localtime", "/usr/share/zoneinfo/Asia/Tokyo")][..], named("Asia/Tokyo")),
            (&[("etc/localtime", "../usr/share/zoneinfo/Asia/Tokyo")], named("Asia/Tokyo")),
            (&[("etc/localtime", "//usr//share//zoneinfo//Asia//Tokyo")], named("Asia/Tokyo")),
            (&[("etc/localtime", "/usr/share/./zoneinfo/../zoneinfo/Asia/Tokyo")], named("Asia/Tokyo")),
            (&[("etc/localtime", "zone"), ("etc/zone", "/usr/share/zoneinfo/Asia/Tokyo")], named("Asia/Tokyo")),
            (
                &[("etc/localtime", "/var/tz"), ("var/tz", "../etc/z"), ("etc/z", "/usr/share/zoneinfo/Asia/Tokyo")],
                named("Asia/Tokyo"),
            ),
            // A parent directory is a link.
            (&[("etc/localtime", "/zones/Tokyo"), ("zones", "/usr/share/zoneinfo/Asia")], named("Asia/Tokyo")),
            // Oslo is a link to Berlin here, but the user chose Oslo.
            (
                &[("etc/localtime", "/etc/zoneinfo/Europe/Oslo"), ("etc/zoneinfo/Europe/Oslo", "Berlin")],
                named("Europe/Oslo"),
            ),
            (&[("etc/localtime", "/usr/share/zoneinfo/posix/Asia/Tokyo")], named("posix/Asia/Tokyo")),
            (
                &[("etc/localtime", "/usr/share/zoneinfo/localtime"), ("usr/share/zoneinfo/localtime", "Asia/Tokyo")],
                named("Asia/Tokyo"),
            ),
            // The zones are not installed, but the name is unambiguous.
            (&[("etc/localtime", "/opt/zoneinfo/Europe/Paris")], named("Europe/Paris")),
            (&[("etc/localtime", "nowhere")], SystemZone::Missing),
            (&[("etc/localtime", "localtime")], SystemZone::Missing),
            (&[], SystemZone::Missing),
        ] {
            let root = Root::new();
            links.iter().for_each(|(link, target)| root.link(link, target));
            assert_eq!(root.files().zone(), expected, "{links:?}");
            if !links.is_empty() {
                // The other file is outdated.
                root.write("etc/timezone", "America/New_York\n");
                assert_eq!(root.files().zone(), expected, "{links:?} beside another name");
            }
        }
    }

    #[test]
    fn a_copy_has_the_name_that_is_stated_if_its_content_is_that_ones() {
        for (copy, stated, expected) in [
            ("TZif2 CET", "Europe/Berlin\n", named("Europe/Berlin")),
            ("TZif2 CET", "Europe/Oslo", named("Europe/Oslo")),
            ("TZif2 CET", "# Europe/Berlin\n\n  Europe/Oslo  # since 2020\n", named("Europe/Oslo")),
            // Outdated, commented out, or not a name: several places have this zone, so none is used.
            ("TZif2 CET", "Asia/Tokyo\n", SystemZone::Unnamed),
            ("TZif2 CET", "# Europe/Berlin\n", SystemZone::Unnamed),
            ("TZif2 CET", "", SystemZone::Unnamed),
            ("TZif2 CET", "../zoneinfo/Europe/Berlin", SystemZone::Unnamed),
            // One place with two names has it.
            ("TZif2 IST", "", named("Asia/Kolkata")),
            ("TZif2 JST", "Europe/Berlin", named("Asia/Tokyo")),
            ("TZif2 of another year", "Asia/Tokyo", SystemZone::Unnamed),
            ("no zone", "Asia/Tokyo", SystemZone::Unnamed),
            ("", "Asia/Tokyo", SystemZone::Unnamed),
        ] {
            let root = Root::new();
            root.write("etc/localtime", copy);
            root.write("etc/timezone", stated);
            let found = match root.files().zone() {
                SystemZone::Named(name) if name == "Asia/Calcutta" => named("Asia/Kolkata"),
                found => found,
            };
            assert_eq!(found, expected, "{copy:?} beside {stated:?}");
            // A link to a copy is treated like a copy.
            fs::rename(root.path("etc/localtime"), root.path("etc/copied")).expect("renamed");
            root.link("etc/localtime", "copied");
            assert_eq!(matches!(root.files().zone(), SystemZone::Named(_)), matches!(expected, SystemZone::Named(_)));
        }
    }

    #[test]
    fn a_name_that_nothing_contradicts_is_taken() {
        let root = Root::new();
        root.write("etc/timezone", "# written by the installer\nAsia/Tokyo\n");
        assert_eq!(root.files().zone(), named("Asia/Tokyo"));
    }

    #[test]
    fn copies_of_the_zones_that_are_installed_here_are_told_apart() {
        let installed = ZoneFiles::default().directories;
        let Some(zones) = installed.iter().find(|zones| zones.join("Europe/Oslo").is_file()) else {
            eprintln!("NOT RUN: no zones are installed here (package tzdata)");
            return;
        };
        let root = Root::new();
        let files = ZoneFiles { directories: installed.clone(), ..root.files() };
        for (zone, stated, expected) in [
            ("Europe/Oslo", "Europe/Oslo", Some("Oslo")),
            ("Europe/Oslo", "Asia/Tokyo", None),
            ("Asia/Tokyo", "Europe/Oslo", Some("Tokyo")),
            ("Asia/Kolkata", "", Some("Kolkata")),
            ("Etc/UTC", "Europe/London", None),
        ] {
            root.write("etc/timezone", stated);
            fs::copy(zones.join(zone), root.path("etc/localtime")).expect("copied");
            let city = match files.zone() {
                SystemZone::Named(name) => zone_place(&name).map(|place| place.city),
                SystemZone::Unnamed | SystemZone::Missing => None,
            };
            // If each zone has a file of its own, the content may identify Oslo.
            let is_right = city.as_deref() == expected || (expected.is_none() && city.as_deref() == Some("Oslo"));
            assert!(is_right, "{zone} beside {stated:?}: {city:?}");
        }
    }
}
