//! Tests of scenario files.

use super::*;

const HEAD: &str = "title = \"t\"\n[programs.ssh]\npid = 2000\npath = \"/usr/bin/ssh\"\n[operators.cloud]\nasn = 64496\n\
                    name = \"Example Cloud\"\n";

fn lines(text: &str) -> Vec<String> {
    match Scenario::parse("mine.toml", text) {
        Ok(_) => Vec::new(),
        Err(error) => error.lines(),
    }
}

#[test]
fn a_right_file_is_read() {
    let row = "[[connections]]\nprogram = \"ssh\"\npeer = \"Tokyo\"\noperators = [\"cloud\"]\nport = 22\nalways = true\n\
               traffic = \"words\"\n";
    let scenario = Scenario::parse("mine.toml", &format!("{HEAD}{row}")).expect("valid");
    assert_eq!((scenario.roles.len(), scenario.begins_at), (1, DEFAULT_START));
    let Peer::City(city) = scenario.roles[0].peer else { panic!("{:?}", scenario.roles[0].peer) };
    assert_eq!(scenario.places[city].city.as_deref(), Some("Tokyo"));
}

#[test]
fn every_error_has_its_line_and_what_was_expected() {
    for (row, line, expected) in [
        ("program = \"shh\"\npeer = \"Tokyo\"\n", 9, "there is no program \"shh\"; did you mean \"ssh\"?"),
        ("program = \"ssh\"\npeer = \"Tokio\"\n", 10, "there is no city \"Tokio\"; did you mean \"Tokyo\"?; a peer is"),
        ("program = \"ssh\"\npeer = \"lan:300\"\n", 10, "lan:N with N from 1 to 254"),
        ("program = \"ssh\"\npeer = \"lan:3\"\nperiod_s = 0\n", 11, "period_s must be"),
        ("program = \"ssh\"\npeer = \"lan:3\"\nfrom_s = 3\n", 8, "from_s needs for_s"),
        ("program = \"ssh\"\npeer = \"lan:3\"\nalways = true\nbytes_per_sec = 5\n", 12, "bytes_per_sec is for"),
        ("program = \"ssh\"\npeer = \"lan:3\"\n", 8, "expected how long it is open"),
        ("program = \"ssh\"\npeer = \"lan:3\"\nalways = true\ncount = 0\n", 12, "count must be from 1"),
        ("program = \"ssh\"\npeer = \"lan:3\"\nalways = true\nvia = \"Rom\"\n", 12, "there is no city \"Rom\""),
        ("program = \"ssh\"\npeer = \"Tokyo\"\nalways = true\n", 8, "needs operators"),
    ] {
        let found = lines(&format!("{HEAD}[[connections]]\n{row}port = 22\ntraffic = \"words\"\n"));
        let at = format!("mine.toml, line {line}: ");
        assert!(found.iter().any(|it| it.starts_with(&at) && it.contains(expected)), "{row}: {found:?}");
    }
    for (text, line, expected) in [
        ("title = \"t\"\nbegin = 3\n", 2, "unknown field `begin`"),
        ("title = \"t\n", 1, "invalid basic string"),
        ("title = \"t\"\n[operators.x]\nasn = 15169\nname = \"x\"\n", 2, "from 64496 to 64511"),
        ("title = \"t\"\nbegins = \"noon\"\n", 2, "expected a date and time"),
        ("title = \"t\"\nrepeats_s = 2\n", 2, "from 5 to 86400"),
        ("title = \"t\"\n[cities.\"Kiel\"]\ncountry = \"Germany\"\nlat = 54.3\nlng = 10.1\n", 2, "two letters"),
        ("title = \"t\"\n[[captions]]\nat_s = -1\ntext = \"\"\n", 4, "1 to 160 characters"),
    ] {
        let found = lines(text);
        let at = format!("mine.toml, line {line}: ");
        assert!(found.iter().any(|it| it.starts_with(&at) && it.contains(expected)), "{text}: {found:?}");
    }
}

#[test]
fn all_errors_of_a_file_are_reported_in_order() {
    let text = "title = \"\"\nbegins = \"noon\"\nrepeats_s = 1\n";
    let error = Scenario::parse("mine.toml", text).expect_err("invalid");
    assert_eq!(error.lines().len(), 4, "{:?}", error.lines());
    assert!(error.to_string().starts_with("mine.toml, line 1: "), "{error}");
    assert!(error.to_string().ends_with("(and 3 more errors)"), "{error}");
}
