//! No text of a panel is cut off, in any language and at any size of the window in points (the size in pixels by the UI
//! scale).

use super::*;
use crate::{
    history::{ActivityBar, Change, SubjectKind},
    language::{Language, set_for_thread, t},
    model::TimeWindow,
    view::{
        comparison::{ComparedRow, ComparisonView},
        time_bar::{TimeBarView, TimeSpan},
    },
};

/// The texts that are cut off: shortened with `…`, or outside of the area in which they are drawn, to the left or right.
fn cut_off(harness: &Harness<'_, World>) -> Vec<String> {
    fn visit(shape: &Shape, clip: egui::Rect, found: &mut Vec<String>) {
        match shape {
            Shape::Text(text) => {
                let drawn = text.visual_bounding_rect();
                let leaves = drawn.left() < clip.left() - 1.5 || drawn.right() > clip.right() + 1.5;
                // A text that is scrolled out of view is not cut off.
                let is_in_view = drawn.bottom() > clip.top() && drawn.top() < clip.bottom();
                if text.galley.elided || (leaves && is_in_view) {
                    found.push(text.galley.job.text.clone());
                }
            }
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| visit(shape, clip, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    harness.output().shapes.iter().for_each(|clipped| visit(&clipped.shape, clipped.clip_rect, &mut found));
    found
}

/// A window in which much is to be said.
fn busy() -> World {
    let mut world = World::new((0..60).map(|n| row(n, "firefox", "81.2.69.142:443")).collect());
    for row in 0..20 {
        world.rows[row].closed = true;
        world.mark(row).dimmed = true;
    }
    for row in 20..40 {
        world.rows[row].is_listener = row % 2 == 0;
        world.mark(row).hidden = true;
    }
    world.filter.has_others = true;
    world.status.degradations = vec![Degradation::new(DegradationKind::Owners, "a", "b")];
    world.status.cpu_percent = Some(9.4);
    world.status.cpu_limit_percent = Some(10.0);
    world.status.home = t!("home-words-uncertain", name = "Berlin", source = "time zone", km = 400);
    world
}

/// A time bar of the past with chosen windows of time.
fn time_bar(chosen: Vec<TimeWindow>) -> TimeBarView {
    let (from, to) = (UnixMillis(1_780_000_000_000), UnixMillis(1_780_600_000_000));
    TimeBarView {
        from,
        to,
        span: TimeSpan::Week,
        activity: ActivityBar::default(),
        gaps: Vec::new(),
        marks: Vec::new(),
        recorded: (from, to),
        cursor: UnixMillis(1_780_300_000_000),
        is_live: false,
        is_paused: true,
        speed: 1.0,
        is_comparing: chosen.len() == 2,
        chosen,
        first: None,
    }
}

/// Everything that can be open, by name.
fn states() -> Vec<(&'static str, World)> {
    let with = |change: fn(&mut World)| {
        let mut world = busy();
        change(&mut world);
        world
    };
    vec![
        ("table", with(|_| ())),
        ("all columns", with(|world| world.overlay.show_all_columns = true)),
        ("details", with(|world| world.details = Some(details("firefox")))),
        ("keys", with(|world| world.overlay.help = Some(HelpTab::Keys))),
        ("legend", with(|world| world.overlay.help = Some(HelpTab::Legend))),
        ("glossary", with(|world| world.overlay.help = Some(HelpTab::Glossary))),
        (
            "filter",
            with(|world| {
                world.overlay.filter.text = "city:Frankfurt".to_owned();
                world.filter.matches = Some(MatchCounts { connections: [1, 4], ..MatchCounts::default() });
            }),
        ),
        (
            "notice",
            with(|world| {
                let actions = vec![Action::UndoHome, Action::UnsetHome, Action::HomeFromTimeZone];
                world.notice = Some(NoticeView { text: t!("notice-home-off").to_owned(), actions, is_warning: false });
            }),
        ),
        ("time bar", with(|world| world.time_bar = Some(time_bar(Vec::new())))),
        (
            "comparison",
            with(|world| {
                let windows = [(0, 7_200_000), (86_400_000, 200_000_000)]
                    .map(|(from, to)| TimeWindow { from: UnixMillis(from), to: UnixMillis(to) });
                let row = |change| ComparedRow {
                    name: "a-program-with-a-rather-long-name".to_owned(),
                    filter: Some("process:=a".to_owned()),
                    change,
                    connections: [12_345, 67_890],
                    bytes: [123_400_000, 999_000_000_000],
                };
                world.time_bar = Some(time_bar(windows.to_vec()));
                world.comparison = Some(ComparisonView {
                    windows,
                    recorded_s: [7_200.0, 123_456.0],
                    kind: SubjectKind::Operator,
                    rows: Change::ALL.map(row).to_vec(),
                    is_reading: false,
                    error: None,
                });
            }),
        ),
        (
            "lesson",
            with(|world| {
                world.lesson = Some(LessonView {
                    title: "Was tut Ihr Computer, wenn Sie nichts tun?".to_owned(),
                    step: (3, 11),
                    say: "A sentence.".to_owned(),
                    notes: "A note.".to_owned(),
                    ask: Some(AskView { question: "A question?".to_owned(), ..AskView::default() }),
                    ..LessonView::default()
                });
            }),
        ),
        (
            "lessons",
            with(|world| {
                world.overlay.help = Some(HelpTab::Lessons);
                world.lessons = vec![LessonRow {
                    name: "places".to_owned(),
                    title: "Adressen und Orte".to_owned(),
                    age: "10 to 14".to_owned(),
                    minutes: 15,
                    learn: vec!["A sentence.".to_owned()],
                }];
            }),
        ),
        ("credits", with(|world| world.overlay.help = Some(HelpTab::Credits))),
    ]
}

#[test]
fn no_text_is_cut_off_in_any_language_at_any_scale() {
    let mut wrong = std::collections::BTreeMap::<String, Vec<String>>::new();
    for language in Language::ALL {
        set_for_thread(language);
        for (width, height) in
            [(2560.0, 1280.0), (1920.0, 1080.0), (1280.0, 720.0), (960.0, 540.0), (768.0, 432.0), (512.0, 384.0)]
        {
            for (name, world) in states() {
                // Values in the table are shortened; they are whole in the details and in the tooltip.
                let values: Vec<String> = world
                    .rows
                    .iter()
                    .flat_map(|row| [row.process.clone(), row.remote.clone(), row.place.clone(), row.operator.clone()])
                    .collect();
                let harness = harness(world, Vec2::new(width, height));
                for text in cut_off(&harness) {
                    if !values.iter().any(|value| value.ends_with(&text)) {
                        wrong.entry(text).or_default().push(format!("{} {width}x{height} {name}", language.code()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
