//! Text for users: escapes untrusted names, truncates texts, formats durations and sizes.
//!
//! Names of processes, cities and operators come from other programs and from databases. A terminal interprets control
//! characters, and in both terminal and window, bidirectional overrides and invisible characters can make a name look
//! like another one. [`escape_untrusted`] replaces all of them with visible ASCII. In JSON, names must keep their
//! value: [`escape_in_json`] writes the same characters as JSON escapes.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Escapes every control character, direction override, invisible character and line separator in `text` as `\n`, `\t`,
/// `\r` or `\u{202e}`. Everything else, including backslashes, stays; the result is one line.
#[must_use]
pub fn escape_untrusted(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_deceptive(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Escapes the same characters in a line of JSON as `\u202e`, as surrogate pairs if necessary: the JSON value stays the
/// same, and a terminal that shows the line is not deceived.
#[must_use]
pub fn escape_in_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_deceptive) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_deceptive(c) {
            // Outside of strings, a line of JSON contains none of them.
            let halves = c.encode_utf16(&mut [0; 2]).iter().map(|half| format!("\\u{half:04x}")).collect::<String>();
            escaped.push_str(&halves);
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Characters that affect the text around them or are invisible: Unicode's categories Cc, Cf, Zl and Zp, and letters
/// and marks without visible glyphs (property `Default_Ignorable_Code_Point`, Unicode 17).
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// What is wrong and what to do about it, on one line: `the disk is full; free some space`, or two sentences where `what` is
/// one. Without `remedy` only `what`.
#[must_use]
pub fn with_remedy(what: &str, remedy: &str) -> String {
    match (remedy.is_empty(), what.ends_with(['.', '!', '?'])) {
        (true, _) => what.to_owned(),
        (false, true) => format!("{what} {remedy}"),
        (false, false) => format!("{what}; {remedy}"),
    }
}

/// Truncates `text` to at most `width` terminal columns, with `…` at the end. East Asian wide characters take two
/// columns. `text` must already be escaped.
#[must_use]
pub fn ellipsize(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    if width == 0 {
        return Cow::Borrowed("");
    }
    let mut end = 0;
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(1);
        if used > width - 1 {
            break;
        }
        end = at + c.len_utf8();
    }
    // A sequence can be wider than the sum of its characters; the width of the whole counts.
    while text[..end].width() > width - 1 {
        end = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

/// Truncates or pads `text` to exactly `width` columns.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    let mut fitted = ellipsize(text, width).into_owned();
    let missing = width.saturating_sub(fitted.width());
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// Width of `text` in terminal columns.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width()
}

/// A duration in its two largest units: `340 ms`, `12 s`, `3 min 12 s`, `5 h 3 min`, `2 d 4 h`. Rounded down, so that
/// nothing looks older than it is; negative and undefined durations are 0.
#[must_use]
pub fn format_duration(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and the cast saturates")]
    let (ms, whole) = ((seconds * 1000.0) as u64, seconds as u64);
    match whole {
        0 if ms == 0 => "0 s".to_owned(),
        0 => format!("{ms} ms"),
        1..60 => format!("{whole} s"),
        60..3_600 => two_units(whole, 60, "min", 1, "s"),
        3_600..86_400 => two_units(whole, 3_600, "h", 60, "min"),
        _ => two_units(whole, 86_400, "d", 3_600, "h"),
    }
}

fn two_units(seconds: u64, large_s: u64, large: &str, small_s: u64, small: &str) -> String {
    let rest = seconds % large_s / small_s;
    if rest == 0 {
        format!("{} {large}", seconds / large_s)
    } else {
        format!("{} {large} {rest} {small}", seconds / large_s)
    }
}

/// A time in milliseconds without its unit, the format of all round-trip times: `0.045`, `0.35`, `3.6`, `64.2`, `241`.
#[must_use]
pub fn format_ms_number(ms: f32) -> String {
    // The thresholds are where rounding would add a digit.
    let decimals = match ms {
        ..0.0995 => 3,
        ..0.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{ms:.decimals$}")
}

/// The same with its unit: `3.6 ms`.
#[must_use]
pub fn format_ms(ms: f32) -> String {
    format!("{} ms", format_ms_number(ms))
}

/// A number of bytes with three digits and a decimal unit: `999 B`, `1.20 MB`, `45.3 GB`.
#[must_use]
pub fn format_bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        value /= 1000.0;
        unit = next;
        // Values that would round to 1000 use the next unit.
        if value < 999.5 {
            break;
        }
    }
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_of_json_is_the_same_text_without_deceptive_characters() {
        let name = "a\u{202e}b\u{2066}c\u{7f}d\u{9b}e\u{e0041}f \u{e9}\u{1f30d}\n\"\\";
        let line = serde_json::to_string(name).expect("text");
        let escaped = escape_in_json(&line);
        assert!(!escaped.chars().any(is_deceptive), "{escaped}");
        assert!(escaped.contains(r"\u202e") && escaped.contains(r"\udb40\udc41"), "{escaped}");
        assert!(escaped.contains('\u{e9}') && escaped.contains('\u{1f30d}'), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).expect("text"), name);
        assert!(matches!(escape_in_json("\"plain\""), Cow::Borrowed(_)));
    }

    #[test]
    fn a_round_trip_time_has_one_precision() {
        for (ms, expected) in [
            (0.005, "0.005 ms"),
            (0.0996, "0.10 ms"),
            (0.35, "0.35 ms"),
            (0.996, "1.0 ms"),
            (4.21, "4.2 ms"),
            (64.24, "64.2 ms"),
            (99.96, "100 ms"),
            (241.4, "241 ms"),
        ] {
            assert_eq!(format_ms(ms), expected);
        }
    }

    #[test]
    fn what_cannot_be_seen_or_acts_on_a_terminal_is_written_out() {
        for (raw, shown) in [
            ("firefox", "firefox"),
            (r"C:\Program Files\x.exe", r"C:\Program Files\x.exe"),
            ("Zürich 東京", "Zürich 東京"),
            ("\x1b[31mred", r"\u{1b}[31mred"),
            ("a\nb\tc\r", r"a\nb\tc\r"),
            ("\u{202e}gpj.exe", r"\u{202e}gpj.exe"),
            ("\u{2066}a\u{2069}", r"\u{2066}a\u{2069}"),
            ("pay\u{200b}pal", r"pay\u{200b}pal"),
            ("\u{feff}\u{ad}\u{7f}\u{9b}\u{2028}", r"\u{feff}\u{ad}\u{7f}\u{9b}\u{2028}"),
            ("\u{e0041}\u{3164}", r"\u{e0041}\u{3164}"),
        ] {
            assert_eq!(escape_untrusted(raw), shown);
        }
    }

    #[test]
    fn a_text_is_cut_at_columns_not_at_bytes() {
        for (text, width, cut) in [
            ("firefox", 7, "firefox"),
            ("firefox", 6, "firef…"),
            ("firefox", 1, "…"),
            ("firefox", 0, ""),
            ("東京都", 6, "東京都"),
            ("東京都", 5, "東京…"),
            ("東京都", 4, "東…"),
            ("Zürich", 3, "Zü…"),
            ("", 0, ""),
        ] {
            assert_eq!(ellipsize(text, width), cut, "{text} at {width}");
        }
        assert_eq!(fit("東京都", 4), "東… ");
        assert_eq!(fit("ab", 4), "ab  ");
    }

    #[test]
    fn a_duration_shows_its_two_largest_units() {
        for (seconds, shown) in [
            (0.0, "0 s"),
            (-5.0, "0 s"),
            (f64::NAN, "0 s"),
            (0.34, "340 ms"),
            (59.99, "59 s"),
            (60.0, "1 min"),
            (192.0, "3 min 12 s"),
            (18_200.0, "5 h 3 min"),
            (86_399.0, "23 h 59 min"),
            (187_200.0, "2 d 4 h"),
        ] {
            assert_eq!(format_duration(seconds), shown);
        }
    }

    #[test]
    fn a_size_has_three_digits() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (1_204_000, "1.20 MB"),
            (9_996, "10.0 kB"),
            (45_300_000_000, "45.3 GB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(format_bytes(bytes), shown);
        }
    }

    proptest! {
        #[test]
        fn what_was_cut_fits_and_nothing_raw_remains(text in any::<String>(), width in 0_usize..40) {
            let escaped = escape_untrusted(&text);
            prop_assert!(!escaped.chars().any(is_deceptive));
            prop_assert!(escape_untrusted(&escaped) == escaped);
            prop_assert!(ellipsize(&escaped, width).width() <= width);
            prop_assert_eq!(fit(&escaped, width).width(), width);
        }
    }
}
