//! Start position of a recording: the `TIME` of `replay:FILE,TIME`.

use crate::{
    files::expand_home,
    model::{UnixMillis, filter::parse_duration_ms},
};
use std::{fmt, path::Path};

/// See the module documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplayFrom {
    /// The beginning.
    #[default]
    Begin,
    /// A moment.
    At(UnixMillis),
    /// This many milliseconds after the beginning.
    After {
        /// Not negative.
        ms: i64,
    },
    /// The last moment.
    End,
}

impl ReplayFrom {
    /// `2026-06-01T12:00:00Z` (RFC 3339) or `90s` from the beginning; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Some(Self::At(UnixMillis(at.as_millisecond())));
        }
        parse_duration_ms(text).map(|ms| Self::After { ms })
    }

    /// Splits `FILE,TIME`. The part after the last comma is the time if it can be parsed as one and no file has the
    /// whole text as its name.
    #[must_use]
    pub fn split(text: &str) -> (&str, Self) {
        let time = text.rsplit_once(',').filter(|(file, _)| !file.is_empty());
        match time.and_then(|(file, time)| Some((file, Self::parse(time)?))) {
            Some(split) if !expand_home(Path::new(text)).exists() => split,
            _ => (text, Self::Begin),
        }
    }
}

impl fmt::Display for ReplayFrom {
    /// Formats it as a suffix of the file, including the comma.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin | Self::End => Ok(()),
            Self::At(at) => write!(f, ",{at}"),
            Self::After { ms } => write!(f, ",{ms}ms"),
        }
    }
}
