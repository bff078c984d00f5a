//! Parses a source file into tokens, without comments and string contents, and separates code that is compiled only for
//! tests.

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

/// A token with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// An identifier without `r#`, a lifetime, a punctuation character, `::`, or a bracket; a literal is `"…"`.
    pub text: String,
    /// Line number, from 1.
    pub line: usize,
}

/// The tokens of a file.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Tokens of the program.
    pub code: Vec<Token>,
    /// Tokens that are compiled only for tests.
    pub tests: Vec<Token>,
    /// Modules in separate files that are only for tests.
    pub test_modules: Vec<String>,
}

impl Source {
    /// Parses a file.
    pub fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut source = Self::default();
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at..];
            if is(rest, 0, "#") && is(rest, 1, "[") {
                let begin = after(rest, 1);
                if is_cfg_test(&rest[2..begin - 1]) {
                    let end = item_end(rest, begin);
                    let item = &rest[begin..end];
                    source.test_modules.extend(file_module(item));
                    source.tests.extend_from_slice(item);
                    at += end;
                    continue;
                }
            }
            source.code.push(rest[0].clone());
            at += 1;
        }
        source
    }
}

/// All tokens, without comments.
fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let (mut at, mut line, mut colon_ends) = (0, 1, None);
    for token in tokenize(text, FrontmatterAllowed::No) {
        let begin = at;
        at += token.len as usize;
        let own = &text[begin..at];
        let is_second_colon = own == ":" && colon_ends.take() == Some(begin);
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => {}
            _ if is_second_colon => found.last_mut().expect("the first colon").text.push(':'),
            TokenKind::Literal { .. } => found.push(Token { text: "\"…\"".to_owned(), line }),
            TokenKind::Unknown => panic!("line {line}: {own:?} is not Rust"),
            _ => found.push(Token { text: own.strip_prefix("r#").unwrap_or(own).to_owned(), line }),
        }
        if own == ":" && !is_second_colon {
            colon_ends = Some(at);
        }
        line += own.matches('\n').count();
    }
    found
}

fn is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

/// The index after the token here, or after the bracket that closes it.
fn after(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.checked_sub(1).expect("brackets in pairs"),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    panic!("line {}: a bracket is not closed", tokens[at].line)
}

/// Whether an attribute restricts its item to tests.
fn is_cfg_test(attribute: &[Token]) -> bool {
    is(attribute, 0, "cfg") && is(attribute, 1, "(") && needs_test(&attribute[2..attribute.len() - 1])
}

/// Whether a condition requires tests: `test`, or `all(…, test, …)`.
fn needs_test(condition: &[Token]) -> bool {
    if is(condition, 0, "all") && is(condition, 1, "(") {
        let mut at = 2;
        while at < condition.len() - 1 {
            let mut end = at;
            while end < condition.len() - 1 && !is(condition, end, ",") {
                end = after(condition, end);
            }
            if needs_test(&condition[at..end]) {
                return true;
            }
            at = end + 1;
        }
        return false;
    }
    condition.len() == 1 && is(condition, 0, "test")
}

/// The index after the item, statement or field that begins here, with its attributes. If its end is ambiguous, an earlier
/// one: the rest then counts as code of the program.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    const BEFORE: [&str; 5] = ["pub", "unsafe", "async", "extern", "default"];
    const TO_SEMICOLON: [&str; 5] = ["use", "let", "static", "const", "type"];
    const WITH_COMMAS: [&str; 7] = ["fn", "impl", "struct", "enum", "trait", "union", "mod"];
    let is_in = |words: &[&str], kind: Option<&str>| kind.is_some_and(|kind| words.contains(&kind));
    let mut kind: Option<&str> = None;
    while let Some(token) = tokens.get(at) {
        let text = token.text.as_str();
        // The end of what is around it.
        if matches!(text, ")" | "]" | "}") {
            break;
        }
        if text == "#" && kind.is_none() {
            at = after(tokens, at + 1);
            continue;
        }
        if is_word(text) {
            let is_const_fn = kind == Some("const") && (text == "fn" || BEFORE.contains(&text));
            if is_const_fn {
                kind = Some("fn");
            } else if kind.is_none() && !BEFORE.contains(&text) {
                kind = Some(text);
            }
        }
        let ends = text == ";"
            || text == "{" && !is_in(&TO_SEMICOLON, kind)
            || text == "," && !is_in(&TO_SEMICOLON, kind) && !is_in(&WITH_COMMAS, kind);
        at = after(tokens, at);
        if ends {
            break;
        }
    }
    at
}

/// The name of the module if an item is `mod name;`.
fn file_module(item: &[Token]) -> Option<String> {
    let [.., word, name, end] = item else { return None };
    (word.text == "mod" && end.text == ";").then(|| name.text.clone())
}

/// A path in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// `["crate", "model", "Connection"]`; the last part may be `*`, or `as` if the path is renamed.
    pub parts: Vec<String>,
    /// Line number, from 1.
    pub line: usize,
}

/// All paths with two or more parts, and all imports; each with the inline modules around it, outermost first.
pub fn paths(tokens: &[Token]) -> Vec<(Path, Vec<String>)> {
    let mut found = Vec::new();
    // Names of the enclosing modules, and the depth of braces at which each ends.
    let (mut around, mut depth): (Vec<(String, usize)>, usize) = (Vec::new(), 0);
    let mut at = 0;
    while at < tokens.len() {
        let text = tokens[at].text.as_str();
        let modules = || around.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        match text {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                around.retain(|(_, ends)| *ends <= depth);
            }
            "mod" if tokens.get(at + 2).is_some_and(|token| token.text == "{") => {
                around.push((tokens[at + 1].text.clone(), depth + 1));
            }
            "use" if tokens.get(at + 1).is_some_and(|token| token.text != "<") => {
                let mut trees = Vec::new();
                at = use_tree(tokens, at + 1, &[], &mut trees);
                let modules = modules();
                found.extend(trees.into_iter().map(|path| (path, modules.clone())));
                continue;
            }
            _ if is_word(text) && tokens.get(at + 1).is_some_and(|token| token.text == "::") => {
                let (path, next) = path(tokens, at);
                if path.parts.len() > 1 {
                    found.push((path, modules()));
                }
                at = next;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The path that starts here, and the index after it.
fn path(tokens: &[Token], mut at: usize) -> (Path, usize) {
    let mut path = Path { parts: vec![tokens[at].text.clone()], line: tokens[at].line };
    while let [sign, word, ..] = &tokens[at + 1..]
        && sign.text == "::"
        && is_word(&word.text)
    {
        path.parts.push(word.text.clone());
        at += 2;
    }
    (path, at + 1)
}

/// The paths of a `use` tree that starts here, and the index after it.
fn use_tree(tokens: &[Token], mut at: usize, before: &[String], into: &mut Vec<Path>) -> usize {
    if tokens[at].text == "::" {
        at += 1;
    }
    let line = tokens[at].line;
    let mut parts = before.to_vec();
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "{" => {
                at += 1;
                while tokens[at].text != "}" {
                    at = use_tree(tokens, at, &parts, into);
                    if tokens[at].text == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "::" => at += 1,
            "as" => {
                parts.push("as".to_owned());
                into.push(Path { parts, line });
                return at + 2;
            }
            ";" | "," | "}" => break,
            word => {
                // `self` after a path refers to the path itself.
                if word != "self" || parts.is_empty() {
                    parts.push(word.to_owned());
                }
                at += 1;
            }
        }
    }
    into.push(Path { parts, line });
    at
}
