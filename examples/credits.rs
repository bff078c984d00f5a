//! Generates the credits of the libraries, which `netglobe credits` prints, from Cargo.lock and the sources of the packages.
//!
//! `cargo run --release --example credits -- OUT_DIR [--check]`
//!
//! Written to `OUT_DIR`, the root of this repository: `data/credits/libraries.txt.zst` (every package that is in the program
//! on Linux, Windows or macOS, with its licence, and each different licence text once) and
//! `tests/trust/supply_chain/others.txt` (the other packages of Cargo.lock). With `--check`, nothing is written, and it is an error
//! if one of the files differs. Cargo fetches the sources of packages of other systems if they are missing.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

type Failure = Box<dyn Error>;

const TARGETS: [&str; 6] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-pc-windows-msvc",
    "x86_64-pc-windows-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// Where the usual text of a licence is, for packages that bring none; the first one that such a package allows is used.
const USUAL: [(&str, &str, &str); 5] = [
    ("MIT", "netglobe", "LICENSE-MIT"),
    ("Apache-2.0", "netglobe", "LICENSE-APACHE"),
    ("MIT-0", "encase", "LICENSE"),
    ("BSL-1.0", "error-code", "LICENSE"),
    ("CC0-1.0", "constant_time_eq", "LICENSE-CC0"),
];

/// Names of files and folders with licence texts begin with this, or contain "license".
const BEGINNINGS: [&str; 7] = ["licen", "unlicense", "copying", "copyright", "notice", "ofl", "ufl"];
/// Folders whose content is not in the program.
const NOT_BUILT: [&str; 6] = [".github", "benches", "examples", "fuzz", "target", "tests"];
const NOT_TEXTS: [&str; 9] = ["rs", "yml", "yaml", "json", "toml", "html", "c", "h", "py"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (out, is_check) = match words.as_slice() {
        [out] => (out, false),
        [out, "--check"] => (out, true),
        _ => {
            eprintln!("usage: credits OUT_DIR [--check]");
            return ExitCode::from(2);
        }
    };
    match generate(Path::new(out), is_check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("credits: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn generate(out: &Path, is_check: bool) -> Result<(), Failure> {
    let packages = packages()?;
    let used = used()?;
    let others: Vec<String> = packages
        .keys()
        .filter(|key| !used.contains(*key))
        .map(|(name, version)| format!("{name} {version}\n"))
        .collect();
    let heading = "# Packages of Cargo.lock that are not in the program on Linux, Windows or macOS: what builds or tests it, and\n\
                   # what other systems need. Written by examples/credits.rs.\n";
    let credits = credits(&packages, &used)?;
    let compressed = zstd::bulk::compress(credits.as_bytes(), 22)?;
    println!("{} libraries, {} bytes, compressed {}", used.len(), credits.len(), compressed.len());
    let packed = out.join("data/credits/libraries.txt.zst");
    let listed = out.join("tests/trust/supply_chain/others.txt");
    let list = heading.to_owned() + &others.concat();
    if is_check {
        let tracked = zstd::stream::decode_all(fs::File::open(&packed)?)?;
        if tracked != credits.as_bytes() || fs::read_to_string(&listed)? != list {
            return Err("the credits are not those of Cargo.lock: cargo run --release --example credits -- .".into());
        }
        return Ok(());
    }
    fs::write(packed, compressed)?;
    fs::write(listed, list)?;
    Ok(())
}

type Key = (String, String);

struct Package {
    licence: String,
    authors: Vec<String>,
    address: Option<String>,
    folder: PathBuf,
}

/// The output of cargo.
fn cargo(words: &[&str]) -> Result<String, Failure> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(program).args(words).arg("--locked").output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}

/// All packages of Cargo.lock but this one, by name and version.
fn packages() -> Result<BTreeMap<Key, Package>, Failure> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version", "1"])?)?;
    let text = |package: &Value, field: &str| package[field].as_str().map(str::to_owned);
    let mut all = BTreeMap::new();
    for package in metadata["packages"].as_array().ok_or("no packages")? {
        let name = text(package, "name").ok_or("a package without a name")?;
        if package["source"].is_null() {
            continue;
        }
        let manifest = text(package, "manifest_path").ok_or("a package without a manifest")?;
        let authors = package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let read = Package {
            licence: text(package, "license").ok_or_else(|| format!("{name} names no licence"))?.replace('/', " OR "),
            // Without mail addresses.
            authors: authors.map(|author| author.split('<').next().unwrap_or(author).trim().to_owned()).collect(),
            address: text(package, "repository").or_else(|| text(package, "homepage")),
            folder: Path::new(&manifest).parent().ok_or("a manifest without a folder")?.to_owned(),
        };
        all.insert((name, text(package, "version").ok_or("a package without a version")?), read);
    }
    Ok(all)
}

