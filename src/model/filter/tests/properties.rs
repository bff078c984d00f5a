//! Properties of all queries.

use super::*;
use proptest::prelude::*;

/// Text similar to a query, but usually invalid at some position.
fn near_query() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(" ".to_owned()),
        Just("-".to_owned()),
        Just(",".to_owned()),
        Just("\"".to_owned()),
        Just(":".to_owned()),
        Just("<".to_owned()),
        Just(">".to_owned()),
        one_key().prop_map(|key| key.name().to_owned()),
        one_key().prop_map(|key| key.example().to_owned()),
        Just(":=".to_owned()),
        "[0-9]{1,6}(ms|s|m|h|d)?",
        "\\PC{1,3}",
        "[é\u{202e}\u{200d}\u{1F600}\u{130}ß]",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn one_key() -> impl Strategy<Value = FilterKey> {
    prop::sample::select(FilterKey::all().collect::<Vec<_>>())
}

/// London's connection, owned by a process with this name and an unknown path.
fn held_by(name: &str) -> (Connection, Location) {
    let (mut connection, location) = london();
    connection.owner = Owner::Process(Arc::new(Process { pid: 1, name: Some(name.into()), path: None }));
    (connection, location)
}

/// A valid query of one word.
fn one_word() -> impl Strategy<Value = String> {
    prop_oneof![
        one_key().prop_map(|key| key.example().to_owned()),
        "process:=[a-zA-Z]{1,4}",
        "[a-z]{1,4}",
        "\"[a-z ,:-]{1,6}\"",
        (0_u16..).prop_map(|port| format!("port>{port}")),
        (0..400_u32).prop_map(|s| format!("age>{s}s")),
        (0..400_u32).prop_map(|s| format!("age<{s}s")),
        (0..=32_u8).prop_map(|bits| format!("ip:81.2.69.142/{bits}")),
    ]
}

fn check_any_text(text: &str) -> Result<(), TestCaseError> {
    match Query::parse(text) {
        Ok(query) => {
            prop_assert_eq!(query.text(), text);
            for pair in [london(), listener()] {
                // Must not panic; any result is fine.
                let answer = query.matches(&facts(&pair));
                prop_assert_eq!(answer, Query::parse(query.text()).expect("the same text").matches(&facts(&pair)));
            }
        }
        Err(error) => {
            prop_assert!(text.get(error.span.clone()).is_some_and(|wrong| !wrong.is_empty()), "{:?}", error);
            prop_assert!(!error.message.is_empty() && !error.message.contains(char::is_control));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_text_never_panics_and_errors_lie_inside_it(text in any::<String>()) {
        check_any_text(&text)?;
    }

    #[test]
    fn text_near_a_query_never_panics_and_errors_lie_inside_it(text in near_query()) {
        check_any_text(&text)?;
    }

    #[test]
    fn a_word_for_exactly_one_text_finds_it_and_no_other(text in any::<String>(), other in any::<String>()) {
        // Blank names count as missing.
        prop_assume!(!text.trim().is_empty());
        let word = exact_word(FilterKey::Process, &text).expect("a word");
        let query = Query::parse(&format!("port:443 {word} -city:paris")).expect(&word);
        prop_assert!(query.matches(&facts(&held_by(&text))), "{}", word);
        for other in [other, format!("{text}d"), format!("a{text}")] {
            prop_assert_eq!(query.matches(&facts(&held_by(&other))), other == text, "{} {}", word, other);
        }
        prop_assert_eq!(Query::parse(&query.to_string()).expect("the same text"), query);
    }

    #[test]
    fn a_negated_word_is_the_complement(word in one_word()) {
        let (plain, negated) = (Query::parse(&word).expect(&word), Query::parse(&format!("-{word}")).expect(&word));
        for pair in [london(), listener()] {
            for closed_at in [None, Some(super::NOW)] {
                let facts = Facts { closed_at, ..facts(&pair) };
                prop_assert_ne!(plain.matches(&facts), negated.matches(&facts));
            }
        }
    }

    #[test]
    fn two_words_match_what_both_match(a in one_word(), b in one_word()) {
        let parse = |text: &str| Query::parse(text).expect("a right query");
        for pair in [london(), listener()] {
            let facts = facts(&pair);
            let both = parse(&a).matches(&facts) && parse(&b).matches(&facts);
            prop_assert_eq!(parse(&format!("{a}  {b}")).matches(&facts), both);
        }
    }
}
