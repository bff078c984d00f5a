//! Tests of what the packages for Linux contain, except for the program itself, which `scripts/package --test` installs:
//! the entry for menus, the description for software centres, the units, the files of the .deb, manual pages, completions,
//! and the scripts of the archive.
#![cfg(all(target_os = "linux", feature = "window"))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "../../examples/package_files/write.rs"]
mod write;

use clap::{Command, Parser};
use netglobe::cli::Cli;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
};
use toml::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const UNITS: [&str; 2] = ["netglobe-ambient.service", "netglobe-record.service"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest() -> Value {
    Value::Table(read("Cargo.toml").parse().expect("TOML"))
}

/// Values of a key in an entry or a unit.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.split_once('=')).filter(|(name, _)| *name == key).map(|(_, it)| it).collect()
}

/// A command line of an entry or a unit, which the program must understand.
fn check_command(command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(words.first(), Some(&"netglobe"), "{command}");
    Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{command}: {error}"));
}

/// Names and contents of the files in a folder.
fn contents(folder: &Path) -> Vec<(String, String)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .map(|path| (name(&path), fs::read_to_string(&path).expect("text")))
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Names of the pages of a command and its commands.
fn page_names(command: &Command) -> Vec<String> {
    let own = format!("{}.1", command.get_display_name().unwrap_or_else(|| command.get_name()));
    command.get_subcommands().flat_map(page_names).chain([own]).collect()
}

