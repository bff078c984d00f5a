//! Tests of dots: which exist, where they are, and which are written.

use super::{super::slack::LOOKS, *};
use crate::{geodesy::LatLng, model::Group, view::Groups};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn entity(number: u32) -> Entity {
    Entity::from_raw_u32(number).expect("a number")
}

fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
    LatLng::from_degrees(lat_deg, lng_deg).expect("valid")
}

fn end(place: impl Into<ArcEnd>, is_lit: bool) -> DotEnd {
    let (at, mark) = (place.into(), PlaceMark::City);
    DotEnd { at, mark, radius_km: None, group: GroupId::UNKNOWN, color: [1, 2, 3], is_lit, opened_ms: None }
}

fn kind(dots: &DotStore) -> u32 {
    dots.instances.as_slice()[0].radius_and_kind >> 16
}

#[test]
fn ends_in_one_place_share_a_dot_that_grows_and_goes_with_the_last() {
    let mut dots = DotStore::default();
    for number in 1..=5 {
        dots.set(entity(number), end(at(51.5, -0.1), true));
    }
    dots.set(entity(9), end(at(-33.9, 151.2), true));
    assert_eq!(dots.len(), 2);
    let size = |dots: &DotStore| dots.instances.as_slice()[0].radius_and_kind;
    let five = size(&dots);
    dots.remove(entity(1));
    assert!(size(&dots) < five);
    for number in 2..=5 {
        dots.remove(entity(number));
    }
    assert_eq!((dots.len(), dots.instances.live()), (1, 1));
}

#[test]
fn after_a_burst_every_dot_and_home_are_still_where_they_were() {
    let mut dots = DotStore::default();
    let place = |number: u32| at(f64::from(number % 80), f64::from(number / 80));
    (1..=4_000).for_each(|number| dots.set(entity(number), end(place(number), true)));
    dots.set_home(Some(Vec3::X));
    let home = *dots.instances.get(4_000).expect("behind all dots");
    (1..4_000).filter(|number| number % 1_000 != 0).for_each(|number| dots.remove(entity(number)));
    (0..LOOKS).for_each(|_| dots.tidy());
    let shown = dots.instances.as_slice();
    assert_eq!((shown.len(), dots.len()), (5, 4));
    assert!(dots.slots.capacity() < 64 && dots.cells.capacity() < 64, "{}", dots.slots.capacity());
    for number in [1_000, 2_000, 3_000, 4_000] {
        let slot = dots.slots[&CellKey::Place(place(number).cell())];
        assert_eq!(shown[slot as usize].direction, pack_direction(place(number).to_unit().as_vec3()));
    }
    assert_eq!(dots.home.and_then(|slot| dots.instances.get(slot)), Some(&home));
    dots.set_home(Some(Vec3::Y));
    dots.remove(entity(3_000));
    assert_eq!((dots.len(), dots.instances.live()), (3, 4));
}

#[test]
fn a_dot_of_which_nothing_matches_is_faint() {
    let mut dots = DotStore::default();
    dots.set(entity(1), end(at(1.0, 1.0), false));
    assert!(!dots.lit.get(0));
    dots.set(entity(2), end(at(1.0, 1.0), true));
    assert!(dots.lit.get(0));
    dots.set(entity(2), end(at(1.0, 1.0), false));
    assert!(!dots.lit.get(0));
    dots.set_home(None);
    assert!(dots.lit.get(1) && dots.relight(false, |_| true) && dots.lit.get(0));
    dots.remove(entity(1));
    dots.remove(entity(2));
    assert!(!dots.lit.get(0), "its slot is free");
}

