//! Labels on the globe other than place names: the country under the pointer, and the groups of peers without a
//! location around home and above the pole.

use crate::{
    globe::{
        arcs::ArcCounts,
        ends::{AroundHome, shell_middle},
        spaces::CameraView,
    },
    language::t,
    ui::{LabelKind, LabelView},
    view::PointedCountry,
    words::country_words,
};
use bevy::math::Vec3;
use bevy_egui::egui::Pos2;
use std::borrow::Cow;

/// Distance from home to the label of this computer below it, points.
const BELOW_HOME_PT: f32 = 13.0;

/// The labels of one frame.
pub(in crate::app) fn spot_labels(
    view: &CameraView,
    home: Option<Vec3>,
    counts: ArcCounts,
    pointed: PointedCountry,
) -> Vec<LabelView<'static>> {
    let around = AroundHome::new(view, home);
    let label = |point: Vec3, down_pt: f32, text: Cow<'static, str>, count: usize| {
        let at = view.project(point).filter(|_| !view.is_hidden(point))? / view.scale_factor;
        Some(LabelView { at: Pos2::new(at.x, at.y + down_pt), text, count, opacity: 1.0, kind: LabelKind::Spot })
    };
    let group = |count: usize, point: Vec3, down_pt: f32, text: &'static str| {
        // Show the number even if it is 1: a label without a number would look like a place name.
        let text = if count == 1 { Cow::Owned(format!("{text}  1")) } else { Cow::Borrowed(text) };
        (count > 0).then(|| label(point, down_pt, text, count)).flatten()
    };
    let foot = 1.001 + around.lift;
    let country = pointed.0.and_then(|(iso, at)| label(at * 1.001, 0.0, country_words(iso), 1));
    [
        country,
        group(counts.lan, around.label_point(view), 0.0, "LAN"),
        group(counts.loops, around.home * foot, BELOW_HOME_PT, t!("spot-this-computer")),
        group(counts.shell, shell_middle(), 0.0, t!("spot-unknown")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geodesy::LatLng, model::CountryIso};
    use bevy::math::Vec2;

    fn texts(lat_deg: f64, counts: ArcCounts, pointed: PointedCountry) -> Vec<String> {
        let below = LatLng::from_degrees(lat_deg, 10.0).expect("valid").to_unit();
        let view = CameraView::new(below, 3.85, Vec2::new(1280.0, 720.0), 1.0);
        let home = LatLng::from_degrees(50.0, 10.0).expect("valid").to_unit().as_vec3();
        spot_labels(&view, Some(home), counts, pointed).into_iter().map(|label| label.text.into_owned()).collect()
    }

    #[test]
    fn only_what_is_there_and_seen_has_a_label() {
        let all = ArcCounts { all: 6, moving: 0, lan: 3, loops: 1, shell: 2 };
        assert_eq!(texts(45.0, all, PointedCountry(None)), ["LAN", "this computer  1", "location unknown"]);
        assert_eq!(texts(-80.0, all, PointedCountry(None)), [""; 0]);
        assert_eq!(texts(45.0, ArcCounts::default(), PointedCountry(None)), [""; 0]);
        let at = LatLng::from_degrees(46.8, 8.2).expect("valid").to_unit().as_vec3();
        let pointed = PointedCountry(CountryIso::parse("CH").map(|iso| (iso, at)));
        assert_eq!(texts(45.0, ArcCounts::default(), pointed), ["Switzerland"]);
    }
}
