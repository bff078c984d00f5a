//! Parses a source file into tokens, without comments and string contents, and separates code that is compiled only for
//! tests.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::iter::Peekable;

/// A token with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// An identifier, a punctuation character, or a bracket; a literal is `"…"`.
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
        let tokens: TokenStream = text.parse().expect("Rust");
        let mut source = Self::default();
        source.take_apart(tokens);
        source
    }

    fn take_apart(&mut self, stream: TokenStream) {
        let mut trees = stream.into_iter().peekable();
        while let Some(tree) = trees.next() {
            let is_attribute = matches!(&tree, TokenTree::Punct(sign) if sign.as_char() == '#');
            match trees.peek() {
                Some(TokenTree::Group(group)) if is_attribute && is_cfg_test(group.stream()) => {
                    trees.next();
                    let item = item(&mut trees);
                    self.test_modules.extend(file_module(&item));
                    flatten(item.into_iter().collect(), &mut self.tests);
                }
                _ => match tree {
                    TokenTree::Group(group) => {
                        let [open, close] = brackets(group.delimiter());
                        push(&mut self.code, open, group.span_open().start().line);
                        self.take_apart(group.stream());
                        push(&mut self.code, close, group.span_close().start().line);
                    }
                    other => flatten(other.into(), &mut self.code),
                },
            }
        }
    }
}

/// Whether an attribute restricts its item to tests.
fn is_cfg_test(attribute: TokenStream) -> bool {
    let mut trees = attribute.into_iter();
    let is_cfg = matches!(trees.next(), Some(TokenTree::Ident(name)) if name == "cfg");
    matches!(trees.next(), Some(TokenTree::Group(group)) if is_cfg && needs_test(group.stream()))
}

/// Whether a condition requires tests: `test`, or `all(…, test, …)`.
fn needs_test(condition: TokenStream) -> bool {
    let mut trees = condition.into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Ident(name)), None) => name == "test",
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(group))) if name == "all" => {
            let parts: Vec<TokenTree> = group.stream().into_iter().collect();
            parts.split(|tree| is_sign(tree, ',')).any(|part| needs_test(part.iter().cloned().collect()))
        }
        _ => false,
    }
}

fn is_sign(tree: &TokenTree, sign: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// The leading item, statement or field, with its attributes. If its end is ambiguous, takes less: the rest then counts
/// as code of the program.
fn item(trees: &mut Peekable<impl Iterator<Item = TokenTree>>) -> Vec<TokenTree> {
    const BEFORE: [&str; 5] = ["pub", "unsafe", "async", "extern", "default"];
    const TO_SEMICOLON: [&str; 5] = ["use", "let", "static", "const", "type"];
    const WITH_COMMAS: [&str; 7] = ["fn", "impl", "struct", "enum", "trait", "union", "mod"];
    let is_in = |words: &[&str], kind: &Option<String>| kind.as_deref().is_some_and(|kind| words.contains(&kind));
    let mut taken = Vec::new();
    let mut kind: Option<String> = None;
    while let Some(tree) = trees.next() {
        if is_sign(&tree, '#') && kind.is_none() {
            taken.push(tree);
            taken.extend(trees.next());
            continue;
        }
        if let TokenTree::Ident(name) = &tree {
            let name = name.to_string();
            let is_const_fn = kind.as_deref() == Some("const") && (name == "fn" || BEFORE.contains(&name.as_str()));
            if is_const_fn {
                kind = Some("fn".to_owned());
            } else if kind.is_none() && !BEFORE.contains(&name.as_str()) {
                kind = Some(name);
            }
        }
        let is_braces = matches!(&tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        let ends = is_sign(&tree, ';')
            || is_braces && !is_in(&TO_SEMICOLON, &kind)
            || is_sign(&tree, ',') && !is_in(&TO_SEMICOLON, &kind) && !is_in(&WITH_COMMAS, &kind);
        taken.push(tree);
        if ends {
            break;
        }
    }
    taken
}

/// The name of the module if an item is `mod name;`.
fn file_module(item: &[TokenTree]) -> Option<String> {
    let [.., TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(end)] = item else { return None };
    (word == "mod" && end.as_char() == ';').then(|| name.to_string())
}

fn flatten(stream: TokenStream, into: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let [open, close] = brackets(group.delimiter());
                push(into, open, group.span_open().start().line);
                flatten(group.stream(), into);
                push(into, close, group.span_close().start().line);
            }
            TokenTree::Literal(_) => push(into, "\"…\"", line),
            other => push(into, &other.to_string(), line),
        }
    }
}

fn push(into: &mut Vec<Token>, text: &str, line: usize) {
    // Drop the prefix of raw identifiers.
    let text = text.strip_prefix("r#").unwrap_or(text);
    match into.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if text == ":" && last.text == ":" => last.text.push(':'),
        _ => into.push(Token { text: text.to_owned(), line }),
    }
}

fn brackets(delimiter: Delimiter) -> [&'static str; 2] {
    match delimiter {
        Delimiter::Parenthesis => ["(", ")"],
        Delimiter::Brace => ["{", "}"],
        Delimiter::Bracket => ["[", "]"],
        Delimiter::None => ["", ""],
    }
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
