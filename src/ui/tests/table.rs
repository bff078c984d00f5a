//! Tests of the connection table: order, selection, layout, copying.

use super::*;

#[test]
fn clicking_a_header_sorts_by_it_and_clicking_again_turns_it_round() {
    let mut harness = window(World::new(three_rows()));
    assert_eq!(order(&harness), [0, 1, 2], "youngest first");
    for (click, expected) in [
        ("Sort by process", [1, 0, 2]),
        ("Sort by process, ascending", [2, 0, 1]),
        ("Sort by rate", [2, 1, 0]),
        ("Sort by rate, descending", [1, 2, 0]),
        ("Sort by rate, ascending", [2, 1, 0]),
        ("all columns", [2, 1, 0]),
        ("Sort by received", [2, 1, 0]),
        ("Sort by received, descending", [1, 2, 0]),
        ("Sort by remote", [1, 0, 2]),
        ("Sort by remote, ascending", [2, 0, 1]),
    ] {
        harness.get_by_label(click).click();
        harness.run();
        assert_eq!(order(&harness), expected, "{click}");
    }
}

#[test]
fn no_row_moves_away_from_under_the_pointer() {
    let mut harness = window(World::new(three_rows()));
    let row = row_rect(&harness, "curl, 9.9.9.9:53").center();
    harness.event(egui::Event::PointerMoved(row));
    harness.run();
    let world = harness.state_mut();
    let mut young = super::row(4, "young", "100.2.3.4:80");
    young.first_seen_at = NOW;
    world.rows.remove(0);
    world.rows.push(young);
    world.rows_version += 1;
    harness.run();
    assert_eq!(order(&harness), [2, 0, 1], "the new one fills the line of the one that went; curl and sshd stay");
    let world = harness.state_mut();
    world.rows.remove(2);
    world.rows_version += 1;
    harness.run();
    assert_eq!(order(&harness), [u32::MAX, 0, 1], "what goes leaves an empty line");
    assert!((row_rect(&harness, "curl, 9.9.9.9:53").center() - row).length() < 0.5);
    harness.event(egui::Event::PointerMoved(egui::Pos2::new(1200.0, 400.0)));
    harness.run();
    assert_eq!(order(&harness), [0, 1], "youngest first again, without the line");
}

#[test]
fn rows_stay_under_a_pointer_that_came_since_the_last_frame() {
    let mut harness = window(World::new(three_rows()));
    let row = row_rect(&harness, "sshd").center();
    // On a slow machine both happen between two frames.
    harness.input_mut().events.push(egui::Event::PointerMoved(row));
    let world = harness.state_mut();
    world.rows.remove(0);
    world.rows_version += 1;
    harness.run();
    assert_eq!(order(&harness), [u32::MAX, 0, 1]);
    assert!((row_rect(&harness, "sshd").center() - row).length() < 0.5);
}

#[test]
fn keys_pass_over_the_empty_lines_under_a_resting_pointer() {
    let mut harness = window(World::new(three_rows()));
    tab_to(&mut harness, "Connections");
    harness.hover_at(row_rect(&harness, "sshd").center());
    harness.run();
    let world = harness.state_mut();
    world.rows.remove(1);
    world.rows_version += 1;
    harness.run();
    assert_eq!(order(&harness), [0, u32::MAX, 1]);
    for (key, expected) in [(Key::Home, 1), (Key::ArrowDown, 3), (Key::ArrowUp, 1), (Key::End, 3)] {
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().selected, Some(entity(expected)), "{key:?}");
    }
}

#[test]
fn another_filter_is_in_force_at_once_also_under_a_resting_pointer() {
    let mut harness = window(World::new(three_rows()));
    harness.get_by_label_contains("curl, 9.9.9.9:53").hover();
    harness.run();
    let world = harness.state_mut();
    *world.mark(0) = RowMark { matches: false, dimmed: false, hidden: true };
    world.rows_version += 1;
    world.filter_version += 1;
    harness.run();
    assert_eq!(order(&harness), [1, 2]);
    harness.get_by_label("3 connections, 1 hidden");
}

