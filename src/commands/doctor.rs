//! `netglobe doctor`: reports what works on this machine, what does not, and how to fix it.
//!
//! Each check performs the operation once (a sample, a lookup, a file in the cache) instead of guessing from versions.
//! Checks of modules that this one must not depend on,
//! the GPU and the home, are passed in by the app. Text and JSON show the same list of checks.

mod check;
mod connections;
mod history;
mod report;
mod sandbox;
mod sources;
mod surroundings;

use self::{
    check::{Check, Status},
    connections::{check_counters, check_owners},
    history::check_history,
    report::Report,
    sandbox::check_sandbox,
    sources::check_source,
    surroundings::{SAMPLE_IP, check_cache, check_database},
};
use super::list::first_sample;
use crate::{
    cli::DoctorArgs,
    config::Settings,
    console::nobody_reads,
    geo::{GeoError, GeoService},
    model::{Degradation, DegradationKind},
    sampler::SourceSpec,
};
use std::io::{self, Write};

/// Why the report fails.
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

/// Checks of modules that this one must not depend on. They return what they found, or the error.
pub struct HandedIn<'a> {
    /// The display on which a window opens.
    pub display: &'a dyn Fn() -> Result<String, String>,
    /// The graphics adapter; or the error and its remedy.
    pub graphics: &'a dyn Fn() -> Result<String, (String, String)>,
    /// The location of this computer, and where it comes from.
    pub home: &'a dyn Fn() -> Result<String, String>,
}

/// Writes the report to standard output, each line as soon as it is available.
///
/// # Errors
/// See [`DoctorError`]; after an error of a database the report is still completed.
pub fn run(args: &DoctorArgs, settings: &Settings, handed_in: &HandedIn<'_>) -> Result<(), DoctorError> {
    let mut failed_database = None;
    let written = Report::begin(io::stdout().lock(), args.json).and_then(|mut report| {
        examine(settings, handed_in, &mut failed_database, &mut report)?;
        report.finish()
    });
    match written {
        Err(error) if !nobody_reads(&error) => return Err(DoctorError::Output(error)),
        _ => {}
    }
    failed_database.map_or(Ok(()), |error| Err(DoctorError::Geo(error)))
}

/// Runs the checks.
fn examine<W: Write>(
    settings: &Settings,
    handed_in: &HandedIn<'_>,
    failed_database: &mut Option<GeoError>,
    report: &mut Report<W>,
) -> io::Result<()> {
    let mut best = None;
    for source in SourceSpec::of_this_system() {
        let (mut check, seen) = check_source(source);
        if best.is_some() && seen.is_some() {
            // A better source works, so nothing needs to be done about this one.
            check.remedy.clear();
        }
        best = best.or(seen);
        report.add(check)?;
    }
    report.add(check_owners(best.as_ref()))?;
    report.add(check_counters(best.as_ref()))?;
    let mut of_places = Vec::new();
    match GeoService::open_blocking(settings.geo_options()) {
        Ok(geo) => {
            report.add(check_database(&geo.locate(SAMPLE_IP)))?;
            of_places = geo.degradations();
        }
        Err(error) => {
            report.add(Check::new("database", Status::No, error.to_string(), "use another file"))?;
            *failed_database = Some(error);
        }
    }
    let set_home = "use --home LAT,LNG, or set it in the window";
    report.add(Check::handed_in("home", (handed_in.home)(), set_home))?;
    report.add(check_cache(settings.directories.cache.as_deref()))?;
    report.add(check_history(settings))?;
    let instead = without_display(cfg!(feature = "window"));
    report.add(Check::handed_in("display", (handed_in.display)(), instead))?;
    report.add(match (handed_in.graphics)() {
        Ok(detail) => Check::new("graphics", Status::Ok, detail, ""),
        Err((detail, remedy)) => Check::new("graphics", Status::No, detail, remedy),
    })?;
    check_sandbox().into_iter().try_for_each(|check| report.add(check))?;
    let of_source = match first_sample(settings) {
        Ok(message) => message.report.degradations.clone(),
        Err(error) => {
            vec![Degradation::new(DegradationKind::Sampling, error.to_string(), "see the sources above")]
        }
    };
    let degraded = Degradation::gather([settings.degradations.as_slice(), &of_source, &of_places]);
    degraded.into_iter().try_for_each(|degradation| report.add(Check::degraded(degradation)))
}

/// What to do if no window can open. A build without a window has no `snapshot` either.
fn without_display(is_built_with_window: bool) -> &'static str {
    if is_built_with_window {
        "netglobe list --watch lists connections, netglobe snapshot OUT.png saves a picture of the globe"
    } else {
        "netglobe list --watch lists connections; for the window, build without --no-default-features"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn the_remedy_without_a_display_names_only_commands_of_this_build() {
        let named = without_display(cfg!(feature = "window")).split("netglobe ").skip(1);
        for command in named.filter_map(|after| after.split_whitespace().next()) {
            assert!(Cli::command().find_subcommand(command).is_some(), "there is no netglobe {command}");
        }
        assert!(without_display(true).contains("netglobe snapshot") && !without_display(false).contains("snapshot"));
    }
}
