//! Inputs with which fuzzing begins: right ones of every kind.

#[path = "../../support/mmdb_writer.rs"]
mod mmdb_writer;

use mmdb_writer::{Value, assemble, encode, map, text};
use netglobe::{
    history::{
        BlockHead, BlockId, Gap, GapReason, RecordingFileWriter,
        codec::{Encoder, compress},
    },
    model::{Connection, Snapshot, SnapshotDelta, UnixMillis, filter::FilterKey},
    sampler::{DemoSource, HomeThen, RecordingWriter, SamplerReport, SocketSource as _, SourceKind},
};
use std::{fs, path::Path};

/// Target, name of the file, content.
type Seed = (&'static str, String, Vec<u8>);

pub(crate) fn all() -> Vec<Seed> {
    [
        netlink(),
        proc_texts(),
        cgroup_paths(),
        filters(),
        configurations(),
        recordings(),
        history(),
        databases(),
        authored(),
    ]
    .concat()
}

fn seed(target: &'static str, name: impl Into<String>, data: impl Into<Vec<u8>>) -> Seed {
    (target, name.into(), data.into())
}

fn message(kind: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(16 + payload.len()).expect("small").to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(2_u16.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn row(family: u8, state: u8, local: &[u8], remote: &[u8], attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut row = vec![0; 72];
    row[..2].copy_from_slice(&[family, state]);
    row[4..8].copy_from_slice(&[0x9c, 0x40, 0x01, 0xbb]);
    row[8..8 + local.len()].copy_from_slice(local);
    row[24..24 + remote.len()].copy_from_slice(remote);
    row[44..48].copy_from_slice(&7_u32.to_ne_bytes());
    row[64..68].copy_from_slice(&1000_u32.to_ne_bytes());
    row[68..72].copy_from_slice(&4711_u32.to_ne_bytes());
    for (kind, value) in attributes {
        row.extend(u16::try_from(4 + value.len()).expect("small").to_ne_bytes());
        row.extend(kind.to_ne_bytes());
        row.extend(value);
        row.resize(row.len().next_multiple_of(4), 0);
    }
    row
}

fn tcp_info(length: usize) -> (u16, Vec<u8>) {
    (2, (0..length).map(|at| if at % 8 < 2 { u8::try_from(at % 251).expect("small") } else { 0 }).collect())
}

fn netlink() -> Vec<Seed> {
    let cgroup = (21, 0x1234_u64.to_ne_bytes().to_vec());
    let (ours, theirs) = ([10, 0, 0, 1], [81, 2, 69, 142]);
    let mapped = [&[0; 10][..], &[255; 2], &theirs].concat();
    let dump = |row: Vec<u8>| message(20, 5, &row);
    let connection = dump(row(2, 1, &ours, &theirs, &[(8, vec![0]), cgroup.clone(), tcp_info(280)]));
    let listener = dump(row(10, 10, &[0; 16], &[0; 16], &[(11, vec![1]), cgroup]));
    let dual = dump(row(10, 8, &mapped, &mapped, &[tcp_info(216)]));
    let done = message(3, 5, &[0; 4]);
    let event = |protocol| message(20, 0, &row(2, 7, &ours, &theirs, &[(10, vec![protocol]), tcp_info(232)]));
    vec![
        seed("netlink", "dump", [connection.clone(), listener, dual, done].concat()),
        seed("netlink", "events", [event(6), event(17), event(132)].concat()),
        seed("netlink", "error", [connection.clone(), message(2, 5, &(-1_i32).to_ne_bytes())].concat()),
        seed("netlink", "old", [18, 4, 3].map(|kind| message(kind, 5, &row(2, 1, &ours, &theirs, &[]))).concat()),
        seed("netlink", "cut", connection[..200].to_vec()),
    ]
}

fn proc_texts() -> Vec<Seed> {
    const HEADING: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    let tcp = format!(
        "\0{HEADING}   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 \
         0000000000000000 100 0 0 10 0\n   1: 17010A0A:9C40 8E450251:01BB 01 00000000:00000000 02:000000A1 00000000  1000 \
         0 4711 2 0000000000000000 20 4 30 10 -1\n   2: 17010A0A:9C41 8E450251:01BB 06 00000000:00000000 03:000000A1 \
         00000000     0        0 0 3 0000000000000000\n"
    );
    let tcp6 = format!(
        "\0{HEADING}   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A \
         00000000:00000000 00:00000000 00000000     0        0 1042 1 0000000000000000 100 0 0 10 0\n"
    );
    let udp = format!(
        "\x01{HEADING} 6575: 00000000:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 55817 2 \
         00000000f49d89cd 0         \n 6576: 00000000:12B6 00000000:0000 07 00000000:0000\n"
    );
    let stat = "\x02 4711 (a) b (c) S 1 4711 4711 0 -1 4194560 1234 0 0 0 10 5 0 0 20 0 1 0 98765 1000000 300 \
                18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0\n";
    let interfaces = "\x05Inter-|   Receive                                                |  Transmit\n face |bytes    \
                      packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier \
                      compressed\n    lo:  123456    1234    0    0    0     0          0         0   123456    1234    0    \
                      0    0     0       0          0\n  eth0: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n";
    let drops = "\x06sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n\
                 0000000017266531 0   7          00000000 0        0        0     2        5        469445\n\
                 00000000b4091728 4   4242       0000000f 0        0        0     2        1898     469471\n";
    let passwd = "\x07root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n\n# a note\n+::::::\nann:x:1000:1000:Ann:/home/ann:/bin/sh\n\
                  last:x:4294967295:1::";
    [
        ("tcp", tcp.as_str()),
        ("tcp6", &tcp6),
        ("udp", &udp),
        ("stat", stat),
        ("name", "\x03systemd-resolve\0/usr/lib/systemd/systemd-resolved (deleted)"),
        ("short-name", "\x03ssh\0/usr/bin/ssh"),
        ("link", "\x04socket:[4711]"),
        ("interfaces", interfaces),
        ("drops", drops),
        ("passwd", passwd),
    ]
    .map(|(name, text)| seed("proc_texts", name, text))
    .into()
}

fn cgroup_paths() -> Vec<Seed> {
    let id = "0123456789abcdef".repeat(4);
    [
        ("service", "/system.slice/ssh.service".to_owned()),
        ("scope", "/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1755.scope".to_owned()),
        ("escaped", r"/system.slice/system-getty.slice/getty\x2dlogin@tty1.service".to_owned()),
        ("docker", format!("/system.slice/docker-{id}.scope/init.scope")),
        ("lxc", format!("/lxc/{id}")),
        ("pod", format!("/kubepods.slice/kubepods-besteffort.slice/cri-containerd-{id}.scope")),
        ("slice", "/user.slice".to_owned()),
        ("root", "/".to_owned()),
    ]
    .map(|(name, path)| seed("cgroup_paths", name, path))
    .into()
}

fn filters() -> Vec<Seed> {
    let mut seeds: Vec<Seed> =
        FilterKey::all().map(|key| seed("filter", format!("key-{}", key.name()), key.example())).collect();
    let others = [
        ("and", "firefox port:443,80 -country:de,\"United States\""),
        ("exact", "process:=\"a \"\"b\"\"\" -user:=ann unit:ssh.service"),
        ("addresses", "::1,fd00::/8 [fe80::1%eth0]:22 ip:81.2.69.142:443 10.0.0.0/8"),
        ("numbers", "rate>1.5MB/s bytes<100k rtt>20ms age<10s -port>1024 port<1024"),
        ("moments", "since:2026-06-01T10:30:00+02:00 during:10:00..10:30,2h..1h,-2h..now since:10:30:15"),
        ("flags", "flagged:place-impossible closed:yes state:time-wait scope:lan direction:in proto:udp asn:AS64496"),
        ("wrong", "contry:de a \"b"),
    ];
    seeds.extend(others.map(|(name, text)| seed("filter", name, text)));
    seeds
}

fn configurations() -> Vec<Seed> {
    let all = "# my settings\nhome = \"-33.9, 151.2\" # here\ngeo_db = [\"a.mmdb\", \"/b.mmdb\", \"~/c.mmdb\"]\nquality = \"low\"\n\
               gpu = \"low-power\"\nrender_scale = 0.75\ninterval = \"500ms\"\nkeep_closed = \"5m\"\nsource = \"demo:everyday,7\"\n\
               language = \"de\"\nhistory = true\nhistory_size = \"500MB\"\nhistory_age = \"365d\"\nclock = true\nmonitor = \"2\"\n\
               inhibit = false\ninhibit_on_battery = true\npalette = \"high-contrast\"\nreduced_motion = true\nui_scale = 1.5\n\
               cpu_limit = 20\n";
    [
        ("all", all),
        ("nowhere", "home = 'none'\r\nsource = \"replay:a,b.ndjson,90s\"\r\ncpu_limit = \"5%\"\r\n"),
        ("past", "\"home\" = \"\"\"0,0\"\"\"\nsource = \"history:-2h\""),
        ("unknown", "hoem = \"0,0\"\n"),
        ("broken", "home = \n"),
        ("empty", ""),
    ]
    .map(|(name, text)| seed("configuration", name, text))
    .into()
}

/// A part of a small demo: its beginning, and what changes in each second.
fn demo() -> (Vec<Connection>, Vec<SnapshotDelta>) {
    let text = fs::read_to_string(data("scenarios/everyday.toml")).expect("readable");
    let mut demo = DemoSource::of_text("everyday", &text, 1).expect("valid");
    let begins_at = demo.own_time().expect("its own time").begins_at;
    let mut sample = |second: i64| match demo.sample(begins_at.plus_ms(second * 1000)).expect("a sample").snapshot {
        Snapshot::Delta(delta) => *delta,
        other => panic!("{other:?}"),
    };
    let mut first = sample(0).opened;
    first.truncate(6);
    let mut deltas: Vec<SnapshotDelta> = (1..12).map(sample).collect();
    for delta in &mut deltas {
        delta.changed.retain(|it| first.iter().any(|known| known.key == it.key));
        delta.opened.truncate(1);
        delta.closed.truncate(2);
    }
    (first, deltas)
}

fn data(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

fn recordings() -> Vec<Seed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/recordings");
    let read = |name: &str| fs::read(folder.join(name)).expect("readable");
    let mut seeds: Vec<Seed> = ["antipodes", "date-line", "empty", "lan", "one-arc", "unlocated"]
        .map(|name| seed("recording", name, read(&format!("{name}.ndjson"))))
        .into();
    let (first, deltas) = demo();
    let mut bytes = Vec::new();
    let begins_at = deltas[0].at.plus_ms(-1000);
    let mut writer = RecordingWriter::new(&mut bytes, "a demo", begins_at).expect("memory");
    writer.write(&SnapshotDelta::reset_to(begins_at, first.into_iter().take(1).collect())).expect("memory");
    for mut delta in deltas.into_iter().take(2) {
        delta.changed.truncate(1);
        writer.write(&delta).expect("memory");
    }
    seeds.push(seed("recording", "demo", bytes));
    seeds
}

fn history() -> Vec<Seed> {
    let (first, deltas) = demo();
    let begins_at = deltas[0].at.plus_ms(-1000);
    let mut encoder = Encoder::begin(begins_at, false, 0, &first);
    let position = netglobe::geodesy::LatLng { lat: 0.5, lng: 1.0 };
    encoder.home(begins_at, &HomeThen::At { position, name: "Here".to_owned(), uncertainty_km: Some(3.0) });
    let report =
        SamplerReport { source: Some(SourceKind::Demo), label: Some("DEMO".to_owned()), ..SamplerReport::default() };
    encoder.report(begins_at, &report);
    let mut block = encoder.take();
    let beginning = block.clone();
    deltas.iter().for_each(|delta| encoder.step(delta));
    block.extend(encoder.take());
    let ghosts = first.clone();
    let mut encoder = Encoder::begin(begins_at, true, 10_000, []);
    encoder.step(&SnapshotDelta { at: begins_at.plus_ms(5), ghosts, ..SnapshotDelta::default() });
    let small = encoder.take();
    let with = |kind: u8, bytes: &[u8]| [&[kind], bytes].concat();
    let head = |number: i64| BlockHead {
        id: BlockId::Finished(0),
        run: 1,
        first: begins_at.plus_ms(number * 60_000),
        last: begins_at.plus_ms((number + 1) * 60_000),
        events: 9,
        opened: 3,
        counters_ms: 0,
    };
    let mut file = Vec::new();
    let mut writer = RecordingFileWriter::begin(&mut file, "a label").expect("memory");
    writer.block(&head(0), &block).expect("memory");
    writer.block(&head(1), &small).expect("memory");
    writer.gap(Gap { from: begins_at, to: UnixMillis(begins_at.0 + 5), reason: GapReason::NotSampled, count: 1 });
    writer.finish().expect("memory");
    vec![
        seed("history_blocks", "block", with(1, &block)),
        seed("history_blocks", "beginning", with(1, &beginning)),
        seed("history_blocks", "ghosts", with(1, &small)),
        seed("history_blocks", "compressed", with(0, &compress(&block))),
        seed("recording_file", "whole", with(0, &file)),
        seed("recording_file", "cut", with(0, &file[..file.len() - 20])),
        seed("recording_file", "block", with(1, &block)),
        seed("recording_file", "ghosts", with(3, &small)),
        seed("recording_file", "sums", with(3, &block)),
        seed("recording_file", "export", with(30, &block)),
        seed("recording_file", "scrubbed", with(31, &block)),
    ]
}

fn databases() -> Vec<Seed> {
    let point = |lat, lng| {
        map([("latitude", Value::Double(lat)), ("longitude", Value::Double(lng)), ("accuracy_radius", Value::U16(10))])
    };
    let nested = map([
        ("city", map([("names", map([("en", text("London"))]))])),
        ("country", map([("iso_code", text("GB")), ("names", map([("en", text("United Kingdom"))]))])),
        ("location", point(51.5, -0.09)),
    ]);
    let flat = map([
        ("city", text("Bonn")),
        ("country_code", text("DE")),
        ("latitude", text("50.73")),
        ("lng", Value::Float(7.1)),
        ("asn", text("AS64496")),
        ("as_name", text("Example Net")),
    ]);
    let operator = map([
        ("autonomous_system_number", Value::U32(64_497)),
        ("autonomous_system_organization", text("Example Cloud")),
    ]);
    let odd = map([
        ("blob", Value::Bytes(vec![1, 2, 3])),
        ("list", Value::List(vec![Value::Bool(true), Value::I32(-5), Value::U64(7), Value::U128(8)])),
        ("country", text("SE")),
    ]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/maxmind/test-data");
    let read = |name: &str| fs::read(folder.join(name)).expect("readable");
    vec![
        seed("mmdb", "places", encode("Test-City", &[("81.2.0.0", 16, nested)])),
        seed("mmdb", "both", encode("Test-Both", &[("81.2.69.0", 24, flat.clone()), ("2001:218::", 32, flat)])),
        seed("mmdb", "operators", encode("Test-ASN", &[("81.0.0.0", 8, operator)])),
        seed("mmdb", "odd", encode("Test-Odd", &[("0.0.0.0", 1, odd)])),
        seed("mmdb", "cycle", assemble("Test-Cycle", 4, &[[0, 1], [1, 0]], b"")),
        seed("mmdb", "ipv4", read("MaxMind-DB-test-ipv4-24.mmdb")),
        seed("mmdb", "pointers", read("MaxMind-DB-test-broken-pointers-24.mmdb")),
        seed("mmdb", "tree", read("MaxMind-DB-test-broken-search-tree-24.mmdb")),
        seed("mmdb", "decoder", read("MaxMind-DB-test-decoder.mmdb")),
    ]
}

/// As many whole tables of a TOML file as fit.
fn shortened(text: &str, tables: &[&str]) -> String {
    let mut parts = vec![String::new()];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with('[') {
            parts.push(String::new());
        }
        let part = parts.last_mut().expect("one");
        part.push_str(line);
        part.push('\n');
    }
    let mut short = String::new();
    for part in parts {
        let is_needed = !part.starts_with("[[") || tables.iter().any(|table| part.starts_with(table));
        if is_needed && short.len() + part.len() < 4_000 {
            short.push_str(&part);
        }
    }
    short
}

fn authored() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for name in ["everyday", "vpn", "anycast", "port-scan", "web-page"] {
        let text = fs::read_to_string(data(&format!("scenarios/{name}.toml"))).expect("readable");
        seeds.push(seed("scenario", name, shortened(&text, &["[[connections]]", "[[listeners]]", "[[captions]]"])));
    }
    let small = "title = \"t\"\n[programs]\na = { pid = 1755, path = \"/usr/bin/a\" }\n[operators]\no = { asn = 64496, name = \
                 \"O\" }\n[cities]\nHere = { country = \"DE\", lat = 50.0, lng = 7.0 }\n[[connections]]\nprogram = \"a\"\npeer = \
                 \"Here\"\noperators = [\"o\"]\nport = 443\nalways = true\ntraffic = \"download\"\nbytes_per_sec = 5e4\n";
    seeds.push(seed("scenario", "small", small));
    for name in ["connection", "places", "tcp-and-udp", "de/speed-of-light", "es/one-page"] {
        let text = fs::read_to_string(data(&format!("lessons/{name}.toml"))).expect("readable");
        seeds.push(seed("lesson", name.replace('/', "-"), shortened(&text, &["[[steps]]"])));
    }
    let head = "title = \"t\"\nage = \"10\"\nminutes = 5\nlearn = [\"a\"]\ndata = \"demo:everyday\"\n";
    let step = "[[steps]]\nsay = \"Look.\"\nlook = [\"whole-earth\", { filter = \"country:jp\" }, { fly-to = { place = [35.7, \
                139.7], distance = 2.0 } }, { select = { query = \"country:jp\" } }, { table = \"on\" }, { sort-by = { column = \
                \"age\", ascending = true } }, { step-time = 60 }]\nwait = { for = \"w\", filter = \"country:jp\", new = true, \
                count = 2 }\nask = { question = \"q\", choices = [\"a\", \"b\"], right = 2, answer = \"b\" }\n";
    seeds.push(seed("lesson", "small", format!("{head}{step}")));
    seeds.push(seed("lesson", "wrong", format!("{head}[[steps]]\nsay = \"\"\nlook = [\"quit\", \"table\"]\n")));
    seeds
}