#[test]
fn what_the_filter_hides_has_no_row_and_where_nothing_matches_it_says_so() {
    let mut world = World::new(three_rows());
    world.filter.matches = Some(MatchCounts::default());
    for row in 0..3 {
        *world.mark(row) = RowMark { matches: false, dimmed: true, hidden: false };
    }
    let mut harness = window(world);
    harness.get_by_label("nothing matches the filter");
    harness.get_by_label_contains("sshd, ");
    (0..3).for_each(|row| harness.state_mut().mark(row).hidden = true);
    harness.state_mut().filter_version += 1;
    harness.run();
    harness.get_by_label("nothing matches the filter; 3 hidden");
    assert!(harness.query_by_label_contains("sshd, ").is_none());
    assert_eq!(harness.state().last.rows_laid_out, 0);
}

#[test]
fn listening_and_closed_ones_are_counted_apart() {
    let mut rows = three_rows();
    rows[1].close();
    (rows[2].is_listener, rows[2].direction) = (true, None);
    let mut harness = window(World::new(rows));
    harness.get_by_label("1 connection, 1 listening, 1 closed").hover();
    harness.run();
    harness.get_by_label_contains("Open connections, listening sockets");
    let name = "curl, 9.9.9.9:53, London, GB, AS2856 British Telecommunications PLC, tcp, closed, out";
    harness.get_by_label(name);
}

/// The pieces of text painted in a rectangle, from left to right.
fn texts_in(harness: &Harness<'_, World>, rect: egui::Rect) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for clipped in &harness.output().shapes {
        if let Shape::Text(text) = &clipped.shape
            && rect.contains(text.visual_bounding_rect().center())
        {
            found.push((text.pos.x, text.galley.text().to_owned(), text.galley.elided));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, text, elided)| (text, elided)).collect()
}

#[test]
fn of_an_address_that_is_too_long_the_port_stays_whole() {
    let mut rows = three_rows();
    "[2001:218:5555:6666:7777:8888:9999:aaaa]:54321".clone_into(&mut rows[0].remote);
    let mut world = World::new(rows);
    world.overlay.show_all_columns = true;
    let harness = window(world);
    let row = row_rect(&harness, "firefox, [2001:218");
    let texts = texts_in(&harness, row);
    let address = texts.iter().position(|(text, _)| text.starts_with("[2001:218")).expect("the address");
    assert!(texts[address].1, "it is cut: {texts:?}");
    assert_eq!(texts[address + 1], ("]:54321".to_owned(), false));
    let operator = texts.iter().position(|(text, _)| text.starts_with("British")).expect("the operator by its name");
    assert!(operator > address, "{texts:?}");
}

#[test]
fn rows_that_match_come_before_rows_that_do_not() {
    let mut world = World::new(three_rows());
    *world.mark(0) = RowMark { matches: false, dimmed: true, hidden: false };
    let mut harness = window(world);
    assert_eq!(order(&harness), [1, 2, 0]);
    harness.get_by_label("Sort by age, ascending").click();
    harness.run();
    assert_eq!(order(&harness), [2, 1, 0]);
    harness.get_by_label_contains("does not match the filter");
}

#[test]
fn what_is_closed_comes_last_whichever_way_it_is_sorted() {
    let mut rows = three_rows();
    rows[1].close();
    let mut harness = window(World::new(rows));
    assert_eq!(order(&harness), [0, 2, 1]);
    harness.get_by_label("Sort by age, ascending").click();
    harness.run();
    assert_eq!(order(&harness), [2, 0, 1]);
}

