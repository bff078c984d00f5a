//! Searches the system fonts for missing characters.

use bevy_egui::egui::{FontData, FontDefinitions};
use fontdb::{Database, FaceInfo, Stretch, Style};
use skrifa::{FontRef, MetadataProvider};
use std::{borrow::Cow, env};

/// Maximum size of a font file, which also limits memory use.
const MAX_FONT_BYTES: usize = 64 << 20;

/// Words in family names that are unsuitable for body text, so they are used only as a last resort.
const UNUSUAL: [&str; 12] = [
    "Serif", "Song", "Ming", "Mincho", "Batang", "Myungjo", "Nastaliq", "Kufi", "Mono", "Display", "Looped", "Unifont",
];

/// Result of a search.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Fonts to add, with their names.
    pub(super) fonts: Vec<(String, FontData)>,
    /// Characters that no font has.
    pub(super) undrawable: Vec<char>,
}

/// Searches the system fonts for wanted characters that the current fonts lack.
pub(super) fn search(wanted: &[char], in_force: &FontDefinitions) -> Found {
    let mut missing = wanted.to_vec();
    for font in in_force.font_data.values() {
        missing.retain(|&c| !has(&font.font, font.index, c));
    }
    if missing.is_empty() {
        return Found::default();
    }
    let mut system = Database::new();
    system.load_system_fonts();
    search_in(&system, missing, &language(|name| env::var(name).ok()))
}

/// Fonts of `system` that together cover as many of the missing characters as possible.
fn search_in(system: &Database, mut missing: Vec<char>, language: &str) -> Found {
    let mut faces: Vec<(&FaceInfo, Vec<char>)> = system
        .faces()
        .filter_map(|face| {
            let had = system.with_face_data(face.id, |data, index| covered(data, index, &missing))?;
            (!had.is_empty()).then_some((face, had))
        })
        .collect();
    // Among equals, prefer the one that suits body text.
    faces.sort_by_cached_key(|(face, _)| rank(face, language));
    let mut found = Found::default();
    while !missing.is_empty() {
        let count = |had: &[char]| had.iter().filter(|c| missing.contains(c)).count();
        let best = faces.iter().map(|(face, had)| (count(had), *face)).rev().max_by_key(|(count, _)| *count);
        let Some((1.., face)) = best else { break };
        let had = faces.iter().find(|(other, _)| other.id == face.id).map(|(_, had)| had.clone()).unwrap_or_default();
        faces.retain(|(other, _)| other.id != face.id);
        if let Some(data) = system.with_face_data(face.id, font_data) {
            missing.retain(|c| !had.contains(c));
            found.fonts.push((format!("{}, {}", face.post_script_name, face.index), data));
        }
    }
    found.undrawable = missing;
    found
}

/// The characters that a face covers; none if its file is too large or invalid.
fn covered(data: &[u8], index: u32, characters: &[char]) -> Vec<char> {
    if data.len() > MAX_FONT_BYTES {
        return Vec::new();
    }
    characters.iter().copied().filter(|&c| has(data, index, c)).collect()
}

/// Whether a face has an outline for a character; bitmaps are not supported.
fn has(data: &[u8], index: u32, c: char) -> bool {
    let Ok(font) = FontRef::from_index(data, index) else { return false };
    font.charmap().map(c).is_some_and(|glyph| glyph.to_u32() != 0 && font.outline_glyphs().get(glyph).is_some())
}

/// A copy of a font that lives until the program ends: the overlay would copy owned data twice.
fn font_data(data: &[u8], index: u32) -> FontData {
    let kept: &'static [u8] = Box::leak(data.into());
    FontData { font: Cow::Borrowed(kept), index, ..FontData::from_static(kept) }
}

/// How unsuitable a face is for body text; lower is better.
fn rank(face: &FaceInfo, language: &str) -> (bool, bool, bool, u16, String) {
    let family = face.families.first().map_or("", |(name, _)| name.as_str());
    // In families for several languages that draw the same characters differently, the name ends with the language.
    let is_foreign = family.contains(" CJK ") && !family.ends_with(language);
    let is_unusual = face.monospaced || UNUSUAL.iter().any(|word| family.contains(word));
    let is_slanted = face.style != Style::Normal || face.stretch != Stretch::Normal;
    (is_slanted, is_unusual, is_foreign, face.weight.0.abs_diff(400), family.to_owned())
}

/// The user's language, as it appears in family names.
fn language(variable: impl Fn(&str) -> Option<String>) -> String {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| variable(name).filter(|it| !it.is_empty()));
    let locale = locale.unwrap_or_default();
    let name = match locale.get(..2) {
        Some("ja") => "JP",
        Some("ko") => "KR",
        Some("zh") if locale.contains("HK") => "HK",
        Some("zh") if locale.contains("TW") => "TC",
        _ => "SC",
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui;

    /// A system that only has the built-in fonts.
    fn system() -> Database {
        let mut system = Database::new();
        for font in ui::fonts(&[]).font_data.values() {
            system.load_font_data(font.font.to_vec());
        }
        assert!(system.len() >= 3, "{} fonts", system.len());
        system
    }

    #[test]
    fn a_font_that_has_a_character_is_found_and_a_character_that_none_has_is_told() {
        let found = search_in(&system(), vec!['é', 'ж', '→', '浏', 'ก'], "SC");
        assert!(!found.fonts.is_empty() && found.fonts.len() <= 2, "{} fonts", found.fonts.len());
        let has_one = |c| found.fonts.iter().any(|(_, font)| has(&font.font, font.index, c));
        assert!(['é', 'ж', '→'].into_iter().all(has_one), "{:?}", found.undrawable);
        assert_eq!(found.undrawable, ['浏', 'ก']);
    }

    #[test]
    fn what_the_fonts_in_force_have_is_not_searched() {
        let found = search(&['é', '→', '…'], &ui::fonts(&[]));
        assert!(found.fonts.is_empty() && found.undrawable.is_empty(), "{found:?}");
    }

    #[test]
    fn a_file_that_is_no_font_has_nothing() {
        assert!(!has(b"no font", 0, 'a') && covered(&[], 0, &['a']).is_empty());
    }

    #[test]
    fn the_language_of_the_person_decides_between_fonts_for_several() {
        for (variables, expected) in [
            (&[("LANG", "ja_JP.UTF-8")][..], "JP"),
            (&[("LANG", "ko_KR"), ("LC_ALL", "zh_TW.UTF-8")], "TC"),
            (&[("LANG", "zh_HK")], "HK"),
            (&[("LANG", "C")], "SC"),
            (&[], "SC"),
        ] {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(language(variable), expected, "{variables:?}");
        }
    }
}
