//! Which language is used: the one that was asked for, or else the first of the system's languages that is available.

use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU8, Ordering};

/// A language of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    #[value(name = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    #[value(name = "de")]
    German,
    /// Spanish.
    #[serde(rename = "es")]
    #[value(name = "es")]
    Spanish,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::Spanish];

    /// ISO 639-1 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
        }
    }

    /// The language of a locale such as `de_AT.UTF-8`, `es-419` or `C`.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        let code = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        match code {
            "C" | "POSIX" => Some(Self::English),
            _ => Self::ALL.into_iter().find(|language| code.eq_ignore_ascii_case(language.code())),
        }
    }

    /// The text in this language, from a data file with translations beside the English text; the English one if there is no
    /// translation.
    #[must_use]
    pub fn choose<'a>(self, english: &'a str, german: Option<&'a str>, spanish: Option<&'a str>) -> &'a str {
        match self {
            Self::English => None,
            Self::German => german,
            Self::Spanish => spanish,
        }
        .unwrap_or(english)
    }

    /// The first language of the system that is available; English if none is.
    #[must_use]
    pub fn of_system() -> Self {
        Self::first_of(sys_locale::get_locales())
    }

    fn first_of(locales: impl IntoIterator<Item = String>) -> Self {
        locales.into_iter().find_map(|locale| Self::of_locale(&locale)).unwrap_or_default()
    }
}

static CURRENT: AtomicU8 = AtomicU8::new(0);

/// The language of all texts.
#[must_use]
pub fn current() -> Language {
    #[cfg(test)]
    if let Some(language) = OF_THREAD.get() {
        return language;
    }
    let current = usize::from(CURRENT.load(Ordering::Relaxed));
    Language::ALL.get(current).copied().unwrap_or_default()
}

#[cfg(test)]
thread_local! {
    static OF_THREAD: std::cell::Cell<Option<Language>> = const { std::cell::Cell::new(None) };
}

/// Changes the language of the texts that this thread asks for, so that tests do not disturb each other.
#[cfg(test)]
pub(crate) fn set_for_thread(language: Language) {
    OF_THREAD.set(Some(language));
}

/// Changes the language of all texts. Texts that were made before keep theirs.
pub fn set_current(language: Language) {
    CURRENT.store(language as u8, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_translated_is_english() {
        let texts = |language: Language| language.choose("English", Some("Deutsch"), None);
        assert_eq!(Language::ALL.map(texts), ["English", "Deutsch", "English"]);
    }

    #[test]
    fn the_first_available_language_of_the_system_is_chosen() {
        for (locales, expected) in [
            (&["de_AT.UTF-8", "en_GB"][..], Language::German),
            (&["fr-FR", "es-419"], Language::Spanish),
            (&["C.UTF-8", "de_DE"], Language::English),
            (&["DE"], Language::German),
            (&["den"], Language::English),
            (&[], Language::English),
        ] {
            assert_eq!(Language::first_of(locales.iter().map(ToString::to_string)), expected, "{locales:?}");
        }
        for language in Language::ALL {
            assert_eq!(Language::of_locale(language.code()), Some(language));
        }
    }
}
