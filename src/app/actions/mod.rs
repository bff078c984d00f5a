//! Executes all actions, whether they come from a key, a button, or a click on the globe.
//!
//! Actions are pushed to [`Actions`]. [`apply_actions`] runs after keys and pointer were read, and again after the
//! panels were drawn, so that an action takes effect in the frame in which it was requested.

mod keyboard;
#[cfg(test)]
mod tests;

pub(super) use keyboard::press_keys;

use crate::app::{
    Ambient, GlobeCamera, Overlay, Repaint,
    data::{
        comparison::{self, Comparing},
        export, history, lesson, stage,
        time_bar::TimeBar,
    },
    overlay::panels::DetailsPanel,
    pace::auto_quality::AutoQuality,
    pictures::picture_writer::save_picture,
    window::{monitors::ChosenMonitor, ui_scale::UiScale},
};
use crate::{
    connections::{Clock, ClosedAt, Located, Observed},
    globe::{
        Lighting, Motion,
        arcs::{ArcInstance, ArcStore, flag},
        earth::Earth,
        quality::Quality,
        spaces::CameraView,
    },
    language::t,
    model::{
        UnixMillis,
        filter::{Facts, FilterKey, Query as Words},
    },
    sampler::SamplerHandle,
    ui::{
        NoticeView,
        actions::{Action, Switch, Target},
        copied_text, focus_filter,
    },
    view::{ConnectionTable, FilterInForce, Flagged, HomeInForce, Palette, Selection},
};
use bevy::{
    prelude::*,
    window::{MonitorSelection, PrimaryWindow, WindowMode},
};
use bevy_egui::{EguiContext, PrimaryEguiContext, egui};

/// Requested actions that have not been executed yet, in order.
#[derive(Resource, Debug, Default)]
pub struct Actions(Vec<Action>);

impl Actions {
    /// Requests an action.
    pub fn push(&mut self, action: Action) {
        self.0.push(action);
    }
}

/// The sampler of this window; it stops when the window closes.
#[derive(Resource, Debug)]
pub(super) struct Sampler(pub SamplerHandle);

/// Executes all requested actions.
pub(super) fn apply_actions(world: &mut World) {
    let mut are_any = false;
    // An action may request others, as the beginning of a lesson does.
    while let Some(mut actions) = world.get_resource_mut::<Actions>()
        && !actions.0.is_empty()
    {
        are_any = true;
        for action in std::mem::take(&mut actions.0) {
            apply(world, action);
        }
    }
    if !are_any {
        return;
    }
    change(world, |repaint: &mut Repaint| repaint.0 = true);
}

/// Changes a resource; does nothing if it does not exist in this program.
fn change<R: Resource<Mutability = bevy::ecs::component::Mutable>>(world: &mut World, change: impl FnOnce(&mut R)) {
    if let Some(mut resource) = world.get_resource_mut::<R>() {
        change(&mut resource);
    }
}

