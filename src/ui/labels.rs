//! Labels on the globe: names beside their dots, none over another, none over a panel, the busiest places first, and
//! cities for orientation where room is left.
//!
//! A label that showed before keeps its place a little longer than its rank alone would let it, so that nothing flickers
//! while the earth turns.

use super::theme;
use bevy_egui::egui::{Align2, Color32, Context, FontId, Id, LayerId, Order, Pos2, Rect, Vec2};
use std::{borrow::Cow, sync::Arc};

/// Labels at most.
const MOST: usize = 40;
/// Space kept free around a label, points.
const MARGIN: f32 = 3.0;
/// From the middle of the dot to the text, points.
const OFFSET: f32 = 9.0;
/// Two labels of one name that are nearer to each other name one place, points.
const SAME_PLACE: f32 = 60.0;

/// A name that wants to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelView<'a> {
    /// Where its dot is, points.
    pub at: Pos2,
    /// The name.
    pub text: Cow<'a, str>,
    /// How many arcs end there.
    pub count: usize,
    /// 1 in full view, 0 at the limb.
    pub opacity: f32,
    /// What it names.
    pub kind: LabelKind,
}

/// What a label names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelKind {
    /// A place where arcs end.
    #[default]
    Ends,
    /// A city, for orientation.
    City,
    /// A capital.
    Capital,
    /// What stands there has no place, or a country that is pointed at: said before any name.
    Spot,
}

impl LabelKind {
    fn is_for_orientation(self) -> bool {
        matches!(self, Self::City | Self::Capital)
    }
}

