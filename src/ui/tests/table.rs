//! The connection table: order, selection, what is laid out, what is copied.

use super::*;

#[test]
fn clicking_a_header_sorts_by_it_and_clicking_again_turns_it_round() {
    let mut harness = window(World::new(three_rows()));
    assert_eq!(order(&harness), [0, 1, 2], "youngest first");
    for (click, expected) in [
        ("Sort by process", [1, 0, 2]),
        ("Sort by process, ascending", [2, 0, 1]),
        ("Sort by rate", [2, 1, 0]),
        ("Sort by rate, ascending", [1, 2, 0]),
        ("all columns", [1, 2, 0]),
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
    let row = harness.get_by_label_contains("curl, 9.9.9.9:53").rect().center();
    harness.event(egui::Event::PointerMoved(row));
    harness.run();
    let world = harness.state_mut();
    let mut young = super::row(4, "young", "100.2.3.4:80");
    young.first_seen_at = NOW;
    world.rows.remove(0);
    world.rows.push(young);
    world.rows_version += 1;
    harness.run();
    assert_eq!(order(&harness), [0, 1, 2], "curl, sshd, and the new one at the end");
    harness.event(egui::Event::PointerMoved(egui::Pos2::new(1200.0, 400.0)));
    harness.run();
    assert_eq!(order(&harness), [2, 0, 1], "youngest first again");
}

#[test]
fn rows_that_match_come_before_rows_that_do_not() {
    let mut rows = three_rows();
    rows[0].matches = false;
    let mut harness = window(World::new(rows));
    assert_eq!(order(&harness), [1, 2, 0]);
    harness.get_by_label("Sort by age, ascending").click();
    harness.run();
    assert_eq!(order(&harness), [2, 1, 0]);
    harness.get_by_label_contains("does not match the filter");
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
    // A selection made on the globe is brought into view once.
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
    rows[1].closed = true;
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
