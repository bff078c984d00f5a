//! The name of a source, as `--source` takes it, and the source behind it.

use super::{
    DemoSource, ReplayFrom, ReplaySource, SamplerError, SocketSource, SourceSpecError, invented,
    portable::Netstat2Source,
};
use crate::{files::expand_home, model::UnixMillis};
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Which source to ask: `sock-diag`, `netstat2`, `demo:NAME[,SEED]` or `replay:FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    /// The kernel's own lists (Linux).
    SockDiag,
    /// The portable source.
    Netstat2,
    /// Invented, labelled traffic.
    Demo {
        /// Name of the scenario.
        name: String,
        /// The same seed gives the same traffic. Left out it is 1.
        seed: u64,
    },
    /// A recording.
    Replay(PathBuf),
}

impl Default for SourceSpec {
    /// `sock-diag` on Linux, `netstat2` elsewhere.
    fn default() -> Self {
        if cfg!(target_os = "linux") { Self::SockDiag } else { Self::Netstat2 }
    }
}

impl SourceSpec {
    /// The next in line when this one fails; invented and recorded connections never take the place of real ones, nor
    /// real ones theirs.
    #[must_use]
    pub fn fallback(&self) -> Option<Self> {
        match self {
            Self::SockDiag => Some(Self::Netstat2),
            Self::Netstat2 | Self::Demo { .. } | Self::Replay(_) => None,
        }
    }
}

impl SourceSpec {
    /// The moment at which it begins, where that is known before it is opened.
    #[must_use]
    pub fn begins_at(&self) -> Option<UnixMillis> {
        match self {
            Self::Demo { .. } => Some(invented::BEGINS_AT),
            Self::SockDiag | Self::Netstat2 | Self::Replay(_) => None,
        }
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SockDiag => f.write_str("sock-diag"),
            Self::Netstat2 => f.write_str("netstat2"),
            Self::Demo { name, seed } => write!(f, "demo:{name},{seed}"),
            Self::Replay(path) => write!(f, "replay:{}", path.display()),
        }
    }
}

impl FromStr for SourceSpec {
    type Err = SourceSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "sock-diag" => Ok(Self::SockDiag),
            None if text == "netstat2" => Ok(Self::Netstat2),
            Some(("demo", scenario)) => {
                let (name, seed) = match scenario.split_once(',') {
                    Some((name, seed)) => (name, seed.parse().map_err(|_| SourceSpecError::Seed(seed.to_owned()))?),
                    None => (scenario, invented::DEFAULT_SEED),
                };
                if !invented::SCENARIOS.contains(&name) {
                    return Err(SourceSpecError::Scenario { name: name.to_owned() });
                }
                Ok(Self::Demo { name: name.to_owned(), seed })
            }
            Some(("replay", "")) => Err(SourceSpecError::NoFile),
            Some(("replay", file)) => Ok(Self::Replay(expand_home(Path::new(file)))),
            _ => Err(SourceSpecError::Unknown(text.to_owned())),
        }
    }
}

/// Opens the source that `spec` names.
///
/// # Errors
/// The platform lacks or refuses it, there is no such scenario, or the recording cannot be read.
pub fn open_source(spec: &SourceSpec) -> Result<Box<dyn SocketSource>, SamplerError> {
    Ok(match spec {
        #[cfg(target_os = "linux")]
        SourceSpec::SockDiag => Box::new(super::linux::SockDiagSource::open(std::path::Path::new("/proc"))?),
        #[cfg(not(target_os = "linux"))]
        SourceSpec::SockDiag => return Err(SamplerError::Unsupported { name: "sock-diag" }),
        SourceSpec::Netstat2 => Box::new(Netstat2Source::new()),
        SourceSpec::Demo { name, seed } => Box::new(DemoSource::new(name, *seed)?),
        SourceSpec::Replay(path) => Box::new(ReplaySource::open(path, ReplayFrom::Begin)?),
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
            ("demo:everyday", "demo:everyday,1"),
            ("demo:everyday,7", "demo:everyday,7"),
            ("demo:everyday,18446744073709551615", "demo:everyday,18446744073709551615"),
            ("replay:a,b:c.ndjson", "replay:a,b:c.ndjson"),
        ] {
            assert_eq!(text.parse::<SourceSpec>().map(|spec| spec.to_string()), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn a_wrong_name_says_what_was_expected() {
        for (text, expected) in [
            ("", "expected sock-diag, netstat2, demo:NAME[,SEED] or replay:FILE"),
            ("sockdiag", "expected sock-diag"),
            ("sock-diag:1", "expected sock-diag"),
            ("demo", "demo:NAME"),
            ("demo:", "there is: everyday"),
            ("demo:busy", "there is: everyday"),
            ("demo:everyday,", "no seed"),
            ("demo:everyday,-1", "no seed"),
            ("demo:everyday,1,2", "no seed"),
            ("replay:", "needs a file"),
        ] {
            let error = text.parse::<SourceSpec>().expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn every_source_of_this_platform_opens() {
        for spec in [SourceSpec::default(), SourceSpec::Netstat2, SourceSpec::Demo { name: "everyday".into(), seed: 1 }]
        {
            let is_it = |source: Box<dyn SocketSource>| spec.to_string().starts_with(source.kind().name());
            assert_eq!(open_source(&spec).map(is_it).ok(), Some(true));
        }
        let missing = open_source(&SourceSpec::Replay("no/such/file".into())).err().expect("an error");
        assert!(missing.to_string().contains("no/such/file"), "{missing}");
        let unknown = open_source(&SourceSpec::Demo { name: "busy".into(), seed: 1 }).err().expect("an error");
        assert!(unknown.to_string().contains("everyday"), "{unknown}");
    }
}
