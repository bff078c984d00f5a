//! `netglobe history record`: records until Ctrl-C, without a window.

use super::{HistoryCommandError, file, line};
use crate::{
    commands::list::{catch_ctrl_c, degradation_line, fail_without_rows, start_sampler_at},
    config::Settings,
    console,
    files::on_termination,
    geo::GeoService,
    history::{RecorderHandle, RecorderSettings, RecorderState, RecorderStatus},
    model::Degradation,
};
use crossbeam_channel::{bounded, select};
use std::collections::HashSet;

/// Records until it is interrupted.
pub(super) fn run(settings: &Settings) -> Result<(), HistoryCommandError> {
    // Started with the session, it runs without a window.
    console::leave_own();
    if !settings.records_history && !settings.is_history_explicit {
        return Err(HistoryCommandError::SwitchedOff);
    }
    let path = file(settings)?;
    let source = settings.source.clone().unwrap_or_default();
    if !source.is_live() && !settings.is_history_explicit {
        return Err(HistoryCommandError::NeedsOwnFile(source.to_string()));
    }
    // The end of the session, which all threads leave to this one; and Ctrl-C.
    let (end, ended) = bounded(1);
    on_termination(move || end.send(()).unwrap_or_default())
        .map_err(|error| HistoryCommandError::Recorder(format!("cannot prepare for the end: {error}")))?;
    let stopped = catch_ctrl_c()?;
    let handle = start_sampler_at(settings, false, true);
    let geo = GeoService::open(settings.geo_options())?;
    let (wake, news) = bounded(1);
    let mut recorder = RecorderHandle::spawn(
        RecorderSettings {
            path: path.to_owned(),
            may_set_aside: !settings.is_history_explicit,
            limits: settings.history_limits,
            label: (!source.is_live()).then(|| source.to_string()),
            geo,
            home: settings.home_to_record(),
        },
        handle.subscribe(),
        handle.clock().clone(),
        false,
        Box::new(move || wake.try_send(()).unwrap_or_default()),
    );
    let mut told = HashSet::new();
    tell(&settings.degradations, &mut told);
    let mut is_first = true;
    let mut state = RecorderState::Starting;
    let mut problem: Option<Degradation> = None;
    loop {
        select! {
            recv(handle.receiver()) -> message => {
                let Ok(message) = message else { break };
                if std::mem::take(&mut is_first) {
                    fail_without_rows(&message)?;
                }
                tell(&message.report.degradations, &mut told);
            }
            recv(news) -> _ => {
                let status = recorder.status();
                let failure = status.problem.as_ref().filter(|_| status.state == RecorderState::Failed);
                // The error of the command tells it.
                told.extend(failure.map(degradation_line));
                tell(&status.degradations(), &mut told);
                if let (Some(before), None) = (&problem, &status.problem) {
                    line("the history can be written again");
                    // If it happens again, it is told again.
                    told.remove(&degradation_line(before));
                }
                problem.clone_from(&status.problem);
                if status.state != state {
                    state = status.state;
                    tell_state(&status, path);
                }
                if let Some(failure) = failure {
                    return Err(HistoryCommandError::Recorder(degradation_line(failure)));
                }
            }
            recv(stopped) -> _ => break,
            recv(ended) -> _ => break,
        }
    }
    // Ends the recording in order.
    recorder.stop();
    match recorder.status().problem {
        Some(problem) => Err(HistoryCommandError::Recorder(degradation_line(&problem))),
        None => Ok(()),
    }
}

fn tell_state(status: &RecorderStatus, path: &std::path::Path) {
    match status.state {
        RecorderState::Recording => line(&format!("recording to {} (Ctrl-C ends it)", path.display())),
        RecorderState::ReadingAlong => {
            line(&format!("another netglobe records to {}; this one takes over when that ends", path.display()));
        }
        RecorderState::Starting | RecorderState::Private | RecorderState::Failed => {}
    }
}

/// Writes each degradation once to standard error.
fn tell(degradations: &[Degradation], told: &mut HashSet<String>) {
    for degradation in degradations {
        let text = degradation_line(degradation);
        if told.insert(text.clone()) {
            line(&text);
        }
    }
}
