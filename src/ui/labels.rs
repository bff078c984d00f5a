//! Labels on the globe: names beside their dots, without overlapping each other or a panel. The busiest places come
//! first, then cities for orientation, if there is space.
//!
//! To avoid flicker while the earth turns, a visible label stays until another one is clearly busier, and stays on its
//! side of the dot as long as no other side is better. Sides without arcs and without dots of other places are
//! preferred.

use super::{line_cover::LineCover, theme};
use bevy_egui::egui::{Color32, Context, FontId, Galley, Id, LayerId, Order, Painter, Pos2, Rect, Vec2};
use std::{borrow::Cow, sync::Arc};

/// Maximum number of labels.
const MOST: usize = 40;
/// Space kept free around a label, points.
const MARGIN: f32 = 3.0;
/// Distance from the middle of the dot to the text, points.
const OFFSET: f32 = 9.0;
/// Number of the busiest places whose dots other labels avoid.
const DOTS: usize = 100;
/// Labels with the same name closer than this are treated as one place, points.
const SAME_PLACE: f32 = 60.0;

/// A name to show.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelView<'a> {
    /// Position of its dot, points.
    pub at: Pos2,
    /// The name.
    pub text: Cow<'a, str>,
    /// Number of arcs that end there.
    pub count: usize,
    /// From 0 at the limb to 1.
    pub opacity: f32,
    /// What it labels.
    pub kind: LabelKind,
}

/// What a label refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelKind {
    /// A place where arcs end.
    #[default]
    Ends,
    /// A city, for orientation.
    City,
    /// A capital.
    Capital,
    /// A group of peers without a location, or the country under the pointer; has priority over all others.
    Spot,
}

impl LabelKind {
    fn is_for_orientation(self) -> bool {
        matches!(self, Self::City | Self::Capital)
    }
}

/// Text of a visible label, and the index of its side of the dot.
type Showed = (String, u8);

