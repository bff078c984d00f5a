//! The rules that hold for the source as text: which layer may name which, no `unsafe`, no `unwrap`, no file that has
//! grown too long, and a first sentence in each.
//!
//! The order of the layers is read from the list at the beginning of `src/lib.rs`, so that there is one. Two pairs in it
//! are closer than the list says: `globe` and `ui` stand side by side and do not name each other.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

use std::{collections::BTreeMap, fs, path::Path};

/// What may hold `unsafe`, audited: what happens when the X server goes, changing the environment before any thread
/// reads it, and mapping a file that another program could change.
const AUDITED: [&str; 3] = ["app/display/lost.rs", "app/environment.rs", "geo/databases/mmap.rs"];
const STRANGERS: [(&str, &str); 1] = [("ui", "globe")];
const MAX_LINES: usize = 500;

/// Source files by their path below `src`, with `/` between its parts.
fn sources() -> BTreeMap<String, String> {
    fn read(directory: &Path, prefix: &str, into: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(directory).expect("readable") {
            let path = entry.expect("readable").path();
            let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
            if path.is_dir() {
                read(&path, &format!("{name}/"), into);
            } else if name.ends_with(".rs") {
                into.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    let mut all = BTreeMap::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut all);
    assert!(all.len() > 50, "only {} files were found", all.len());
    all
}

/// The layers in the order of the list in `src/lib.rs`.
fn layers(sources: &BTreeMap<String, String>) -> Vec<String> {
    let library = &sources["lib.rs"];
    let list: String = library.lines().take_while(|line| line.starts_with("//!")).collect();
    let layers: Vec<String> =
        list.split("[`").skip(1).filter_map(|rest| rest.split_once("`]")).map(|(name, _)| name.to_owned()).collect();
    let mut declared: Vec<_> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let mut sorted = layers.clone();
    declared.sort_unstable();
    sorted.sort_unstable();
    assert_eq!(sorted, declared, "the list of layers and the modules of src/lib.rs");
    layers
}

/// The code of a file without comments, texts and its tests, as far as lines tell.
fn code(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = source.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines
        .take_while(|(_, line)| *line != "#[cfg(test)]" && !line.starts_with("mod tests {"))
        .map(|(number, line)| (number, line.split_once("//").map_or(line, |(code, _)| code)))
}

/// Whether the file is compiled for tests only.
fn is_test(name: &str) -> bool {
    name.split('/').any(|part| part.trim_end_matches(".rs").starts_with("test") || part.ends_with("tests.rs"))
}

/// What a file names of the crate: the words after `crate::` or `netglobe::`, in braces too.
fn named(source: &str) -> Vec<String> {
    // Comments may name what they like; a test may not.
    let code: String = source.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code)).collect();
    let mut names = Vec::new();
    for start in ["crate::", "netglobe::"] {
        for (at, _) in code.match_indices(start) {
            let rest = &code[at + start.len()..];
            match rest.strip_prefix('{') {
                Some(list) => names.extend(first_words(list)),
                None => names.extend(word(rest)),
            }
        }
    }
    names
}

