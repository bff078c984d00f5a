//! Tests of query bar, details, status, legend and their positions, by keyboard only.

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
    harness.state_mut().filter.matches = Some(MatchCounts { connections: [1, 4], ..MatchCounts::default() });
    harness.run();
    assert!(harness.query_by_label_contains("of 4 connections").is_none(), "that is of the query before");
    harness.state_mut().filter.error = None;
    harness.run();
    harness.get_by_label_contains("1 of 4 connections");
}

#[test]
fn a_query_says_how_many_of_what_match_it() {
    let mut world = World::new(three_rows());
    let counts = MatchCounts { connections: [1, 12], listeners: [0, 5], closed: [2, 3] };
    world.filter.matches = Some(counts);
    let mut harness = window(world);
    harness.get_by_label("1 of 12 connections matches, 0 of 5 listening, 2 of 3 closed").hover();
    harness.run();
    harness.get_by_label_contains("How many of the open connections");
    harness.state_mut().filter.matches = Some(MatchCounts { connections: [4, 4], ..MatchCounts::default() });
    harness.run();
    harness.get_by_label("4 of 4 connections match");
    harness.state_mut().filter.matches = None;
    harness.run();
    assert!(harness.query_by_label_contains("connections match").is_none());
}

#[test]
fn shift_enter_in_the_field_hides_the_others_and_keeps_the_focus() {
    let mut world = World::new(three_rows());
    world.filter.has_others = true;
    let mut harness = window(world);
    harness.get_by_label("Filter").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    harness.run();
    assert_eq!(harness.state().hides, 1);
    assert!(harness.get_by_label("Filter").is_focused());
    harness.get_by_label("hide others").click();
    harness.run();
    assert_eq!(harness.state().hides, 2);
    harness.state_mut().filter.has_others = false;
    harness.run();
    assert!(harness.get_by_label("hide others").accesskit_node().is_disabled(), "there is nothing to hide");
    harness.get_by_label("hide others").click();
    harness.run();
    assert_eq!(harness.state().hides, 2);
}

#[test]
fn the_slash_that_asks_for_the_filter_is_not_typed_into_it() {
    let mut harness = window(World::new(three_rows()));
    focus_filter(&harness.ctx);
    // On an Arabic keyboard this key types a letter. It and the text before it are swallowed; the text after it is not.
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
          public\t3000\t6.7\t2026-05-28T20:26:37.000Z\t3 s\t300\t6000"]
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
    world.overlay.help = Some(HelpTab::Legend);
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
fn help_opens_on_all_keys_and_the_legend_says_what_motion_means_here() {
    for (measured, simulated, expected) in [
        (false, false, "This system does not measure traffic, so nothing moves along the arcs."),
        (true, false, "Moving lights show measured traffic, in the direction in which the bytes go."),
        (true, true, "Moving lights show simulated traffic. Nothing is measured in a demo."),
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
        harness.get_by_label("Help: keys, legend, glossary").click();
        harness.run();
        assert!(harness.query_by_label(expected).is_none(), "it opens on the keys");
        for command in COMMANDS {
            let (keys, is_by_hand) = (keys_text(&command.action), !command.gesture().is_empty());
            assert_eq!(
                harness.query_all_by_label(command.label()).count(),
                usize::from(is_by_hand || !keys.is_empty())
            );
            assert!(keys.is_empty() || harness.query_all_by_label(&keys).next().is_some(), "{keys}");
        }
        harness.get_by_label("Glossary").click();
        harness.run();
        harness.get_by_label("Round-trip time");
        harness.get_by_label("Legend").click();
        harness.run();
        harness.get_by_label(expected);
        harness.get_by_label("web");
        assert_eq!(harness.query_by_label("1 kB/s: 5.9 s along the arc").is_some(), measured || simulated);
        let still = if measured { "Full-width arcs have byte counters" } else { "All arcs are thin" };
        harness.get_by_label_contains(still);
        harness.get_by_label("Close the help").click();
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
fn there_is_a_button_for_the_view_the_panels_the_screen_and_a_picture() {
    for size in [(1280.0, 720.0), (800.0, 600.0), (480.0, 360.0)].map(Vec2::from) {
        let mut harness = harness(World::new(three_rows()), size);
        for (button, action) in [
            ("Whole earth", Action::WholeEarth),
            ("Full screen", Action::FullScreen(Switch::Toggle)),
            ("Save picture", Action::SavePicture),
            ("Hide panels", Action::Panels(Switch::Toggle)),
        ] {
            harness.get_by_label(button).click();
            harness.run();
            assert_eq!(harness.state().asked.last(), Some(&action), "{size}");
        }
        assert!(harness.query_by_label("Filter").is_none() && harness.query_by_label("Set home").is_none());
        assert_eq!(harness.state().last.panels.len(), 1, "the buttons are left");
        harness.get_by_label("Show panels").click();
        harness.run();
        harness.get_by_label("Filter");
    }
}

#[test]
fn time_is_stepped_only_where_the_source_has_a_time_of_its_own() {
    let mut harness = window(World::new(three_rows()));
    assert!(harness.query_by_label("−10 s").is_none());
    let own_time = Some(OwnTime { begins_at: NOW, ends_at: None, at: NOW });
    let report = SamplerReport { own_time, ..(*harness.state().status.report).clone() };
    harness.state_mut().status.report = Arc::new(report);
    harness.run();
    for (button, seconds) in [("−1 min", -60), ("−10 s", -10), ("+10 s", 10), ("+1 min", 60)] {
        harness.get_by_label(button).click();
        harness.run();
        assert_eq!(harness.state().asked.last(), Some(&Action::StepTime(seconds)));
    }
    harness.get_by_label("Pause");
    harness.state_mut().status.is_paused = true;
    harness.run();
    harness.get_by_label("Continue").click();
    harness.run();
    assert_eq!(harness.state().asked.last(), Some(&Action::Pause(Switch::Toggle)));
}

#[test]
fn a_notice_says_what_happened_and_offers_to_undo_it() {
    let mut world = World::new(three_rows());
    world.notice = Some(NoticeView {
        text: "Home set: near Berlin, Germany".to_owned(),
        actions: vec![Action::UndoHome, Action::UnsetHome],
        is_warning: false,
    });
    // If there is a home, the status line has a button to unset it.
    world.status.has_home = false;
    world.status.quiet = Some("home is not set".to_owned());
    let mut harness = window(world);
    harness.get_by_label("Home set: near Berlin, Germany");
    assert!(harness.query_by_label("home is not set").is_none(), "they would overlap");
    for (button, action) in [("Undo", Action::UndoHome), ("No home", Action::UnsetHome)] {
        harness.get_by_label(button).click();
        harness.run();
        assert_eq!(harness.state().asked.last(), Some(&action));
    }
    harness.state_mut().notice = None;
    harness.run();
    assert!(harness.query_by_label("Undo").is_none());
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