/// The `labels` (each kind ordered by rank) that fit, as indices with their rectangles and sides. `before` contains the
/// labels of the previous frame; `lines` are avoided if there is other space; `size` measures a label.
fn fitting(
    labels: &[LabelView<'_>],
    panels: &[Rect],
    window: Rect,
    (before, lines): (&[Showed], &LineCover),
    mut size: impl FnMut(&LabelView<'_>) -> Vec2,
) -> Vec<(usize, Rect, u8)> {
    // A label that is already visible counts as 1.5 times as busy.
    let rank = |i: usize| {
        let label = &labels[i];
        if label.kind == LabelKind::Spot {
            return f32::MAX;
        }
        if label.kind.is_for_orientation() {
            // In the given order, after all places where arcs end.
            return if before.iter().any(|(name, _)| *name == label.text) { 0.0 } else { -1.0 };
        }
        let bonus = if before.iter().any(|(name, _)| *name == label.text) { 1.5 } else { 1.0 };
        label.count as f32 * bonus
    };
    let seen = (0..labels.len()).filter(|&i| labels[i].opacity > 0.05);
    let mut order: Vec<(f32, usize)> = seen.map(|i| (rank(i), i)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let order = order.into_iter().map(|(_, index)| index);
    let dots = order.clone().map(|i| &labels[i]).filter(|label| label.kind == LabelKind::Ends);
    let dots: Vec<Pos2> = dots.take(DOTS).map(|label| label.at).collect();
    let mut taken: Vec<Rect> = Vec::new();
    let mut fit = Vec::new();
    for index in order {
        let label = &labels[index];
        let size = size(label);
        let sides = [
            Vec2::new(OFFSET, -size.y * 0.5),
            Vec2::new(-OFFSET - size.x, -size.y * 0.5),
            Vec2::new(OFFSET * 0.6, OFFSET * 0.45),
            Vec2::new(OFFSET * 0.6, -size.y - OFFSET * 0.45),
            Vec2::new(-OFFSET * 0.6 - size.x, OFFSET * 0.45),
            Vec2::new(-OFFSET * 0.6 - size.x, -size.y - OFFSET * 0.45),
        ];
        let showed_on = before.iter().find(|(name, _)| *name == label.text).map(|(_, side)| *side);
        let is_named_already = label.kind.is_for_orientation()
            && fit.iter().any(|(other, ..): &(usize, Rect, u8)| {
                labels[*other].text == label.text && labels[*other].at.distance(label.at) < SAME_PLACE
            });
        let is_free = |rect: &Rect| {
            let roomy = rect.expand(MARGIN);
            !is_named_already
                && window.contains_rect(roomy)
                && !panels.iter().any(|panel| panel.intersects(roomy))
                && !taken.iter().any(|other| other.intersects(roomy))
        };
        let places = (0_u8..).zip(sides.map(|side| Rect::from_min_size(label.at + side, size)));
        let best = places.filter(|(_, rect)| is_free(rect)).min_by_key(|(side, rect)| {
            // Hysteresis: do not change sides for a dot at the edge, or for one or two cells of lines.
            let room = rect.expand(if showed_on == Some(*side) { -1.0 } else { 3.0 });
            (
                dots.iter().filter(|dot| room.contains(**dot) && dot.distance(label.at) > 1.0).count(),
                lines.count(*rect).saturating_sub(2 * usize::from(showed_on == Some(*side))),
                showed_on != Some(*side),
                *side,
            )
        });
        if let Some((side, rect)) = best {
            taken.push(rect);
            fit.push((index, rect, side));
            if fit.len() == MOST {
                break;
            }
        }
    }
    fit
}

/// Draws the labels below all panels; avoids `lines` where possible.
pub fn labels_ui(ctx: &Context, labels: &[LabelView<'_>], panels: &[Rect], lines: &LineCover, opacity: f32) {
    let memory = Id::new("labels that showed");
    let painter = ctx.layer_painter(LayerId::new(Order::Background, Id::new("labels")));
    let before: Arc<[Showed]> = ctx.data(|data| data.get_temp(memory)).unwrap_or_default();
    let fit =
        fitting(labels, panels, ctx.content_rect(), (&before, lines), |label| text_galley(&painter, label).size());
    for (index, rect, _) in &fit {
        let label = &labels[*index];
        let alpha = label.opacity.clamp(0.0, 1.0) * opacity;
        let color = match label.kind {
            LabelKind::Ends | LabelKind::Spot => theme::NORMAL.color(),
            LabelKind::Capital => theme::CITY.color(),
            LabelKind::City => theme::CITY.gamma_multiply(0.8),
        };
        if label.kind.is_for_orientation() {
            painter.circle_filled(label.at, 1.4, color.gamma_multiply(alpha));
        }
        let shadow = Color32::from_black_alpha((alpha * 200.0) as u8);
        let galley = text_galley(&painter, label);
        for offset in [Vec2::new(1.0, 1.0), Vec2::new(-1.0, 0.5), Vec2::new(0.0, -1.0)] {
            painter.galley(rect.min + offset, galley.clone(), shadow);
        }
        painter.galley(rect.min, galley, color.gamma_multiply(alpha));
    }
    let showed = || fit.iter().map(|(index, _, side)| (&*labels[*index].text, *side));
    if !showed().eq(before.iter().map(|(name, side)| (name.as_str(), *side))) {
        let showed: Arc<[Showed]> = showed().map(|(name, side)| (name.to_owned(), side)).collect();
        ctx.data_mut(|data| data.insert_temp(memory, showed));
    }
}

/// The text of a label, without a colour, so that it is laid out once and not again whenever it fades a little.
fn text_galley(painter: &Painter, label: &LabelView<'_>) -> Arc<Galley> {
    let size = if label.kind == LabelKind::City { theme::SMALL_SIZE - 1.5 } else { theme::SMALL_SIZE };
    let text = match label.count {
        0 | 1 => label.text.to_string(),
        count => format!("{}  {count}", label.text),
    };
    painter.layout_no_wrap(text, FontId::proportional(size), Color32::PLACEHOLDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Rect = Rect::from_min_max(Pos2::ZERO, Pos2::new(800.0, 600.0));

    fn label(x: f32, y: f32, text: &str, count: usize) -> LabelView<'_> {
        LabelView { at: Pos2::new(x, y), text: text.into(), count, opacity: 1.0, kind: LabelKind::Ends }
    }

    fn shown(labels: &[LabelView<'_>], panels: &[Rect], before: &[&str]) -> Vec<String> {
        let before: Vec<Showed> = before.iter().map(|&name| (name.to_owned(), 0)).collect();
        let fit = fitted(labels, panels, &before, &LineCover::default());
        let rects: Vec<Rect> = fit.iter().map(|(_, rect, _)| *rect).collect();
        for (i, a) in rects.iter().enumerate() {
            assert!(rects[i + 1..].iter().all(|b| !a.intersects(*b)), "{rects:?}");
        }
        fit.into_iter().map(|(index, ..)| labels[index].text.to_string()).collect()
    }

    fn fitted(
        labels: &[LabelView<'_>],
        panels: &[Rect],
        before: &[Showed],
        lines: &LineCover,
    ) -> Vec<(usize, Rect, u8)> {
        fitting(labels, panels, WINDOW, (before, lines), |label| Vec2::new(7.0 * label.text.len() as f32, 14.0))
    }

    #[test]
    fn a_label_does_not_cover_the_dot_of_another_place_where_there_is_room() {
        let frankfurt = label(400.0, 300.0, "Frankfurt", 9);
        let side = |other: LabelView<'static>, before: &[Showed]| {
            let labels = [frankfurt.clone(), other];
            fitted(&labels, &[], before, &LineCover::default())[0].2
        };
        let beside = label(430.0, 300.0, "x", 1);
        assert_eq!(side(label(430.0, 400.0, "x", 1), &[]), 0, "to the right, where nothing is");
        assert_eq!(side(beside.clone(), &[]), 1, "to the left");
        assert_eq!(side(beside.clone(), &[("Frankfurt".to_owned(), 0)]), 1, "also where it was to the right");
        let at_the_edge = label(430.0, 308.0, "x", 1);
        assert_eq!(
            [[].as_slice(), &[("Frankfurt".to_owned(), 0)]].map(|before| side(at_the_edge.clone(), before)),
            [1, 0]
        );
        let city = LabelView { kind: LabelKind::City, ..beside };
        assert_eq!(side(city, &[]), 0, "cities for orientation give way");
    }

    #[test]
    fn a_label_stands_beside_the_lines_where_there_is_room_and_on_them_where_there_is_none() {
        let labels = [label(400.0, 300.0, "Frankfurt", 9)];
        let mut lines = LineCover::new(WINDOW.size());
        let side = |lines: &LineCover, before: &[Showed]| {
            let fit = fitted(&labels, &[], before, lines);
            (fit[0].2, lines.count(fit[0].1))
        };
        assert_eq!(side(&lines, &[]), (0, 0));
        lines.add(Pos2::new(400.0, 300.0), Pos2::new(700.0, 290.0));
        let (aside, crossed) = side(&lines, &[]);
        assert!(aside != 0 && crossed == 0, "{aside} {crossed}");
        // It stays on its side if that is as good.
        assert_eq!(side(&lines, &[("Frankfurt".to_owned(), 4)]).0, 4);
        for step in 0..60 {
            let y = 150.0 + 5.0 * step as f32;
            lines.add(Pos2::new(100.0, y), Pos2::new(700.0, y));
        }
        assert!(side(&lines, &[]).1 > 0, "and it is shown all the same");
    }

    #[test]
    fn labels_never_overlap_and_the_busiest_come_first() {
        let names: Vec<String> = (0..30).map(|i| format!("place {i}")).collect();
        let crowd: Vec<_> = (0..30).map(|i| label(400.0 + i as f32, 300.0, &names[i], i)).collect();
        let shown = shown(&crowd, &[], &[]);
        assert_eq!(shown[0], "place 29");
        assert!(shown.len() <= 8, "{shown:?}");
    }

    #[test]
    fn what_showed_stays_until_another_is_clearly_busier() {
        let at = |a, b| [label(400.0, 300.0, "old", a), label(402.0, 301.0, "young", b)];
        assert_eq!(shown(&at(10, 14), &[], &["old"])[0], "old");
        assert_eq!(shown(&at(10, 16), &[], &["old"])[0], "young");
    }

    #[test]
    fn cities_come_after_every_place_where_arcs_end_and_name_none_twice() {
        let city = |x: f32, text: &'static str| LabelView { kind: LabelKind::City, ..label(x, 300.0, text, 0) };
        let labels =
            [city(300.0, "Paris"), city(700.0, "Berlin"), label(306.0, 302.0, "Paris", 1), city(500.0, "Bonn")];
        assert_eq!(shown(&labels, &[], &["Paris"]), ["Paris", "Berlin", "Bonn"]);
        let crowded = [city(300.0, "Nantes"), label(302.0, 300.0, "Angers", 1), label(298.0, 300.0, "Rennes", 1)];
        assert!(!shown(&crowded, &[], &["Nantes"]).contains(&"Nantes".to_owned()));
    }

    #[test]
    fn none_lies_over_a_panel_or_beyond_the_window_or_behind_the_globe() {
        let panel = Rect::from_min_max(Pos2::ZERO, Pos2::new(200.0, 600.0));
        let mut hidden = label(500.0, 300.0, "hidden", 9);
        hidden.opacity = 0.0;
        let labels =
            [label(100.0, 100.0, "under", 1), label(400.0, -20.0, "beyond", 1), hidden, label(500.0, 200.0, "seen", 1)];
        assert_eq!(shown(&labels, &[panel], &[]), ["seen"]);
        assert_eq!(shown(&[label(790.0, 300.0, "turned", 1)], &[], &[]), ["turned"]);
    }
}
