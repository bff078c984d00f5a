//! Each invariant in ARCHITECTURE.md names tests that exist, and every test is run.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The heading of the section with the table.
const SECTION: &str = "## Invariants";

/// The tree, and the texts of all sources and tests.
struct Tree {
    root: PathBuf,
    texts: Vec<(PathBuf, String)>,
}

impl Tree {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).to_owned();
        let mut texts = Vec::new();
        ["src", "tests"].iter().for_each(|folder| collect(&root.join(folder), &mut texts));
        Self { root, texts }
    }

    /// Whether one of the files below `folder`, or that file with `.rs` at its end, has a test.
    fn has_tests_in(&self, folder: &Path) -> bool {
        let file = folder.with_extension("rs");
        let mut texts = self.texts.iter().filter(|(path, _)| path.starts_with(folder) || *path == file);
        texts.any(|(_, text)| text.contains("#[test]") || text.contains("fn main()") || text.contains("proptest!"))
    }

    /// Whether what an invariant names is there: a file (`tests/sockets/live.rs`), a module with tests (`globe::arcs`, with the
    /// module of a test in it, too), or a test function.
    fn has(&self, name: &str) -> bool {
        if name.contains('/') {
            let path = self.root.join(name.split(' ').next().unwrap_or(name));
            let is_test = path.starts_with(self.root.join("tests")) && path.extension().is_some_and(|it| it == "rs");
            return path.exists() && (!is_test || self.has_tests_in(&path.with_extension("")));
        }
        let module = self.root.join("src").join(name.replace("::", "/"));
        if self.has_tests_in(&module) {
            return true;
        }
        let function = format!("fn {name}(");
        self.texts.iter().any(|(_, text)| text.contains(&function))
    }
}

fn collect(directory: &Path, texts: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a text");
            texts.push((path, text));
        }
    }
}

/// The rows of the table: what holds, and by what.
fn invariants(text: &str) -> Vec<(&str, &str)> {
    let (_, section) = text.split_once(SECTION).expect("a section with the invariants");
    let section = section.split("\n## ").next().unwrap_or(section);
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| row.trim_matches(['|', ' ']).rsplit_once(" | ").unwrap_or_else(|| panic!("two columns: {row}")))
        .collect()
}

/// What the rows name that is not there.
fn missing(tree: &Tree, rows: &[(&str, &str)]) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    for (invariant, tests) in rows {
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            missing.insert(format!("no test: {invariant}"));
        }
        let absent = names.into_iter().filter(|name| !tree.has(name));
        missing.extend(absent.map(|name| format!("{name}: {invariant}")));
    }
    missing
}

#[test]
fn each_invariant_names_tests_that_exist() {
    let tree = Tree::read();
    let text = fs::read_to_string(tree.root.join("ARCHITECTURE.md")).expect("a text");
    let rows = invariants(&text);
    assert!(rows.len() > 80, "only {} rows", rows.len());
    let missing = missing(&tree, &rows);
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_test_that_is_not_there_is_found() {
    let tree = Tree::read();
    for planted in
        ["`tests/no_such_file.rs`", "`globe::no_such_module` tests", "`no_such_function`", "somebody", "`words`, `x`"]
    {
        assert_eq!(missing(&tree, &[("it holds", planted)]).len(), 1, "{planted}");
    }
}

/// Cargo does not search the folders of `tests`.
#[test]
fn every_test_program_is_named_in_the_manifest() {
    let tree = Tree::read();
    let manifest = fs::read_to_string(tree.root.join("Cargo.toml")).expect("the manifest");
    let tests = tree.texts.iter().filter_map(|(path, _)| path.strip_prefix(tree.root.join("tests")).ok());
    // What is deeper, or in `support`, is a module of these.
    let programs: Vec<&Path> =
        tests.filter(|path| path.components().count() <= 2 && !path.starts_with("support")).collect();
    let forgotten: Vec<_> =
        programs.iter().filter(|path| !manifest.contains(&format!("path = \"tests/{}\"", path.display()))).collect();
    assert!(programs.len() >= 30 && forgotten.is_empty(), "{forgotten:?}");
}
