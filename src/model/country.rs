//! Names of countries, in the languages of the program. The tables are `data/places/countries.tsv` and
//! `country-names.tsv`; `data/README.md` documents how they are made.

use super::CountryIso;
use crate::language::{Language, current};
use std::{collections::HashMap, sync::LazyLock};

/// A part of a name as short as this means only a country that is called exactly that.
const SHORT: usize = 3;

/// English, German and Spanish names.
static NAMES: LazyLock<HashMap<CountryIso, [&'static str; 3]>> = LazyLock::new(|| {
    let english: HashMap<CountryIso, &str> =
        include_str!("../../data/places/countries.tsv").lines().filter_map(parse_english).collect();
    let others = include_str!("../../data/places/country-names.tsv").lines().filter_map(parse_others);
    let others: HashMap<CountryIso, [&str; 2]> = others.collect();
    let all = |(iso, english): (CountryIso, &'static str)| {
        let [german, spanish] = others.get(&iso).copied().unwrap_or([english; 2]);
        (iso, [english, german, spanish])
    };
    english.into_iter().map(all).collect()
});

/// A name, or the rest of one from the beginning of a word on, in lower case.
struct Part {
    text: String,
    is_whole: bool,
    iso: CountryIso,
}

/// The parts of all names in English, German and Spanish, each in alphabetical order.
static PARTS: LazyLock<[Vec<Part>; 3]> = LazyLock::new(|| [0, 1, 2].map(parts));

fn parts(language: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    for (iso, names) in NAMES.iter() {
        let name = names[language].to_lowercase();
        let begins = |at: usize| at == 0 || name[..at].ends_with([' ', '-', '(', '.', '\'', '’']);
        let beginnings = name.char_indices().map(|(at, _)| at).filter(|at| begins(*at));
        parts.extend(beginnings.map(|at| Part { text: name[at..].to_owned(), is_whole: at == 0, iso: *iso }));
    }
    parts.sort_unstable_by(|a: &Part, b: &Part| a.text.cmp(&b.text));
    parts
}

/// `iso2<TAB>name<TAB>…`; `None` for the header and for invalid rows.
fn parse_english(line: &'static str) -> Option<(CountryIso, &'static str)> {
    let mut columns = line.split('\t');
    Some((CountryIso::parse(columns.next()?)?, columns.next()?))
}

/// `iso2<TAB>de<TAB>es`; `None` for the header and for invalid rows.
fn parse_others(line: &'static str) -> Option<(CountryIso, [&'static str; 2])> {
    let mut columns = line.split('\t');
    Some((CountryIso::parse(columns.next()?)?, [columns.next()?, columns.next()?]))
}

/// Short name of a country in `language`; `None` for an unknown code.
#[must_use]
pub fn country_name_in(language: Language, iso: CountryIso) -> Option<&'static str> {
    NAMES.get(&iso).map(|[english, german, spanish]| language.choose(english, Some(german), Some(spanish)))
}

/// English short name of a country; `None` for an unknown code.
#[must_use]
pub fn country_name(iso: CountryIso) -> Option<&'static str> {
    country_name_in(Language::English, iso)
}

/// The countries whose name is `text`, or of which a word begins with it, in English or in the current language; regardless
/// of case, in the order of their codes.
#[must_use]
pub fn countries_named(text: &str) -> Vec<CountryIso> {
    let lower = text.trim().to_lowercase();
    let is_part = lower.chars().count() > SHORT;
    let mut languages = vec![&PARTS[0]];
    match current() {
        Language::English => {}
        Language::German => languages.push(&PARTS[1]),
        Language::Spanish => languages.push(&PARTS[2]),
    }
    let mut named = Vec::new();
    for parts in languages {
        let first = parts.partition_point(|part| part.text < lower);
        let found = parts[first..].iter().take_while(|part| part.text.starts_with(&lower));
        let is_meant = |part: &&Part| is_part || (part.is_whole && part.text == lower);
        named.extend(found.filter(is_meant).map(|part| part.iso));
    }
    named.sort_unstable_by(|a: &CountryIso, b: &CountryIso| a.as_str().cmp(b.as_str()));
    named.dedup();
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::set_for_thread;

    fn iso(code: &str) -> CountryIso {
        CountryIso::parse(code).expect("two letters")
    }

    #[test]
    fn every_country_has_a_name_in_every_language() {
        let rows = include_str!("../../data/places/country-names.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(NAMES.len(), rows.count());
        assert!(NAMES.values().flatten().all(|name| !name.is_empty()));
        for (language, expected) in
            [(Language::English, "Germany"), (Language::German, "Deutschland"), (Language::Spanish, "Alemania")]
        {
            assert_eq!(country_name_in(language, iso("DE")), Some(expected));
            assert_eq!(country_name_in(language, iso("QQ")), None);
        }
    }

    #[test]
    fn a_country_is_found_by_its_name_or_the_beginning_of_a_word_of_it() {
        set_for_thread(Language::German);
        let codes = |text: &str| countries_named(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(codes("Germany"), ["DE"]);
        assert_eq!(codes("deutschl"), ["DE"]);
        assert_eq!(codes("ALEMANIA"), [""; 0], "not in this language");
        assert_eq!(codes("united states"), codes("vereinigte staaten"));
        assert!(codes("korea").len() >= 2 && codes("united").len() >= 3);
        assert_eq!(codes("many"), [""; 0], "a word begins with it, or it is not meant");
        assert_eq!(codes("iran"), ["IR"]);
        assert_eq!(codes("fra"), [""; 0], "short texts are part of too many names");
    }
}
