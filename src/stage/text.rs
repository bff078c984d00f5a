//! Masks sentences: addresses, paths, and names of this computer and its user in them.

use super::Mask;
use std::{
    borrow::Cow,
    env, fs,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    ops::Range,
};

/// Paths that are the same on every computer.
const PUBLIC_PATHS: [&str; 5] = ["/proc", "/sys", "/dev", "/etc", "/usr"];
/// Names that are shorter would be found in other words.
const SHORTEST_NAME: usize = 3;
/// Names that many computers have.
const COMMON_NAMES: [&str; 4] = ["root", "user", "localhost", "host"];

/// The machine ID (`machine-id(5)`), 128 bits.
pub(super) fn machine_key() -> Option<[u8; 16]> {
    let id = ["/etc/machine-id", "/var/lib/dbus/machine-id"].iter().find_map(|path| fs::read_to_string(path).ok())?;
    let bits = u128::from_str_radix(id.trim(), 16).ok().filter(|bits| *bits != 0)?;
    Some(bits.to_le_bytes())
}

/// A key from the system's random numbers.
pub(super) fn random_key() -> [u8; 16] {
    // Each state has keys of its own.
    let number = || u128::from(RandomState::new().hash_one(0_u8));
    (number() << 64 | number()).to_le_bytes()
}

/// Names of the user and of this computer, with their kinds.
pub(super) fn own_names() -> Vec<(String, &'static str)> {
    let users = ["USER", "LOGNAME", "USERNAME"].iter().filter_map(|name| env::var(name).ok());
    let directory = env::home_dir().and_then(|home| Some(home.file_name()?.to_str()?.to_owned()));
    let mut names: Vec<_> = users.chain(directory).map(|name| (name, "user")).collect();
    if let Ok(host) = sysinfo::System::host_name() {
        let short = host.split('.').next().unwrap_or_default().to_owned();
        names.extend([(host, "host"), (short, "host")]);
    }
    // As they are looked for.
    names.iter_mut().for_each(|(name, _)| *name = name.to_lowercase());
    names.retain(|(name, _)| name.chars().count() >= SHORTEST_NAME && !COMMON_NAMES.contains(&name.as_str()));
    names.sort_unstable();
    names.dedup();
    names
}

/// See [`Mask::text`].
pub(super) fn masked<'a>(mask: &Mask, names: &[(String, &'static str)], text: &'a str) -> Cow<'a, str> {
    let mut parts: Vec<(Range<usize>, String)> = Vec::new();
    paths(text, |range, path| parts.push((range, mask.name("path", path))));
    addresses(text, |range, ip| parts.push((range, mask.ip(ip).to_string())));
    let lower = text.to_lowercase();
    if lower.len() == text.len() {
        for (name, kind) in names {
            for (start, _) in lower.match_indices(name.as_str()) {
                let range = start..start + name.len();
                if is_whole(&lower, &range) {
                    parts.push((range, mask.name(kind, name)));
                }
            }
        }
    }
    if parts.is_empty() {
        return Cow::Borrowed(text);
    }
    // The widest first of those that begin at one place.
    parts.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let (mut masked, mut done) = (String::new(), 0);
    for (range, substitute) in parts {
        if range.start >= done {
            masked.push_str(&text[done..range.start]);
            masked.push_str(&substitute);
            done = range.end;
        }
    }
    masked.push_str(&text[done..]);
    Cow::Owned(masked)
}

/// Whether no letter or digit precedes or follows.
fn is_whole(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    ![before, after].into_iter().flatten().any(char::is_alphanumeric)
}

/// Absolute paths: from a slash, a tilde or the letter of a drive that begins a word to the end of the word, which a comma,
/// semicolon, quotation mark or bracket ends, too. Spaces in a path are followed while the path goes on with a slash later.
fn paths(text: &str, mut found: impl FnMut(Range<usize>, &str)) {
    let mut from = 0;
    for (start, _) in text.char_indices() {
        let begins = text[..start].chars().next_back().is_none_or(|before| " \"'(=:,;`\n".contains(before));
        if start < from || !begins || !is_absolute(&text[start..]) {
            continue;
        }
        let path = text[start..start + path_length(&text[start..])].trim_end_matches([':', '.']);
        let is_public = PUBLIC_PATHS
            .iter()
            .any(|public| path.strip_prefix(public).is_some_and(|inner| inner.is_empty() || inner.starts_with('/')));
        if path.len() > 1 && !is_public {
            found(start..start + path.len(), path);
        }
        from = start + path.len();
    }
}

/// Whether a word begins like an absolute path: `/a`, `~/a`, `C:\a`, `C:/a`, `\\server`.
fn is_absolute(word: &str) -> bool {
    let mut letters = word.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some('/'), ..) | (Some('~'), Some('/' | '\\'), _) | (Some('\\'), Some('\\'), Some(_)) => true,
        (Some('~'), None, _) => true,
        (Some(drive), Some(':'), Some('/' | '\\')) => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// The length of the path with which `text` begins, in bytes.
fn path_length(text: &str) -> usize {
    let end = text.find(['"', '\'', ',', ';', ')', '`', '\n']).unwrap_or(text.len());
    let mut words = text[..end].split(' ').scan(0, |from, word| {
        let start = std::mem::replace(from, *from + word.len() + 1);
        Some((start, word))
    });
    let mut length = words.next().map_or(0, |(_, word)| word.len());
    // A colon or full stop at the end of a word ends the path.
    let ends = |length: usize| text[..length].ends_with([':', '.']);
    for (start, word) in words {
        if length < 2 || ends(length) || is_absolute(word) {
            break;
        }
        if word.contains(['/', '\\']) {
            length = start + word.len();
        } else if word.ends_with([':', '.']) {
            break;
        }
    }
    length
}

/// Addresses, alone or with a port.
fn addresses(text: &str, mut found: impl FnMut(Range<usize>, IpAddr)) {
    let is_part = |letter: char| letter.is_ascii_hexdigit() || letter == ':' || letter == '.';
    let mut from = 0;
    while let Some(start) = text[from..].find(is_part).map(|at| from + at) {
        let length = text[start..].find(|letter| !is_part(letter)).unwrap_or(text.len() - start);
        let word = text[start..start + length].trim_end_matches(['.', ':']);
        let alone = word.parse().map(|ip| (word.len(), ip)).ok();
        let with_port = || {
            let (ip, port) = word.rsplit_once(':')?;
            port.parse::<u16>().ok()?;
            Some((ip.len(), ip.parse().ok()?))
        };
        // "::" alone, and hexadecimal words, are no addresses.
        if let Some((length, ip)) = alone.or_else(with_port).filter(|(length, _)| *length > 2) {
            found(start..start + length, ip);
        }
        from = start + length;
    }
}