proptest! {
    #[test]
    fn dots_after_any_changes_of_the_filter_are_those_that_were_set_so(
        steps in proptest::collection::vec((0..40u32, 0..7u32, 0..3u32, prop::bool::ANY), 0..120),
    ) {
        let mut dots = DotStore::default();
        let mut expected: BTreeMap<u32, DotEnd> = BTreeMap::new();
        let mut hides_rest = false;
        for (number, step, place, flag) in steps {
            let mark = if number % 2 == 0 { PlaceMark::City } else { PlaceMark::Anycast };
            match step {
                0 => {
                    dots.remove(entity(number));
                    expected.remove(&number);
                }
                1 => {
                    let is_lit = |number: u32| number.is_multiple_of(place + 1) == flag;
                    dots.relight(hides_rest, |entity| is_lit(entity.index_u32()));
                    expected.iter_mut().for_each(|(number, end)| end.is_lit = is_lit(*number));
                }
                2 => {
                    hides_rest = flag;
                    dots.relight(hides_rest, |entity| expected.get(&entity.index_u32()).is_some_and(|end| end.is_lit));
                }
                _ => {
                    let end = DotEnd { mark, ..end(at(f64::from(place) * 9.0, 1.0), flag) };
                    dots.set(entity(number), end);
                    expected.insert(number, end);
                }
            }
            // The same, set at once.
            let mut anew = DotStore::default();
            let is_shown = |end: &&DotEnd| end.is_lit || !hides_rest;
            for (number, end) in expected.iter().filter(|(_, end)| is_shown(end)) {
                anew.set(entity(*number), *end);
            }
            let seen = |dots: &DotStore| {
                let drawn = (0..).zip(dots.instances.as_slice());
                let drawn = drawn.filter(|(slot, dot)| dot.radius_and_kind > 0 && (dots.lit.get(*slot) || !dots.hides_rest));
                let mut drawn: Vec<_> = drawn
                    .map(|(slot, dot)| (dot.direction, dot.radius_and_kind, dot.color, dots.lit.get(slot)))
                    .collect();
                drawn.sort_unstable();
                drawn
            };
            prop_assert_eq!(seen(&dots), seen(&anew));
            prop_assert_eq!(dots.len(), anew.len());
        }
    }
}

#[test]
fn a_dot_shows_what_must_be_known_of_first_and_no_longer_than_it_is_so() {
    let mut dots = DotStore::default();
    let marks = [(1, PlaceMark::Country), (2, PlaceMark::City), (3, PlaceMark::Anycast), (4, PlaceMark::Impossible)];
    let kinds = [mark::COUNTRY, 0, mark::ANYCAST, mark::IMPOSSIBLE];
    for ((number, mark), kind_shown) in marks.into_iter().zip(kinds) {
        dots.set(entity(number), DotEnd { mark, ..end(at(1.0, 1.0), true) });
        assert_eq!(kind(&dots), kind_shown);
    }
    assert_eq!(dots.instances.as_slice()[0].color, pack_color(Palette::STANDARD.doubt, 255));
    dots.remove(entity(4));
    assert_eq!((kind(&dots), dots.instances.as_slice()[0].color), (mark::ANYCAST, pack_color([1, 2, 3], 255)));
    // The same end now has another mark.
    dots.set(entity(3), end(at(1.0, 1.0), true));
    assert_eq!(kind(&dots), 0);
}

/// Colour of the only dot, without its brightness.
fn color(dots: &DotStore) -> u32 {
    dots.instances.as_slice()[0].color & 0xff_ffff
}

/// An end whose group is that of a process with this name.
fn end_of(groups: &mut Groups, number: u32, name: &str) -> DotEnd {
    let group = if name.is_empty() { Group::Unknown } else { Group::Unit(name.into()) };
    let color = Palette::STANDARD.group(&group);
    groups.put(entity(number), group);
    DotEnd { group: groups.id(entity(number)), color, ..end(at(1.0, 1.0), true) }
}

#[test]
fn a_dot_changes_when_an_owner_becomes_known_and_ripples_on() {
    let (mut dots, mut groups) = (DotStore::default(), Groups::default());
    dots.set(entity(1), DotEnd { opened_ms: Some(70), ..end_of(&mut groups, 1, "") });
    assert_eq!(color(&dots), pack_color(Palette::STANDARD.unknown, 0));
    let known = end_of(&mut groups, 1, "firefox");
    assert_ne!(known.color, Palette::STANDARD.unknown);
    dots.set(entity(1), known);
    assert_eq!((color(&dots), dots.instances.as_slice()[0].event_ms), (pack_color(known.color, 0), 70));
    assert_eq!((dots.len(), dots.instances.live()), (1, 1));
}

