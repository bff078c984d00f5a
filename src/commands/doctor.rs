//! `netglobe doctor`: what works on this machine, what does not, and what to do about it.
//!
//! Each check really does the thing once (a look at the sockets, a look-up, a file in the cache) instead of guessing
//! from versions. What is not built yet says so and is never counted as working. Checks of parts that this module may
//! not know, the GPU and the home, are handed in by the app.

use super::list::first_look;
use crate::{
    config::Settings,
    geo::{GeoError, GeoService},
    model::{
        AddressScope, Degradation, DegradationKind, Location, Owner, OwnerMissing, Protocol, Snapshot, SocketState,
        UnixMillis,
    },
    sampler::{SamplerError, SourceSpec, open_source},
    text::escape_untrusted,
    words::place_words,
};
use std::{
    fs,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

/// A public address that the databases in common use know: the example of their makers.
const SAMPLE_IP: IpAddr = IpAddr::V4(Ipv4Addr::new(81, 2, 69, 142));

/// The sources of real connections, in the order in which they are tried.
const SOURCES: [&str; 2] = ["sock-diag", "netstat2"];

/// What is planned and not built: said, so that nobody relies on it.
const NOT_YET: [(&str, &str); 2] = [
    ("sandbox", "nothing but its own code keeps netglobe from the network; the kernel will"),
    ("history", "nothing is kept, so there is no scrubbing back"),
];

/// Why the report ends with a failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoctorError {
    /// The database named by `--geo-db` cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// The output cannot be written.
    #[error("cannot write the report: {0}")]
    Output(#[source] io::Error),
}

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Works,
    Partly,
    Fails,
    NotYet,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq)]
struct Check {
    part: &'static str,
    verdict: Verdict,
    says: String,
    remedy: String,
}

impl Check {
    fn new(part: &'static str, verdict: Verdict, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { part, verdict, says: says.into(), remedy: remedy.into() }
    }

    /// A check handed in: what it found, or what is wrong.
    fn handed_in(part: &'static str, found: Result<String, String>, remedy: &str) -> Self {
        match found {
            Ok(says) => Self::new(part, Verdict::Works, says, ""),
            Err(says) => Self::new(part, Verdict::Fails, says, remedy),
        }
    }
}

/// Writes the report to standard output, each line as soon as it is known. `gpu` says what draws, `home` where this
/// computer is and how that is known; both say why not where they fail.
///
/// # Errors
/// See [`DoctorError`]; the report is complete before it fails over a database.
pub fn run(
    settings: &Settings,
    gpu: impl Fn() -> Result<String, String>,
    home: impl Fn() -> Result<String, String>,
) -> Result<(), DoctorError> {
    let mut failed_database = None;
    match write_report(settings, &gpu, &home, &mut failed_database, &mut io::stdout().lock()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(DoctorError::Output(error)),
        _ => {}
    }
    failed_database.map_or(Ok(()), |error| Err(DoctorError::Geo(error)))
}

fn write_report(
    settings: &Settings,
    gpu: &dyn Fn() -> Result<String, String>,
    home: &dyn Fn() -> Result<String, String>,
    failed_database: &mut Option<GeoError>,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "netglobe {}", env!("CARGO_PKG_VERSION"))?;
    let mut best = None;
    for name in SOURCES {
        let (mut check, snapshot) = check_source(name);
        if best.is_some() && snapshot.is_some() {
            // A better one works: nothing is to be done about what this one lacks.
            check.remedy.clear();
        }
        best = best.or(snapshot);
        write_check(out, &check)?;
    }
    write_check(out, &check_owners(best.as_ref()))?;
    write_check(out, &check_counters(best.as_ref()))?;
    let mut of_places = Vec::new();
    match GeoService::open_blocking(settings.geo_options()) {
        Ok(geo) => {
            let location = geo.locate(SAMPLE_IP);
            write_check(out, &check_database(&location))?;
            of_places = geo.degradations();
        }
        Err(error) => {
            write_check(out, &Check::new("database", Verdict::Fails, error.to_string(), "name another file"))?;
            *failed_database = Some(error);
        }
    }
    let set_home = "set it: netglobe --home LAT,LNG, or the button in the window";
    write_check(out, &Check::handed_in("home", home(), set_home))?;
    write_check(out, &check_cache(settings.directories.cache.as_deref()))?;
    write_check(out, &check_display(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())))?;
    let no_gpu = "install a Vulkan driver; without a GPU a software one will do (Debian, Ubuntu: mesa-vulkan-drivers)";
    write_check(out, &Check::handed_in("graphics", gpu(), no_gpu))?;
    for (part, says) in NOT_YET {
        write_check(out, &Check::new(part, Verdict::NotYet, says, ""))?;
    }
    let of_source = match first_look(settings) {
        Ok(message) => message.degradations,
        Err(error) => {
            vec![Degradation::new(DegradationKind::Sampling, error.to_string(), "see above what each source says")]
        }
    };
    write_degradations(out, &Degradation::gather([settings.degradations.as_slice(), &of_source, &of_places]))?;
    out.flush()
}

