//! Measured traffic of a connection, and how rates are calculated from counters.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Time constant of the exponential smoothing of rates, seconds: approximately a mean over this time.
pub const RATE_WINDOW_S: f32 = 2.0;
/// After this many seconds without a byte, a rate is exactly 0.
const SILENCE_S: f32 = 4.0 * RATE_WINDOW_S;
/// Relative change of a round-trip time below which the previous value is kept.
const RTT_STEP: f32 = 0.05;

/// Measured payload, without SYN, FIN and retransmissions. Values that are not measured are absent, not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Payload this machine has sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_sent: Option<u64>,
    /// Payload this machine has received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_received: Option<u64>,
    /// 0 if `bytes_received` is exact, 1 if it may include the peer's FIN.
    #[serde(default, skip_serializing_if = "is_exact")]
    pub bytes_received_error: u8,
    /// Whether these are the kernel's final counters of a closed connection. If it closed without them, the actual
    /// traffic may be higher.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_final: bool,
    /// Payload this machine sends, bytes per second; absent until there are two samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_sent_bytes_per_sec: Option<f32>,
    /// Payload this machine receives, bytes per second; absent until there are two samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_received_bytes_per_sec: Option<f32>,
    /// Smoothed round-trip time, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtt_ms: Option<f32>,
    /// Minimum round-trip time of this connection so far, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_rtt_ms: Option<f32>,
    /// Retransmitted segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retransmits: Option<u32>,
    /// Rate at which the other end acknowledged the data sent last, bytes per second; absent if nothing was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_rate_bytes_per_sec: Option<u64>,
    /// Whether the program sent less than the network could have taken: the rate is then a lower bound.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_delivery_app_limited: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_not(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_exact(error: &u8) -> bool {
    *error == 0
}

impl Traffic {
    /// Payload of both directions, if either is measured.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let (sent, received) = (self.bytes_sent, self.bytes_received);
        (sent.is_some() || received.is_some()).then(|| sent.unwrap_or(0).saturating_add(received.unwrap_or(0)))
    }

    /// It without rates: nothing is known of the moment.
    #[must_use]
    pub fn without_rates(self) -> Self {
        Self { rate_sent_bytes_per_sec: None, rate_received_bytes_per_sec: None, ..self }
    }

    /// Payload per second of both directions, if either is measured.
    #[must_use]
    pub fn rate_bytes_per_sec(&self) -> Option<f32> {
        let (sent, received) = (self.rate_sent_bytes_per_sec, self.rate_received_bytes_per_sec);
        (sent.is_some() || received.is_some()).then(|| sent.unwrap_or(0.0) + received.unwrap_or(0.0))
    }
}

impl Traffic {
    /// The final counters of a connection, with the rates from `before`.
    pub(super) fn after(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before {
            self.keep_least_round_trip(before);
            self.rate_sent_bytes_per_sec = before.rate_sent_bytes_per_sec;
            self.rate_received_bytes_per_sec = before.rate_received_bytes_per_sec;
        }
        self
    }

    /// The last measurement of a closing connection that is no longer counted: its rates become 0.
    pub(super) fn at_rest(self) -> Self {
        Self {
            rate_sent_bytes_per_sec: self.bytes_sent.map(|_| 0.0),
            rate_received_bytes_per_sec: self.bytes_received.map(|_| 0.0),
            ..self
        }
    }

    /// The kernel forgets its minimum round-trip time after some minutes, but a shorter one proves how near the peer
    /// is.
    pub(super) fn keep_least_round_trip(&mut self, before: &Self) {
        self.min_rtt_ms = match (self.min_rtt_ms, before.min_rtt_ms) {
            (Some(now), Some(before)) => Some(now.min(before)),
            (now, before) => now.or(before),
        };
    }
}

/// Time without traffic, seconds, for each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Silence {
    sent_s: f32,
    received_s: f32,
}