#[test]
fn the_entry_for_menus_starts_the_program() {
    let entry = read("packaging/linux/netglobe.desktop");
    let commands = values(&entry, "Exec");
    assert_eq!(commands.len(), 3, "of the program and two actions");
    commands.into_iter().for_each(check_command);
    assert_eq!(values(&entry, "Icon"), ["netglobe"]);
    // The name that the window has on X11 and Wayland.
    assert_eq!(values(&entry, "StartupWMClass"), ["netglobe"]);
    assert!(read("src/app/window/mod.rs").contains(r#"name: Some("netglobe".to_owned())"#));
    for key in ["Comment", "GenericName", "Keywords"] {
        for language in ["", "[de]", "[es]"] {
            assert_eq!(values(&entry, &format!("{key}{language}")).len(), 1, "{key}{language}");
        }
    }
}

#[test]
fn the_description_for_software_centres_is_of_this_version() {
    let text = read("packaging/linux/netglobe.metainfo.xml");
    let mut open = Vec::new();
    for tag in text.split('<').skip(1).map(|rest| rest.split_once('>').expect("a tag ends").0) {
        match tag.strip_prefix('/') {
            Some(end) => assert_eq!(open.pop(), Some(end), "tags end in order"),
            None if tag.starts_with(['?', '!']) || tag.ends_with('/') => {}
            None => open.push(tag.split_whitespace().next().expect("a name")),
        }
    }
    assert!(open.is_empty(), "tags without an end: {open:?}");
    let newest = text.split_once("<release ").expect("a release").1;
    assert!(newest.split_once('>').expect("an end").0.contains(&format!("version=\"{VERSION}\"")), "{newest}");
    let licence = manifest()["package"]["license"].as_str().expect("a licence").to_owned();
    assert!(text.contains(&format!("<project_license>{licence}</project_license>")));
    assert!(text.contains(r#"<launchable type="desktop-id">netglobe.desktop</launchable>"#));
}

#[test]
fn units_use_flags_that_exist() {
    for unit in UNITS {
        let text = read(&format!("packaging/{unit}"));
        let commands = values(&text, "ExecStart");
        assert_eq!(commands.len(), 1, "{unit}");
        commands.into_iter().for_each(check_command);
        assert!(text.starts_with("# Off by default."), "{unit}");
    }
}

#[test]
fn every_file_of_the_deb_is_made() {
    // What a pattern of dist/tree stands for must be named by scripts/package.
    let script = read("scripts/package");
    let manifest = manifest();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets: Vec<(&str, &str)> = deb["assets"]
        .as_array()
        .expect("assets")
        .iter()
        .map(|asset| (asset[0].as_str().expect("a path"), asset[1].as_str().expect("a path")))
        .collect();
    for (source, _) in &assets {
        match source.strip_prefix("dist/tree/") {
            Some(made) => {
                let folder = made.split('*').next().expect("a start").trim_end_matches('/');
                let folder = if made.contains('*') { folder } else { made };
                assert!(script.contains(&format!("/{folder}")), "scripts/package does not make {made}");
            }
            None => assert!(root().join(source).is_file(), "{source} is missing"),
        }
    }
    for unit in UNITS {
        assert!(root().join("packaging").join(unit).is_file());
    }
    assert!(assets.iter().any(|(_, to)| *to == "usr/lib/systemd/user/"));
    // Libraries that are loaded when the program starts are recommended, as scripts/setup.sh installs them.
    let recommended = deb["recommends"].as_str().expect("a list");
    let recommended: BTreeSet<&str> = recommended.split([',', '|']).map(str::trim).collect();
    let setup = read("scripts/setup.sh");
    let installed = setup.split_once("run_packages='").expect("a list").1.split_once('\'').expect("an end").0;
    for package in installed.lines().filter_map(|line| line.split('|').next()) {
        assert!(recommended.contains(package), "the .deb does not recommend {package}");
    }
}

#[test]
fn the_licences_of_all_data_are_packed() {
    for script in ["scripts/package", "scripts/windows", "scripts/macos"] {
        assert!(read(script).contains("copy_licences "), "{script}");
    }
    let script = read("scripts/setup.sh");
    for file in
        ["LICENSE-MIT", "LICENSE-APACHE", "data/geo/LICENSE-CC-BY-4.0.txt", "data/places/LICENSE-Unicode-3.0.txt"]
    {
        assert!(root().join(file).is_file() && script.contains(file), "{file}");
    }
    assert!(script.contains("assets/licences/*.txt"));
    // The list of what is inside names everything that the program includes.
    let list = read("packaging/linux/bom.py");
    for (source, text) in sources(&root().join("src")) {
        for path in text.split("include_bytes!(\"").skip(1).chain(text.split("include_str!(\"").skip(1)) {
            let path = path.split_once('"').expect("an end").0.trim_start_matches("../");
            let own = ["data/texts", "data/scenarios", "data/lessons", "data/glossary", "shaders/"];
            let is_about_others = path.ends_with(".md") || path.contains("LICENSE-") || path.contains("/licences/");
            if (path.starts_with("data/") || path.starts_with("assets/"))
                && !is_about_others
                && !own.iter().any(|own| path.starts_with(own))
            {
                assert!(list.contains(&format!("\"{path}\"")), "bom.py lacks {path}, included by {}", source.display());
            }
        }
    }
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                let text = fs::read_to_string(&path).expect("text");
                vec![(path, text)]
            }
        })
        .collect()
}

#[test]
fn every_command_has_a_manual_page_and_completions() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    for out in [&first, &second] {
        write::manual_pages(&out.join("man")).expect("pages");
        write::completions(&out.join("completions")).expect("completions");
    }
    let pages = contents(&first.join("man"));
    assert_eq!(pages, contents(&second.join("man")), "the same in each run");
    let completions = contents(&first.join("completions"));
    assert_eq!(completions, contents(&second.join("completions")), "the same in each run");

    let command = write::command_line();
    let expected: BTreeSet<String> = page_names(&command).into_iter().collect();
    assert_eq!(expected, pages.iter().map(|(name, _)| name.clone()).collect());
    assert!(expected.contains("netglobe-history-record.1"), "{expected:?}");
    assert!(pages.iter().all(|(_, text)| text.contains(".TH ") && text.contains(VERSION)));

    assert_eq!(
        completions.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["_netglobe", "netglobe.bash", "netglobe.fish"]
    );
    for (name, text) in &completions {
        for it in command.get_subcommands().flat_map(|it| it.get_subcommands().chain([it])) {
            assert!(text.contains(it.get_name()), "{name} does not know {}", it.get_name());
        }
        assert!(text.contains("no-history"), "{name} does not know the flags");
    }
}

