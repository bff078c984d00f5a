//! Tests of the list, without a sampler.

use super::*;
use crate::model::{
    Direction, Endpoint, Final, HostId, Owner, OwnerMissing, PlaceMissing, Protocol, SocketRow, SocketState, Traffic,
};
use crate::sampler::{SamplerReport, Unseen};
use serde_json::Value;

const NOW: UnixMillis = UnixMillis(1_780_315_200_000);

fn connection(remote_ip: &str, port: u16) -> Connection {
    let end = |ip: &str, port| Endpoint::new(ip.parse().expect("a literal address"), port);
    SocketRow {
        key: ConnectionKey {
            host: HostId::THIS,
            protocol: Protocol::Tcp,
            local: end("192.168.1.5", 50_000),
            remote: Some(end(remote_ip, port)),
            identity: u64::from(port),
        },
        state: SocketState::Established,
        direction: Some(Direction::Out),
        owner: Owner::Missing(OwnerMissing::NotPermitted),
        uid: None,
        context: None,
        traffic: None,
        interface: None,
        simulated: None,
    }
    .seen(NOW, None)
}

fn nowhere(connection: &Connection) -> Arc<Location> {
    let is_public = connection.scope() == AddressScope::Public;
    Arc::new(Location::missing(if is_public { PlaceMissing::NotInDatabase } else { PlaceMissing::NotPublic }))
}

fn output() -> Output<'static, Vec<u8>, Vec<u8>> {
    Output { mask: None, out: Vec::new(), notes: Vec::new(), terminal_columns: None, told: HashSet::new() }
}

fn args(json: bool, watch: bool, filter: &str) -> ListArgs {
    ListArgs { json, watch, filter: Some(Query::parse(filter).expect("a query")) }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

fn opened(connections: &[Connection]) -> SnapshotDelta {
    SnapshotDelta { at: NOW, opened: connections.to_vec(), ..SnapshotDelta::default() }
}

/// `event port` of each line.
fn events(output: &Output<Vec<u8>, Vec<u8>>) -> Vec<String> {
    text(&output.out)
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("one object a line");
            assert_eq!(value["schema"], 1);
            format!("{} {}", value["event"].as_str().unwrap_or("-"), value["remote"]["port"])
        })
        .collect()
}

#[test]
fn one_look_gives_one_json_object_a_line_sorted_by_key() {
    let mut output = output();
    let mut listing = Listing::new(&args(true, false, ""), &nowhere);
    let all = [connection("81.2.69.142", 443), connection("127.0.0.1", 9), connection("81.2.69.142", 80)];
    listing.first(None, opened(&all), &mut output).expect("listed");
    assert_eq!(events(&output), ["- 80", "- 443", "- 9"]);
    assert_eq!(output.notes, b"");
}

#[test]
fn a_watch_tells_present_then_closed_changed_opened() {
    let mut output = output();
    let mut listing = Listing::new(&args(true, true, ""), &nowhere);
    let (a, b, c) = (connection("81.2.69.142", 1), connection("81.2.69.142", 2), connection("81.2.69.142", 3));
    listing.first(None, opened(&[b.clone(), a.clone()]), &mut output).expect("listed");
    let mut changed = b;
    changed.state = SocketState::CloseWait;
    let ghost = connection("81.2.69.142", 4);
    let delta = SnapshotDelta {
        at: NOW,
        opened: vec![c],
        changed: vec![changed],
        closed: vec![a.key],
        ghosts: vec![ghost],
        ..SnapshotDelta::default()
    };
    listing.next(delta, &mut output).expect("listed");
    assert_eq!(events(&output), ["present 1", "present 2", "closed 1", "closed 4", "changed 2", "opened 3"]);
    assert_eq!(listing.live.len(), 2);
}

#[test]
fn a_change_of_traffic_alone_is_a_line_of_json_and_none_of_the_table() {
    for (json, lines) in [(true, 1), (false, 0)] {
        let mut output = output();
        let mut listing = Listing::new(&args(json, true, ""), &nowhere);
        let a = connection("81.2.69.142", 1);
        listing.first(None, opened(std::slice::from_ref(&a)), &mut output).expect("listed");
        let before = text(&output.out).lines().count();
        let traffic = crate::model::Traffic { bytes_sent: Some(7), ..crate::model::Traffic::default() };
        let mut changed = a;
        changed.traffic = Some(traffic);
        let delta = SnapshotDelta { at: NOW, changed: vec![changed], ..SnapshotDelta::default() };
        listing.next(delta, &mut output).expect("listed");
        assert_eq!(text(&output.out).lines().count() - before, lines);
    }
}

