//! The filter language.

use netglobe::{
    geodesy::DoubtKind,
    model::{
        Connection, Location, UnixMillis,
        filter::{Facts, FilterKey, Query, during_word, exact_word},
    },
    sampler::hub_scenario,
};
use std::sync::OnceLock;

const NOW: UnixMillis = UnixMillis(1_780_315_300_000);
/// The moments that can be written as a date, ms since 1970.
const WRITTEN: std::ops::Range<i64> = -377_000_000_000_000..253_000_000_000_000;

struct World {
    connections: Vec<(Connection, Option<Location>)>,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let connections = hub_scenario(3, 1, 0.5).into_iter();
        World { connections: connections.map(|it| (it.clone(), it.stated_location().as_deref().cloned())).collect() }
    })
}

fn facts() -> impl Iterator<Item = Facts<'static>> {
    world().connections.iter().zip([(None, None), (Some(NOW), None), (None, Some(DoubtKind::Impossible))]).map(
        |((connection, location), (closed_at, doubt))| Facts {
            connection,
            location: location.as_ref(),
            now: NOW,
            closed_at,
            doubt,
        },
    )
}

/// An error lies inside of the text; a query is the same when its text is read again, is true or false together with itself,
/// and its windows can be written as a word.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let query = match Query::parse(text) {
        Ok(query) => query,
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some_and(|wrong| !wrong.is_empty()), "{error:?}");
            assert!(!error.message.is_empty() && !error.message.contains(char::is_control), "{error:?}");
            return;
        }
    };
    assert_eq!(query.text(), text);
    assert_eq!(Query::parse(&query.to_string()).as_ref(), Ok(&query));
    let twice = Query::parse(&format!("{text}\u{2003}{text}")).expect("two queries are one");
    for facts in facts() {
        assert_eq!(query.matches(&facts), twice.matches(&facts), "{text:?}");
        assert!(!query.is_empty() || query.matches(&facts));
    }
    assert_eq!(query.keys(), twice.keys());
    assert!(query.unmeasured_keys(facts()).iter().all(|key| query.keys().contains(key)));
    for key in query.keys() {
        let rest = Query::parse(&query.without(key)).expect("what is left is a query");
        assert!(rest.keys().iter().all(|key| query.keys().contains(key)));
        assert_eq!(rest.without(key), rest.text());
    }
    let windows = query.time_windows(NOW);
    assert!(windows.iter().all(|window| window.from <= window.to));
    for window in &windows {
        assert!(!window.to_words().is_empty());
    }
    if !windows.is_empty() && windows.iter().all(|it| WRITTEN.contains(&it.from.0) && WRITTEN.contains(&it.to.0)) {
        let word = during_word(&windows);
        let again = Query::parse(&word).expect("a word of windows");
        assert_eq!((again.time_windows(UnixMillis(0)), again.moves()), (windows, false), "{word}");
    }
    for key in [FilterKey::Process, FilterKey::City] {
        let Some(word) = exact_word(key, text) else { continue };
        let exact = Query::parse(&format!("port:443 {word} -{word}")).expect("a word for a text");
        assert_eq!(exact.keys(), [FilterKey::Port, key], "{word}");
    }
}
