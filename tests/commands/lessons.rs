//! Lessons from the command line: they are listed, checked with every error and its line, and given in the window.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/mod.rs"]
mod support;

use std::{fs, path::Path};
use support::{User, test_file};

#[test]
fn lessons_are_listed_and_those_that_are_built_in_have_no_errors() {
    let user = User::new();
    let list = user.run(&["lesson", "--list"]);
    assert_eq!(list.code, Some(0), "{list:?}");
    let names: Vec<&str> = list.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let folder = test_file("../data/lessons");
    let files = fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path());
    let files: Vec<String> = files.filter(|path| is_toml(path)).map(|path| path.display().to_string()).collect();
    assert_eq!(names.len(), files.len(), "{names:?}, {files:?}");
    let mut words = vec!["lesson", "--check"];
    words.extend(files.iter().map(String::as_str));
    let check = user.run(&words);
    assert_eq!(check.code, Some(0), "{check:?}");
    assert_eq!(check.stdout.matches(": no errors: ").count(), files.len(), "{check:?}");
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

#[test]
fn every_error_of_a_file_is_said_with_its_line_and_the_others_are_still_checked() {
    let user = User::new();
    let good = fs::read_to_string(test_file("../data/lessons/connection.toml")).expect("a lesson");
    let bad = good.replace("count = 12", "count = 0").replace("\"whole-earth\", { table", "\"hole-earth\", { table");
    fs::write(user.home().join("bad.toml"), bad).expect("written");
    fs::write(user.home().join("good.toml"), good).expect("written");
    let check = user.run(&["lesson", "--check", "bad.toml", "good.toml", "none.toml"]);
    assert_eq!(check.code, Some(1), "{check:?}");
    for said in [
        "bad.toml, line 16: this is no action: unknown variant",
        ": count must be from 1 to 1000",
        "cannot read the lesson none.toml",
        "2 of 3 lessons cannot be used",
    ] {
        assert!(check.stderr.contains(said), "{said}: {}", check.stderr);
    }
    assert!(check.stdout.starts_with("good.toml: no errors: "), "{}", check.stdout);
    let given = user.run(&["lesson", "bad.toml"]);
    assert_eq!(given.code, Some(2), "{given:?}");
    assert!(given.stderr.contains("bad.toml, line 16") && given.stderr.contains("and 1 more error"), "{given:?}");
    let unknown = user.run(&["lesson", "latin"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("available: connection"), "{unknown:?}");
}