#[test]
fn a_dot_has_the_colour_of_the_known_group_with_most_ends_there() {
    let (mut dots, mut groups) = (DotStore::default(), Groups::default());
    let ends = ["", "curl", "ssh", "", "ssh", "curl", "", ""];
    let colors = ["curl", "ssh"].map(|name| pack_color(Palette::STANDARD.group(&Group::Unit(name.into())), 0));
    assert_ne!(colors[0], colors[1], "the names are chosen to differ");
    let seen: Vec<u32> = (0..)
        .zip(ends)
        .map(|(number, name)| {
            dots.set(entity(number), end_of(&mut groups, number, name));
            color(&dots)
        })
        .collect();
    let [unknown, curl, ssh] = [pack_color(Palette::STANDARD.unknown, 0), colors[0], colors[1]];
    assert_eq!(seen, [unknown, curl, ssh, ssh, ssh, ssh, ssh, ssh]);
    // Remove those of ssh, then those of curl.
    for (number, expected) in [(2, curl), (4, curl), (1, curl), (5, unknown)] {
        dots.remove(entity(number));
        assert_eq!(color(&dots), expected, "{number}");
    }
}

#[test]
fn a_dot_takes_the_colours_of_another_palette() {
    let mut dots = DotStore::default();
    dots.set(entity(1), DotEnd { mark: PlaceMark::Unlikely, ..end(at(1.0, 1.0), true) });
    dots.set_palette(Palette { doubt: [9, 8, 7], ..Palette::STANDARD });
    assert_eq!(color(&dots), pack_color([9, 8, 7], 0));
    dots.set(entity(1), DotEnd { color: [3, 2, 1], ..end(at(1.0, 1.0), true) });
    assert_eq!(color(&dots), pack_color([3, 2, 1], 0));
}

#[test]
fn what_has_no_place_has_a_mark_of_its_own_and_loops_have_none() {
    let mut dots = DotStore::default();
    dots.set(entity(1), end(ArcEnd::Lan(Vec3::X), true));
    assert_eq!(kind(&dots), mark::LAN);
    dots.set(entity(1), end(ArcEnd::Shell(Vec3::X), true));
    assert_eq!((dots.len(), kind(&dots)), (1, mark::SHELL));
    dots.set(entity(1), end(ArcEnd::Loop(Vec3::X), true));
    assert!(dots.is_empty());
}

#[test]
fn what_is_over_is_not_young_again_when_the_clock_wraps() {
    const HOUR_MS: u32 = 3_600_000;
    let mut dots = DotStore::default();
    dots.set(entity(1), DotEnd { opened_ms: Some(5), ..end(at(1.0, 1.0), true) });
    dots.set(entity(2), end(at(40.0, 1.0), true));
    let mut now_ms = 0_u32;
    // A hundred days: the clock wraps twice.
    for hour in 1..=2_400 {
        now_ms = now_ms.wrapping_add(HOUR_MS);
        dots.forget_events(now_ms);
        for dot in dots.instances.as_slice() {
            let age_ms = now_ms.wrapping_sub(dot.event_ms);
            assert!(age_ms > RIPPLE_MS && age_ms.checked_add(HOUR_MS).is_some(), "after {hour} hours: {age_ms}");
        }
    }
    dots.set(entity(3), DotEnd { opened_ms: Some(now_ms), ..end(at(1.0, 1.0), true) });
    dots.forget_events(now_ms.wrapping_add(10));
    assert_eq!(dots.instances.as_slice()[0].event_ms, now_ms, "what is new stays new");
}

#[test]
fn home_is_one_mark_wherever_it_goes() {
    let mut dots = DotStore::default();
    dots.set_home(None);
    dots.set_home(Some(Vec3::X));
    assert_eq!(dots.instances.live(), 1);
    dots.hide_home();
    assert_eq!(dots.instances.live(), 0);
}