/// What the window shows among its degradations with these settings, word for word.
fn write_degradations(out: &mut impl Write, degradations: &[Degradation]) -> io::Result<()> {
    if degradations.is_empty() {
        return writeln!(out, "nothing is degraded with these settings");
    }
    writeln!(out, "degraded with these settings, as the window shows it:")?;
    degradations
        .iter()
        .try_for_each(|it| write_check(out, &Check::new(it.kind.name(), Verdict::Partly, &it.what, &it.remedy)))
}

fn write_check(out: &mut impl Write, check: &Check) -> io::Result<()> {
    let verdict = match check.verdict {
        Verdict::Works => "ok",
        Verdict::Partly => "partly",
        Verdict::Fails => "no",
        Verdict::NotYet => "not yet",
    };
    writeln!(out, "  {verdict:<9}{:<16}{}", check.part, escape_untrusted(&check.says))?;
    if !check.remedy.is_empty() {
        writeln!(out, "  {:<25}to do: {}", "", escape_untrusted(&check.remedy))?;
    }
    out.flush()
}

/// Looks at the sockets twice, because the first look also has to find all owners.
fn check_source(name: &'static str) -> (Check, Option<Snapshot>) {
    // A source may panic where /proc is not readable; the other checks go on.
    match catch_unwind(AssertUnwindSafe(|| look(name))) {
        Ok(Ok((snapshot, first, second))) => {
            let [first_ms, second_ms] = [first, second].map(|took| took.as_secs_f64() * 1000.0);
            let says = format!(
                "{}; the first look took {first_ms:.1} ms, the second {second_ms:.1} ms",
                sockets(snapshot.connections.len())
            );
            let check = match snapshot.degradations.as_slice() {
                [] => Check::new(name, Verdict::Works, says, ""),
                lacks @ [first, ..] => {
                    let lacks: Vec<_> = lacks.iter().map(|it| it.what.as_str()).collect();
                    Check::new(name, Verdict::Partly, format!("{says}; {}", lacks.join("; ")), &first.remedy)
                }
            };
            (check, Some(snapshot))
        }
        Ok(Err((error, remedy))) => (Check::new(name, Verdict::Fails, error, remedy), None),
        Err(_) => (Check::new(name, Verdict::Fails, "it broke while looking at the sockets", ""), None),
    }
}

/// `1 socket`, `2 sockets`.
fn sockets(count: usize) -> String {
    format!("{count} socket{}", if count == 1 { "" } else { "s" })
}

/// Two snapshots, or what is wrong and what to do.
fn look(name: &str) -> Result<(Snapshot, Duration, Duration), (String, &'static str)> {
    let spec: SourceSpec = name.parse().map_err(|_| ("not available on this system".to_owned(), ""))?;
    let explain = |error: SamplerError| {
        // Doctor itself is what the usual remedy names.
        (error.to_string(), if error.remedy().contains("doctor") { "" } else { error.remedy() })
    };
    let mut source = open_source(&spec).map_err(explain)?;
    let mut timed = || {
        let start = Instant::now();
        let now = UnixMillis(jiff::Timestamp::now().as_millisecond());
        source.sample(now).map(|snapshot| (snapshot, start.elapsed())).map_err(explain)
    };
    let (_, first) = timed()?;
    let (snapshot, second) = timed()?;
    Ok((snapshot, first, second))
}