fn apply(world: &mut World, action: Action) {
    match action {
        Action::FlyTo { place, distance } => {
            let distance = distance.filter(|distance| distance.is_finite());
            change(world, |camera: &mut GlobeCamera| camera.orbit.fly_to(place, distance));
        }
        Action::Zoom(notches) if notches.is_finite() => {
            change(world, |camera: &mut GlobeCamera| camera.orbit.zoom(notches));
        }
        Action::Zoom(_) => {}
        Action::WholeEarth => change(world, |camera: &mut GlobeCamera| camera.orbit.show_whole_earth()),
        Action::TurnHome => turn_home(world),
        Action::ShowMatching => show_arcs(world, None),
        Action::ShowSelected => {
            let selected = world.get_resource::<Selection>().and_then(|selection| selection.selected);
            show_arcs(world, selected);
        }
        Action::Follow(switch) => change(world, |camera: &mut GlobeCamera| switch.apply(&mut camera.follows)),
        Action::Select(target) => select(world, target),
        Action::CopyRow | Action::CopyDetails => copy(world, &action),
        Action::Filter(ref text) => {
            change(world, |filter: &mut FilterInForce| filter.set_text(text));
            act_on_panels(world, &action);
        }
        Action::SinceNow => since_now(world),
        Action::FocusFilter => with_overlay_context(world, focus_filter),
        Action::HideRest(switch) => change(world, |filter: &mut FilterInForce| {
            filter.set_hides_rest(switch.after(filter.hides_rest));
        }),
        Action::RealSun(switch) => change(world, |lighting: &mut Lighting| switch.apply(&mut lighting.is_real_sun)),
        Action::PlaceNames(switch) => change(world, |overlay: &mut Overlay| switch.apply(&mut overlay.shows_labels)),
        Action::NextQuality => next_quality(world),
        Action::NextPalette => next_palette(world),
        Action::ReducedMotion(switch) => {
            let is_reduced = switch.after(world.get_resource::<Motion>().is_some_and(|motion| motion.is_reduced));
            change(world, |motion: &mut Motion| motion.is_reduced = is_reduced);
            change(world, |camera: &mut GlobeCamera| camera.orbit.spins = !is_reduced);
        }
        Action::FullScreen(switch) => full_screen(world, switch),
        Action::Ambient(switch) => ambient(world, switch),
        Action::Stage(switch) => stage::switch(world, switch),
        Action::PickHome(_) | Action::SetHome(_) | Action::UndoHome | Action::UnsetHome | Action::HomeFromTimeZone
            if stage::refuses_home(world) => {}
        Action::ChangeUiScale(steps) => change(world, |scale: &mut UiScale| scale.change(steps)),
        Action::Pause(switch) => history::pause(world, switch),
        Action::StepChange(by) => history::step(world, by > 0),
        Action::StepBin(by) => history::step_bin(world, by),
        Action::ShowTimeSpan(span) => change(world, |bar: &mut TimeBar| bar.show(span)),
        Action::PlaySpeed(speed) => {
            if let Some(sampler) = world.get_resource::<Sampler>() {
                sampler.0.clock().set_speed(f64::from(speed.clamp(1, 64)));
            }
        }
        Action::ShowMoment(ms) => history::show(world, UnixMillis(ms)),
        Action::ChooseTime(window) => history::choose(world, window),
        Action::WindowBegins => history::mark(world, false),
        Action::WindowEnds => history::mark(world, true),
        Action::Compare(switch) => {
            comparison::switch(world, switch);
            act_on_panels(world, &action);
        }
        Action::Export => export::begin(world, false),
        Action::ExportScrubbed => export::begin(world, true),
        Action::CompareBy(kind) => change(world, |comparing: &mut Comparing| comparing.by(kind)),
        Action::Live => history::live(world),
        Action::Private(switch) => history::private(world, switch),
        Action::PickHome(switch) => change(world, |overlay: &mut Overlay| switch.apply(&mut overlay.is_setting_home)),
        Action::SetHome(place) => {
            change_home(world, |overlay, home| overlay.set_home(place, home));
        }
        Action::UndoHome => change_home(world, Overlay::undo_home),
        Action::UnsetHome => change_home(world, Overlay::unset_home),
        Action::HomeFromTimeZone => change_home(world, Overlay::take_home_from_time_zone),
        Action::SavePicture => save_picture(world),
        Action::StepTime(seconds) => {
            if let Some(sampler) = world.get_resource::<Sampler>() {
                sampler.0.seek_by(i64::from(seconds) * 1_000);
            }
        }
        Action::ChangeSpeed(steps) => {
            if let Some(sampler) = world.get_resource::<Sampler>() {
                let clock = sampler.0.clock();
                let factor = f64::from(steps.clamp(-12, 12)).exp2();
                clock.set_speed(if steps == 0 { 1.0 } else { (clock.speed() * factor).clamp(1.0 / 16.0, 16.0) });
            }
        }
        Action::Table(_)
        | Action::AllColumns(_)
        | Action::SortBy { .. }
        | Action::Panels(_)
        | Action::ComparisonList(_)
        | Action::Keys(_)
        | Action::Legend(_)
        | Action::Glossary(_)
        | Action::Lessons(_)
        | Action::Credits(_) => act_on_panels(world, &action),
        Action::BeginLesson(name) => lesson::begin(world, &name),
        Action::LessonStep(by) => lesson::go(world, by),
        Action::AnswerLesson(choice) => lesson::answer(world, choice),
        Action::EndLesson => lesson::end(world),
        Action::StepBack => step_back(world),
        Action::Quit => {
            world.write_message(AppExit::Success);
        }
    }
}