#[test]
fn a_row_that_begins_to_match_by_its_traffic_is_shown_in_the_table_once() {
    let mut output = output();
    let mut listing = Listing::new(&args(false, true, "rate>1k"), &nowhere);
    let a = connection("81.2.69.142", 443);
    listing.first(None, opened(std::slice::from_ref(&a)), &mut output).expect("listed");
    let mut shown = Vec::new();
    for rate in [10.0, 5_000.0, 6_000.0, 10.0, 7_000.0] {
        let traffic = crate::model::Traffic { rate_sent_bytes_per_sec: Some(rate), ..crate::model::Traffic::default() };
        let mut changed = a.clone();
        changed.traffic = Some(traffic);
        output.out.clear();
        let delta = SnapshotDelta { at: NOW, changed: vec![changed], ..SnapshotDelta::default() };
        listing.next(delta, &mut output).expect("listed");
        shown.push(text(&output.out).lines().count());
    }
    assert_eq!(shown, [0, 1, 0, 0, 1]);
}

#[test]
fn a_key_that_nothing_has_now_is_not_called_unmeasured_and_a_lack_is_said_once() {
    let mut output = output();
    let mut listing =
        Listing { measures_traffic: true, ..Listing::new(&args(true, false, "rtt<50ms flagged:place"), &nowhere) };
    listing.first(None, opened(&[connection("81.2.69.142", 1)]), &mut output).expect("listed");
    let notes: Vec<_> = text(&output.notes).lines().collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("no connection has rtt now"), "{notes:?}");
    assert!(notes[1].contains("without a home"), "{notes:?}");
}

#[test]
fn a_filtered_watch_keeps_track_of_what_it_does_not_show() {
    let mut output = output();
    let mut listing = Listing::new(&args(true, true, "state:close-wait"), &nowhere);
    let a = connection("81.2.69.142", 1);
    listing.first(None, opened(std::slice::from_ref(&a)), &mut output).expect("listed");
    let mut waiting = a.clone();
    waiting.state = SocketState::CloseWait;
    let delta = SnapshotDelta { at: NOW, changed: vec![waiting], ..SnapshotDelta::default() };
    listing.next(delta, &mut output).expect("listed");
    let delta = SnapshotDelta { at: NOW, closed: vec![a.key], ..SnapshotDelta::default() };
    listing.next(delta, &mut output).expect("listed");
    assert_eq!(events(&output), ["changed 1", "closed 1"]);
}

#[test]
fn a_table_has_a_label_titles_and_a_count_of_what_is_not_known() {
    let mut output = output();
    let mut listing = Listing::new(&args(false, false, "port:443,9"), &nowhere);
    let all = [connection("127.0.0.1", 9), connection("81.2.69.142", 443), connection("81.2.69.142", 80)];
    listing.first(Some("DEMO everyday\n, seed 7"), opened(&all), &mut output).expect("listed");
    let lines: Vec<_> = text(&output.out).lines().collect();
    assert_eq!(lines[0], r"# DEMO everyday\n, seed 7");
    assert!(lines[1].starts_with("PROCESS"), "{}", lines[1]);
    assert!(lines[2].contains("81.2.69.142:443") && lines[2].contains("(not in database)"), "{}", lines[2]);
    assert!(lines[3].contains("127.0.0.1:9") && lines[3].contains("this computer"), "{}", lines[3]);
    assert_eq!(
        lines[4],
        "# 2 connections, 0 listening (2 of 3 sockets match): 1 public, 0 on the LAN, 1 on this computer, \
         1 public without location, 2 without a known process"
    );
    assert_eq!(lines.len(), 5);
}

#[test]
fn a_key_without_data_is_told_and_a_degradation_is_told_once() {
    let mut output = output();
    let mut listing = Listing::new(&args(true, false, "user:0 age<10s rate>1k bytes>5"), &nowhere);
    listing.first(None, opened(&[connection("81.2.69.142", 1)]), &mut output).expect("listed");
    assert_eq!(output.out, b"");
    let notes = text(&output.notes);
    assert!(notes.contains("user is not measured on this system") && notes.contains("use --watch"), "{notes}");
    assert!(
        notes.contains("rate cannot be measured in a single sample") && notes.contains("bytes is not measured on this"),
        "{notes}"
    );
    let degradation = crate::model::Degradation::new(DegradationKind::Places, "no database\x1b", "give one");
    output.notes.clear();
    output.tell(&[degradation.clone(), degradation]);
    assert_eq!(text(&output.notes), "netglobe: no database\\u{1b}; give one\n");
}

#[test]
fn a_reader_who_left_is_told_from_other_failures() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut output = Output { mask: None, out: Gone, notes: Gone, terminal_columns: None, told: HashSet::new() };
    output.note("nobody reads this, which is no failure");
    let mut listing = Listing::new(&args(false, false, ""), &nowhere);
    let error = listing.first(None, opened(&[]), &mut output).expect_err("nobody reads");
    assert!(matches!(error, ListError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe));
}

