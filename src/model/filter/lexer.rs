//! Splits the text of a query into words, and each word into a sign, a key, a comparison and its alternatives.
//!
//! Whitespace separates words, and `,` separates the alternatives of a word. Between a pair of `"`, all characters are
//! literal; `""` inside such a pair is a literal quote. All positions are byte offsets into the query's text, and are
//! on character boundaries because they come from `char_indices`.

use super::{QueryError, term::Addresses};
use crate::language::t;
use std::ops::Range;

/// A comparison between a key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `:`.
    Is,
    /// `:=`.
    Exactly,
    /// `<`.
    Below,
    /// `>`.
    Above,
}

/// A piece of the text without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The text without quotes.
    pub(super) text: String,
    /// Its position, including quotes.
    pub(super) span: Range<usize>,
}

/// One word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Position of the word, including its sign.
    pub(super) span: Range<usize>,
    /// Whether it is negated with `-`.
    pub(super) is_negated: bool,
    /// Key and comparison; `None` for a bare word.
    pub(super) key: Option<(Piece, Comparison)>,
    /// The values to compare with: one or more, each possibly empty.
    pub(super) alternatives: Vec<Piece>,
}

/// The words of `text`, in order.
pub(super) fn split(text: &str) -> Result<Vec<Word>, QueryError> {
    let mut words = Vec::new();
    let mut position = 0;
    while let Some(start) = text[position..].find(|c: char| !c.is_whitespace()).map(|offset| position + offset) {
        let end = word_end(text, start)?;
        words.push(split_word(text, start..end)?);
        position = end;
    }
    Ok(words)
}

/// The end of the word that starts at `start`: the next whitespace outside of quotes.
fn word_end(text: &str, start: usize) -> Result<usize, QueryError> {
    let mut open_quote = None;
    for (offset, c) in text[start..].char_indices() {
        let at = start + offset;
        match (c, open_quote) {
            ('"', None) => open_quote = Some(at),
            ('"', Some(_)) => open_quote = None,
            (c, None) if c.is_whitespace() => return Ok(at),
            _ => {}
        }
    }
    match open_quote {
        None => Ok(text.len()),
        Some(at) => Err(QueryError::new(at..text.len(), t!("filter-error-open-quote"))),
    }
}

fn split_word(text: &str, span: Range<usize>) -> Result<Word, QueryError> {
    let is_negated = text[span.clone()].starts_with('-');
    let body = span.start + usize::from(is_negated)..span.end;
    if body.is_empty() {
        return Err(QueryError::new(span, t!("filter-error-word-expected")));
    }
    if is_negated && text[body.clone()].starts_with('-') {
        return Err(QueryError::new(span, t!("filter-error-double-minus")));
    }
    let (key, values) = match key_end(&text[body.clone()]) {
        None => (None, body),
        Some((length, comparison)) => {
            let key_span = body.start..body.start + length;
            if key_span.is_empty() {
                return Err(QueryError::new(span, t!("filter-error-key-expected")));
            }
            let key = Piece { text: text[key_span.clone()].to_owned(), span: key_span };
            let sign = if comparison == Comparison::Exactly { 2 } else { 1 };
            (Some((key, comparison)), body.start + length + sign..body.end)
        }
    };
    Ok(Word { span, is_negated, key, alternatives: split_alternatives(text, values) })
}

/// Length of the key at the start of `body`, and the comparison after it. Addresses (`2001:218::1`, `::1`,
/// `81.2.69.142:443`, `[fe80::1%eth0]:22`) and words whose part before the `:` cannot be a key are bare words.
fn key_end(body: &str) -> Option<(usize, Comparison)> {
    let first = body.split(',').next().unwrap_or(body);
    if Addresses::parse(first).is_some() {
        return None;
    }
    for (at, c) in body.char_indices() {
        match c {
            ':' if body[at + 1..].starts_with('=') => return Some((at, Comparison::Exactly)),
            ':' => return Some((at, Comparison::Is)),
            '<' => return Some((at, Comparison::Below)),
            '>' => return Some((at, Comparison::Above)),
            c if at == 0 && c.is_ascii_alphabetic() => {}
            c if at > 0 && (c.is_ascii_alphanumeric() || c == '_' || c == '-') => {}
            _ => return None,
        }
    }
    None
}

