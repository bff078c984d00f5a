//! The status line: rebuilt when a count, the sampler's report, home, the quality or a degradation changes, when the
//! displayed time changes, and every second for the age of databases. Updating the frame rate does not rebuild it.

use crate::app::{
    GlobeCamera, Overlay,
    data::{
        comparison::Comparing,
        history::Recording,
        time::{DataTime, Paused},
    },
    pace::{auto_quality::quality_words, cpu_limit::CpuLimit, power::Power},
    window::end::one_line,
};
use crate::{
    connections::{Clock, Inbox, Places, SamplerStatus},
    geo::{GeoService, HomeMissing},
    globe::{GlobeStats, arcs::ArcStore, earth::Earth, quality::Quality},
    language::t,
    model::{Degradation, DegradationKind, TimeWindow, UnixMillis},
    panics::{FailedThread, failed_threads},
    text::escape_untrusted,
    view::{
        ConnectionTable, FilterInForce, HomeInForce,
        counts::quiet_reason,
        panels::{MissedCount, StatusView},
    },
};
use bevy::prelude::*;
use std::sync::Arc;

/// Content of the line.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct StatusPanel {
    /// See [`StatusView`].
    pub view: StatusView,
    seen: Option<Seen>,
    /// Degradations of the overlay when the line was built.
    own: Vec<Degradation>,
    /// Number of times it was rebuilt.
    pub(super) built: u64,
}

/// State compared in each frame.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    second: u64,
    moment: Moment,
    is_paused: bool,
    recording: Option<(&'static str, &'static str)>,
    /// Speed of a source with its own time, in 64ths of that of the wall clock.
    speed: i32,
    follows: bool,
    is_setting_home: bool,
    is_stage: bool,
    /// Two windows of time that are compared.
    compared: Option<[TimeWindow; 2]>,
    waiting: usize,
    has_arcs: bool,
    /// Whether the databases are open, and the number of lookups in them, which may have found an error.
    geo: (bool, u64),
    /// Why the earth is missing, and why a part of the picture is missing; both are rare.
    problems: [Option<String>; 2],
    /// Threads that have failed, which is rarer still.
    failed_threads: Vec<FailedThread>,
}

/// The displayed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The minute since 1970 for which the sun is drawn.
    Sun(i64),
    /// The second since 1970 that a demo or a recording shows.
    Shown(i64),
}

impl Moment {
    pub(super) fn of(clock: &Clock, is_other_time: bool) -> Self {
        if is_other_time {
            Self::Shown(clock.data.0.div_euclid(1_000))
        } else {
            Self::Sun(clock.sun.0.div_euclid(60_000))
        }
    }

    /// `14:32 UTC`, `2026-06-21 14:32:05 UTC`.
    pub(super) fn text(self) -> String {
        match self {
            Self::Sun(minute) => {
                format!("{:02}:{:02} UTC", minute.div_euclid(60).rem_euclid(24), minute.rem_euclid(60))
            }
            Self::Shown(second) => UnixMillis(second.saturating_mul(1_000)).to_second(),
        }
    }
}

