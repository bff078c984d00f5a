//! Replays the corpus of each fuzzing target (`fuzz/README.md`) as an ordinary test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![cfg(target_os = "linux")]

#[path = "../../fuzz/bodies/mod.rs"]
mod bodies;
#[path = "fuzz_corpus/seeds.rs"]
mod seeds;

use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

/// Limits for the files of the corpus, bytes.
const LARGEST_FILE: usize = 4096;
const LARGEST_CORPUS: usize = 300_000;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

/// The files in a folder of `fuzz`, by name.
fn files(name: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder(name)).expect(name).map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

fn names(files: &[PathBuf]) -> BTreeSet<String> {
    files.iter().map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let targets: BTreeSet<String> = bodies::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(targets.len(), bodies::ALL.len());
    assert_eq!(names(&files("fuzz_targets")), targets);
    assert_eq!(names(&files("corpus")), targets);
    let mut bodies = names(&files("bodies"));
    bodies.remove("mod");
    assert_eq!(bodies, targets);
    assert!(names(&files("dictionaries")).is_subset(&targets));
    let manifest = fs::read_to_string(folder("Cargo.toml")).expect("readable");
    assert!(
        targets.iter().all(|name| manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")))
    );
}

#[test]
fn the_corpus_passes() {
    let (mut bytes, mut failed) = (0, Vec::new());
    for (name, run) in bodies::ALL {
        let files = files(&format!("corpus/{name}"));
        assert!(!files.is_empty(), "{name} has no corpus");
        for path in files {
            let data = fs::read(&path).expect("readable");
            assert!(data.len() <= LARGEST_FILE, "{} has {} bytes", path.display(), data.len());
            bytes += data.len();
            if catch_unwind(|| run(&data)).is_err() {
                failed.push(path.display().to_string());
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(bytes <= LARGEST_CORPUS, "the corpus has {bytes} bytes");
}

/// The inputs with which fuzzing begins are made by the program itself. To write them anew:
/// `cargo test --test fuzz_corpus -- --ignored`.
#[test]
#[ignore = "it writes into the sources"]
fn seeds_are_written() {
    for (target, name, data) in seeds::all() {
        assert!(data.len() <= LARGEST_FILE, "{target}/{name} has {} bytes", data.len());
        let folder = folder("corpus").join(target);
        fs::create_dir_all(&folder).expect("writable");
        fs::write(folder.join(name), data).expect("writable");
    }
}