fn split_alternatives(text: &str, span: Range<usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut piece = Piece { text: String::new(), span: span.start..span.start };
    let mut is_quoted = false;
    let mut chars = text[span.clone()].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let at = span.start + offset;
        piece.span.end = at + c.len_utf8();
        match c {
            '"' if is_quoted && chars.next_if(|(_, next)| *next == '"').is_some() => {
                piece.span.end += 1;
                piece.text.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                piece.span.end = at;
                let next = Piece { text: String::new(), span: at + 1..at + 1 };
                pieces.push(std::mem::replace(&mut piece, next));
            }
            c => piece.text.push(c),
        }
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<(bool, Option<String>, Vec<String>)> {
        split(text)
            .expect("a text that can be split")
            .into_iter()
            .map(|word| {
                let key = word.key.map(|(key, comparison)| {
                    let sign = match comparison {
                        Comparison::Is => ":",
                        Comparison::Exactly => ":=",
                        Comparison::Below => "<",
                        Comparison::Above => ">",
                    };
                    format!("{}{sign}", key.text)
                });
                (word.is_negated, key, word.alternatives.into_iter().map(|piece| piece.text).collect())
            })
            .collect()
    }

    #[test]
    fn words_keys_and_alternatives_are_told_apart() {
        type Shape<'a> = (bool, Option<&'a str>, &'a [&'a str]);
        let cases: &[(&str, &[Shape<'_>])] = &[
            ("", &[]),
            (" \t\u{3000} ", &[]),
            ("firefox", &[(false, None, &["firefox"])]),
            ("a b", &[(false, None, &["a"]), (false, None, &["b"])]),
            ("a,b", &[(false, None, &["a", "b"])]),
            ("-a", &[(true, None, &["a"])]),
            ("port:443,80", &[(false, Some("port:"), &["443", "80"])]),
            ("age<10s", &[(false, Some("age<"), &["10s"])]),
            ("-port>1024", &[(true, Some("port>"), &["1024"])]),
            (r#"city:"New York",Rome"#, &[(false, Some("city:"), &["New York", "Rome"])]),
            (r#"operator:"A, Inc.""#, &[(false, Some("operator:"), &["A, Inc."])]),
            (r#""city:x""#, &[(false, None, &["city:x"])]),
            (r#""-x""#, &[(false, None, &["-x"])]),
            (r#"New" "York"#, &[(false, None, &["New York"])]),
            (r#""say ""hi""""#, &[(false, None, &[r#"say "hi""#])]),
            (r#""""""#, &[(false, None, &["\""])]),
            (r#"a""b"#, &[(false, None, &["ab"])]),
            ("process:=ssh,sshd", &[(false, Some("process:="), &["ssh", "sshd"])]),
            (r#"-process:="a b""#, &[(true, Some("process:="), &["a b"])]),
            ("process:==x", &[(false, Some("process:="), &["=x"])]),
            (r#"process:"=x""#, &[(false, Some("process:"), &["=x"])]),
            ("process:=", &[(false, Some("process:="), &[""])]),
            ("port:", &[(false, Some("port:"), &[""])]),
            ("port:1,", &[(false, Some("port:"), &["1", ""])]),
            ("2001:218::1", &[(false, None, &["2001:218::1"])]),
            ("::1,fe80::1", &[(false, None, &["::1", "fe80::1"])]),
            ("abcd::1", &[(false, None, &["abcd::1"])]),
            ("fd00::/8", &[(false, None, &["fd00::/8"])]),
            ("81.2.69.142:443", &[(false, None, &["81.2.69.142:443"])]),
            ("[2001:218::1]:443", &[(false, None, &["[2001:218::1]:443"])]),
            ("fe80::1%eth0", &[(false, None, &["fe80::1%eth0"])]),
            ("[fe80::1%eth0]:22,::1", &[(false, None, &["[fe80::1%eth0]:22", "::1"])]),
            ("ip:[2001:218::1]:443", &[(false, Some("ip:"), &["[2001:218::1]:443"])]),
            ("ip:2001:218::1", &[(false, Some("ip:"), &["2001:218::1"])]),
            ("-::1", &[(true, None, &["::1"])]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected
                .iter()
                .map(|(negated, key, parts)| {
                    (*negated, key.map(str::to_owned), parts.iter().map(|&p| p.to_owned()).collect::<Vec<_>>())
                })
                .collect();
            assert_eq!(shape(text), expected, "{text}");
        }
    }

    #[test]
    fn the_span_of_what_cannot_be_split_is_the_wrong_word() {
        for (text, wrong) in [
            ("a \"b c", "\"b c"),
            ("city:\"New York", "\"New York"),
            ("\"", "\""),
            ("a \"b\"\" c", "\" c"),
            (":=x", ":=x"),
            ("a - b", "-"),
            ("a --b c", "--b"),
            ("a :443", ":443"),
            ("<5", "<5"),
        ] {
            let error = split(text).expect_err(text);
            assert_eq!(&text[error.span.clone()], wrong, "{text}: {error}");
        }
    }
}