/// Calculates the rates of `now`, measured `elapsed` after `before`, and keeps round-trip times that hardly changed.
/// Without `before`, the connection opened within `elapsed`. True if a counter went backwards, which counts as no
/// traffic.
pub(super) fn follow(now: &mut Traffic, before: Option<&Traffic>, elapsed: Duration, silence: &mut Silence) -> bool {
    let elapsed_s = elapsed.as_secs_f32();
    let none = Traffic { bytes_sent: Some(0), bytes_received: Some(0), ..Traffic::default() };
    let then = before.unwrap_or(&none);
    let mut went_back = false;
    let mut rate = |now: Option<u64>, then: Option<u64>, old: Option<f32>, silent_s: &mut f32| {
        let (now, then) = now.zip(then)?;
        went_back |= now < then;
        let bytes = now.saturating_sub(then);
        *silent_s = if bytes == 0 { *silent_s + elapsed_s } else { 0.0 };
        if elapsed_s <= 0.0 {
            return old;
        }
        let measured = bytes as f32 / elapsed_s;
        match old {
            None => Some(measured),
            Some(_) if *silent_s >= SILENCE_S => Some(0.0),
            // Never negative, because both values are not.
            Some(old) => Some(old + (measured - old) * (1.0 - (-elapsed_s / RATE_WINDOW_S).exp())),
        }
    };
    now.rate_sent_bytes_per_sec =
        rate(now.bytes_sent, then.bytes_sent, then.rate_sent_bytes_per_sec, &mut silence.sent_s);
    now.rate_received_bytes_per_sec =
        rate(now.bytes_received, then.bytes_received, then.rate_received_bytes_per_sec, &mut silence.received_s);
    if let (Some(ms), Some(old_ms)) = (now.rtt_ms, then.rtt_ms)
        && (ms - old_ms).abs() < RTT_STEP * old_ms
    {
        now.rtt_ms = then.rtt_ms;
    }
    went_back
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(bytes_sent: u64, bytes_received: u64) -> Traffic {
        Traffic { bytes_sent: Some(bytes_sent), bytes_received: Some(bytes_received), ..Traffic::default() }
    }

    /// Rates after samples of these counters of sent bytes, `step` apart.
    fn rates(counters: &[u64], step: Duration) -> Vec<Option<f32>> {
        let mut before: Option<Traffic> = None;
        let mut silence = Silence::default();
        let sample = |bytes: &u64| {
            let mut now = at(*bytes, 0);
            if before.is_some() {
                follow(&mut now, before.as_ref(), step, &mut silence);
            }
            before = Some(now);
            now.rate_sent_bytes_per_sec
        };
        counters.iter().map(sample).collect()
    }

    #[test]
    fn a_steady_flow_has_its_rate_from_the_second_sample_on() {
        let counters: Vec<u64> = (0..20).map(|sample| sample * 1_000).collect();
        let rates = rates(&counters, Duration::from_millis(500));
        assert_eq!(rates[0], None);
        assert!(rates[1..].iter().all(|rate| rate.is_some_and(|rate| (rate - 2_000.0).abs() < 1.0)), "{rates:?}");
    }

    #[test]
    fn a_change_has_its_part_of_the_window() {
        // One time constant after a step from 0 to 1,000 B/s, the rate is 1 − 1/e of it at any sampling interval.
        for samples in [2, 8, 200] {
            let step = Duration::from_secs_f32(RATE_WINDOW_S / samples as f32);
            let bytes = (1_000.0 * RATE_WINDOW_S) as u64 / samples;
            let counters: Vec<u64> = [0, 0].into_iter().chain((1..=samples).map(|sample| sample * bytes)).collect();
            let last = rates(&counters, step).last().copied().flatten().unwrap();
            assert!((last - 632.1).abs() < 5.0, "{samples} samples: {last}");
        }
    }

    #[test]
    fn a_flow_that_ends_comes_to_exactly_zero_in_a_bounded_time() {
        let counters = [0, 10_000_000_000].into_iter().chain([20_000_000_000; 12]).collect::<Vec<_>>();
        let rates = rates(&counters, Duration::from_secs(1));
        assert!(rates[3..].windows(2).all(|pair| pair[1] <= pair[0]), "{rates:?}");
        assert!(rates[9] > Some(0.0));
        assert_eq!(rates[10], Some(0.0), "8 s after the last byte");
    }

    #[test]
    fn a_counter_that_goes_back_is_reported_and_gives_no_negative_rate() {
        let mut silence = Silence::default();
        let mut now = at(10, 5_000);
        assert!(follow(&mut now, Some(&at(1_000, 5_000)), Duration::from_secs(1), &mut silence));
        assert_eq!((now.rate_sent_bytes_per_sec, now.rate_received_bytes_per_sec), (Some(0.0), Some(0.0)));
        assert_eq!(now.bytes_sent, Some(10), "what is measured is reported");
    }

    #[test]
    fn no_time_between_two_samples_gives_no_rate_out_of_nothing() {
        let mut now = at(1_000, 0);
        assert!(!follow(&mut now, Some(&at(0, 0)), Duration::ZERO, &mut Silence::default()));
        assert_eq!(now.rate_sent_bytes_per_sec, None);
    }

    #[test]
    fn what_is_not_counted_has_no_rate() {
        let mut now = Traffic { bytes_received: Some(7), ..Traffic::default() };
        follow(&mut now, None, Duration::from_secs(1), &mut Silence::default());
        assert_eq!((now.rate_sent_bytes_per_sec, now.rate_received_bytes_per_sec), (None, Some(7.0)));
        assert_eq!((now.rate_bytes_per_sec(), now.bytes()), (Some(7.0), Some(7)));
        assert_eq!((Traffic::default().rate_bytes_per_sec(), Traffic::default().bytes()), (None, None));
    }

    #[test]
    fn a_round_trip_that_trembles_is_reported_as_it_was() {
        for (old, new, reported) in [(20.0, 20.9, 20.0), (20.0, 19.1, 20.0), (20.0, 21.5, 21.5), (20.0, 2.0, 2.0)] {
            let before = Traffic { rtt_ms: Some(old), ..at(0, 0) };
            let mut now = Traffic { rtt_ms: Some(new), ..at(0, 0) };
            follow(&mut now, Some(&before), Duration::from_secs(1), &mut Silence::default());
            assert_eq!(now.rtt_ms, Some(reported), "{old} → {new}");
        }
    }

    #[test]
    fn a_recording_from_before_there_were_counters_is_read() {
        let old = r#"{"rate_sent_bytes_per_sec":1.5,"rate_received_bytes_per_sec":0.0}"#;
        let traffic: Traffic = serde_json::from_str(old).unwrap();
        assert_eq!(traffic.rate_sent_bytes_per_sec, Some(1.5));
        assert_eq!((traffic.bytes_sent, traffic.retransmits), (None, None));
        assert_eq!(serde_json::to_string(&traffic).unwrap(), old, "and what is absent is not written");
    }

    proptest! {
        #[test]
        fn rates_are_never_negative_nor_undefined(
            counters in proptest::collection::vec(prop_oneof![any::<u64>(), 0_u64..1000], 2..20),
            steps in proptest::collection::vec(0_u64..100_000_000, 20),
        ) {
            let mut before = at(counters[0], 0);
            let mut silence = Silence::default();
            for (bytes, step) in counters[1..].iter().zip(steps) {
                let mut now = at(*bytes, 0);
                let went_back = follow(&mut now, Some(&before), Duration::from_micros(step), &mut silence);
                prop_assert_eq!(went_back, now.bytes_sent < before.bytes_sent);
                prop_assert!(now.rate_sent_bytes_per_sec.is_none_or(|rate| rate.is_finite() && rate >= 0.0));
                before = now;
            }
        }
    }
}
