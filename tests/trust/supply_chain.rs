//! What the program is made of: packages of the registry, all of them credited, and nothing that runs in the kernel.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/not_run.rs"]
mod not_run;

use not_run::not_run;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// What to do if the credits are not those of Cargo.lock.
const REMEDY: &str = "renew them: cargo run --release --example credits -- .";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Packages of a lock file: `name version`, and the lines below.
fn locked(lock: &str) -> Vec<(String, Vec<&str>)> {
    let packages = lock.split("[[package]]\n").skip(1).map(|package| {
        let lines: Vec<&str> = package.lines().collect();
        let value = |key: &str| {
            let mut values = lines.iter().filter_map(|line| line.strip_prefix(key)?.strip_suffix('"'));
            values.next().unwrap_or_else(|| panic!("{package}")).to_owned()
        };
        (format!("{} {}", value("name = \""), value("version = \"")), lines)
    });
    packages.collect()
}

/// The libraries that `netglobe credits` lists, `name version`.
fn credited() -> BTreeSet<String> {
    let file = File::open(root().join("data/credits/libraries.txt.zst")).expect("the credits");
    let text = String::from_utf8(zstd::stream::decode_all(file).expect("readable")).expect("text");
    let (list, _) = text.split_once("\n==== ").expect("texts");
    list.lines().filter(|line| !line.starts_with(' ')).map(str::to_owned).collect()
}

#[test]
fn every_package_is_in_the_credits_or_known_not_to_be_in_the_program() {
    let credited = credited();
    let others = read("tests/trust/supply_chain/others.txt");
    let others: BTreeSet<String> = others.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let lock = read("Cargo.lock");
    let own = concat!("netglobe ", env!("CARGO_PKG_VERSION"));
    let locked: BTreeSet<String> =
        locked(&lock).into_iter().map(|(package, _)| package).filter(|it| it != own).collect();
    assert!(credited.len() > 400 && others.len() > 50, "{} and {}", credited.len(), others.len());
    assert!(credited.is_disjoint(&others));
    let known: BTreeSet<String> = credited.union(&others).cloned().collect();
    let missing: Vec<&String> = locked.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&locked).collect();
    assert!(missing.is_empty() && gone.is_empty(), "missing: {missing:?}, gone: {gone:?}; {REMEDY}");
}

#[test]
fn every_library_of_this_build_is_in_the_credits() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none"]);
    cargo.args(["--format", "{p}"]);
    // The packages of other builds may not have been fetched.
    if cfg!(not(feature = "window")) {
        cargo.arg("--no-default-features");
    }
    let output = cargo.output().expect("cargo runs");
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return not_run("every_library_of_this_build_is_in_the_credits", &why);
    }
    let credited = credited();
    let tree = String::from_utf8(output.stdout).expect("text");
    let mut count = 0;
    for line in tree.lines().filter(|line| !line.starts_with("netglobe ")) {
        let words: Vec<&str> = line.split(' ').collect();
        let package = format!("{} {}", words[0], words[1].trim_start_matches('v'));
        assert!(credited.contains(&package), "{package}; {REMEDY}");
        count += 1;
    }
    assert!(count > 100, "{count}");
}

#[test]
fn every_package_is_from_the_registry_and_has_a_checksum() {
    const REGISTRY: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let own = concat!("netglobe ", env!("CARGO_PKG_VERSION"));
    let lock = read("Cargo.lock");
    let packages = locked(&lock);
    assert!(packages.len() > 400, "{}", packages.len());
    for (package, lines) in packages.iter().filter(|(package, _)| package != own) {
        let has_checksum = lines.iter().any(|line| line.starts_with("checksum = \""));
        assert!(lines.contains(&REGISTRY) && has_checksum, "{package}: {lines:?}");
    }
}

#[test]
fn the_program_has_no_build_script() {
    assert!(!root().join("build.rs").exists());
    let manifest: toml::Table = read("Cargo.toml").parse().expect("TOML");
    for key in ["build", "links"] {
        assert!(!manifest["package"].as_table().expect("a table").contains_key(key), "{key}");
    }
    for key in ["build-dependencies", "patch", "replace"] {
        assert!(!manifest.contains_key(key), "{key}");
    }
}

/// Calls of the kernel that load code into it or read events of other programs, and programs that do it.
const IN_THE_KERNEL: [&str; 10] = [
    "bpf",
    "SYS_bpf",
    "init_module",
    "finit_module",
    "delete_module",
    "perf_event_open",
    "modprobe",
    "insmod",
    "bpftool",
    "kldload",
];
/// Packages that load eBPF programs or drivers, or capture packets.
const KERNEL_PACKAGES: [&str; 9] =
    ["aya", "libbpf-rs", "libbpf-sys", "redbpf", "rbpf", "pcap", "pnet", "windivert", "windivert-sys"];

/// Words of a text that are in the list.
fn in_the_kernel(text: &str) -> Vec<&str> {
    let words = text.split(|it: char| !(it.is_alphanumeric() || it == '_'));
    words.filter(|word| IN_THE_KERNEL.contains(&word.trim_start_matches("SYS_").trim_start_matches("__NR_"))).collect()
}

fn files_below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() { files_below(&path, into) } else { into.push(path) }
    }
}

#[test]
fn the_sources_load_nothing_into_the_kernel() {
    let mut files = Vec::new();
    ["src", "packaging"].iter().for_each(|folder| files_below(&root().join(folder), &mut files));
    assert!(files.len() > 100, "{}", files.len());
    for file in files {
        // Binary files have no words.
        let text = String::from_utf8_lossy(&fs::read(&file).expect("readable")).into_owned();
        assert_eq!(in_the_kernel(&text), [""; 0], "{}", file.display());
    }
    let lock = read("Cargo.lock");
    for (package, _) in locked(&lock) {
        let name = package.split(' ').next().expect("a name");
        assert!(!KERNEL_PACKAGES.contains(&name), "{package}");
    }
}

#[test]
fn what_loads_something_into_the_kernel_is_found() {
    for text in [
        "libc::syscall(libc::SYS_bpf, 5)",
        "unsafe { bpf(0, a, b) }",
        "Command::new(\"modprobe\")",
        "Command::new(\"/sbin/insmod\")",
        "syscall(SYS_finit_module, fd)",
        "rustix::system::init_module(image, c\"\")",
    ] {
        assert_eq!(in_the_kernel(text).len(), 1, "{text}");
    }
    assert_eq!(in_the_kernel("a filter: BpfProgram; no eBPF program is loaded"), [""; 0]);
}
