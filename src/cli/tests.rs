//! Tests of the command line.

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("netglobe").chain(line.split_whitespace()))
}

fn global(line: &str) -> GlobalArgs {
    parse(line).unwrap_or_else(|error| panic!("{line}: {error}")).global
}

#[test]
fn the_command_line_is_consistent() {
    use clap::CommandFactory;
    Cli::command().debug_assert();
}

#[test]
fn without_a_command_the_window_opens() {
    assert_eq!(parse("").map(|cli| cli.command).ok(), Some(None));
}

#[test]
fn global_flags_stand_before_or_after_the_command() {
    for line in ["--interval 500ms list --json", "list --json --interval 500ms", "list --interval=500ms --json"] {
        assert_eq!(global(line).interval, Some(Duration::from_millis(500)), "{line}");
        let command = parse(line).ok().and_then(|cli| cli.command);
        assert_eq!(command, Some(Command::List(ListArgs { json: true, ..ListArgs::default() })), "{line}");
    }
}

#[test]
fn negative_numbers_work_as_written() {
    for line in ["--home -33.9,151.2 doctor", "doctor --home -33.9,151.2", "--home=-33.9,151.2"] {
        let Some(HomeChoice::At(home)) = global(line).home else { panic!("{line}") };
        assert!((home.lat_deg() + 33.9).abs() < 1e-9 && (home.lng_deg() - 151.2).abs() < 1e-9, "{line}");
    }
    let command = parse("snapshot x.png --camera -10,-70,4 --filter -process:ssh").expect("a line").command;
    let Some(Command::Snapshot(args)) = command else { panic!("another command") };
    let camera = args.camera.expect("a camera");
    assert!((camera.position.lng_deg() + 70.0).abs() < 1e-9 && (camera.distance_radii - 4.0).abs() < 1e-9);
    assert_eq!(args.filter.map(|query| query.text().to_owned()).as_deref(), Some("-process:ssh"));
}

#[test]
fn a_home_is_read_from_two_numbers_and_nothing_else() {
    for (text, lat_deg, lng_deg) in
        [("-33.9,151.2", -33.9, 151.2), (" 10 , -70 ", 10.0, -70.0), ("0,0", 0.0, 0.0), ("90,-180", 90.0, 180.0)]
    {
        let at = parse_lat_lng(text).expect(text);
        assert!((at.lat_deg() - lat_deg).abs() < 1e-9 && (at.lng_deg() - lng_deg).abs() < 1e-9, "{text}: {at:?}");
    }
    for text in ["", "1", "1,", ",1", "1,2,3", "91,0", "-90.1,0", "0,181", "nan,0", "inf,0", "north,0", "1;2"] {
        assert!(parse_lat_lng(text).is_err(), "{text}");
    }
}

#[test]
fn a_tilde_in_a_path_is_the_home() {
    let inside = |name: &str| expand_home(std::path::Path::new(name));
    assert!(inside("~/x.mmdb").is_absolute());
    let flags = global("--geo-db=~/x.mmdb --config ~/c.toml --source replay:~/r.ndjson");
    assert_eq!((flags.geo_db, flags.config), (Some(inside("~/x.mmdb")), Some(inside("~/c.toml"))));
    assert_eq!(flags.source.map(|it| it.to_string()), Some(format!("replay:{}", inside("~/r.ndjson").display())));
}

#[test]
fn every_command_has_its_flags() {
    for line in [
        "list",
        "list --watch --json --filter port:443",
        "snapshot out.png",
        "snapshot out.png --size 640x360 --camera 51.5,0,3 --at 2026-06-21T12:00:00Z --overlay --quality low",
        "snapshot --at 2026-06-21T12:00:00+02:00 out.png",
        "demo",
        "demo everyday --seed 7",
        "lookup 81.2.69.142 --json",
        "lookup 2001:218::1",
        "lookup 81.2.69.142:443",
        "lookup [2001:218::1]:443",
        "lookup fe80::1%eth0",
        "lookup [fe80::1%eth0]:22",
        "doctor -vv",
        "doctor --json",
        "credits --texts",
        "bench",
        "bench --arcs 0 --size 1280x720 --frames 10 --active 0.5 --overlay --json",
        "--source netstat2 --geo-db a.mmdb --config c.toml --quality AUTO --gpu Performance",
    ] {
        if let Err(error) = parse(line) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn a_wrong_filter_says_where_in_characters() {
    let error = parse_query("é prt:443").expect_err("a wrong query");
    assert!(error.ends_with("(at character 3)"), "{error}");
}

#[test]
fn a_wrong_value_says_what_was_expected_and_exits_with_2() {
    for (line, expected) in [
        ("--home 91,0", "beyond a pole"),
        ("--home 0,181", "from -180 to 180"),
        ("--home here", "LAT,LNG"),
        ("--home NaN,0", "LAT,LNG"),
        ("--home --json list", "LAT,LNG"),
        ("--interval 0s", "from 50ms"),
        ("--interval 5", "with a unit"),
        ("--interval -5s", "with a unit"),
        ("--quality best", "medium"),
        ("--gpu fast", "performance"),
        ("--source magic", "magic"),
        ("snapshot", "OUT.png"),
        ("snapshot x.png --size 0x0", "from 16 to 16384"),
        ("snapshot x.png --size 640", "WIDTHxHEIGHT"),
        ("snapshot x.png --size 16385x16", "from 16 to 16384"),
        ("snapshot x.png --size -1x16", "from 16 to 16384"),
        ("snapshot x.png --camera 0,0", "LAT,LNG,DIST"),
        ("snapshot x.png --camera 0,0,1.05", "above 1.05"),
        ("snapshot x.png --camera 0,0,101", "at most 100"),
        ("snapshot x.png --camera 0,0,inf", "not a number"),
        ("snapshot x.png --camera 95,0,3", "beyond a pole"),
        ("snapshot x.png --at noon", "RFC 3339"),
        ("snapshot x.png --at 2026-06-21T12:00:00", "RFC 3339"),
        ("list --filter prt:443", "did you mean port?"),
        ("list --filter flagged:yes", "place-impossible"),
        ("lookup example.org", "an IPv4 or IPv6 address"),
        ("lookup", "IP"),
        ("bench --active 1.5", "from 0 to 1"),
        ("bench --frames 0", "1..=1000000"),
        ("lst", "did you mean list?"),
        ("no-such.netglobe", "neither a command nor a recording"),
        ("list --no-such-flag", "--no-such-flag"),
        ("history", "record"),
        ("list --source history:yesterday", "history:-2h"),
    ] {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains(expected), "{line}: {error}");
    }
}
