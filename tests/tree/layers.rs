//! Rules for the source text: which layer may use which, where sockets and databases may be opened, no `unsafe`, no
//! `unwrap`, a maximum file length, and a first sentence in each file.
//!
//! The order of the layers is read from the list at the top of `src/lib.rs`, so that it is defined once. There is one
//! stricter rule: `globe` and `ui` must not use each other. Each rule is tested with sources that violate it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "layers/tokens.rs"]
mod tokens;

use std::{collections::BTreeMap, fs, path::Path};
use tokens::{Source, Token, paths};

/// Audited files that may contain `unsafe`: handling the loss of the X server and the coming and going of monitors, changing
/// the environment before any thread reads it, mapping a file that another program could change, and what Windows and
/// macOS offer to C alone: the console, the rights of files, CPU time, a sandbox.
const AUDITED: [&str; 14] = [
    "app/awake/wayland.rs",
    "app/graphics/surface.rs",
    "app/window/display/hotplug.rs",
    "app/window/display/lost.rs",
    "app/window/environment.rs",
    "app/wallpaper/picture.rs",
    "app/wallpaper/x11.rs",
    "commands/bench/heap.rs",
    "console/windows.rs",
    "files/private/windows.rs",
    "files/signals/windows.rs",
    "geo/databases/mmap.rs",
    "sampler/cpu_time/windows.rs",
    "sandbox/seatbelt.rs",
];
const STRANGERS: [(&str, &str); 1] = [("ui", "globe")];
const MAX_LINES: usize = 500;

/// Crates that open sockets or databases, with the layer that may use them; restricted to a module if there is one.
const CRATES: [(&str, Option<&str>, &str); 4] = [
    ("rustix", Some("net"), "sampler"),
    ("netstat2", None, "sampler"),
    ("socket2", None, "sampler"),
    ("maxminddb", None, "geo"),
];
/// Types of the standard library that open sockets, under any path; only for the layer `sampler`.
const SOCKETS: [&str; 7] =
    ["TcpStream", "TcpListener", "UdpSocket", "UnixStream", "UnixListener", "UnixDatagram", "ToSocketAddrs"];
/// Crates and modules that must not be imported as a whole, because uses through another name would not be detected.
const NOT_WHOLE: [&[&str]; 7] = [
    &["std"],
    &["std", "net"],
    &["std", "os"],
    &["std", "os", "unix"],
    &["std", "os", "unix", "net"],
    &["rustix"],
    &["rustix", "net"],
];
/// Tries to open sockets, to show that the kernel refuses them.
const TRIES_SOCKETS: &str = "sandbox/probe.rs";
/// Checks whether a display responds, through a local socket.
const ASKS_DISPLAY: &str = "app/window/display";

/// Source files by their path relative to `src`, with `/` as separator.
struct Sources {
    texts: BTreeMap<String, String>,
    read: BTreeMap<String, Source>,
}

impl Sources {
    fn new(texts: BTreeMap<String, String>) -> Self {
        let read = texts.iter().map(|(name, text)| (name.clone(), Source::read(text))).collect();
        Self { texts, read }
    }