fn check_owners(snapshot: Option<&Snapshot>) -> Check {
    let Some(snapshot) = snapshot else {
        return Check::new("owners", Verdict::Fails, "no source works, so no owner can be known", "");
    };
    let total = snapshot.connections.len();
    let missing: Vec<OwnerMissing> = snapshot
        .connections
        .iter()
        .filter_map(|connection| match connection.owner {
            Owner::Process(_) => None,
            Owner::Missing(reason) => Some(reason),
        })
        .collect();
    let mut says = format!("the process of {} of {} is known", total - missing.len(), sockets(total));
    let count = |kind: &str| snapshot.connections.iter().filter(|it| it.holder().kind() == kind).count();
    for (count, what) in [(count("unit"), "unit"), (count("user"), "user")].into_iter().filter(|(count, _)| *count > 0)
    {
        says = format!("{says}, of {count} more the {what}");
    }
    let mut remedy = "";
    for reason in [
        OwnerMissing::NotPermitted,
        OwnerMissing::NotFound,
        OwnerMissing::NoProcess,
        OwnerMissing::ProcUnavailable,
        OwnerMissing::ClosedTooSoon,
        OwnerMissing::NotMeasured,
    ] {
        let count = missing.iter().filter(|found| **found == reason).count();
        if count > 0 {
            says = format!("{says}; {count}: {}", reason.explain());
        }
        if count > 0 && reason == OwnerMissing::NotPermitted {
            remedy = "nothing is needed for your own processes; as root the others are known, too";
        }
    }
    // A socket that no process holds is not a lack of this machine.
    let is_complete = missing.iter().all(|reason| *reason == OwnerMissing::NoProcess);
    Check::new("owners", if is_complete { Verdict::Works } else { Verdict::Partly }, says, remedy)
}

/// Whether this kernel counts the bytes of TCP connections.
fn check_counters(snapshot: Option<&Snapshot>) -> Check {
    let part = "byte counters";
    let Some(snapshot) = snapshot else {
        return Check::new(part, Verdict::Fails, "no source works, so nothing can be counted", "");
    };
    let connections: Vec<_> = snapshot
        .connections
        .iter()
        .filter(|row| row.key.protocol == Protocol::Tcp && row.state == SocketState::Established)
        .collect();
    let counted = connections.iter().filter(|row| row.traffic.is_some_and(|traffic| traffic.bytes().is_some())).count();
    let total = connections.len();
    let says = format!("{counted} of {total} established TCP connections have byte counts and round-trip times");
    if snapshot.counted_at.is_none() {
        let says = "this source does not count traffic: arcs stand still";
        return Check::new(part, Verdict::Fails, says, "on Linux, see why sock-diag does not work");
    }
    match (total, counted) {
        (0, _) => {
            Check::new(part, Verdict::Partly, "no TCP connection is established, so there is nothing to count", "")
        }
        (_, 0) => Check::new(part, Verdict::Fails, says, "use Linux 4.19 or newer"),
        _ => Check::new(part, if counted == total { Verdict::Works } else { Verdict::Partly }, says, ""),
    }
}

fn check_database(location: &Location) -> Check {
    let stamp = location.database.as_ref().map(|stamp| format!("{}, built {}", stamp.name, stamp.built));
    let answer = place_words(location, AddressScope::Public);
    match (stamp, &location.place) {
        (Some(stamp), Ok(_)) => {
            Check::new("database", Verdict::Works, format!("{stamp}; {SAMPLE_IP} is in {answer}"), "")
        }
        (stamp, _) => {
            let name = stamp.unwrap_or_else(|| "no database answered".to_owned());
            Check::new("database", Verdict::Partly, format!("{name}; {SAMPLE_IP}: {answer}"), "")
        }
    }
}

fn check_cache(cache: Option<&Path>) -> Check {
    let remedy = "without it the databases are unpacked at each start; set XDG_CACHE_HOME to a directory of yours";
    let Some(cache) = cache else {
        return Check::new("cache", Verdict::Partly, "no cache directory is known here", remedy);
    };
    let written = fs::create_dir_all(cache).and_then(|()| {
        let mut file = tempfile::tempfile_in(cache)?;
        file.write_all(b"netglobe")
    });
    match written {
        Ok(()) => Check::new("cache", Verdict::Works, cache.display().to_string(), ""),
        Err(error) => Check::new("cache", Verdict::Partly, format!("{}: {error}", cache.display()), remedy),
    }
}