fn with_window(world: &mut World, change: impl FnOnce(&mut Window)) {
    if let Ok(mut window) = world.query_filtered::<&mut Window, With<PrimaryWindow>>().single_mut(world) {
        change(&mut window);
    }
}

fn with_overlay_context(world: &mut World, act: impl FnOnce(&egui::Context)) {
    if let Ok(mut context) = world.query_filtered::<&mut EguiContext, With<PrimaryEguiContext>>().single_mut(world) {
        act(context.get_mut());
    }
}

fn act_on_panels(world: &mut World, action: &Action) {
    let width_pt = world.get_resource::<CameraView>().map_or(0.0, |view| view.viewport_px.x / view.scale_factor);
    change(world, |overlay: &mut Overlay| overlay.state.act(action, width_pt));
}

fn turn_home(world: &mut World) {
    let home = world.get_resource::<HomeInForce>().and_then(|home| Some(home.home.as_ref()?.position));
    if let Some(home) = home {
        let (position, distance) = GlobeCamera::above(home);
        change(world, |camera: &mut GlobeCamera| camera.orbit.fly_to(position, Some(distance)));
    }
}

/// Moves the camera to show one arc, or all that are neither dimmed nor fading.
fn show_arcs(world: &mut World, selected: Option<Entity>) {
    world.try_resource_scope(|world, mut camera: Mut<'_, GlobeCamera>| {
        let Some(arcs) = world.get_resource::<ArcStore>() else { return };
        let is_shown = |(slot, arc): &(u32, &ArcInstance)| arcs.is_lit(*slot) && arc.flags() & flag::CLOSING == 0;
        match selected.and_then(|entity| arcs.get(entity)) {
            Some(arc) => camera.show(std::iter::once(arc)),
            None => camera.show(arcs.iter().filter(is_shown).map(|(_, arc)| arc)),
        }
    });
}

fn select(world: &mut World, target: Option<Target>) {
    let selected = match target {
        None => None,
        Some(Target::Entity(entity)) => Some(entity),
        Some(Target::Query(text)) => Words::parse(&text).ok().and_then(|words| first_seen(world, &words)),
    };
    let is_there = selected.is_none_or(|entity| world.get::<Observed>(entity).is_some());
    if is_there && world.get_resource::<Selection>().is_some_and(|selection| selection.selected != selected) {
        change(world, |selection: &mut Selection| selection.selected = selected);
    }
}

/// The connection that matches `words` and was seen first.
fn first_seen(world: &mut World, words: &Words) -> Option<Entity> {
    let now = world.get_resource::<Clock>()?.data;
    let mut connections = world.query::<(Entity, &Observed, Option<&ClosedAt>, Option<&Located>, Option<&Flagged>)>();
    let found = connections.iter(world).filter(|(_, observed, closed_at, located, flagged)| {
        words.matches(&Facts {
            connection: &observed.0,
            location: located.map(|located| &*located.0),
            now,
            closed_at: closed_at.map(|at| at.0),
            doubt: flagged.map(|flagged| flagged.0.kind),
        })
    });
    found.min_by_key(|(_, observed, ..)| (observed.0.first_seen_at, observed.0.key)).map(|(entity, ..)| entity)
}

fn copy(world: &mut World, action: &Action) {
    let text = || {
        let table = world.get_resource::<ConnectionTable>()?;
        let details = world.get_resource::<DetailsPanel>().and_then(|panel| panel.view.as_ref());
        let selected = world.get_resource::<Selection>()?.selected;
        copied_text(action, &table.rows, selected, details, world.get_resource::<Clock>()?.data)
    };
    if let Some(text) = text() {
        with_overlay_context(world, |context| context.copy_text(text));
    }
}