/// The first word of each item of a list in braces, whose opening brace is gone.
fn first_words(list: &str) -> Vec<String> {
    let (mut depth, mut begins, mut words) = (0, true, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && !c.is_whitespace() => {
                words.extend(word(&list[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    words
}

fn word(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

#[test]
fn a_layer_names_only_those_before_it() {
    let sources = sources();
    let layers = layers(&sources);
    let rank = |name: &str| layers.iter().position(|layer| layer == name);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (name, source) in &sources {
        let layer = name.split('/').next().expect("a part").trim_end_matches(".rs");
        // The program and the list itself stand above all.
        let Some(own) = rank(layer) else {
            assert!(matches!(layer, "main" | "lib"), "{name} is in no layer");
            continue;
        };
        for other in named(source) {
            let Some(theirs) = rank(&other) else { continue };
            seen += 1;
            if theirs > own || STRANGERS.contains(&(layer, other.as_str())) {
                wrong.push(format!("{name} names {other}"));
            }
        }
    }
    assert!(seen > 200, "only {seen} names were found");
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn names_are_found_however_they_are_written() {
    for (source, names) in [
        ("use crate::model::Connection;", &["model"][..]),
        ("use crate::{\n    geo::{GeoService, Home},\n    model::{a, b},\n    text,\n};", &["geo", "model", "text"]),
        ("fn f() { crate::ui::paint() } // crate::globe", &["ui"]),
        ("pub(crate) use netglobe::cli::Cli;", &["cli"]),
        ("pub(crate) fn f() {}", &[]),
    ] {
        assert_eq!(named(source), names, "{source}");
    }
}

#[test]
fn every_file_says_what_it_is_and_is_not_too_long() {
    let mut wrong = Vec::new();
    for (name, source) in sources() {
        if !source.starts_with("//! ") {
            wrong.push(format!("{name} does not begin with //!"));
        }
        let lines = source.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{name} has {lines} lines"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_is_unsafe_but_what_was_audited() {
    let mut wrong = Vec::new();
    for (name, source) in sources() {
        let is_audited = AUDITED.contains(&name.as_str());
        let uses: Vec<_> = code(&source)
            .filter(|(_, line)| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe"))
            .map(|(number, _)| format!("src/{name}:{number}"))
            .collect();
        assert!(!is_audited || !uses.is_empty(), "{name} needs no audit any more");
        if !is_audited {
            wrong.extend(uses);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_panics_on_purpose_outside_of_tests() {
    const FORBIDDEN: [&str; 7] =
        [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!(", "let _ ="];
    let mut wrong = Vec::new();
    for (name, source) in sources().into_iter().filter(|(name, _)| !is_test(name)) {
        for (number, line) in code(&source) {
            for word in FORBIDDEN.into_iter().filter(|word| line.contains(word)) {
                wrong.push(format!("src/{name}:{number}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where a clock may be read: the wall clock by whom data time comes from and by who tells how old a file is; the clock
/// that nobody sets, in what is drawn, by the clock of frames and by who waits for a picture.
#[test]
fn data_time_and_motion_time_are_the_only_clocks() {
    const WALL: [&str; 4] = ["SystemTime::now", "Timestamp::now", "Zoned::now", "UNIX_EPOCH.elapsed"];
    const READ_THE_WALL_CLOCK: [&str; 3] =
        ["sampler/data_clock.rs", "geo/databases/service.rs", "geo/databases/embedded.rs"];
    const STEADY: [&str; 3] = ["Instant::now", "Res<'_, Time>", "Time<"];
    const DRAWN: [&str; 5] = ["connections/", "view/", "globe/", "ui/", "app/"];
    const READ_THE_STEADY_CLOCK: [&str; 2] = ["app/time.rs", "app/offscreen.rs"];
    let mut wrong = Vec::new();
    for (name, source) in sources().into_iter().filter(|(name, _)| !is_test(name)) {
        let reads = |words: &[&str]| -> Vec<String> {
            let is_read = |line: &str| words.iter().any(|word| line.contains(word));
            code(&source).filter(|(_, line)| is_read(line)).map(|(number, _)| format!("src/{name}:{number}")).collect()
        };
        for (words, audited, is_meant) in [
            (&WALL[..], &READ_THE_WALL_CLOCK[..], true),
            (&STEADY[..], &READ_THE_STEADY_CLOCK[..], DRAWN.iter().any(|layer| name.starts_with(layer))),
        ] {
            let found = if is_meant { reads(words) } else { Vec::new() };
            let is_audited = audited.contains(&name.as_str());
            assert!(!is_audited || !found.is_empty(), "{name} reads no clock any more");
            if !is_audited {
                wrong.extend(found);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
