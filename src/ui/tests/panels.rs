//! Query bar, details, status, legend, and where they sit; all of it by keys alone.

use super::*;

#[test]
fn typing_a_wrong_query_marks_the_word_and_names_what_was_expected() {
    let mut harness = window(World::new(three_rows()));
    harness.get_by_label("Filter").focus();
    harness.run();
    harness.get_by_label("Filter").type_text("port:443 contry:US");
    harness.run();
    assert_eq!(harness.state().overlay.filter.text, "port:443 contry:US");
    assert!(harness.state().edits > 0);
    assert!(underlined(&harness).is_empty());
    let message = "unknown key contry; expected one of process, country, port";
    harness.state_mut().filter.error = Some(FilterErrorView { span: 9..15, message: message.to_owned() });
    harness.run();
    assert_eq!(underlined(&harness), ["contry"]);
    harness.get_by_label(message);
    harness.get_by_label("·  3 shown of 3");
}

#[test]
fn shift_enter_in_the_field_hides_the_rest_and_keeps_the_focus() {
    let mut harness = window(World::new(three_rows()));
    harness.get_by_label("Filter").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    harness.run();
    assert_eq!(harness.state().hides, 1);
    assert!(harness.get_by_label("Filter").is_focused());
    harness.get_by_label("hide rest").click();
    harness.run();
    assert_eq!(harness.state().hides, 2);
}

#[test]
fn the_slash_that_asks_for_the_filter_is_not_typed_into_it() {
    let mut harness = window(World::new(three_rows()));
    focus_filter(&harness.ctx);
    // On an Arabic keyboard that key types a letter; what came before it was a shortcut, too, and what follows is text.
    swallow_typed(&harness.ctx, ["v", "ظ"].map(str::to_owned).to_vec());
    let typed = ["v", "ظ", "a", "v"].map(|typed| egui::Event::Text(typed.to_owned()));
    harness.input_mut().events.extend(typed);
    harness.run();
    assert!(harness.get_by_label("Filter").is_focused());
    assert_eq!(harness.state().overlay.filter.text, "av");
    harness.get_by_label("Clear the filter").click();
    harness.run();
    assert_eq!(harness.state().overlay.filter.text, "");
    harness.get_by_label("Filter").focus();
    harness.run();
    harness.get_by_label("Filter").type_text("ip:10.0.0.0/8");
    harness.run();
    assert_eq!(harness.state().overlay.filter.text, "ip:10.0.0.0/8");
    harness.get_by_label("Clear the filter").click();
    harness.run();
    assert_eq!(harness.state().overlay.filter.text, "");
}

#[test]
fn a_button_of_a_process_writes_the_query() {
    let mut world = World::new(three_rows());
    let process = |name: &str, connections| ProcessCount {
        name: name.to_owned(),
        exact: name.to_owned(),
        connections,
        color: [9, 200, 90],
    };
    world.filter.processes = vec![process("firefox", 18), process("sshd", 1)];
    let mut harness = window(world);
    for (button, expected) in [("firefox 18", "process:=firefox"), ("sshd 1", "process:=sshd"), ("sshd 1", "")] {
        let edits = harness.state().edits;
        harness.get_by_label(button).click();
        harness.run();
        assert_eq!(harness.state().overlay.filter.text, expected);
        assert_eq!(harness.state().edits, edits + 1);
    }
}