/// Which of `labels` (each kind in order of rank) fit, as indices with the rectangle of each. `before` names those that showed in
/// the frame before; `size` measures a label.
fn fitting(
    labels: &[LabelView<'_>],
    panels: &[Rect],
    window: Rect,
    before: &[String],
    mut size: impl FnMut(&LabelView<'_>) -> Vec2,
) -> Vec<(usize, Rect)> {
    let mut order: Vec<usize> = (0..labels.len()).filter(|&i| labels[i].opacity > 0.05).collect();
    // What showed counts as half as busy again.
    let rank = |i: usize| {
        let label = &labels[i];
        if label.kind == LabelKind::Spot {
            return f32::MAX;
        }
        if label.kind.is_for_orientation() {
            // In the order in which they came, after all places where arcs end.
            return if before.iter().any(|name| *name == label.text) { 0.0 } else { -1.0 };
        }
        let bonus = if before.iter().any(|name| *name == label.text) { 1.5 } else { 1.0 };
        label.count as f32 * bonus
    };
    order.sort_by(|&a, &b| rank(b).total_cmp(&rank(a)).then(a.cmp(&b)));
    let mut taken: Vec<Rect> = Vec::new();
    let mut fit = Vec::new();
    for index in order {
        let label = &labels[index];
        let size = size(label);
        let right = Rect::from_min_size(label.at + Vec2::new(OFFSET, -size.y * 0.5), size);
        let left = Rect::from_min_size(label.at + Vec2::new(-OFFSET - size.x, -size.y * 0.5), size);
        let is_named_already = label.kind.is_for_orientation()
            && fit.iter().any(|(other, _): &(usize, Rect)| {
                labels[*other].text == label.text && labels[*other].at.distance(label.at) < SAME_PLACE
            });
        let is_free = |rect: &Rect| {
            let roomy = rect.expand(MARGIN);
            !is_named_already
                && window.contains_rect(roomy)
                && !panels.iter().any(|panel| panel.intersects(roomy))
                && !taken.iter().any(|other| other.intersects(roomy))
        };
        if let Some(rect) = [right, left].into_iter().find(is_free) {
            taken.push(rect);
            fit.push((index, rect));
            if fit.len() == MOST {
                break;
            }
        }
    }
    fit
}

/// Draws the labels below every panel.
pub fn labels_ui(ctx: &Context, labels: &[LabelView<'_>], panels: &[Rect], opacity: f32) {
    let memory = Id::new("labels that showed");
    let painter = ctx.layer_painter(LayerId::new(Order::Background, Id::new("labels")));
    let font_of = |label: &LabelView<'_>| {
        let is_city = label.kind == LabelKind::City;
        FontId::proportional(if is_city { theme::SMALL_SIZE - 1.5 } else { theme::SMALL_SIZE })
    };
    let text_of = |label: &LabelView<'_>| match label.count {
        0 | 1 => label.text.to_string(),
        count => format!("{}  {count}", label.text),
    };
    let before: Arc<[String]> = ctx.data(|data| data.get_temp(memory)).unwrap_or_default();
    let fit = fitting(labels, panels, ctx.content_rect(), &before, |label| {
        painter.layout_no_wrap(text_of(label), font_of(label), Color32::WHITE).size()
    });
    for (index, rect) in &fit {
        let label = &labels[*index];
        let alpha = label.opacity.clamp(0.0, 1.0) * opacity;
        let color = match label.kind {
            LabelKind::Ends | LabelKind::Spot => theme::NORMAL,
            LabelKind::Capital => theme::CITY,
            LabelKind::City => theme::CITY.gamma_multiply(0.8),
        };
        if label.kind.is_for_orientation() {
            painter.circle_filled(label.at, 1.4, color.gamma_multiply(alpha));
        }
        let shadow = Color32::from_black_alpha((alpha * 200.0) as u8);
        for offset in [Vec2::new(1.0, 1.0), Vec2::new(-1.0, 0.5), Vec2::new(0.0, -1.0)] {
            painter.text(rect.min + offset, Align2::LEFT_TOP, text_of(label), font_of(label), shadow);
        }
        painter.text(rect.min, Align2::LEFT_TOP, text_of(label), font_of(label), color.gamma_multiply(alpha));
    }
    let showed = || fit.iter().map(|(index, _)| &*labels[*index].text);
    if !showed().eq(before.iter().map(String::as_str)) {
        let showed: Arc<[String]> = showed().map(str::to_owned).collect();
        ctx.data_mut(|data| data.insert_temp(memory, showed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Rect = Rect::from_min_max(Pos2::ZERO, Pos2::new(800.0, 600.0));

    fn label(x: f32, y: f32, text: &str, count: usize) -> LabelView<'_> {
        LabelView { at: Pos2::new(x, y), text: text.into(), count, opacity: 1.0, kind: LabelKind::Ends }
    }

    fn shown(labels: &[LabelView<'_>], panels: &[Rect], before: &[&str]) -> Vec<String> {
        let before: Vec<String> = before.iter().map(|&name| name.to_owned()).collect();
        let fit = fitting(labels, panels, WINDOW, &before, |label| Vec2::new(7.0 * label.text.len() as f32, 14.0));
        let rects: Vec<Rect> = fit.iter().map(|(_, rect)| *rect).collect();
        for (i, a) in rects.iter().enumerate() {
            assert!(rects[i + 1..].iter().all(|b| !a.intersects(*b)), "{rects:?}");
        }
        fit.into_iter().map(|(index, _)| labels[index].text.to_string()).collect()
    }

    #[test]
    fn labels_never_overlap_and_the_busiest_come_first() {
        let names: Vec<String> = (0..30).map(|i| format!("place {i}")).collect();
        let crowd: Vec<_> = (0..30).map(|i| label(400.0 + i as f32, 300.0, &names[i], i)).collect();
        let shown = shown(&crowd, &[], &[]);
        assert_eq!(shown[0], "place 29");
        assert!(shown.len() <= 3, "{shown:?}");
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
            [label(100.0, 100.0, "under", 1), label(400.0, 2.0, "beyond", 1), hidden, label(500.0, 200.0, "seen", 1)];
        assert_eq!(shown(&labels, &[panel], &[]), ["seen"]);
        assert_eq!(shown(&[label(790.0, 300.0, "turned", 1)], &[], &[]), ["turned"]);
    }
}
