//! Parses the source name of `--source`, and opens the source.

use super::{
    DemoSource, ReplayFrom, ReplaySource, SamplerError, SocketSource, SourceKind, SourceSpecError, invented, system,
};
use crate::{
    files::{expand_home, is_authored_path},
    model::{UnixMillis, filter::parse_duration_ms},
};
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// A source: `sock-diag`, `netstat2`, `proc-net`, `demo:NAME[,SEED]`, `replay:FILE[,TIME]` or `history:TIME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    /// The kernel's socket lists (Linux).
    SockDiag,
    /// The portable source.
    Netstat2,
    /// The kernel's text tables, which work without netlink (Linux).
    ProcNet,
    /// Simulated, labelled traffic.
    Demo {
        /// Name of the scenario.
        name: String,
        /// The same seed gives the same traffic; 1 by default.
        seed: u64,
    },
    /// A recording.
    Replay {
        /// The file.
        file: PathBuf,
        /// Start position.
        from: ReplayFrom,
    },
    /// What this computer recorded in the past. The layer `history` opens it.
    History {
        /// The moment to show first.
        at: PastMoment,
    },
}

/// A moment in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastMoment {
    /// A point in time.
    At(UnixMillis),
    /// So many ms before now.
    Ago {
        /// Not negative.
        ms: i64,
    },
}

impl PastMoment {
    /// `2026-06-01T12:00:00Z` (RFC 3339) or `-2h`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(ago) = text.strip_prefix(['-', '\u{2212}']) {
            return parse_duration_ms(ago).map(|ms| Self::Ago { ms });
        }
        let at = text.parse::<jiff::Timestamp>().ok()?;
        Some(Self::At(UnixMillis(at.as_millisecond())))
    }

    /// The point in time, if it is `now` now.
    #[must_use]
    pub fn moment(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::At(at) => at,
            Self::Ago { ms } => now.plus_ms(-ms),
        }
    }
}

impl fmt::Display for PastMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => write!(f, "{at}"),
            Self::Ago { ms } => write!(f, "-{ms}ms"),
        }
    }
}

impl Default for SourceSpec {
    /// `sock-diag` on Linux, `netstat2` elsewhere.
    fn default() -> Self {
        Self::of_this_system().first().cloned().unwrap_or(Self::Netstat2)
    }
}

impl SourceSpec {
    /// Sources of live connections, on any system.
    const LIVE: [Self; 3] = [Self::SockDiag, Self::Netstat2, Self::ProcNet];

    /// What kind of source it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::SockDiag => SourceKind::SockDiag,
            Self::Netstat2 => SourceKind::Netstat2,
            Self::ProcNet => SourceKind::ProcNet,
            Self::Demo { .. } => SourceKind::Demo,
            Self::Replay { .. } => SourceKind::Replay,
            Self::History { .. } => SourceKind::History,
        }
    }

    /// Sources of live connections on this system, in fallback order.
    #[must_use]
    pub fn of_this_system() -> &'static [Self] {
        system::SOURCES
    }

    /// The source to use if this one fails with `error`. Live sources never replace demos or recordings, nor vice
    /// versa. If netlink is refused, sources that need it are skipped.
    #[must_use]
    pub fn fallback(&self, error: &SamplerError) -> Option<Self> {
        if !self.is_live() {
            return None;
        }
        let sources = Self::of_this_system();
        // A source that this system does not have comes before all others.
        let next = sources.iter().position(|source| source == self).map_or(0, |at| at + 1);
        let may_work = |source: &&Self| !error.is_refusal() || !source.needs_netlink();
        sources.get(next..)?.iter().find(may_work).cloned()
    }

    /// Its first moment, if known before it is opened.
    #[must_use]
    pub fn begins_at(&self) -> Option<UnixMillis> {
        match self {
            Self::Demo { name, .. } => invented::begins_at(name),
            Self::Replay { from: ReplayFrom::At(at), .. } | Self::History { at: PastMoment::At(at) } => Some(*at),
            Self::SockDiag | Self::Netstat2 | Self::ProcNet | Self::Replay { .. } | Self::History { .. } => None,
        }
    }

    /// The same source for a single sample: a recording without a start position is read at its end.
    #[must_use]
    pub fn for_one_sample(self) -> Self {
        match self {
            Self::Replay { file, from: ReplayFrom::Begin } => Self::Replay { file, from: ReplayFrom::End },
            other => other,
        }
    }

    /// Whether it lists the connections of this computer now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::SockDiag | Self::Netstat2 | Self::ProcNet)
    }

    fn needs_netlink(&self) -> bool {
        cfg!(target_os = "linux") && matches!(self, Self::SockDiag | Self::Netstat2)
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SockDiag | Self::Netstat2 | Self::ProcNet => f.write_str(self.kind().name()),
            Self::Demo { name, seed } => write!(f, "demo:{name},{seed}"),
            Self::Replay { file, from } => write!(f, "replay:{}{from}", file.display()),
            Self::History { at } => write!(f, "history:{at}"),
        }
    }
}

