//! The order of a slow tour: the whole earth, then some of the places where most happens, each for a while.
//!
//! Pure: it is told the time and the places, and answers where to go next.

use crate::{
    geodesy::{LatLng, PlaceCell},
    view::PlaceActivity,
};
use std::collections::VecDeque;

/// Time at a stop, ms; a move comes on top.
pub(super) const STAY_MS: u64 = 14_000;
/// Number of places between two views of the whole earth.
const PLACES_IN_A_ROW: u32 = 3;
/// A place is not visited again before this many others, if there are as many.
const REMEMBERED: usize = 6;
/// Distance at a place, earth radii.
const NEAR_RADII: f64 = 2.4;

/// A stop of the tour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stop {
    /// The whole earth.
    World,
    /// A place.
    Place(PlaceCell),
}

/// A move to the next stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Move {
    pub(super) stop: Stop,
    /// The point to be above; `None` to stay above the current one.
    pub(super) to: Option<LatLng>,
    /// Distance from the centre of the earth, earth radii; `None` for the whole earth.
    pub(super) distance: Option<f64>,
}

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Tour {
    /// The current stop; `None` if there is none yet, or the user has moved the camera.
    pub(super) at: Option<Stop>,
    /// Since when the camera rests there, ms.
    since_ms: u64,
    in_a_row: u32,
    seen: VecDeque<PlaceCell>,
}

impl Tour {
    /// Forgets the current stop: the user has control.
    pub(super) fn interrupt(&mut self) {
        self.at = None;
    }

    /// Registers that the camera is still moving to the stop.
    pub(super) fn arrive_later(&mut self, now_ms: u64) {
        self.since_ms = now_ms;
    }

    /// The next move, if it is time for one.
    pub(super) fn next(&mut self, now_ms: u64, places: &[PlaceActivity]) -> Option<Move> {
        if self.at.is_some() && now_ms < self.since_ms + STAY_MS {
            return None;
        }
        let place = (self.at.is_some() && self.in_a_row < PLACES_IN_A_ROW).then(|| self.choose(places)).flatten();
        self.since_ms = now_ms;
        Some(match place {
            Some(place) => {
                let cell = place.position.cell();
                self.in_a_row += 1;
                self.seen.push_back(cell);
                while self.seen.len() > REMEMBERED {
                    self.seen.pop_front();
                }
                self.at = Some(Stop::Place(cell));
                Move { stop: Stop::Place(cell), to: Some(place.position), distance: Some(NEAR_RADII) }
            }
            None if self.at == Some(Stop::World) => return None,
            None => {
                self.in_a_row = 0;
                self.at = Some(Stop::World);
                Move { stop: Stop::World, to: None, distance: None }
            }
        })
    }

    /// The place where most happens that was not visited recently: by connections, and by the order of magnitude of the
    /// traffic.
    fn choose<'a>(&self, places: &'a [PlaceActivity]) -> Option<&'a PlaceActivity> {
        let weight = |place: &PlaceActivity| {
            let rate = f64::from(place.rate_bytes_per_sec.unwrap_or(0.0).max(0.0));
            (place.connections as f64).ln_1p() + (1.0 + rate).log10() / 2.0
        };
        let last = self.seen.back();
        let is_new = |place: &&PlaceActivity| !self.seen.contains(&place.position.cell());
        let is_other = |place: &&PlaceActivity| Some(&place.position.cell()) != last;
        let best =
            |places: &mut dyn Iterator<Item = &'a PlaceActivity>| places.max_by(|a, b| weight(a).total_cmp(&weight(b)));
        best(&mut places.iter().filter(is_new)).or_else(|| best(&mut places.iter().filter(is_other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(count: usize) -> Vec<PlaceActivity> {
        (0..count)
            .map(|number| PlaceActivity {
                position: LatLng::from_degrees(10.0 * number as f64 - 40.0, 20.0 * number as f64).unwrap(),
                name: format!("place {number}"),
                country: None,
                connections: 1 + number,
                rate_bytes_per_sec: None,
                owner: String::new(),
                other_owners: 0,
            })
            .collect()
    }

    #[test]
    fn it_stays_at_each_stop_and_no_stop_comes_twice_in_a_row() {
        let (places, mut tour) = (places(5), Tour::default());
        let (mut stops, mut moved_ms) = (Vec::new(), Vec::new());
        for now_ms in (0..1_000_000).step_by(500) {
            if let Some(next) = tour.next(now_ms, &places) {
                stops.push(next.stop);
                moved_ms.push(now_ms);
            }
        }
        assert!(moved_ms.windows(2).all(|pair| pair[1] - pair[0] >= STAY_MS), "{moved_ms:?}");
        assert!(stops.windows(2).all(|pair| pair[0] != pair[1]), "{stops:?}");
        assert_eq!(stops[0], Stop::World);
        assert_eq!(stops.iter().filter(|stop| **stop == Stop::World).count(), stops.len().div_ceil(4));
        for place in &places {
            assert!(stops.contains(&Stop::Place(place.position.cell())), "every place is visited");
        }
    }

    #[test]
    fn the_busiest_comes_first_and_nothing_moves_without_places() {
        let mut tour = Tour::default();
        assert_eq!(tour.next(0, &[]).map(|next| next.stop), Some(Stop::World));
        assert_eq!(tour.next(STAY_MS, &[]), None, "it is there already");
        let places = places(4);
        let next = tour.next(2 * STAY_MS, &places).expect("a move");
        assert_eq!(next.stop, Stop::Place(places[3].position.cell()));
        tour.interrupt();
        assert_eq!(tour.next(2 * STAY_MS + 1, &places).map(|next| next.stop), Some(Stop::World), "from the beginning");
    }
}
