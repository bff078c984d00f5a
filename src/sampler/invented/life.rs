//! When simulated connections are open: a function of the seed and the moment, so that no state is kept.

use super::{
    scenario::{Life, Role, Scenario},
    seeded::{mix, unit},
};
use crate::model::{Direction, Protocol, SocketState};

const HANDSHAKE_S: f64 = 0.15;
const FAREWELL_S: f64 = 0.4;
/// Mean time between two pages of a browser tab, seconds.
const PAGE_PERIOD_S: f64 = 34.0;

/// A slot of a role: seed, number of the role from 1, number of the slot from 0.
pub(super) type Slot = [u64; 3];

/// A turn of a slot, at one moment: one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// Counts the turns of the slot.
    pub(super) number: u64,
    /// Time of the opening, seconds after the beginning.
    pub(super) opened_s: f64,
    pub(super) age_s: f64,
    pub(super) remaining_s: f64,
}

impl Role {
    /// The turn of this slot at this time, if it is open.
    pub(super) fn turn(&self, time_s: f64, slot: Slot, scenario: &Scenario) -> Option<Turn> {
        match self.life {
            Life::Story { from_s, spread_s, for_s } => {
                let (told_s, told) = scenario.story(time_s);
                let [seed, role, number] = slot;
                let own = |what: u64| unit(mix(&[seed, role, number, told, what]));
                // In order, at irregular intervals.
                let part = (number as f64 + 0.8 * own(4)) / self.count as f64;
                let opened_s = told_s + from_s + spread_s * part;
                let length_s = for_s * (0.9 + 0.1 * own(3));
                let (age_s, remaining_s) = (time_s - opened_s, opened_s + length_s - time_s);
                (age_s >= 0.0 && remaining_s > 0.0).then_some(Turn { number: told, opened_s, age_s, remaining_s })
            }
            life => life.turn(time_s, slot),
        }
    }

    /// State of a connection in this turn.
    pub(super) fn state(&self, turn: &Turn, bits: u64) -> SocketState {
        let opening = if self.direction == Direction::In { SocketState::SynReceived } else { SocketState::SynSent };
        match self.protocol {
            Protocol::Udp => SocketState::Connected,
            Protocol::Tcp if self.is_silent || turn.age_s < HANDSHAKE_S => opening,
            Protocol::Tcp if turn.remaining_s >= FAREWELL_S => SocketState::Established,
            Protocol::Tcp if bits.is_multiple_of(2) => SocketState::FinWait2,
            Protocol::Tcp => SocketState::CloseWait,
        }
    }

    /// The well-known port of this slot.
    pub(super) fn port(&self, slot: u64) -> u16 {
        let (first, last) = self.ports;
        let span = u64::from(last - first);
        let step = if self.count > 1 { span * slot / (self.count - 1) } else { 0 };
        first + u16::try_from(step).unwrap_or(0)
    }
}

impl Life {
    /// The turn of the slot at this time, if it is open; for lives that are no part of the story.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of turns, never negative")]
    fn turn(self, time_s: f64, [seed, role, slot]: Slot) -> Option<Turn> {
        let share_of = |parts: &[u64]| unit(mix(parts));
        // Slots of a page have the same turns.
        let (cycle, mean_s) = match self {
            Self::Always | Self::Story { .. } => {
                let opened_s = -3600.0 * share_of(&[seed, role, slot]);
                return Some(Turn { number: 0, opened_s, age_s: time_s - opened_s, remaining_s: f64::INFINITY });
            }
            Self::Comes { period_s, .. } => ([seed, role, slot], period_s),
            Self::Page { tab } => ([seed, tab, u64::MAX], PAGE_PERIOD_S),
        };
        let period_s = mean_s * (0.75 + 0.5 * share_of(&[cycle[0], cycle[1], cycle[2], 1]));
        let shift_s = period_s * share_of(&[cycle[0], cycle[1], cycle[2], 2]);
        let shifted_s = time_s + shift_s;
        let turns = (shifted_s / period_s).floor();
        let at_s = shifted_s - turns * period_s;
        let number = turns as u64;
        let own = |what: u64| share_of(&[seed, role, slot, number, what]);
        let (open_s, length_s) = if let Self::Comes { share: (least, most), .. } = self {
            let length_s = period_s * (least + (most - least) * own(3));
            ((period_s - length_s) * own(4), length_s)
        } else {
            // A page loads within two seconds, and its connections close one by one.
            let count = 6 + mix(&[cycle[0], cycle[1], number, 5]) % 7;
            if slot >= count {
                return None;
            }
            let open_s = 0.12 * f64::from(u8::try_from(slot).unwrap_or(u8::MAX)) + 0.4 * own(3);
            (open_s, period_s * (0.25 + 0.65 * own(4)))
        };
        let (age_s, remaining_s) = (at_s - open_s, open_s + length_s - at_s);
        let opened_s = turns * period_s - shift_s + open_s;
        (age_s >= 0.0 && remaining_s > 0.0).then_some(Turn { number, opened_s, age_s, remaining_s })
    }
}