impl FromStr for SourceSpec {
    type Err = SourceSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None => {
                let found = Self::LIVE.iter().find(|spec| spec.kind().name() == text);
                found.cloned().ok_or_else(|| SourceSpecError::Unknown(text.to_owned()))
            }
            Some(("demo", scenario)) => {
                let (name, seed) = split_seed(scenario)?;
                invented::check_name(name).map_err(|error| SourceSpecError::Scenario(error.to_string()))?;
                Ok(Self::Demo { name: name.to_owned(), seed })
            }
            Some(("replay", "")) => Err(SourceSpecError::NoFile),
            Some(("replay", text)) => {
                let (file, from) = ReplayFrom::split(text);
                Ok(Self::Replay { file: expand_home(Path::new(file)), from })
            }
            Some(("history", time)) => {
                let at = PastMoment::parse(time).ok_or_else(|| SourceSpecError::Moment(time.to_owned()))?;
                Ok(Self::History { at })
            }
            _ => Err(SourceSpecError::Unknown(text.to_owned())),
        }
    }
}

/// Splits `NAME[,SEED]`. The name of a file may contain commas.
fn split_seed(scenario: &str) -> Result<(&str, u64), SourceSpecError> {
    let whole = (scenario, invented::DEFAULT_SEED);
    let bad_seed = |seed: &str| SourceSpecError::Seed(seed.to_owned());
    if is_authored_path(scenario) {
        let seeded = scenario.rsplit_once(',').and_then(|(name, seed)| Some((name, seed.parse().ok()?)));
        return Ok(seeded.unwrap_or(whole));
    }
    match scenario.split_once(',') {
        Some((name, seed)) => Ok((name, seed.parse().map_err(|_| bad_seed(seed))?)),
        None => Ok(whole),
    }
}