/// Installs what is like the archive: the scripts with some files, among them a program that only ends.
struct Archive {
    folder: tempfile::TempDir,
}

impl Archive {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let from = |path: &str| root().join("packaging").join(path);
        let archive = Self { folder };
        for (file, to) in [
            (from("linux/install"), "install"),
            (from("linux/uninstall"), "uninstall"),
            (from("linux/netglobe.desktop"), "share/applications/netglobe.desktop"),
            (from(UNITS[0]), "share/systemd/user/netglobe-ambient.service"),
            (from("linux/uninstall"), "bin/netglobe"),
        ] {
            let to = archive.path(to);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(file, to).expect("a copy");
        }
        fs::set_permissions(archive.path("bin/netglobe"), fs::Permissions::from_mode(0o755)).expect("permissions");
        archive
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn run(&self, script: &Path, prefix: &Path) -> bool {
        let mut command = process::Command::new(script);
        command.arg("--prefix").arg(prefix).current_dir(self.folder.path());
        command.output().expect("the script starts").status.success()
    }
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| [files(&path), [path].into()])
        .flatten()
        .collect()
}

#[test]
fn what_the_archive_installs_is_removed_and_nothing_else() {
    let archive = Archive::new();
    let prefix = archive.path("a prefix");
    let others = prefix.join("share/applications/other.desktop");
    fs::create_dir_all(others.parent().expect("a folder")).expect("a folder");
    fs::write(&others, "").expect("a file");
    let before = files(&prefix);

    let (install, uninstall) = (archive.path("install"), prefix.join("share/netglobe/uninstall"));
    assert!(archive.run(&install, &prefix));
    let installed = files(&prefix);
    let entry = fs::read_to_string(prefix.join("share/applications/netglobe.desktop")).expect("an entry");
    let program = format!("\"{}\"", prefix.join("bin/netglobe").display());
    assert_eq!(values(&entry, "Exec")[1], format!("{program} demo"));
    let unit = fs::read_to_string(prefix.join("share/systemd/user/netglobe-ambient.service")).expect("a unit");
    assert_eq!(values(&unit, "ExecStart"), [format!("{program} --ambient")]);

    assert!(archive.run(&install, &prefix), "an installation can be replaced");
    assert_eq!(files(&prefix), installed);
    assert!(archive.run(&uninstall, &prefix));
    assert_eq!(files(&prefix), before);

    let new = archive.path("new");
    assert!(archive.run(&install, &new) && archive.run(&archive.path("uninstall"), &new));
    assert!(!new.exists(), "the prefix was new");
}

#[test]
fn the_archive_overwrites_nothing_and_removes_nothing_outside_of_its_prefix() {
    let archive = Archive::new();
    let prefix = archive.path("prefix");
    fs::create_dir_all(prefix.join("bin")).expect("a folder");
    fs::write(prefix.join("bin/netglobe"), "another").expect("a file");
    let before = files(&prefix);
    assert!(!archive.run(&archive.path("install"), &prefix));
    assert_eq!(files(&prefix), before);
    assert!(!archive.run(&archive.path("uninstall"), &prefix), "it is not installed");

    let victim = archive.path("victim");
    fs::write(&victim, "").expect("a file");
    fs::create_dir_all(prefix.join("share/netglobe")).expect("a folder");
    for line in ["f ../victim".to_owned(), format!("f {}", victim.display()), "x bin".to_owned()] {
        fs::write(prefix.join("share/netglobe/installed-files"), format!("f bin/netglobe\n{line}\n")).expect("a list");
        assert!(!archive.run(&archive.path("uninstall"), &prefix), "{line}");
        assert!(victim.exists() && prefix.join("bin/netglobe").exists());
    }
}
