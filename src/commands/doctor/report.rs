//! The list of checks as text, written incrementally, or as one JSON object.

use super::check::{Check, Status, Subject};
use crate::{
    commands::record_json::SCHEMA,
    text::{escape_in_json, escape_untrusted},
};
use serde::Serialize;
use std::io::{self, Write};

/// Output for the checks.
pub(super) enum Report<W> {
    /// Lines of text.
    Text {
        /// The output.
        out: W,
        /// Whether the heading for the settings was written.
        has_settings: bool,
    },
    /// A JSON object, written at the end.
    Json {
        /// The output.
        out: W,
        /// The checks so far.
        checks: Vec<Check>,
    },
}

/// `doctor --json`, schema 1.
#[derive(Serialize)]
struct ReportRecord<'a> {
    schema: u32,
    version: &'static str,
    checks: Vec<CheckRecord<'a>>,
}

#[derive(Serialize)]
struct CheckRecord<'a> {
    name: &'a str,
    status: Status,
    detail: &'a str,
    remedy: &'a str,
}

impl<W: Write> Report<W> {
    /// Starts a report.
    pub(super) fn begin(mut out: W, is_json: bool) -> io::Result<Self> {
        if is_json {
            return Ok(Self::Json { out, checks: Vec::new() });
        }
        writeln!(out, "netglobe {}", env!("CARGO_PKG_VERSION"))?;
        Ok(Self::Text { out, has_settings: false })
    }

    /// Adds the next check; those of this machine come before those of the settings.
    pub(super) fn add(&mut self, check: Check) -> io::Result<()> {
        match self {
            Self::Json { checks, .. } => {
                checks.push(check);
                Ok(())
            }
            Self::Text { out, has_settings } => {
                if check.subject == Subject::Settings && !std::mem::replace(has_settings, true) {
                    writeln!(out, "limitations with these settings:")?;
                }
                write_lines(out, &check)
            }
        }
    }

    /// Ends the report.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Text { mut out, has_settings } => {
                if !has_settings {
                    writeln!(out, "no limitations with these settings")?;
                }
                out.flush()
            }
            Self::Json { mut out, checks } => {
                let checks = checks.iter().map(|Check { name, status, detail, remedy, .. }| CheckRecord {
                    name,
                    status: *status,
                    detail,
                    remedy,
                });
                let version = env!("CARGO_PKG_VERSION");
                let record = ReportRecord { schema: SCHEMA, version, checks: checks.collect() };
                writeln!(out, "{}", escape_in_json(&serde_json::to_string(&record)?))?;
                out.flush()
            }
        }
    }
}

fn write_lines(out: &mut impl Write, check: &Check) -> io::Result<()> {
    // The heading already says that it is degraded.
    let name = check.name.strip_prefix("degraded-").unwrap_or(&check.name);
    writeln!(out, "  {:<9}{name:<16}{}", check.status.word(), escape_untrusted(&check.detail))?;
    if !check.remedy.is_empty() {
        writeln!(out, "  {:<25}fix: {}", "", escape_untrusted(&check.remedy))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Degradation, DegradationKind};

    fn report(is_json: bool, checks: Vec<Check>) -> String {
        let mut bytes = Vec::new();
        let mut report = Report::begin(&mut bytes, is_json).expect("written");
        checks.into_iter().for_each(|check| report.add(check).expect("written"));
        report.finish().expect("written");
        String::from_utf8(bytes).expect("text")
    }

    fn degraded() -> Check {
        Check::degraded(Degradation::new(DegradationKind::NotMeasured, "no rates", "use Linux"))
    }

    #[test]
    fn a_line_is_one_line_whatever_it_quotes() {
        let text = report(false, vec![Check::new("graphics", Status::Ok, "a\nb\x1b[2J", "c\nd")]);
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(!text.contains('\x1b'));
        let json = report(true, vec![Check::new("graphics", Status::Ok, "a\nb\x1b[2J\u{202e}", "c\nd")]);
        assert_eq!(json.lines().count(), 1, "{json}");
        assert!(!json.contains(['\x1b', '\u{202e}']));
    }

    #[test]
    fn text_and_json_say_the_same() {
        let checks = || {
            vec![Check::new("sandbox", Status::Partly, "a", ""), Check::new("cache", Status::No, "b", "c"), degraded()]
        };
        assert_eq!(
            report(false, checks()),
            format!(
                "netglobe {}\n  partly   sandbox         a\n  no       cache           b\n{:27}fix: c\n\
                 limitations with these settings:\n  partly   not-measured    no rates\n\
                 {:27}fix: use Linux\n",
                env!("CARGO_PKG_VERSION"),
                "",
                ""
            )
        );
        let json: serde_json::Value = serde_json::from_str(&report(true, checks())).expect("one object");
        let expected = serde_json::json!({
            "schema": 1,
            "version": env!("CARGO_PKG_VERSION"),
            "checks": [
                {"name": "sandbox", "status": "partly", "detail": "a", "remedy": ""},
                {"name": "cache", "status": "no", "detail": "b", "remedy": "c"},
                {"name": "degraded-not-measured", "status": "partly", "detail": "no rates", "remedy": "use Linux"},
            ],
        });
        assert_eq!(json, expected);
        assert!(report(false, Vec::new()).ends_with("no limitations with these settings\n"));
    }
}
