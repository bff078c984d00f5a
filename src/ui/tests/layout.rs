//! Tests of the layout of panels, their order, and small windows.

use super::*;

#[test]
fn no_panel_covers_the_middle_of_the_globe_nor_leaves_the_window() {
    for (width, height) in [(3840.0, 2160.0), (1920.0, 1080.0), (1280.0, 720.0), (900.0, 600.0), (640.0, 480.0)] {
        for (details_open, all_columns, has_lesson) in
            [(false, false, false), (true, false, false), (true, true, false), (false, true, true), (true, false, true)]
        {
            let mut world = World::new((0..500).map(|n| row(n, "firefox", "81.2.69.142:443")).collect());
            world.details = details_open.then(|| details("firefox"));
            world.overlay.show_all_columns = all_columns;
            world.overlay.show_table_when_narrow = has_lesson;
            world.lesson = has_lesson.then(|| LessonView {
                title: "Where is an address? Places, and why they can be wrong".to_owned(),
                step: (2, 9),
                say: "A long sentence that says what is to be seen, and why. ".repeat(6),
                ..LessonView::default()
            });
            let mut harness = harness(world, Vec2::new(width, height));
            harness.run();
            let window = egui::Rect::from_min_size(egui::Pos2::ZERO, Vec2::new(width, height));
            let panels = &harness.state().last.panels;
            for (i, panel) in panels.iter().enumerate() {
                let what = format!(
                    "{panel:?} at {width}x{height}, details {details_open}, all {all_columns}, lesson {has_lesson}"
                );
                // With all columns, the table may cover the middle, and so may a lesson in a small window.
                assert!(all_columns || (has_lesson && width < 1280.0) || !panel.contains(window.center()), "{what}");
                assert!(window.contains_rect(*panel), "{what}");
                for other in &panels[i + 1..] {
                    assert!(!panel.intersects(*other), "{what} overlaps {other:?}");
                }
            }
        }
    }
}

/// Opens something in a small window, and checks that no panels overlap or leave the window.
fn asked_in_a_small_window(size: Vec2, ask: impl Fn(&mut World)) -> Harness<'static, World> {
    let mut world = World::new((0..50).map(|n| row(n, "firefox", "81.2.69.142:443")).collect());
    ask(&mut world);
    let mut harness = harness(world, size);
    harness.run();
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size);
    let panels = &harness.state().last.panels;
    for (i, panel) in panels.iter().enumerate() {
        assert!(window.contains_rect(*panel), "{panel:?} leaves {size}");
        for other in &panels[i + 1..] {
            assert!(!panel.intersects(*other), "{panel:?} overlaps {other:?} at {size}");
        }
    }
    harness
}

#[test]
fn the_caption_of_a_demo_is_beside_wide_panels() {
    for (has_lesson, is_quiet) in [(false, false), (true, false), (true, true)] {
        let mut world = World::new((0..500).map(|n| row(n, "firefox", "81.2.69.142:443")).collect());
        world.overlay.show_all_columns = true;
        let text = "A caption that tells what happens in this demo";
        let line = if is_quiet { &mut world.status.quiet } else { &mut world.status.caption };
        *line = Some(text.into());
        world.lesson =
            has_lesson.then(|| LessonView { say: "Look.".to_owned(), step: (1, 2), ..LessonView::default() });
        let harness = harness(world, Vec2::new(1280.0, 720.0));
        let caption = harness.get_by_label(text).rect();
        let panels = &harness.state().last.panels;
        assert!(!panels.iter().any(|panel| panel.intersects(caption)), "{caption:?} in {panels:?}");
    }
}

#[test]
fn everything_can_be_reached_in_a_small_window() {
    for size in [(480.0, 360.0), (640.0, 360.0), (800.0, 424.0), (632.0, 280.0), (1_016.0, 400.0)].map(Vec2::from) {
        let mut harness = asked_in_a_small_window(size, |_| {});
        harness.get_by_label("Set home").click();
        harness.run();
        assert_eq!(harness.state().home_wishes, 1, "{size}");

        let mut harness = asked_in_a_small_window(size, |world| {
            world.overlay.show_table_when_narrow = true;
        });
        let table = harness.get_by_label("Connections").rect();
        assert!(table.height() >= 60.0, "{size}: rows can be read: {table:?}");
        harness.get_by_label("Hide the table").click();
        harness.run();
        harness.get_by_label("Set home");

        let mut harness = asked_in_a_small_window(size, |world| world.details = Some(details("firefox")));
        harness.get_by_label("Close the details").click();
        harness.run();
        harness.get_by_label("Set home");

        let mut harness = asked_in_a_small_window(size, |world| {
            world.details = Some(details("firefox"));
            world.overlay.help = Some(HelpTab::Keys);
        });
        let legend = harness.state().last.panels.last().copied().expect("a panel");
        assert!(legend.height() >= 200.0, "{size}: the legend can be read: {legend:?}");
        harness.get_by_label("Close the help").click();
        harness.run();
        harness.get_by_label("Close the details");
    }
}

