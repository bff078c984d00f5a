//! Builds the arc of a connection: its ends, colours, width and motion.

use super::{
    instance::{ArcInstance, flag, pack_direction},
    rate::{continued_phase, rate_code},
};
use crate::{
    connections::Phase,
    globe::ends::{ArcEnd, Lasting},
    model::{Connection, Direction},
    view::{GroupId, Palette, comparison::Side},
};
use bevy::{math::Vec3, platform::hash::FixedHasher};
use std::hash::BuildHasher;

/// Inputs to the look of an arc that come from other parts of the program.
#[derive(Clone, Copy, Debug)]
pub struct ArcStyle<'a> {
    /// The group of its connection.
    pub group: GroupId,
    /// Colour of the group, sRGB.
    pub color: [u8; 3],
    /// Colours for ends without a location or with a doubtful one.
    pub palette: &'a Palette,
    /// Unit vector of home; `None` if unknown.
    pub home: Option<Vec3>,
    /// The pointer is on it.
    pub hovered: bool,
    /// It is selected.
    pub selected: bool,
    /// Whether the location of its end is doubtful.
    pub is_doubted: bool,
    /// In which of two windows of time there was more of it, while they are compared.
    pub side: Option<Side>,
    /// Traffic of the hidden arcs of its bundle in bytes per second, sent and received.
    pub carried: [f32; 2],
}

impl Default for ArcStyle<'_> {
    fn default() -> Self {
        let palette = &Palette::STANDARD;
        Self {
            group: GroupId::UNKNOWN,
            color: palette.unknown,
            palette,
            home: None,
            hovered: false,
            selected: false,
            is_doubted: false,
            side: None,
            carried: [0.0; 2],
        }
    }
}

/// Width factor of an arc without traffic counters, which may or may not be idle.
const UNCOUNTED_WIDTH: f32 = 0.6;
/// The same of closed connections, which were there in the chosen window of time.
const PAST_WIDTH: f32 = 0.6;
/// Height and width of arcs of what was more in the first of two windows of time, relative to others.
const FLAT: (f32, f32) = (0.45, 1.0);
/// The same of what was more in the second.
const HIGH: (f32, f32) = (1.25, 1.8);

/// Traffic of a connection itself in bytes per second, sent and received; 0 if not measured.
#[must_use]
pub fn own_rates(connection: &Connection) -> [f32; 2] {
    let traffic = connection.traffic.unwrap_or_default();
    [traffic.rate_sent_bytes_per_sec, traffic.rate_received_bytes_per_sec].map(|rate| rate.unwrap_or(0.0))
}

