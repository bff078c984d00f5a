//! Simulated rates and round-trip times.
//!
//! *Rates* are smooth over time and different for each connection. The mean rate of a connection is the stated one times a
//! factor that is uniform between 0.4 and 1.6. The peak rate of a page is log-uniform between 30 kB/s and 1.2 MB/s; it
//! falls with a time constant of 3 s.
//!
//! *Distance.* Light in optical fibre travels at about two thirds of its speed in vacuum, and cables are longer than the
//! great circle: the round-trip time is that of the great circle in fibre, times a factor uniform between 1.15 and 1.75,
//! plus 3 to 12 ms for the access at both ends, plus some jitter. A TCP connection carries at most its window in a
//! round-trip time, and starts more slowly the longer that is.

use super::{
    life::Turn,
    scenario::{Flow, Role},
    seeded::{mix, unit},
};
use crate::{
    geodesy::{FIBRE_KM_PER_MS, LatLng, distance_km},
    model::{Protocol, Traffic},
};
use std::f64::consts::TAU;

/// Largest amount of unacknowledged data of a TCP connection, bytes.
const WINDOW_BYTES: f64 = 384.0 * 1024.0;
/// Seconds in which traffic rises after the opening, and falls before the end.
const RAMP_S: f64 = 0.8;
/// Round trips in which traffic rises (slow start).
const RAMP_ROUND_TRIPS: f64 = 6.0;

/// The way to a peer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// Through the internet, over these points in order.
    Internet([LatLng; 2], Option<LatLng>),
    /// On the internet, from near this computer.
    Nearby,
    /// On the local network.
    Lan,
    /// Within this computer.
    Loopback,
    /// The distance is not known.
    Unknown,
}

impl Way {
    /// The smallest round-trip time of a connection, ms.
    pub(super) fn round_trip_ms(self, bits: u64) -> Option<f64> {
        let own = |what| unit(mix(&[bits, what]));
        let in_fibre_ms = |km: f64| km / FIBRE_KM_PER_MS * (1.15 + 0.6 * own(20)) + 3.0 + 9.0 * own(21);
        Some(match self {
            Self::Internet([from, to], None) => in_fibre_ms(distance_km(from, to)),
            Self::Internet([from, to], Some(via)) => in_fibre_ms(distance_km(from, via) + distance_km(via, to)) + 2.0,
            Self::Nearby => 3.0 + 11.0 * own(21),
            Self::Lan => 0.3 + 2.5 * own(21),
            Self::Loopback => 0.02 + 0.04 * own(21),
            Self::Unknown => return None,
        })
    }
}

/// Traffic of a connection at a moment.
pub(super) fn traffic(role: &Role, way: Way, turn: &Turn, time_s: f64, bits: u64) -> Traffic {
    let own = |what| unit(mix(&[bits, what]));
    let swing = |period_s: f64, what| (TAU * (time_s / period_s + own(what))).sin();
    // Between 0 and 1, with periods of some seconds.
    let wave = 0.5 + 0.3 * swing(7.0 + 9.0 * own(10), 11) + 0.2 * swing(2.3 + 2.0 * own(12), 13);
    let level = 0.35 + 0.65 * wave;
    let size = 0.4 + 1.2 * own(14);
    let (sent, received) = match role.flow {
        Flow::Page => {
            let peak = 30_000.0 * 40.0_f64.powf(own(15));
            let fresh = (-turn.age_s / 3.0).exp();
            (200.0 * wave + 0.03 * peak * fresh * level, 500.0 * wave + peak * fresh * level)
        }
        Flow::Download(rate) => (0.02 * rate * size * level, rate * size * level),
        Flow::Upload(rate) => (rate * size * level, 0.02 * rate * size * level),
        Flow::Both(rate) => (rate * size * level, rate * size * (1.35 - level)),
        Flow::Words => {
            let pulse = swing(5.0 + 14.0 * own(16), 17).max(0.0).powi(8);
            (900.0 * size * pulse, 2_600.0 * size * pulse)
        }
        Flow::Nothing => (0.0, 0.0),
    };
    let is_answered = !role.is_silent;
    let min_rtt_ms = way.round_trip_ms(bits).filter(|_| role.protocol == Protocol::Tcp && is_answered);
    let round_trip_s = min_rtt_ms.unwrap_or(0.0) / 1000.0;
    let most = if round_trip_s > 0.0 { WINDOW_BYTES / round_trip_s } else { f64::INFINITY };
    let rise_s = RAMP_S + RAMP_ROUND_TRIPS * round_trip_s;
    let ramp = (turn.age_s / rise_s).min(1.0) * (turn.remaining_s / RAMP_S).min(1.0);
    let rate = |rate: f64| if is_answered { (rate.min(most) * ramp) as f32 } else { 0.0 };
    // Kernels measure round-trip times of TCP only. It swings by up to a tenth, and the smallest one is reached.
    let is_measured = turn.age_s > round_trip_s;
    let rtt_ms =
        min_rtt_ms.filter(|_| is_measured).map(|least| least * (1.0 + 0.1 * (0.5 + 0.5 * swing(9.0, 22)).powi(2)));
    // No byte counters: they would need the sum since the opening, and no state is kept.
    Traffic {
        rate_sent_bytes_per_sec: Some(rate(sent)),
        rate_received_bytes_per_sec: Some(rate(received)),
        rtt_ms: rtt_ms.map(in_steps),
        min_rtt_ms: min_rtt_ms.filter(|_| is_measured).map(in_steps),
        ..Traffic::default()
    }
}

/// Rounded to a hundredth, so that an almost unchanged value is unchanged.
fn in_steps(ms: f64) -> f32 {
    ((ms * 100.0).round() / 100.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::VACUUM_KM_PER_MS;

    fn point(lat: f64, lng: f64) -> LatLng {
        LatLng::from_degrees(lat, lng).unwrap()
    }

    #[test]
    fn round_trip_times_obey_light_and_distance() {
        let berlin = point(52.5, 13.4);
        for bits in 0..200 {
            let mut last = 0.0;
            for to in [point(50.1, 8.7), point(40.7, -74.0), point(-33.9, 151.2)] {
                let ms = Way::Internet([berlin, to], None).round_trip_ms(bits).expect("a distance");
                let light_ms = distance_km(berlin, to) / VACUUM_KM_PER_MS;
                assert!(ms > light_ms * 1.5 && ms < light_ms * 2.7 + 14.0, "{ms} of {light_ms}");
                assert!(ms > last, "farther is later");
                last = ms;
            }
            let direct = Way::Internet([berlin, point(50.1, 8.7)], None).round_trip_ms(bits);
            let tunnel = Way::Internet([berlin, point(50.1, 8.7)], Some(point(40.7, -74.0))).round_trip_ms(bits);
            assert!(tunnel > direct.map(|ms| ms + 60.0), "a tunnel is a detour");
            assert!(Way::Nearby.round_trip_ms(bits) < Some(15.0) && Way::Lan.round_trip_ms(bits) < Some(3.0));
            assert_eq!(Way::Unknown.round_trip_ms(bits), None);
        }
    }
}