#[test]
fn filter_table_and_details_are_reached_and_used_with_keys_alone() {
    let mut harness = window(World::new(three_rows()));
    tab_to(&mut harness, "Filter");
    tab_to(&mut harness, "Connections");
    for (key, expected) in [
        (Key::ArrowDown, 1),
        (Key::ArrowDown, 2),
        (Key::ArrowUp, 1),
        (Key::ArrowDown, 2),
        (Key::End, 3),
        (Key::ArrowDown, 3),
        (Key::Home, 1),
        (Key::PageDown, 3),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().selected, Some(entity(expected)), "{key:?}");
        assert!(harness.get_by_label("Connections").is_focused(), "{key:?}");
    }
    harness.event(egui::Event::Copy);
    harness.run();
    let copied = harness.state().copied.clone();
    assert_eq!(
        copied,
        ["sshd\t1003\t[2001:218::1]:22\tLondon, GB\tAS2856 British Telecommunications PLC\ttcp\testablished\tout\t\
          public\t3000\t6.7\t2026-05-28T20:26:37.000Z\t3 s"]
    );
    tab_to(&mut harness, "Copy the details");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().copied[1], details_as_text(&details("sshd")));
    tab_to(&mut harness, "Set home");
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(harness.state().home_wishes, 1);
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.ctx.memory(bevy_egui::egui::Memory::focused), None);
}

#[test]
fn every_button_has_a_name() {
    let mut world = World::new(three_rows());
    world.details = Some(details("curl"));
    world.overlay.show_legend = true;
    world.status.degradations = vec![Degradation::new(
        DegradationKind::Owners,
        "owners of 3 sockets are unknown",
        "run as the user who owns them",
    )];
    let harness = harness(world, Vec2::new(1920.0, 1080.0));
    let mut controls = 0;
    for node in harness
        .get_all_by(|node| matches!(node.role(), egui::accesskit::Role::Button | egui::accesskit::Role::TextInput))
    {
        let label = node.accesskit_node().label().unwrap_or_default();
        assert!(label.len() > 2, "a control is called {label:?}");
        controls += 1;
    }
    assert!(controls > 10, "{controls} controls");
}

#[test]
fn the_status_line_says_how_often_it_looks_and_what_a_look_costs() {
    for (period_ms, cpu_ms, label, expected) in [
        (250, Some(2.44), None, "sock-diag, every 0.25 s, 2.4 ms each"),
        (1_600, Some(16.2), None, "sock-diag, every 1.6 s, 16 ms each"),
        (1_000, None, None, "sock-diag, every 1 s"),
        (1_000, Some(2.0), Some("DEMO".to_owned()), "sock-diag, every 1 s"),
    ] {
        let mut world = World::new(three_rows());
        let period = Duration::from_millis(period_ms);
        let report = Arc::new(SamplerReport { period, cpu_ms, ..(*world.status.report).clone() });
        world.status = StatusView { report, label, ..world.status };
        window(world).get_by_label(expected);
    }
}

#[test]
fn a_degradation_is_counted_and_says_what_to_do() {
    let mut world = World::new(three_rows());
    world.status.degradations = vec![Degradation::new(
        DegradationKind::Owners,
        "owners of 3 sockets are unknown",
        "run as the user who owns them",
    )];
    let mut harness = window(world);
    assert!(harness.query_by_label("owners of 3 sockets are unknown").is_none());
    harness.get_by_label("1 degraded: what to do").click();
    harness.run();
    harness.get_by_label("owners of 3 sockets are unknown");
    harness.get_by_label("what to do: run as the user who owns them");
}

#[test]
fn the_legend_says_what_motion_means_here() {
    for (measured, simulated, expected) in [
        (false, false, "Traffic not measured on this system: arcs stand still."),
        (true, false, "A light that moves along an arc is measured traffic, running the way the bytes go."),
        (true, true, "A light that moves along an arc is simulated traffic: nothing here is measured."),
    ] {
        let mut world = World::new(Vec::new());
        world.legend = LegendView {
            capabilities: Capabilities {
                measures_traffic: measured,
                is_simulated: simulated,
                ..Capabilities::default()
            },
            pace: vec![PaceEntry { rate: "1 kB/s".to_owned(), lap_s: 5.88, brightness: 0.6 }],
            entries: vec![([1, 2, 3], "web".to_owned())],
            ..LegendView::default()
        };
        let mut harness = window(world);
        harness.get_by_label("Legend and keys").click();
        harness.run();
        harness.get_by_label(expected);
        harness.get_by_label("web");
        assert_eq!(harness.query_by_label("1 kB/s: along the arc in 5.9 s").is_some(), measured || simulated);
        let still = if measured { "An arc in full width is counted" } else { "All arcs are thin" };
        harness.get_by_label_contains(still);
        for command in COMMANDS {
            let (keys, is_by_hand) = (keys_text(&command.action), !command.gesture.is_empty());
            assert_eq!(harness.query_all_by_label(command.label).count(), usize::from(is_by_hand || !keys.is_empty()));
            assert!(keys.is_empty() || harness.query_all_by_label(keys).next().is_some(), "{keys}");
        }
        harness.get_by_label("Close the legend").click();
        harness.run();
        assert!(harness.query_by_label(expected).is_none());
    }
}