/// The packages that are in the program, with all features, on one of the systems.
fn used() -> Result<BTreeSet<Key>, Failure> {
    let mut used = BTreeSet::new();
    for target in TARGETS {
        let tree = cargo(&["tree", "--edges", "normal", "--target", target, "--prefix", "none", "--format", "{p}"])?;
        for line in tree.lines() {
            let mut words = line.split(' ');
            if let (Some(name), Some(version)) = (words.next(), words.next().and_then(|word| word.strip_prefix('v')))
                && name != "netglobe"
            {
                used.insert((name.to_owned(), version.to_owned()));
            }
        }
    }
    Ok(used)
}

/// Different texts, in the order in which they were first seen.
#[derive(Default)]
struct Texts {
    numbers: BTreeMap<String, usize>,
    texts: Vec<String>,
}

impl Texts {
    /// The number of a text, from 1. Texts that differ only in spaces and line ends are the same.
    fn number(&mut self, text: &str) -> usize {
        let words: Vec<&str> = text.split_whitespace().collect();
        let next = self.texts.len() + 1;
        let number = *self.numbers.entry(words.join(" ")).or_insert(next);
        if number == next {
            self.texts.push(text.to_owned());
        }
        number
    }
}

fn credits(packages: &BTreeMap<Key, Package>, used: &BTreeSet<Key>) -> Result<String, Failure> {
    let mut texts = Texts::default();
    let mut out = String::new();
    for key in used {
        let (name, version) = key;
        let package = packages.get(key).ok_or_else(|| format!("{name} {version} is not in Cargo.lock"))?;
        let mut files = Vec::new();
        find_texts(&package.folder, false, &mut files)?;
        files.sort();
        let mut numbers = BTreeSet::new();
        for file in &files {
            numbers.insert(texts.number(&printable(&String::from_utf8_lossy(&fs::read(file)?))));
        }
        let mut named: Vec<String> = numbers.iter().map(|number| format!("text {number}")).collect();
        if !files.iter().any(|file| file.parent() == Some(&package.folder)) {
            let usual = usual_text(packages, &package.licence).ok_or_else(|| format!("{name}: no text"))??;
            named.push(format!("text {} (the usual one; the package brings none)", texts.number(&usual)));
        }
        writeln!(out, "{name} {version}\n    {}", package.licence)?;
        if !package.authors.is_empty() {
            writeln!(out, "    by {}", printable(&package.authors.join(", ")).trim())?;
        }
        if let Some(address) = &package.address {
            writeln!(out, "    {}", printable(address).trim())?;
        }
        writeln!(out, "    {}", named.join(", "))?;
    }
    for (index, text) in texts.texts.iter().enumerate() {
        write!(out, "\n==== text {} ====\n\n{text}", index + 1)?;
    }
    Ok(out)
}

/// Licence texts in a folder and those below it; all files if the folder itself is for licences.
fn find_texts(folder: &Path, is_for_licences: bool, into: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_named = BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
            || name.contains("license")
            // The licence of a font beside it.
            || path.with_extension("ttf").is_file() && name.ends_with(".txt");
        if path.is_dir() {
            if !NOT_BUILT.contains(&name.as_str()) {
                find_texts(&path, is_named, into)?;
            }
        } else if (is_named || is_for_licences) && !NOT_TEXTS.iter().any(|end| name.ends_with(&format!(".{end}"))) {
            into.push(path);
        }
    }
    Ok(())
}

/// The usual text of one of the licences; `None` if none is known.
fn usual_text(packages: &BTreeMap<Key, Package>, licence: &str) -> Option<Result<String, Failure>> {
    let ids: Vec<&str> = licence.split([' ', '(', ')']).collect();
    let (id, from, file) = USUAL.iter().find(|(id, ..)| ids.contains(id))?;
    let folder = if *from == "netglobe" {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    } else {
        packages.iter().find(|((name, _), _)| name == from)?.1.folder.clone()
    };
    let text = fs::read_to_string(folder.join(file)).map_err(Failure::from);
    Some(text.map(|text| {
        let text = printable(&text);
        if *id == "MIT" { text.replace("The netglobe authors", "the authors of the package") } else { text }
    }))
}

/// Text without control characters, spaces at line ends, and empty lines around it.
fn printable(text: &str) -> String {
    let text: String = text.replace('\t', "    ").chars().filter(|it| *it == '\n' || !it.is_control()).collect();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned() + "\n"
}
