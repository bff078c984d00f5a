//! Compares two windows of time: a thread adds up what happened in each, and the globe and a list show the difference.

use crate::app::{
    Overlay, Repaint,
    data::{source::WindowSource, time_bar::BarFile, time_window::ChosenTime, worker::Worker},
};
use crate::{
    connections::{Clock, FrameSystems, Observed},
    history::{Difference, RecordingFile, Store, Subject, SubjectKind, compare, of_kind, owner_name, sums_of},
    language::t,
    model::{
        CountryIso, TimeWindow, country_name,
        filter::{FilterKey, exact_word},
    },
    stage::Mask,
    text::escape_untrusted,
    ui::{NoticeView, actions::Switch},
    view::{
        FilterInForce,
        comparison::{ComparedRow, Comparison, ComparisonView},
    },
};
use bevy::{platform::collections::HashSet, prelude::*};
use std::sync::Arc;

/// Windows that move are compared anew after this time, ms.
const STEP_MS: u64 = 5_000;

type Wish = (BarFile, [TimeWindow; 2]);

/// What was added up.
#[derive(Debug)]
struct Answer {
    differences: Vec<Difference>,
    recorded_s: [f64; 2],
}

/// The comparison in the window.
#[derive(Resource, Debug)]
pub(in crate::app) struct Comparing {
    worker: Option<Worker<Wish, (Wish, Result<Answer, String>)>>,
    is_on: bool,
    kind: SubjectKind,
    asked: Option<Wish>,
    answer: Option<Answer>,
    view: Option<ComparisonView>,
    is_stale: bool,
    /// Whether the names in the list are masked.
    is_masked: bool,
}

impl Default for Comparing {
    fn default() -> Self {
        Self {
            worker: None,
            is_on: false,
            kind: SubjectKind::Process,
            asked: None,
            answer: None,
            view: None,
            is_stale: false,
            is_masked: false,
        }
    }
}

impl Comparing {
    /// Reads histories and recordings in a thread; calls `wake` when something was read.
    pub(in crate::app) fn read(wake: impl Fn() + Send + 'static) -> Self {
        let work = |wish: Wish, _: &dyn Fn() -> bool| {
            let answer = read(&wish);
            Some((wish, answer))
        };
        Self { worker: Worker::spawn("comparison", wake, work), ..Self::default() }
    }

    /// The list, while two windows are compared.
    pub(in crate::app) fn view(&self) -> Option<&ComparisonView> {
        self.view.as_ref()
    }

    /// Compares by something else.
    pub(in crate::app) fn by(&mut self, kind: SubjectKind) {
        self.kind = kind;
        self.is_stale = true;
    }
}