    fn planted<const N: usize>(files: [(&str, &str); N]) -> Self {
        Self::new(files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
    }

    /// The sources of the program.
    fn of_program() -> Self {
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
        Self::new(all)
    }

    /// The layers in the order of the list in `src/lib.rs`.
    fn layers(&self) -> Vec<String> {
        let library = &self.texts["lib.rs"];
        let list: String = library.lines().take_while(|line| line.starts_with("//!")).collect();
        let layers: Vec<String> = list
            .split("[`")
            .skip(1)
            .filter_map(|rest| rest.split_once("`]"))
            .map(|(name, _)| name.to_owned())
            .collect();
        let mut declared: Vec<_> =
            library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
        let mut sorted = layers.clone();
        declared.sort_unstable();
        sorted.sort_unstable();
        assert_eq!(sorted, declared, "the list of layers and the modules of src/lib.rs");
        layers
    }

    /// The non-test tokens of each file that is not only for tests.
    fn code(&self) -> impl Iterator<Item = (&String, &[Token])> {
        self.read
            .iter()
            .filter(|(name, _)| !self.is_of_tests(&module_of(name)))
            .map(|(name, source)| (name, source.code.as_slice()))
    }

    /// Whether a module or one of its parents is declared only for tests.
    fn is_of_tests(&self, module: &[String]) -> bool {
        self.read.iter().any(|(name, source)| {
            let parent = module_of(name);
            let child = module.strip_prefix(parent.as_slice()).and_then(<[String]>::first);
            child.is_some_and(|child| source.test_modules.contains(child))
        })
    }
}

/// The module path of a file: `["globe", "render", "gpu"]`; empty for the roots.
fn module_of(file: &str) -> Vec<String> {
    let parts: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    match parts.as_slice() {
        [root] if root == "lib" || root == "main" => Vec::new(),
        [module @ .., last] if last == "mod" => module.to_vec(),
        all => all.to_vec(),
    }
}

/// A path from the root of the crate; `None` for paths of other crates or of names in scope.
fn from_root(parts: &[String], module: &[String]) -> Option<Vec<String>> {
    let (first, rest) = parts.split_first()?;
    match first.as_str() {
        "crate" | "netglobe" => Some(rest.to_vec()),
        "self" | "super" => {
            let steps = parts.iter().take_while(|part| ["self", "super"].contains(&part.as_str())).count();
            let ups = parts[..steps].iter().filter(|part| *part == "super").count();
            Some([&module[..module.len().saturating_sub(ups)], &parts[steps..]].concat())
        }
        _ => None,
    }
}

/// Uses of layers that are not allowed, and the number of uses that were checked.
fn wrong_names(sources: &Sources, layers: &[String]) -> (Vec<String>, usize) {
    let rank = |name: &str| layers.iter().position(|layer| layer == name);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (name, source) in &sources.read {
        let module = module_of(name);
        // The program and the list itself are above all layers.
        let Some(layer) = module.first() else { continue };
        let Some(own) = rank(layer) else { panic!("{name} is in no layer") };
        // Tests must respect the layers, too.
        for (path, inline) in [&source.code, &source.tests].into_iter().flat_map(|tokens| paths(tokens)) {
            let around = [module.as_slice(), &inline].concat();
            let Some(target) = from_root(&path.parts, &around) else { continue };
            let line = format!("{name}:{} names {}", path.line, path.parts.join("::"));
            match target.first().map(String::as_str) {
                // Imports all layers at once.
                None | Some("*" | "as") => wrong.push(line),
                Some(other) => {
                    let Some(theirs) = rank(other) else { continue };
                    seen += 1;
                    if theirs > own || STRANGERS.contains(&(layer.as_str(), other)) {
                        wrong.push(line);
                    }
                }
            }
        }
    }
    wrong.dedup();
    (wrong, seen)
}

/// Code that opens sockets or databases, or could do so undetected, outside of the layer that may, and the number of
/// permitted uses.
fn wrong_openings(sources: &Sources) -> (Vec<String>, usize) {
    let (mut wrong, mut right) = (Vec::new(), 0);
    for (name, tokens) in sources.code() {
        let module = module_of(name);
        let layer = module.first().map_or("", String::as_str);
        let mut judge = |owner: &str, line: String| {
            if layer == owner || (owner == "sampler" && name == TRIES_SOCKETS) {
                right += 1;
            } else {
                wrong.push(line);
            }
        };
        for (path, _) in paths(tokens) {
            let parts: Vec<&str> = path.parts.iter().map(String::as_str).collect();
            let line = format!("{name}:{} names {}", path.line, parts.join("::"));
            // `use a::b`, `use a::b::*` and `use a::b as c` import all of it.
            let whole = parts.strip_suffix(&["*"]).or(parts.strip_suffix(&["as"])).unwrap_or(&parts);
            let owner = CRATES.iter().find(|(name, part, _)| {
                parts.first() == Some(name) && part.is_none_or(|part| parts.get(1) == Some(&part))
            });
            if let Some((.., owner)) = owner {
                judge(owner, line);
            } else if NOT_WHOLE.contains(&whole) {
                judge("sampler", line);
            }
        }
        let is_display = name.starts_with(ASKS_DISPLAY);
        for token in tokens.iter().filter(|token| SOCKETS.contains(&token.text.as_str())) {
            if !(is_display && token.text.starts_with("Unix")) {
                judge("sampler", format!("{name}:{} names {}", token.line, token.text));
            }
        }
    }
    (wrong, right)
}

/// Occurrences of this sequence of tokens, as `file:line: tokens`.
fn found(name: &str, tokens: &[Token], words: &[&str]) -> Vec<String> {
    let follows = |window: &[Token]| window.iter().zip(words).all(|(token, word)| token.text == *word);
    let windows = tokens.windows(words.len()).filter(|window| follows(window));
    windows.map(|window| format!("src/{name}:{}: {}", window[0].line, words.concat())).collect()
}

#[test]
fn a_layer_names_only_those_before_it() {
    let sources = Sources::of_program();
    let (wrong, seen) = wrong_names(&sources, &sources.layers());
    assert!(seen > 200, "only {seen} names were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_sampler_opens_sockets_and_only_geo_databases() {
    let (wrong, right) = wrong_openings(&Sources::of_program());
    assert!(right > 10, "only {right} names were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_name_of_a_later_layer_is_found_however_it_is_written() {
    let layers = ["model", "geo", "globe", "ui"].map(str::to_owned);
    let wrong = |file: &str, text: &str| wrong_names(&Sources::planted([(file, text)]), &layers).0;
    for (file, text) in [
        ("geo/a.rs", "use crate::ui::paint;"),
        ("geo/a.rs", "use crate::{\n    model::{a, b},\n    globe,\n};"),
        ("geo/a.rs", "fn f() { crate::ui::paint() }"),
        ("geo/a.rs", "fn f() { netglobe::ui::paint() }"),
        ("geo/a.rs", "use super::super::ui::paint;"),
        ("geo/mod.rs", "use super::ui::paint;"),
        ("geo/mod.rs", "fn f() { super::globe::draw(); }"),
        ("geo/a/b.rs", "use super::{super::super::globe::draw, c};"),
        ("geo/a.rs", "use self::super::super::ui;"),
        ("geo/a.rs", "mod inner { use super::super::super::ui::paint; }"),
        ("geo/a.rs", "mod inner { fn f() { super::super::super::ui::paint(); } }"),
        ("geo/a.rs", "#[cfg(test)]\nmod tests { use super::*; }\nuse crate::ui::paint;"),
        ("geo/a.rs", "#[cfg(test)]\nmod tests { use crate::ui::paint; }"),
        ("geo/a.rs", "use crate as all;"),
        ("geo/a.rs", "use crate::*;"),
        ("geo/a.rs", "use crate::{self as all};"),
        ("geo/a.rs", "use super::super as all;"),
        ("geo/a.rs", "macro_rules! m { () => { $crate::ui::paint() }; }"),
        ("geo/a.rs", "fn f(x: <crate::ui::A as B>::C) {}"),
        ("geo/a.rs", "type A = Vec<crate::ui::A>;"),
        ("ui/a.rs", "use crate::globe::draw;"),
    ] {
        assert_eq!(wrong(file, text).len(), 1, "{file}: {text}: {:?}", wrong(file, text));
    }
    for (file, text) in [
        ("globe/a.rs", "use crate::{geo::{A, B}, model};\npub(crate) use super::c;\npub(in crate::globe) fn f() {}"),
        ("globe/a.rs", "// crate::ui\n/// [`crate::ui`]\nconst A: &str = \"crate::ui::paint\";"),
        ("globe/a.rs", "mod ui { pub fn paint() {} }\nfn f() { ui::paint(); self::ui::paint(); }"),
        ("globe/a/b.rs", "use super::super::geo;\nuse super::{c, super::d};"),
        ("globe/a.rs", "mod tests { use super::*; use super::super::e; }"),
    ] {
        assert_eq!(wrong(file, text), [""; 0], "{file}: {text}");
    }
}

#[test]
fn an_opening_of_a_socket_or_a_database_is_found_however_it_is_written() {
    let wrong = |file: &str, text: &str| wrong_openings(&Sources::planted([(file, text)])).0;
    for text in [
        "use std::net::TcpStream;",
        "fn f() { std::net::UdpSocket::bind(a); }",
        "use std::net;\nfn f() { net::lookup(a); }",
        "use std::net::*;",
        "use std::{net as other, fs};",
        "use std::{io, net::{self, IpAddr}};",
        "use std as all;",
        "use rustix::net::socket;",
        "use rustix::{fs, net::{AddressFamily}};",
        "use rustix as all;",
        "fn f() { rustix::net::socket(a); }",
        "use netstat2::get_sockets_info;",
        "use ::netstat2::get_sockets_info;",
        "use maxminddb::Reader;",
        "fn f() { maxminddb::Reader::open(a); }",
        "fn f() { super::hidden::TcpListener::bind(a); }",
        "mod a { fn f() { super::super::net::TcpStream::connect(a); } }",
        "#[cfg(test)]\nuse a::b;\nfn f() { TcpStream::connect(a); }",
        "#[cfg(test)]\nmod tests { fn g() {} }\nfn f() { rustix::net::socket(a); }",
        "struct A {\n    #[cfg(test)]\n    a: u8,\n    b: UdpSocket,\n}",
        "#[cfg(not(test))]\nuse std::net::TcpStream;",
        "#[cfg(any(test, unix))]\nuse std::net::TcpStream;",
        "use std::os::unix::net::UnixStream;",
    ] {
        for file in ["view/a.rs", "app/mod.rs", "commands/a/b.rs", "main.rs"] {
            assert!(!wrong(file, text).is_empty(), "{file}: {text}");
        }
        let own = if text.contains("maxminddb") { "geo/a.rs" } else { "sampler/linux/a.rs" };
        assert_eq!(wrong(own, text), [""; 0], "{text}");
    }
    for text in [
        "use std::net::{IpAddr, SocketAddr};\nuse rustix::fs::open;\n// rustix::net\nconst A: &str = \"TcpStream\";",
        "#[cfg(test)]\nmod tests { use std::net::TcpListener; fn f() { rustix::net::socket(a); } }",
        "#[cfg(all(test, unix))]\nfn f() -> u8 { std::net::UdpSocket::bind(a) }\nfn g() {}",
        "#[cfg(test)]\n#[path = \"b.rs\"]\nmod b;",
    ] {
        assert_eq!(wrong("view/a.rs", text), [""; 0], "{text}");
    }
    assert_eq!(wrong("app/window/display.rs", "use std::os::unix::net::UnixStream;"), [""; 0]);
    assert_eq!(wrong("app/window/display.rs", "use std::net::TcpStream;").len(), 1);
    assert_eq!(wrong("geo/a.rs", "use netstat2::a;").len(), 1, "each has its own");
    assert_eq!(wrong("sampler/a.rs", "use maxminddb::a;").len(), 1, "each has its own");
}

#[test]
fn only_what_was_declared_for_tests_counts_as_a_test() {
    let open = "fn f() { std::net::TcpStream::connect(a); }";
    let wrong = |declared: &str| {
        let sources =
            Sources::planted([("view/mod.rs", declared), ("view/tests.rs", open), ("view/tests/deep.rs", open)]);
        wrong_openings(&sources).0.len()
    };
    assert_eq!(wrong("#[cfg(test)]\nmod tests;\npub mod other;"), 0);
    assert_eq!(wrong("mod tests;"), 2, "its name alone makes none");
    assert_eq!(wrong("#[cfg(test)]\nmod other;\nmod tests;"), 2);
}

#[test]
fn every_file_says_what_it_is_and_is_not_too_long() {
    let mut wrong = Vec::new();
    for (name, text) in Sources::of_program().texts {
        if !text.starts_with("//! ") {
            wrong.push(format!("{name} does not begin with //!"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{name} has {lines} lines"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_is_unsafe_but_what_was_audited() {
    let mut wrong = Vec::new();
    let sources = Sources::of_program();
    for (name, source) in &sources.read {
        let is_audited = AUDITED.contains(&name.as_str());
        let uses = [found(name, &source.code, &["unsafe"]), found(name, &source.tests, &["unsafe"])].concat();
        assert!(!is_audited || !uses.is_empty(), "{name} needs no audit any more");
        if !is_audited {
            wrong.extend(uses);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Code that panics on purpose, or when the graphics device is lost, or ignores a result.
const FORBIDDEN: [&[&str]; 10] = [
    &[".", "unwrap", "("],
    &[".", "expect", "("],
    &["panic", "!"],
    &["todo", "!"],
    &["unimplemented", "!"],
    &["unreachable", "!"],
    &["let", "_", "="],
    &["let", "_", ":"],
    &["create_buffer_with_data"],
    &["mapped_at_creation", ":", "true"],
];

fn forbidden(sources: &Sources) -> Vec<String> {
    let files = sources.code();
    files.flat_map(|(name, tokens)| FORBIDDEN.into_iter().flat_map(move |words| found(name, tokens, words))).collect()
}

#[test]
fn nothing_panics_on_purpose_outside_of_tests() {
    let wrong = forbidden(&Sources::of_program());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What reads the wall clock.
const WALL: [&[&str]; 4] = [
    &["SystemTime", "::", "now"],
    &["Timestamp", "::", "now"],
    &["Zoned", "::", "now"],
    &["UNIX_EPOCH", ".", "elapsed"],
];
/// What reads the monotonic clock.
const STEADY: [&[&str]; 3] = [&["Instant", "::", "now"], &["Res", "<", "'_", ",", "Time", ">"], &["Time", "<"]];

/// Which files may read a clock: the wall clock only for data time and for the age of files; the monotonic clock, in
/// code that draws, only for the clock of frames, for waiting for a picture, and for a window that waits for the display.
#[test]
fn data_time_and_motion_time_are_the_only_clocks() {
    const READ_THE_WALL_CLOCK: [&str; 3] =
        ["sampler/data_clock.rs", "geo/databases/service.rs", "geo/databases/embedded.rs"];
    const DRAWN: [&str; 5] = ["connections/", "view/", "globe/", "ui/", "app/"];
    const READ_THE_STEADY_CLOCK: [&str; 9] = [
        "app/awake/mod.rs",
        "app/awake/wayland.rs",
        "app/data/time.rs",
        "app/graphics/recovery.rs",
        "app/graphics/surface.rs",
        "app/pictures/offscreen.rs",
        "app/wallpaper/mod.rs",
        "app/wallpaper/picture.rs",
        "app/wallpaper/x11.rs",
    ];
    let mut wrong = Vec::new();
    let sources = Sources::of_program();
    for (name, tokens) in sources.code() {
        for (words, audited, is_meant) in [
            (&WALL[..], &READ_THE_WALL_CLOCK[..], true),
            (&STEADY[..], &READ_THE_STEADY_CLOCK[..], DRAWN.iter().any(|layer| name.starts_with(layer))),
        ] {
            let reads: Vec<String> =
                words.iter().filter(|_| is_meant).flat_map(|words| found(name, tokens, words)).collect();
            let is_audited = audited.contains(&name.as_str());
            assert!(!is_audited || !reads.is_empty(), "{name} reads no clock any more");
            if !is_audited {
                wrong.extend(reads);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_clock_is_found_however_it_is_written() {
    for (text, clock) in [
        ("fn f() { std::time::SystemTime::now(); }", &WALL[..]),
        ("use jiff::Timestamp as A; fn f() { jiff::Timestamp\n::now(); }", &WALL[..]),
        ("fn f() { Zoned::now(); }", &WALL[..]),
        ("fn f() { UNIX_EPOCH.elapsed(); }", &WALL[..]),
        ("fn f() { Instant :: now (); }", &STEADY[..]),
        ("fn f(time: Res<'_, Time>) {}", &STEADY[..]),
        ("fn f(time: ResMut<'_, Time<Real>>) {}", &STEADY[..]),
    ] {
        let sources = Sources::planted([("view/a.rs", text)]);
        let (name, tokens) = sources.code().next().expect("a file");
        assert_eq!(clock.iter().flat_map(|words| found(name, tokens, words)).count(), 1, "{text}");
    }
}

#[test]
fn what_panics_on_purpose_is_found_behind_tests_too() {
    for (text, count) in [
        ("fn f() { a.unwrap(); }", 1),
        ("#[cfg(test)]\nuse a::b;\nfn f() { a\n    .expect(\"b\"); }", 1),
        ("#[cfg(test)]\nmod tests { fn g() { panic!() } }\nfn f() { let _ = unreachable!(); }", 2),
        ("fn f() { a.unwrap_or(b); } // c.unwrap()\n/// panic!\nfn g() { h(\"todo!()\"); }", 0),
        ("#[cfg(test)]\nfn f() -> u8 { a.unwrap() }", 0),
        ("fn f() { device.create_buffer_with_data(&a); b(C { mapped_at_creation: true }); }", 2),
        ("#[cfg(test)]\nfn f<const N: usize>(a: B) -> &'static str { c }\nfn g() { d.unwrap() }", 1),
        ("#[cfg(test)]\nimpl A for B<'static> {}\nfn g() { d.unwrap() }", 1),
        ("#[cfg(test)]\npub const fn f() {}\nfn g() { d.unwrap() }", 1),
        ("#[cfg(test)]\nconst A: [u8; 1] = { [b.unwrap()] };\nfn f() {}", 0),
    ] {
        assert_eq!(forbidden(&Sources::planted([("view/a.rs", text)])).len(), count, "{text}");
    }
}
