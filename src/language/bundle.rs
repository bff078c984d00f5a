//! The texts of a language, read once from the files that are compiled into the program.

use super::{Language, Value, current};
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use std::{collections::HashMap, sync::LazyLock};

/// The files of a language: names and contents.
macro_rules! files {
    ($language:literal) => {
        &[
            ("app", include_str!(concat!("../../data/texts/", $language, "/app.ftl"))),
            ("history", include_str!(concat!("../../data/texts/", $language, "/history.ftl"))),
            ("details", include_str!(concat!("../../data/texts/", $language, "/details.ftl"))),
            ("panels", include_str!(concat!("../../data/texts/", $language, "/panels.ftl"))),
            ("actions", include_str!(concat!("../../data/texts/", $language, "/actions.ftl"))),
            ("words", include_str!(concat!("../../data/texts/", $language, "/words.ftl"))),
        ]
    };
}

/// Names and contents of the files of a language.
pub(super) fn files(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::English => files!("en"),
        Language::German => files!("de"),
        Language::Spanish => files!("es"),
    }
}

/// The texts of a language.
struct Texts {
    bundle: FluentBundle<FluentResource>,
    /// Those without values, by key.
    plain: HashMap<String, Box<str>>,
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| Texts::read(Language::English));
static GERMAN: LazyLock<Texts> = LazyLock::new(|| Texts::read(Language::German));
static SPANISH: LazyLock<Texts> = LazyLock::new(|| Texts::read(Language::Spanish));

fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::Spanish => &SPANISH,
    }
}

impl Texts {
    fn read(language: Language) -> Self {
        let locale = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Marks for the direction of text would be drawn as boxes.
        bundle.set_use_isolating(false);
        let mut keys = Vec::new();
        for (_, content) in files(language) {
            // A test reads every file; of a wrong one, the correct texts are used.
            let resource = FluentResource::try_new((*content).to_owned()).unwrap_or_else(|(resource, _)| resource);
            keys.extend(resource.entries().filter_map(|entry| match entry {
                Entry::Message(message) => Some(message.id.name.to_owned()),
                _ => None,
            }));
            bundle.add_resource_overriding(resource);
        }
        let mut texts = Self { bundle, plain: HashMap::new() };
        for key in keys {
            let mut errors = Vec::new();
            let text = texts.format(&key, None, &mut errors);
            if let (Some(text), true) = (text, errors.is_empty()) {
                texts.plain.insert(key, text.into_boxed_str());
            }
        }
        texts
    }

    fn format(
        &self,
        key: &str,
        args: Option<&FluentArgs<'_>>,
        errors: &mut Vec<fluent_bundle::FluentError>,
    ) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        Some(self.bundle.format_pattern(pattern, args, errors).into_owned())
    }
}

/// The text with this key in the current language; the key itself if there is none.
#[must_use]
pub fn text(key: &'static str) -> &'static str {
    let found = |language| texts(language).plain.get(key).map(AsRef::as_ref);
    found(current()).or_else(|| found(Language::English)).unwrap_or(key)
}

/// The text with this key in the current language, with these values in it.
#[must_use]
pub fn text_with(key: &'static str, values: &[(&'static str, Value<'_>)]) -> String {
    text_in(current(), key, values)
}

/// As [`text_with`], in `language`.
pub(super) fn text_in(language: Language, key: &'static str, values: &[(&'static str, Value<'_>)]) -> String {
    let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
    let found = |language| texts(language).format(key, Some(&args), &mut Vec::new());
    found(language).or_else(|| found(Language::English)).unwrap_or_else(|| key.to_owned())
}