#[test]
fn a_narrow_window_folds_the_table_until_it_is_asked_for() {
    let mut harness = harness(World::new(three_rows()), Vec2::new(700.0, 700.0));
    assert!(harness.query_by_label("Connections").is_none());
    harness.get_by_label("table").click();
    harness.run();
    harness.get_by_label("Connections");
    harness.get_by_label("Hide the table").click();
    harness.run();
    assert!(harness.query_by_label("Connections").is_none());
}

#[test]
fn tab_goes_in_reading_order() {
    let mut world = World::new(three_rows());
    world.filter.has_others = true;
    world.overlay.filter.text = "x".to_owned();
    world.details = Some(details("curl"));
    world.status.degradations = vec![Degradation::new(DegradationKind::Owners, "a", "b")];
    let mut harness = window(world);
    let (mut names, mut at): (Vec<String>, Vec<egui::Rect>) = Default::default();
    for _ in 0..60 {
        harness.key_press(Key::Tab);
        harness.run();
        let Some(id) = harness.ctx.memory(bevy_egui::egui::Memory::focused) else { continue };
        let name = harness.get_by(|node| node.is_focused() && node.role() != egui::accesskit::Role::Window);
        let name = (name.accesskit_node().label().unwrap_or_default(), name.rect());
        if names.first() == Some(&name.0) {
            break;
        }
        assert!(harness.ctx.read_response(id).is_some() || name.0 == "Connections", "{name:?}");
        names.push(name.0);
        at.push(name.1);
    }
    assert_eq!(names[..3], ["Filter", "Clear the filter", "hide others"]);
    let place = |name: &str| names.iter().position(|it| it == name).unwrap_or_else(|| panic!("{name} in {names:?}"));
    for pair in [
        "hide others",
        "all columns",
        "Hide the table",
        "Connections",
        "Copy the details",
        "Close the details",
        "Set home",
        "1 limitation: what to do",
        "Credits",
        "Help: keys, legend, glossary",
    ]
    .windows(2)
    {
        assert!(place(pair[0]) < place(pair[1]), "{pair:?} in {names:?}");
    }
    for (i, pair) in at.windows(2).enumerate() {
        // On the same line, further to the right; otherwise the next line below, or another panel.
        let is_same_line = pair[0].y_range().intersects(pair[1].y_range()) && pair[1].height() < 40.0;
        let is_panel = (pair[0].center().x - pair[1].center().x).abs() > 400.0;
        assert!(!is_same_line || pair[0].left() < pair[1].left() || is_panel, "{} {}", names[i], names[i + 1]);
    }
}

#[test]
fn the_focus_frame_lies_within_its_panel() {
    let mut harness = window(World::new(three_rows()));
    tab_to(&mut harness, "Connections");
    let table = harness.get_by_label("Connections").rect();
    let rings: Vec<egui::Rect> = harness
        .output()
        .shapes
        .iter()
        .filter_map(|clipped| match &clipped.shape {
            Shape::Rect(rect) if rect.stroke == theme::focus_ring() => {
                assert!(clipped.clip_rect.contains_rect(rect.visual_bounding_rect()), "{rect:?} is cut");
                Some(rect.visual_bounding_rect())
            }
            _ => None,
        })
        .collect();
    assert!(rings.iter().any(|ring| (ring.center() - table.center()).length() < 2.0), "{rings:?} {table:?}");
    let panel = harness.state().last.panels.iter().find(|panel| panel.contains(table.center())).expect("its panel");
    assert!(rings.iter().all(|ring| panel.contains_rect(*ring)), "{rings:?} in {panel:?}");
}

#[test]
fn details_take_the_height_that_there_is() {
    let mut world = World::new(three_rows());
    let line = |_| DetailLine { label: "line", value: "value".to_owned(), is_reason: false, is_warning: false };
    world.details = Some(DetailsView { lines: (0..60).map(line).collect(), ..details("curl") });
    let harness = window(world);
    let panels = &harness.state().last.panels;
    let (details, status) = (panels[2], panels[3]);
    assert!(status.top() - details.bottom() < 40.0 && details.top() < 40.0, "{details:?} above {status:?}");
}
