//! No text is missing, unused, or without its values, in any language.

use super::{Language, bundle::files};
use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser::parse,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Keys of a language, with the values in each.
fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    for (name, content) in files(language) {
        let resource = parse(*content).unwrap_or_else(|(_, errors)| panic!("{}/{name}: {errors:?}", language.code()));
        for entry in resource.body {
            match entry {
                Entry::Message(message) => {
                    let mut values = BTreeSet::new();
                    gather(message.value.as_ref().expect("a text"), &mut values);
                    let key = message.id.name.to_owned();
                    assert!(keys.insert(key.clone(), values).is_none(), "{key} twice in {}", language.code());
                }
                Entry::Junk { content } => panic!("{}/{name}: {content}", language.code()),
                _ => {}
            }
        }
    }
    keys
}

fn gather(pattern: &Pattern<&str>, values: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            gather_expression(expression, values);
        }
    }
}

fn gather_expression(expression: &Expression<&str>, values: &mut BTreeSet<String>) {
    let inline = match expression {
        Expression::Inline(inline) => inline,
        Expression::Select { selector, variants } => {
            variants.iter().for_each(|variant| gather(&variant.value, values));
            selector
        }
    };
    match inline {
        InlineExpression::VariableReference { id } => drop(values.insert(id.name.to_owned())),
        InlineExpression::Placeable { expression } => gather_expression(expression, values),
        _ => {}
    }
}

/// Keys that the code names, with the values that it gives.
fn used() -> BTreeMap<String, BTreeSet<String>> {
    let mut used = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                if !path.ends_with("language") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                gather_used(&fs::read_to_string(&path).expect("text"), &mut used);
            }
        }
    }
    used
}

/// Finds `t!("key", name = …)` and `text("key")`; arguments are at the depth of the call.
fn gather_used(code: &str, used: &mut BTreeMap<String, BTreeSet<String>>) {
    for (start, call) in code.match_indices("t!(") {
        let is_own = code[..start].chars().next_back().is_none_or(|before| !before.is_alphanumeric() && before != '_');
        let inner = code[start + call.len()..].trim_start();
        let Some((key, rest)) = inner.strip_prefix('"').and_then(|inner| inner.split_once('"')) else { continue };
        if !is_own || key.contains(char::is_whitespace) {
            continue;
        }
        let (mut depth, mut part, mut values) = (0_i32, String::new(), BTreeSet::new());
        let mut is_quoted = false;
        let mut note = |part: &mut String| {
            if let Some((name, _)) = part.split_once('=') {
                values.insert(name.trim().to_owned());
            }
            part.clear();
        };
        let mut previous = ' ';
        for letter in rest.chars() {
            if letter == '"' && previous != '\\' {
                is_quoted = !is_quoted;
            }
            previous = letter;
            match letter {
                _ if is_quoted => continue,
                '(' | '[' | '{' => depth += 1,
                ')' if depth == 0 => break,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    note(&mut part);
                    continue;
                }
                _ => {}
            }
            part.push(letter);
        }
        note(&mut part);
        used.entry(key.to_owned()).or_insert(values);
    }
}

#[test]
fn no_text_is_missing_or_unused() {
    let (english, used) = (keys(Language::English), used());
    assert!(used.len() > 100, "{}", used.len());
    for (key, values) in &used {
        let defined = english.get(key).unwrap_or_else(|| panic!("{key} is missing in English"));
        assert_eq!(defined, values, "values of {key}");
    }
    let unused: Vec<&String> = english.keys().filter(|key| !used.contains_key(*key)).collect();
    assert!(unused.is_empty(), "unused: {unused:?}");
}

#[test]
fn every_language_is_complete() {
    let english = keys(Language::English);
    for language in Language::ALL {
        let own = keys(language);
        let missing: Vec<&String> = english.keys().filter(|key| !own.contains_key(*key)).collect();
        let foreign: Vec<&String> = own.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(missing.is_empty() && foreign.is_empty(), "{}: {missing:?}, {foreign:?}", language.code());
        for (key, values) in own {
            assert_eq!(values, english[&key], "values of {key} in {}", language.code());
        }
    }
}

#[test]
fn values_and_plurals_are_filled_in() {
    let text = |language, count: u32| super::bundle::text_in(language, "panels-places", &[("count", count.into())]);
    assert_eq!([text(Language::English, 1), text(Language::English, 2)], ["1 place", "2 places"]);
    assert_eq!([text(Language::German, 1), text(Language::German, 12_345)], ["1 Ort", "12345 Orte"]);
}