#[test]
fn rows_without_an_operator_come_last_whichever_way_it_is_sorted() {
    let mut rows = three_rows();
    rows[1].operator.clear();
    let mut world = World::new(rows);
    for (ascending, expected) in [(true, [0, 2, 1]), (false, [0, 2, 1])] {
        world.overlay.table.sort = (Column::Operator, ascending);
        world.rows_version += 1;
        let harness = window(world);
        assert_eq!(order(&harness), expected, "ascending: {ascending}");
        world = harness.into_state();
    }
}

#[test]
fn clicking_a_row_selects_it_and_opens_its_details_without_taking_the_keyboard() {
    let mut harness = window(World::new(three_rows()));
    harness.get_by_label_contains("curl, 9.9.9.9:53").click();
    harness.run();
    assert_eq!(harness.state().selected, Some(entity(2)));
    harness.get_by_label("curl → 81.2.69.142:443");
    harness.get_by_label("not measured by this source");
    assert_eq!(harness.ctx.memory(bevy_egui::egui::Memory::focused), None);
    harness.get_by_label("Close the details").click();
    harness.run();
    assert_eq!(harness.state().selected, None);
}

#[test]
fn the_row_under_the_pointer_is_told() {
    let mut harness = window(World::new(three_rows()));
    harness.get_by_label_contains("sshd").hover();
    harness.run();
    assert_eq!(harness.state().last.hovered, Some(entity(3)));
}

#[test]
fn a_hundred_thousand_rows_lay_out_only_those_in_view() {
    let rows = (0..100_000).map(|n| row(n, "firefox", "81.2.69.142:443")).collect();
    let mut harness = window(World::new(rows));
    let laid_out = harness.state().last.rows_laid_out;
    assert!((5..40).contains(&laid_out), "{laid_out} rows");
    // A selection made on the globe is scrolled into view once.
    harness.state_mut().selected = Some(entity(77_777));
    harness.run();
    assert!(harness.state().last.rows_laid_out < 40);
    let table = harness.get_by_label("Connections").rect();
    let selected = harness
        .get_all_by_label_contains("firefox, 81.2.69.142:443")
        .find(|node| node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True))
        .expect("the selected row is laid out");
    assert!(table.contains_rect(selected.rect()), "{:?} in {table:?}", selected.rect());
}

#[test]
fn a_closed_row_is_listed_as_closed() {
    let mut rows = three_rows();
    rows[1].close();
    let harness = window(World::new(rows));
    let name = "curl, 9.9.9.9:53, London, GB, AS2856 British Telecommunications PLC, tcp, closed, out";
    harness.get_by_label(name);
    assert!(row_as_text(&harness.state().rows[1], NOW).contains("\tclosed\t"));
}

#[test]
fn a_selection_that_was_there_before_the_table_is_in_view_in_it() {
    let mut world = World::new((0..500).map(|n| row(n, "firefox", "81.2.69.142:443")).collect());
    world.selected = Some(entity(250));
    let harness = window(world);
    let table = harness.get_by_label("Connections").rect();
    let selected = harness
        .get_all_by_label_contains("firefox, 81.2.69.142:443")
        .find(|node| node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True))
        .expect("the selected row is laid out");
    assert!(table.contains_rect(selected.rect()), "{:?} in {table:?}", selected.rect());
}

#[test]
fn the_menu_of_a_row_copies_it() {
    let mut harness = window(World::new(three_rows()));
    harness.get_by_label_contains("curl, 9.9.9.9:53").click_secondary();
    harness.run();
    harness.get_by_label("Copy row").click();
    harness.run();
    assert_eq!(harness.state().copied, [row_as_text(&three_rows()[1], NOW)]);
}

#[test]
fn all_columns_are_there_when_asked_for() {
    let mut harness = window(World::new(three_rows()));
    assert!(harness.query_by_label("Sort by protocol").is_none());
    harness.get_by_label("all columns").click();
    harness.run();
    for column in Column::ALL {
        harness.get_by_label_contains(&format!("Sort by {}", column.explain().0));
    }
}