/// Whether connections can be read.
pub(super) fn is_known(sampler: &SamplerStatus) -> bool {
    sampler.messages > 0 && sampler.report.has_source()
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
pub(super) fn show(
    (clock, data, paused): (Res<'_, Clock>, Option<Res<'_, DataTime>>, Res<'_, Paused>),
    (power, quality, cpu): (Res<'_, Power>, Res<'_, Quality>, Option<Res<'_, CpuLimit>>),
    (sampler, inbox, places): (Res<'_, SamplerStatus>, Res<'_, Inbox>, Res<'_, Places>),
    (table, home, arcs): (Res<'_, ConnectionTable>, Res<'_, HomeInForce>, Res<'_, ArcStore>),
    (filter, recording, comparing): (Res<'_, FilterInForce>, Option<Res<'_, Recording>>, Option<Res<'_, Comparing>>),
    (overlay, camera): (Res<'_, Overlay>, Res<'_, GlobeCamera>),
    (earth, stats): (Res<'_, Earth>, Res<'_, GlobeStats>),
    mut panel: ResMut<'_, StatusPanel>,
) {
    panel.view.frames_per_second = power.frames_per_second;
    panel.view.power_reason = power.reason;
    let (cpu_percent, cpu_limit_percent) = cpu.as_ref().map_or((None, None), |cpu| (cpu.used, cpu.limit()));
    panel.view.cpu_percent = cpu_percent;
    let seen = Seen {
        second: clock.frame_ms / 1_000,
        moment: Moment::of(&clock, sampler.report.own_time.is_some()),
        is_paused: paused.0,
        recording: recording.as_ref().map(|recording| recording.words()),
        speed: data
            .filter(|_| sampler.report.own_time.is_some())
            .map_or(64, |data| (data.0.speed() * 64.0).round() as i32),
        follows: camera.follows,
        is_setting_home: overlay.is_setting_home,
        is_stage: overlay.mask.is_some(),
        compared: comparing.as_ref().and_then(|comparing| Some(comparing.view()?.windows)),
        waiting: inbox.waiting(),
        has_arcs: arcs.to_places() > 0,
        geo: (places.geo().is_some_and(GeoService::is_ready), places.answers()),
        problems: [earth.error().map(str::to_owned), stats.problem()],
        failed_threads: failed_threads(),
    };
    let is_changed = sampler.is_changed() || table.is_changed() || home.is_changed() || quality.is_changed();
    if !is_changed && panel.seen.as_ref() == Some(&seen) && panel.own == overlay.degradations {
        return;
    }
    let (counts, report, is_known) = (&table.counts, &sampler.report, is_known(&sampler));
    // The name of a recording is untrusted.
    let masked =
        |text: &str| overlay.mask.as_ref().map_or_else(|| text.to_owned(), |mask| mask.text(text).into_owned());
    let label = match report.label.as_deref() {
        // The history of this computer.
        Some("HISTORY") => Some(t!("time-past", time = clock.data.to_second())),
        label => label.map(|label| escape_untrusted(&masked(label)).into_owned()),
    };
    let label = match comparing.as_ref().and_then(|comparing| comparing.view()) {
        None => label,
        Some(view) => {
            let [before, after] = view.windows.map(|window| window.to_words());
            let compared = t!("comparison-label", before = before, after = after);
            Some(label.map_or_else(|| compared.clone(), |label| format!("{label} · {compared}")))
        }
    };
    let unread = (sampler.messages > 0 && !is_known).then(|| unread_reason(&report.degradations));
    // Only if rows and query are from the same moment.
    let is_unmatched = !filter.words().is_empty()
        && table.filter_version == filter.version()
        && table.matching_rows() == 0
        && table.counts.total() + table.closed > 0;
    let no_match = || is_unmatched.then(|| t!("app-status-no-match", filter = escape_untrusted(filter.words().text())));
    let without_home = home.home.is_none().then(|| {
        let is_unrecorded = home.missing == HomeMissing::NotRecorded.to_string();
        if is_unrecorded { t!("quiet-no-home-then") } else { t!("quiet-no-home") }
    });
    let quiet = || is_known.then(|| quiet_reason(counts, without_home, arcs.to_places())).flatten();
    let geo = places.geo().map(GeoService::degradations).unwrap_or_default();
    let late = late_degradations(&seen, &sampler);
    panel.view = StatusView {
        mode: mode_text(label.as_deref(), &sampler, &seen),
        is_paused: seen.is_paused,
        recording: seen.recording,
        is_recording_warning: recording.as_ref().is_some_and(|recording| recording.is_warning()),
        report: Arc::clone(report),
        public: counts.public,
        lan: counts.lan,
        this_machine: counts.this_machine,
        listeners: counts.listeners,
        without_place: counts.without_place,
        missed: missed_counts(&sampler, seen.waiting),
        home: match &home.home {
            Some(home) if overlay.hides_home => t!("app-status-home-from", source = home.source.name()),
            Some(home) => t!("app-status-home", home = home.describe()),
            None => t!("app-status-no-home", why = masked(&home.missing)),
        },
        has_home: home.home.is_some(),
        frames_per_second: power.frames_per_second,
        power_reason: power.reason,
        cpu_percent,
        cpu_limit_percent,
        quality: quality_words(&quality),
        clock: seen.moment.text(),
        label,
        caption: report.caption.as_deref().map(|caption| escape_untrusted(caption).into_owned()),
        is_known,
        degradations: {
            let mut all = Degradation::gather([overlay.degradations.as_slice(), &report.degradations, &geo, &late]);
            for degradation in &mut all {
                (degradation.what, degradation.remedy) = (masked(&degradation.what), masked(&degradation.remedy));
            }
            all
        },
        quiet: if seen.is_setting_home {
            Some(t!("app-status-setting-home").to_owned())
        } else {
            unread.map(|reason| masked(&reason)).or_else(no_match).or_else(quiet)
        },
    };
    panel.own.clone_from(&overlay.degradations);
    panel.seen = Some(seen);
    panel.built += 1;
}

/// `LIVE`, `DEMO everyday, seed 7 · PAUSED`, `LIVE · following`.
fn mode_text(label: Option<&str>, sampler: &SamplerStatus, seen: &Seen) -> String {
    let mut mode = match (label, seen.is_paused) {
        (None, false) if sampler.messages > 0 && !is_known(sampler) => t!("app-status-not-live").to_owned(),
        (Some(label), false) => label.to_owned(),
        (Some(label), true) => t!("app-status-label-paused", label = label),
        (None, false) => t!("app-status-live").to_owned(),
        (None, true) => t!("app-status-paused").to_owned(),
    };
    match seen.speed {
        64 => {}
        65.. => mode = t!("app-status-faster", mode = mode, factor = (seen.speed / 64) as u64),
        speed => mode = t!("app-status-slower", mode = mode, factor = (64 / speed.max(1)) as u64),
    }
    if seen.follows {
        mode = t!("app-status-following", mode = mode);
    }
    if seen.is_stage {
        mode.push_str(" · STAGE");
    }
    mode
}

/// Numbers of connections that were not shown individually, or not seen.
fn missed_counts(sampler: &SamplerStatus, queued: usize) -> Vec<MissedCount> {
    let counts = [
        (sampler.short_joined, t!("missed-grouped"), t!("missed-grouped-meaning")),
        (sampler.short_not_drawn, t!("missed-not-drawn"), t!("missed-not-drawn-meaning")),
        (sampler.report.unseen.aborted, t!("missed-aborted"), t!("missed-aborted-meaning")),
        (sampler.report.vanished, t!("missed-dropped"), t!("missed-dropped-meaning")),
        (sampler.report.unseen.missed, t!("missed-events-lost"), t!("missed-events-lost-meaning")),
        (sampler.closed_dropped, t!("missed-not-kept"), t!("missed-not-kept-meaning")),
        (queued as u64, t!("missed-queued"), t!("missed-queued-meaning")),
    ];
    let missed = counts.map(|(count, what, meaning)| MissedCount { count, what, meaning });
    missed.into_iter().filter(|missed| missed.count > 0).collect()
}

/// Degradations that appeared while the program was running.
fn late_degradations(seen: &Seen, sampler: &SamplerStatus) -> Vec<Degradation> {
    let mut late = Vec::new();
    let [earth, picture] = &seen.problems;
    if let Some(error) = earth {
        let what = t!("app-status-no-earth", error = error.as_str());
        late.push(Degradation::new(DegradationKind::Graphics, what, t!("remedy-reinstall")));
    }
    if let Some(problem) = picture {
        let remedy = t!("app-status-graphics-remedy");
        late.push(Degradation::new(DegradationKind::Graphics, problem.as_str(), remedy));
    }
    if !seen.failed_threads.is_empty() {
        let failed: Vec<String> = seen.failed_threads.iter().map(|it| format!("{}: {}", it.name, it.what)).collect();
        let what = t!("app-status-thread-failed", failed = one_line(&failed.join("; ")));
        late.push(Degradation::new(DegradationKind::Program, what, t!("remedy-restart")));
    }
    if sampler.is_lost {
        let what = t!("app-status-sampler-lost");
        late.push(Degradation::new(DegradationKind::Sampling, what, t!("remedy-restart")));
    }
    late
}

/// Why connections cannot be read.
fn unread_reason(degradations: &[Degradation]) -> String {
    let is_meant = |it: &&Degradation| matches!(it.kind, DegradationKind::Sampling | DegradationKind::Source);
    match degradations.iter().find(is_meant) {
        Some(degradation) => t!("app-status-unread-why", why = degradation.what.as_str()),
        None => t!("app-status-unread").to_owned(),
    }
}