/// Opens the source of `spec`.
///
/// # Errors
/// If the platform lacks or refuses it, the scenario does not exist, or the recording cannot be read.
pub fn open_source(spec: &SourceSpec) -> Result<Box<dyn SocketSource>, SamplerError> {
    Ok(match spec {
        SourceSpec::SockDiag => system::open_sock_diag()?,
        SourceSpec::Netstat2 => Box::new(system::Netstat2::new()),
        SourceSpec::ProcNet => system::open_proc_net()?,
        SourceSpec::Demo { name, seed } => Box::new(DemoSource::new(name, *seed)?),
        SourceSpec::Replay { file, from } => Box::new(ReplaySource::open(file, *from)?),
        SourceSpec::History { .. } => return Err(SamplerError::Unsupported { name: "history" }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_source_and_a_name_again() {
        for (text, shown) in [
            ("sock-diag", "sock-diag"),
            ("netstat2", "netstat2"),
            ("proc-net", "proc-net"),
            ("demo:everyday", "demo:everyday,1"),
            ("demo:everyday,7", "demo:everyday,7"),
            ("demo:my/story.toml", "demo:my/story.toml,1"),
            ("demo:my/a,b.toml,7", "demo:my/a,b.toml,7"),
            ("demo:everyday,18446744073709551615", "demo:everyday,18446744073709551615"),
            ("replay:a,b:c.ndjson", "replay:a,b:c.ndjson"),
            ("replay:a,b.ndjson,2026-06-01T12:00:00+02:00", "replay:a,b.ndjson,2026-06-01T10:00:00.000Z"),
            ("replay:a,b.ndjson,1.5m", "replay:a,b.ndjson,90000ms"),
            ("replay:a,-5s", "replay:a,-5s"),
            ("replay:,5s", "replay:,5s"),
            ("history:2026-06-01T12:00:00+02:00", "history:2026-06-01T10:00:00.000Z"),
            ("history:-2h", "history:-7200000ms"),
        ] {
            assert_eq!(text.parse::<SourceSpec>().map(|spec| spec.to_string()), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn a_wrong_name_says_what_was_expected() {
        for (text, expected) in [
            ("", "expected sock-diag, netstat2, proc-net, demo:NAME[,SEED], replay:FILE[,TIME] or history:TIME"),
            ("sockdiag", "expected sock-diag"),
            ("sock-diag:1", "expected sock-diag"),
            ("demo", "demo:NAME"),
            ("demo:", "available: everyday"),
            ("demo:busy", "available: everyday"),
            ("demo:everyday,", "invalid seed"),
            ("demo:everyday,-1", "invalid seed"),
            ("demo:everyday,1,2", "invalid seed"),
            ("replay:", "needs a file"),
            ("history:", "invalid time \"\""),
            ("history:2h", "history:-2h"),
            ("history:yesterday", "history:2026-06-01T12:00:00Z"),
        ] {
            let error = text.parse::<SourceSpec>().expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_whose_name_ends_like_a_time_is_still_that_file() {
        let directory = tempfile::tempdir().unwrap();
        let replay = |name: &str| format!("replay:{}", directory.path().join(name).display()).parse::<SourceSpec>();
        let from = |name: &str| match replay(name) {
            Ok(SourceSpec::Replay { file, from }) => (file, from),
            other => panic!("{name}: {other:?}"),
        };
        let (whole, short) = (directory.path().join("day,90s"), directory.path().join("day"));
        assert_eq!(from("day,90s"), (short.clone(), ReplayFrom::After { ms: 90_000 }));
        std::fs::write(&whole, "").unwrap();
        assert_eq!(from("day,90s"), (whole.clone(), ReplayFrom::Begin));
        assert_eq!(from("day,90s,5s"), (whole, ReplayFrom::After { ms: 5_000 }));
        assert_eq!(replay("day").unwrap().for_one_sample(), SourceSpec::Replay { file: short, from: ReplayFrom::End });
    }

    #[test]
    fn every_source_of_this_platform_opens() {
        let demo = SourceSpec::Demo { name: "everyday".into(), seed: 1 };
        for spec in SourceSpec::of_this_system().iter().chain([&demo]) {
            assert_eq!(open_source(spec).map(|source| source.kind()).ok(), Some(spec.kind()));
        }
        let missing = open_source(&SourceSpec::Replay { file: "no/such/file".into(), from: ReplayFrom::Begin })
            .err()
            .expect("an error");
        assert!(missing.to_string().contains("no/such/file"), "{missing}");
        let unknown = open_source(&SourceSpec::Demo { name: "busy".into(), seed: 1 }).err().expect("an error");
        assert!(unknown.to_string().contains("everyday"), "{unknown}");
    }

    #[test]
    fn the_next_in_line_is_one_that_may_work() {
        let broken = SamplerError::Netstat2("as planned".to_owned());
        let refused = SamplerError::RefusedAsEmpty { table: "/proc/net/tcp", rows: 3 };
        let demo = SourceSpec::Demo { name: "everyday".into(), seed: 1 };
        let mut last = SourceSpec::default();
        let mut line = vec![last.clone()];
        while let Some(next) = last.fallback(&broken) {
            line.push(next.clone());
            last = next;
        }
        assert_eq!(line, SourceSpec::of_this_system());
        for spec in [demo, SourceSpec::Replay { file: "a".into(), from: ReplayFrom::Begin }] {
            assert_eq!(spec.fallback(&broken), None, "{spec}");
        }
        if cfg!(target_os = "linux") {
            for spec in [SourceSpec::SockDiag, SourceSpec::Netstat2] {
                assert_eq!(spec.fallback(&refused), Some(SourceSpec::ProcNet), "{spec}");
            }
        }
        assert_eq!(SourceSpec::ProcNet.fallback(&refused).is_none(), cfg!(target_os = "linux"));
    }
}