fn check_display(is_set: impl Fn(&str) -> bool) -> Check {
    if cfg!(any(windows, target_os = "macos")) {
        return Check::new("display", Verdict::Works, "the system's own", "");
    }
    match (is_set("WAYLAND_DISPLAY"), is_set("DISPLAY")) {
        (true, _) => Check::new("display", Verdict::Works, "Wayland (WAYLAND_DISPLAY is set)", ""),
        (false, true) => Check::new("display", Verdict::Works, "X11 (DISPLAY is set)", ""),
        (false, false) => Check::new(
            "display",
            Verdict::Fails,
            "neither WAYLAND_DISPLAY nor DISPLAY is set: no window can open",
            "netglobe list --watch shows the connections, netglobe snapshot OUT.png the globe",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Connection, ConnectionKey, Endpoint, PlaceMissing, Traffic};

    fn snapshot(reasons: &[OwnerMissing]) -> Snapshot {
        let connections = reasons
            .iter()
            .map(|reason| Connection {
                key: ConnectionKey {
                    protocol: Protocol::Tcp,
                    local: Endpoint::new(SAMPLE_IP, 1),
                    remote: None,
                    identity: 0,
                },
                state: SocketState::Listen,
                direction: None,
                owner: Owner::Missing(*reason),
                uid: None,
                context: None,
                first_seen_at: UnixMillis(0),
                opened_at: None,
                traffic: None,
                simulated: None,
            })
            .collect();
        Snapshot { connections, ..Snapshot::default() }
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(sockets), ["0 sockets", "1 socket", "2 sockets"]);
    }

    #[test]
    fn owners_are_counted_with_the_reasons() {
        for (reasons, verdict, expected) in [
            (&[][..], Verdict::Works, "0 of 0"),
            (&[OwnerMissing::NoProcess], Verdict::Works, "0 of 1 socket is known"),
            (&[OwnerMissing::NotPermitted, OwnerMissing::NotPermitted], Verdict::Partly, "2: it belongs to another"),
        ] {
            let check = check_owners(Some(&snapshot(reasons)));
            assert_eq!(check.verdict, verdict);
            assert!(check.says.contains(expected), "{}", check.says);
        }
        assert_eq!(check_owners(None).verdict, Verdict::Fails);
    }

    #[test]
    fn counters_work_where_connections_have_them() {
        let look = |traffic: &[Option<Traffic>]| {
            let mut snapshot = snapshot(&vec![OwnerMissing::NotFound; traffic.len()]);
            for (row, traffic) in snapshot.connections.iter_mut().zip(traffic) {
                (row.state, row.traffic) = (SocketState::Established, *traffic);
            }
            Snapshot { counted_at: Some(Instant::now()), ..snapshot }
        };
        let counted = Some(Traffic { bytes_sent: Some(0), ..Traffic::default() });
        for (snapshot, verdict, words) in [
            (look(&[]), Verdict::Partly, "nothing to count"),
            (look(&[counted, counted]), Verdict::Works, "2 of 2"),
            (look(&[None, Some(Traffic::default())]), Verdict::Fails, "0 of 2"),
            (Snapshot { counted_at: None, ..look(&[None]) }, Verdict::Fails, "does not count"),
        ] {
            let check = check_counters(Some(&snapshot));
            assert!(check.verdict == verdict && check.says.contains(words), "{check:?}");
        }
        assert_eq!(check_counters(None).verdict, Verdict::Fails);
    }

    #[test]
    fn a_machine_without_a_display_is_told_what_works_there() {
        for (set, verdict) in [
            (&["DISPLAY"][..], Verdict::Works),
            (&["WAYLAND_DISPLAY"], Verdict::Works),
            (&[], if cfg!(any(windows, target_os = "macos")) { Verdict::Works } else { Verdict::Fails }),
        ] {
            assert_eq!(check_display(|name| set.contains(&name)).verdict, verdict, "{set:?}");
        }
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_degraded() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        assert_eq!(check_cache(Some(&directory.path().join("new"))).verdict, Verdict::Works);
        let file = directory.path().join("file");
        fs::write(&file, "").expect("written");
        assert_eq!(check_cache(Some(&file)).verdict, Verdict::Partly);
        assert_eq!(check_cache(None).verdict, Verdict::Partly);
    }

    #[test]
    fn a_database_without_an_answer_is_not_called_working() {
        let check = check_database(&Location::missing(PlaceMissing::DatabaseUnavailable));
        assert_eq!(check.verdict, Verdict::Partly);
    }

    #[test]
    fn a_line_is_one_line_whatever_it_quotes() {
        let mut out = Vec::new();
        write_check(&mut out, &Check::new("graphics", Verdict::Works, "a\nb\x1b[2J", "c\nd")).expect("written");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('\x1b'));
    }
}