#[test]
fn what_is_only_counted_is_told_when_it_becomes_more() {
    let report = |missed, aborted, vanished| SamplerReport {
        vanished,
        unseen: Unseen { missed, aborted },
        ..SamplerReport::default()
    };
    for is_json in [true, false] {
        let (mut output, mut gaps) = (output(), Gaps::default());
        let listing = Listing::new(&args(is_json, true, ""), &nowhere);
        for report in [report(0, 0, 0), report(5, 0, 0), report(5, 0, 0), report(5, 1, 2)] {
            if let Some(gap) = gaps.news(&report) {
                listing.gap(&gap, &mut output).expect("told");
            }
        }
        let told = if is_json { text(&output.out) } else { text(&output.notes) };
        let expected = if is_json {
            [
                r#"{"schema":1,"event":"gap","closings_missed":5,"aborted":0,"vanished":0}"#,
                r#"{"schema":1,"event":"gap","closings_missed":5,"aborted":1,"vanished":2}"#,
            ]
        } else {
            [
                "netglobe: counted but not listed so far: 5 close events lost",
                "netglobe: counted but not listed so far: 5 close events lost, 1 aborted, 2 dropped",
            ]
        };
        assert_eq!(told.lines().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_closed_row_has_the_last_counters_and_says_whether_they_are_final() {
    for (last, sent, is_final) in [
        (None, 7, false),
        (Some(Traffic { bytes_sent: Some(9), is_final: true, ..Traffic::default() }), 9, true),
        (Some(Traffic { bytes_sent: Some(8), ..Traffic::default() }), 8, false),
    ] {
        let mut output = output();
        let mut listing = Listing::new(&args(true, true, ""), &nowhere);
        let mut a = connection("81.2.69.142", 1);
        a.traffic = Some(Traffic { bytes_sent: Some(7), ..Traffic::default() });
        listing.first(None, opened(std::slice::from_ref(&a)), &mut output).expect("listed");
        let finals = last.map(|traffic| Final { key: a.key, traffic }).into_iter().collect();
        let delta = SnapshotDelta { at: NOW, closed: vec![a.key], finals, ..SnapshotDelta::default() };
        listing.next(delta, &mut output).expect("listed");
        let lines: Vec<Value> =
            text(&output.out).lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert_eq!((&lines[0]["event"], &lines[0]["counters_final"]), (&"present".into(), &Value::Null));
        let closed = &lines[1];
        assert_eq!((&closed["bytes_sent"], &closed["counters_final"]), (&sent.into(), &is_final.into()), "{closed}");
    }
}

#[test]
fn one_look_at_a_recording_is_at_the_moment_asked_for_or_at_its_last_and_its_ages_are_known() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let begins_at = UnixMillis(NOW.0 - 60_000);
    let mut writer = crate::sampler::RecordingWriter::new(&file, "", begins_at).expect("written");
    let port = |after_s: i64, port| Connection {
        first_seen_at: begins_at.plus_ms(after_s * 1_000),
        opened_at: (after_s > 0).then(|| begins_at.plus_ms(after_s * 1_000)),
        ..connection("81.2.69.142", port)
    };
    let deltas = [
        SnapshotDelta { at: begins_at, opened: vec![port(0, 1)], ..SnapshotDelta::default() },
        SnapshotDelta { at: begins_at.plus_ms(20_000), opened: vec![port(20, 2)], ..SnapshotDelta::default() },
        SnapshotDelta { at: NOW, opened: vec![port(60, 3)], closed: vec![port(0, 1).key], ..SnapshotDelta::default() },
    ];
    deltas.iter().for_each(|delta| writer.write(delta).expect("written"));
    let name = format!("replay:{}", file.path().display());
    for (time, filter, shown) in [
        (String::new(), "", &["- 2", "- 3"][..]),
        (String::new(), "age>30s", &["- 2"]),
        (",30s".to_owned(), "", &["- 1", "- 2"]),
        (format!(",{begins_at}"), "", &["- 1"]),
        (format!(",{}", begins_at.plus_ms(45_000)), "age>30s", &["- 1"]),
    ] {
        let source = Some(format!("{name}{time}").parse().expect("a source"));
        let flags = crate::cli::GlobalArgs { source, ..crate::cli::GlobalArgs::default() };
        let settings = Settings::load(&flags, crate::files::Directories::default()).expect("settings");
        let message = first_sample(&settings).expect("a look");
        let mut output = output();
        Listing::new(&args(true, false, filter), &nowhere).first(None, message.delta, &mut output).expect("listed");
        assert_eq!(events(&output), shown, "{time} {filter}");
        assert_eq!(text(&output.notes), "", "an age is known here");
    }
}