#[test]
fn what_is_not_live_stays_labelled_when_the_overlay_has_faded() {
    let mut world = World::new(three_rows());
    world.status.label = Some("DEMO everyday, seed 7".to_owned());
    world.opacity = 0.0;
    let harness = window(world);
    harness.get_by_label("DEMO everyday, seed 7");
    assert!(harness.query_by_label("Filter").is_none());
    assert!(harness.state().last.panels.is_empty());
}

#[test]
fn no_panel_covers_the_middle_of_the_globe_nor_leaves_the_window() {
    for (width, height) in [(3840.0, 2160.0), (1920.0, 1080.0), (1280.0, 720.0), (900.0, 600.0), (640.0, 480.0)] {
        for (details_open, all_columns) in [(false, false), (true, false), (true, true)] {
            let mut world = World::new((0..500).map(|n| row(n, "firefox", "81.2.69.142:443")).collect());
            world.details = details_open.then(|| details("firefox"));
            world.overlay.show_all_columns = all_columns;
            let mut harness = harness(world, Vec2::new(width, height));
            harness.run();
            let window = egui::Rect::from_min_size(egui::Pos2::ZERO, Vec2::new(width, height));
            let panels = &harness.state().last.panels;
            for (i, panel) in panels.iter().enumerate() {
                let what = format!("{panel:?} at {width}x{height}, details {details_open}, all {all_columns}");
                // Who asks for all columns wants to read them.
                assert!(all_columns || !panel.contains(window.center()), "{what}");
                assert!(window.contains_rect(*panel), "{what}");
                for other in &panels[i + 1..] {
                    assert!(!panel.intersects(*other), "{what} overlaps {other:?}");
                }
            }
        }
    }
}

/// What is asked for in a small window, and the name of something in it.
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
            world.overlay.show_legend = true;
        });
        let legend = harness.state().last.panels.last().copied().expect("a panel");
        assert!(legend.height() >= 200.0, "{size}: the legend can be read: {legend:?}");
        harness.get_by_label("Close the legend").click();
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
fn what_could_not_be_counted_is_not_zero() {
    let mut world = World::new(Vec::new());
    world.status.is_known = false;
    let harness = window(world);
    harness.get_by_label("– public");
    assert!(harness.query_by_label("12 public").is_none());
}

#[test]
fn a_quiet_globe_says_why() {
    let mut world = World::new(Vec::new());
    let line = "no public connections; 3 on the LAN, 12 on this machine";
    world.status.quiet = Some(line.to_owned());
    let harness = window(world);
    harness.get_by_label(line);
    harness.get_by_label("no connections");
}

#[test]
fn every_sign_that_panels_draw_is_in_the_font() {
    let harness = window(World::new(Vec::new()));
    let font = egui::FontId::proportional(13.0);
    for sign in "·×→…°é−".chars() {
        assert!(harness.ctx.fonts_mut(|fonts| fonts.has_glyph(&font, sign)), "{sign}");
    }
}

#[test]
fn ids_are_what_other_parts_ask_the_focus_for() {
    let mut harness = window(World::new(three_rows()));
    for (id, name) in [(FILTER_ID, "Filter"), (TABLE_ID, "Connections")] {
        harness.ctx.memory_mut(|memory| memory.request_focus(Id::new(id)));
        harness.run();
        assert!(harness.get_by_label(name).is_focused(), "{name}");
    }
}
