//! Locations of the program's files for this user.

use std::path::{Component, Path, PathBuf};

/// Name of the program's directory within the user's directories.
pub(super) const OWN_DIRECTORY: &str = "netglobe";

/// Paths of the program's files for this user; `None` if the system does not define the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directories {
    /// The configuration file, `netglobe/config.toml` in `$XDG_CONFIG_HOME` or `~/.config`, on macOS in
    /// `~/Library/Application Support`, on Windows in `%APPDATA%`.
    pub config_file: Option<PathBuf>,
    /// Databases of the user, found by name: `netglobe` in `$XDG_DATA_HOME` or `~/.local/share`, on macOS in
    /// `~/Library/Application Support`, on Windows in `%LOCALAPPDATA%`. The history is there, too.
    pub data: Option<PathBuf>,
    /// Directory for screenshots: the user's pictures directory of the system.
    pub pictures: Option<PathBuf>,
    /// Cache directory: `netglobe` in `$XDG_CACHE_HOME` or `~/.cache`, on macOS in `~/Library/Caches`, on Windows
    /// `netglobe\cache` in `%LOCALAPPDATA%`.
    pub cache: Option<PathBuf>,
}

impl Directories {
    /// The paths from the environment. Variables with relative paths are ignored, because they would depend on the
    /// working directory.
    #[must_use]
    pub fn of_this_user() -> Self {
        let own = |directory: Option<PathBuf>| {
            directory.filter(|path| path.is_absolute()).map(|path| path.join(OWN_DIRECTORY))
        };
        Self {
            config_file: own(dirs::config_dir()).map(|directory| directory.join("config.toml")),
            // What would be copied to other computers of the user on Windows is not theirs.
            data: own(dirs::data_local_dir()),
            pictures: dirs::picture_dir().filter(|path| path.is_absolute()),
            cache: own(dirs::cache_dir())
                .map(|directory| if cfg!(windows) { directory.join("cache") } else { directory }),
        }
    }
}

/// Expands a leading `~` in `path`. A shell does so only at the start of a word, not in `--geo-db=~/x.mmdb`, and paths
/// in files are not expanded at all. `~name` is kept: it may be a file.
#[must_use]
pub fn expand_home(path: &Path) -> PathBuf {
    expand(path, dirs::home_dir().filter(|home| home.is_absolute()))
}

fn expand(path: &Path, home: Option<PathBuf>) -> PathBuf {
    let mut parts = path.components();
    match (parts.next(), home) {
        (Some(Component::Normal(first)), Some(home)) if first == "~" => home.join(parts.as_path()),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_where_a_path_begins_with_it() {
        let home = if cfg!(windows) { r"C:\Users\ann" } else { "/home/ann" };
        let home = Path::new(home);
        for (path, expected) in [
            ("~/x.mmdb", Some("x.mmdb")),
            ("~/a/../b", Some("a/../b")),
            ("~", Some("")),
            ("~bob/x.mmdb", None),
            ("a/~/x.mmdb", None),
            ("/~/x.mmdb", None),
            ("./~/x.mmdb", None),
            ("x~", None),
            ("", None),
        ] {
            let expected = expected.map_or(PathBuf::from(path), |rest| home.join(rest));
            assert_eq!(expand(Path::new(path), Some(home.to_owned())), expected, "{path}");
            assert_eq!(expand(Path::new(path), None), Path::new(path));
        }
    }
}