/// The arc of `connection` to `end`. `before` is its previous value, so that comets continue from their current positions.
#[must_use]
pub fn arc_instance(
    connection: &Connection,
    phase: Phase,
    end: impl Into<ArcEnd>,
    style: ArcStyle<'_>,
    before: Option<&ArcInstance>,
    now_ms: u32,
) -> ArcInstance {
    let end = end.into();
    let hash = FixedHasher.hash_one(Lasting(&connection.key));
    let own = own_rates(connection);
    let codes = [0, 1].map(|way| rate_code(own[way] + style.carried[way]));
    let mut phases = [(hash >> 16) as u8, (hash >> 24) as u8];
    if let Some(before) = before {
        for (i, phase) in phases.iter_mut().enumerate() {
            let old_phase = (before.shape >> (16 + 8 * i)) as u8;
            let old_code = (before.flags_and_rates >> (16 + 8 * i)) as u8;
            *phase = continued_phase(old_code, old_phase, codes[i], now_ms);
        }
    }
    let mut flags = flag::LIVE;
    let mut set = |bit: u32, on: bool| flags |= if on { bit } else { 0 };
    set(flag::SETTLED, !matches!(phase, Phase::Opening { .. }));
    set(flag::CLOSING, matches!(phase, Phase::Closing { .. } | Phase::Closed));
    set(flag::FROM_END, connection.direction == Some(Direction::In));
    set(flag::HOVERED, style.hovered);
    set(flag::SELECTED, style.selected);
    set(flag::NO_HOME, style.home.is_none());
    set(flag::MEASURED, connection.traffic.is_some());
    set(flag::LAN, matches!(end, ArcEnd::Lan(_)));
    set(flag::LOOP, matches!(end, ArcEnd::Loop(_)));
    set(flag::SHELL, matches!(end, ArcEnd::Shell(_)));
    let since = |ms: u64| ms as u32;
    // Vary the height of arcs to the same location, so that each can be seen and picked.
    let apex_factor = 0.88 + 0.30 * f32::from(hash as u8) / 255.0;
    let width = if connection.traffic.is_some() { 1.0 } else { UNCOUNTED_WIDTH };
    // Arcs to ends without a location have a cooler colour and are thinner.
    let (far_color, slim) = match (end.is_place(), style.is_doubted) {
        (true, false) => (Palette::far(style.color), 1.0),
        (true, true) => (style.palette.doubt, 1.0),
        (false, _) => (style.palette.no_place, 0.75),
    };
    let slim = if phase == Phase::Past { slim * PAST_WIDTH } else { slim };
    let (apex_factor, slim) = match style.side {
        None => (apex_factor, slim),
        Some(Side::Before) => (apex_factor * FLAT.0, slim * FLAT.1),
        Some(Side::After) => (apex_factor * HIGH.0, slim * HIGH.1),
    };
    let [start_color, end_color] = ArcInstance::pack_style(style.color, far_color, style.group.tag());
    ArcInstance {
        start: pack_direction(style.home.unwrap_or(Vec3::Z)),
        end: pack_direction(end.direction()),
        open_ms: match phase {
            Phase::Opening { since_ms } => since(since_ms),
            _ => before.map_or(0, |arc| arc.open_ms),
        },
        close_ms: match phase {
            Phase::Closing { since_ms } => since(since_ms),
            _ => 0,
        },
        start_color,
        end_color,
        shape: ArcInstance::pack_shape(apex_factor, width * slim, phases[0], phases[1]),
        flags_and_rates: flags | u32::from(codes[0]) << 16 | u32::from(codes[1]) << 24,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::pack_color, *};
    use crate::sampler::hub_scenario;

    fn arc(phase: Phase, style: ArcStyle<'_>, traffic: f32) -> ArcInstance {
        let connection = &hub_scenario(1, 1, traffic)[0];
        let place = connection.stated_location().expect("invented").place.as_ref().expect("a place").position;
        arc_instance(connection, phase, place, style, None, 1_000)
    }

    #[test]
    fn an_arc_without_measured_bytes_has_no_comet() {
        let style = ArcStyle::default();
        assert_eq!(arc(Phase::Open, style, 0.0).flags_and_rates >> 16, 0);
        assert_eq!(arc(Phase::Open, style, 0.0).flags() & flag::MEASURED, 0);
        assert_ne!(arc(Phase::Open, style, 1.0).flags_and_rates >> 16, 0);
    }

    #[test]
    fn a_connection_that_is_not_counted_looks_different_from_one_that_is_still() {
        let style = ArcStyle::default();
        let mut connection = hub_scenario(1, 1, 1.0).remove(0);
        let place = connection.stated_location().expect("invented").place.as_ref().expect("a place").position;
        connection.traffic = Some(crate::model::Traffic::default());
        let still = arc_instance(&connection, Phase::Open, place, style, None, 1_000);
        connection.traffic = None;
        let uncounted = arc_instance(&connection, Phase::Open, place, style, None, 1_000);
        assert_eq!((still.flags_and_rates >> 16, uncounted.flags_and_rates >> 16), (0, 0), "neither moves");
        let width = |arc: &ArcInstance| (arc.shape >> 8) & 0xff;
        assert!(width(&uncounted) * 3 < width(&still) * 2, "{} {}", width(&uncounted), width(&still));
    }

    #[test]
    fn each_state_has_its_flag() {
        let shown = ArcStyle { home: Some(Vec3::Z), ..ArcStyle::default() };
        for (phase, style, with, without) in [
            (Phase::Open, shown, flag::LIVE | flag::SETTLED, flag::CLOSING | flag::NO_HOME),
            (Phase::Opening { since_ms: 7 }, shown, flag::LIVE, flag::SETTLED),
            (Phase::Closing { since_ms: 9 }, shown, flag::SETTLED | flag::CLOSING, flag::NO_HOME),
            (Phase::Open, ArcStyle::default(), flag::NO_HOME, flag::SELECTED),
            (Phase::Open, ArcStyle { selected: true, ..shown }, flag::SELECTED, flag::HOVERED),
        ] {
            let flags = arc(phase, style, 0.0).flags();
            assert_eq!((flags & with, flags & without), (with, 0), "{phase:?} {style:?}");
        }
    }

    #[test]
    fn the_end_says_that_its_place_is_doubted_or_none() {
        let style = ArcStyle::default();
        let sure = arc(Phase::Open, style, 0.0);
        let doubted = arc(Phase::Open, ArcStyle { is_doubted: true, ..style }, 0.0);
        assert_eq!(
            (doubted.end_color, doubted.start_color),
            (pack_color(Palette::STANDARD.doubt, 0), sure.start_color)
        );
        assert_ne!(sure.end_color, doubted.end_color);
        let connection = &hub_scenario(1, 1, 0.0)[0];
        for (end, bit) in [
            (ArcEnd::Lan(Vec3::X), flag::LAN),
            (ArcEnd::Loop(Vec3::X), flag::LOOP),
            (ArcEnd::Shell(Vec3::Y), flag::SHELL),
        ] {
            let arc = arc_instance(connection, Phase::Open, end, style, None, 0);
            assert_eq!((arc.flags() & flag::NO_PLACE, arc.end_color), (bit, pack_color(Palette::STANDARD.no_place, 0)));
        }
        assert_eq!(sure.flags() & flag::NO_PLACE, 0);
    }

    #[test]
    fn opening_and_closing_keep_their_time() {
        let style = ArcStyle::default();
        assert_eq!(arc(Phase::Opening { since_ms: (1 << 32) + 5 }, style, 0.0).open_ms, 5);
        assert_eq!(arc(Phase::Closing { since_ms: 77 }, style, 0.0).close_ms, 77);
    }
}