fn read((file, windows): &Wish) -> Result<Answer, String> {
    let [before, after] = match file {
        BarFile::History(path) => {
            let store = Store::open_for_reading(path).map_err(|error| error.with_remedy())?;
            let sums = |window| store.sums(window).map_err(|error| error.with_remedy());
            [sums(windows[0])?, sums(windows[1])?]
        }
        BarFile::Recording(path) => {
            let mut recording = RecordingFile::open(path).map_err(|error| error.to_string())?;
            let mut sums = |window| sums_of(&mut recording, window).map_err(|error| error.with_remedy());
            [sums(windows[0])?, sums(windows[1])?]
        }
    };
    let recorded_s = [before.recorded_ms, after.recorded_ms].map(|ms| ms as f64 / 1_000.0);
    Ok(Answer { differences: compare(&before, &after), recorded_s })
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.init_resource::<Comparing>()
        .add_systems(Update, follow.after(FrameSystems::Connections).before(FrameSystems::View));
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn follow(
    clock: Res<'_, Clock>,
    filter: Res<'_, FilterInForce>,
    source: Option<Res<'_, WindowSource>>,
    overlay: Res<'_, Overlay>,
    connections: Query<'_, '_, &Observed>,
    mut comparing: ResMut<'_, Comparing>,
    mut comparison: ResMut<'_, Comparison>,
    mut repaint: ResMut<'_, Repaint>,
) {
    if !comparing.is_on {
        return;
    }
    let comparing = comparing.bypass_change_detection();
    let windows = <[TimeWindow; 2]>::try_from(filter.words().time_windows(clock.data));
    let file = source.and_then(|source| source.bar_file());
    let (Ok(windows), Some(file)) = (windows, file) else {
        // The filter says something else now.
        (comparing.is_on, comparing.asked, comparing.answer, comparing.view) = (false, None, None, None);
        comparison.set(None);
        repaint.0 = true;
        return;
    };
    let is_near = |asked: &[TimeWindow; 2]| {
        asked.iter().zip(&windows).all(|(a, b)| {
            a.from.0.abs_diff(b.from.0) < STEP_MS && a.to.0.abs_diff(b.to.0) < STEP_MS && filter.words().moves()
        })
    };
    let is_asked =
        comparing.asked.as_ref().is_some_and(|(from, asked)| *from == file && (*asked == windows || is_near(asked)));
    if !is_asked {
        let wish = (file, windows);
        comparing.worker.iter().for_each(|worker| worker.ask(wish.clone()));
        comparing.asked = Some(wish);
        comparing.view.get_or_insert_with(|| ComparisonView {
            windows,
            recorded_s: [0.0; 2],
            kind: comparing.kind,
            rows: Vec::new(),
            is_reading: true,
            error: None,
        });
        repaint.0 = true;
    }
    if let Some((wish, answer)) = comparing.worker.as_ref().and_then(Worker::answer)
        && comparing.asked.as_ref() == Some(&wish)
    {
        match answer {
            Ok(answer) => (comparing.answer, comparing.is_stale) = (Some(answer), true),
            Err(error) => {
                let error = overlay.mask.as_ref().map_or(error.clone(), |mask| mask.text(&error).into_owned());
                if let Some(view) = &mut comparing.view {
                    (view.is_reading, view.error) = (false, Some(escape_untrusted(&error).into_owned()));
                }
            }
        }
        repaint.0 = true;
    }
    // Stage mode may begin or end meanwhile.
    let was_masked = std::mem::replace(&mut comparing.is_masked, overlay.mask.is_some());
    comparing.is_stale |= was_masked != comparing.is_masked;
    let Some(answer) = &comparing.answer else { return };
    if !std::mem::take(&mut comparing.is_stale) {
        return;
    }
    let mut differences: Vec<Difference> = of_kind(&answer.differences, comparing.kind).cloned().collect();
    if let Some(mask) = &overlay.mask {
        mask_names(&mut differences, mask, &connections);
    }
    let changes = differences.iter().map(|difference| (difference.subject.clone(), difference.change)).collect();
    comparison.set(Some((comparing.kind, changes)));
    comparing.view = Some(ComparisonView {
        windows: comparing.asked.as_ref().map_or(windows, |(_, windows)| *windows),
        recorded_s: answer.recorded_s,
        kind: comparing.kind,
        rows: differences.iter().map(row).collect(),
        is_reading: false,
        error: None,
    });
    repaint.0 = true;
}

fn row(difference: &Difference) -> ComparedRow {
    let Subject { kind, name } = &difference.subject;
    let country = CountryIso::parse(name).filter(|_| *kind == SubjectKind::Country);
    let shown = country.and_then(country_name).unwrap_or(name);
    let filter = match kind {
        SubjectKind::Process => exact_word(FilterKey::Process, name),
        SubjectKind::Country => Some(format!("country:{name}")),
        SubjectKind::Operator => exact_word(FilterKey::Operator, name),
        SubjectKind::Port => name.split_once('/').map(|(port, protocol)| format!("port:{port} proto:{protocol}")),
    };
    let bytes = [&difference.before, &difference.after].map(|sums| sums.sent + sums.received);
    ComparedRow {
        name: escape_untrusted(shown).into_owned(),
        filter,
        change: difference.change,
        connections: [difference.before.connections(), difference.after.connections()],
        bytes,
    }
}

/// In stage mode, owners have the names that they have in the table, or else one that says nothing.
fn mask_names(differences: &mut [Difference], mask: &Mask, connections: &Query<'_, '_, &Observed>) {
    let shown: HashSet<Arc<str>> = connections.iter().filter_map(|observed| owner_name(&observed.0)).collect();
    for difference in differences.iter_mut().filter(|it| it.subject.kind == SubjectKind::Process) {
        let names = mask.owner_names(&difference.subject.name);
        let known = names.iter().find(|name| shown.contains(name.as_str())).cloned();
        difference.subject.name = known.unwrap_or_else(|| mask.name("program", &difference.subject.name)).into();
    }
}

/// Compares the two windows that are chosen next.
pub(in crate::app) fn begin(world: &mut World) {
    if let Some(mut comparing) = world.get_resource_mut::<Comparing>() {
        comparing.is_on = true;
        (comparing.asked, comparing.answer, comparing.view) = (None, None, None);
    }
    // The second window is chosen.
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.notice = None;
    }
}

/// Compares: first one window of time is chosen, then another one; or ends that.
pub(in crate::app) fn switch(world: &mut World, switch: Switch) {
    let is_on = world.get_resource::<Comparing>().is_some_and(|comparing| comparing.is_on);
    let now = world.get_resource::<Clock>().map(|clock| clock.data).unwrap_or_default();
    let windows = world.get_resource::<FilterInForce>().map(|filter| filter.words().time_windows(now));
    let windows = windows.unwrap_or_default();
    let Some(mut chosen) = world.get_resource_mut::<ChosenTime>() else { return };
    let is_waiting = chosen.first.is_some();
    if !switch.after(is_on || is_waiting) {
        chosen.first = None;
        if is_on {
            super::time_window::choose(world, &[]);
        }
        return;
    }
    let text = match windows[..] {
        [_, _] => {
            begin(world);
            return;
        }
        [first] => {
            chosen.first = Some(first);
            t!("comparison-choose-second")
        }
        _ => t!("comparison-choose-first"),
    };
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.notify(NoticeView { text: text.to_owned(), ..NoticeView::default() });
    }
}