fn next_quality(world: &mut World) {
    world.try_resource_scope(|world, mut auto: Mut<'_, AutoQuality>| {
        world.try_resource_scope(|world, mut quality: Mut<'_, Quality>| {
            auto.next(&mut quality);
            change(world, |earth: &mut Earth| earth.follow(&quality));
        });
    });
}

/// Switches to the next palette, and says which.
fn next_palette(world: &mut World) {
    let Some(mut palette) = world.get_resource_mut::<Palette>() else { return };
    *palette = palette.next();
    let text = t!("notice-palette", name = palette.shown_name());
    change(world, |overlay: &mut Overlay| overlay.notify(NoticeView { text, ..NoticeView::default() }));
}

/// Adds "since now" to the filter, or replaces an earlier one, and hides the rest.
fn since_now(world: &mut World) {
    let Some(now) = world.get_resource::<Clock>().map(|clock| clock.data) else { return };
    let others = world.get_resource::<FilterInForce>().map(|filter| filter.words().without(FilterKey::Since));
    let text = format!("{} since:{now}", others.unwrap_or_default());
    apply(world, Action::Filter(text.trim_start().to_owned()));
    apply(world, Action::HideRest(Switch::On));
}

/// Switches full screen, on the chosen monitor. Leaving it ends ambient mode.
fn full_screen(world: &mut World, switch: Switch) {
    let monitor = world.get_resource::<ChosenMonitor>().map_or(MonitorSelection::Current, ChosenMonitor::selection);
    let mut is_windowed = false;
    with_window(world, |window| {
        let is_full = window.mode != WindowMode::Windowed;
        match switch.after(is_full) {
            wanted if wanted == is_full => {}
            true => window.mode = WindowMode::BorderlessFullscreen(monitor),
            false => window.mode = WindowMode::Windowed,
        }
        is_windowed = window.mode == WindowMode::Windowed;
    });
    if is_windowed {
        change(world, |ambient: &mut Ambient| ambient.switch(false, 0));
    }
}

/// Switches ambient mode, and with it full screen.
fn ambient(world: &mut World, switch: Switch) {
    let now_ms = world.get_resource::<Clock>().map_or(0, |clock| clock.frame_ms);
    let is_on = switch.after(world.get_resource::<Ambient>().is_some_and(Ambient::is_on));
    change(world, |ambient: &mut Ambient| ambient.switch(is_on, now_ms));
    if is_on {
        change(world, |overlay: &mut Overlay| {
            overlay.state.help = None;
            overlay.opacity = 0.0;
        });
        change(world, |selection: &mut Selection| selection.selected = None);
    }
    full_screen(world, if is_on { Switch::On } else { Switch::Off });
}

fn change_home(world: &mut World, set: impl FnOnce(&mut Overlay, &mut HomeInForce)) {
    world.try_resource_scope(|world, mut overlay: Mut<'_, Overlay>| {
        change(world, |home: &mut HomeInForce| set(&mut overlay, home));
    });
}

/// Cancels one thing, in this order: choosing a home, hidden panels, help, ambient mode, selection, filter, camera
/// position, full screen.
fn step_back(world: &mut World) {
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        if overlay.is_setting_home {
            overlay.is_setting_home = false;
            return;
        }
        if overlay.state.step_back() {
            return;
        }
    }
    if world.get_resource::<Ambient>().is_some_and(Ambient::is_on) {
        apply(world, Action::Ambient(Switch::Off));
        return;
    }
    if world.get_resource::<Selection>().is_some_and(|selection| selection.selected.is_some()) {
        change(world, |selection: &mut Selection| selection.selected = None);
        return;
    }
    let has_filter = world.get_resource::<FilterInForce>().is_some_and(|filter| !filter.words().text().is_empty());
    let has_text = world.get_resource::<Overlay>().is_some_and(|overlay| !overlay.state.filter.text.is_empty());
    if has_filter || has_text {
        apply(world, Action::Filter(String::new()));
        return;
    }
    if let Some(mut camera) = world.get_resource_mut::<GlobeCamera>()
        && (camera.follows || !camera.orbit.shows_whole_earth())
    {
        camera.follows = false;
        camera.orbit.show_whole_earth();
        return;
    }
    full_screen(world, Switch::Off);
}
