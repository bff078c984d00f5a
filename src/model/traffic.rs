//! What was measured of a connection's traffic, and how rates come of counters.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Rates are smoothed exponentially with this time constant, seconds: about the mean of so much time.
pub const RATE_WINDOW_S: f32 = 2.0;
/// After so many seconds without a byte a rate is 0, not a TIME_WAIT entry of what flowed before.
const SILENCE_S: f32 = 4.0 * RATE_WINDOW_S;
/// A round-trip time that moved by less than this part of itself is reported as it was.
const RTT_STEP: f32 = 0.05;

/// Measured payload: without SYN, FIN and what was sent again. A connection that is not measured has none of this; a
/// value that is not measured is absent, and is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Payload this machine has sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_sent: Option<u64>,
    /// Payload this machine has received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_received: Option<u64>,
    /// 0 where `bytes_received` is exact, 1 where the peer's FIN may be in it.
    #[serde(default, skip_serializing_if = "is_exact")]
    pub bytes_received_error: u8,
    /// Whether these are the kernel's last word of a connection that is gone. Of one that has closed without it, more may
    /// have flowed than is counted here.
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
    /// Least round-trip time that was ever seen of this connection, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_rtt_ms: Option<f32>,
    /// Segments sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retransmits: Option<u32>,
    /// How quickly the other end took what was sent last, bytes per second; absent while nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_rate_bytes_per_sec: Option<u64>,
    /// Whether the program had less to send than the network could have taken then: the rate is a least one.
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
    /// Payload in both directions, where either is measured.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let (sent, received) = (self.bytes_sent, self.bytes_received);
        (sent.is_some() || received.is_some()).then(|| sent.unwrap_or(0).saturating_add(received.unwrap_or(0)))
    }

    /// Payload per second in both directions, where either is measured.
    #[must_use]
    pub fn rate_bytes_per_sec(&self) -> Option<f32> {
        let (sent, received) = (self.rate_sent_bytes_per_sec, self.rate_received_bytes_per_sec);
        (sent.is_some() || received.is_some()).then(|| sent.unwrap_or(0.0) + received.unwrap_or(0.0))
    }
}

impl Traffic {
    /// The last counters of a connection that was known with `before`: its rates are those from before.
    pub(super) fn after(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before {
            self.keep_least_round_trip(before);
            self.rate_sent_bytes_per_sec = before.rate_sent_bytes_per_sec;
            self.rate_received_bytes_per_sec = before.rate_received_bytes_per_sec;
        }
        self
    }

    /// What was measured last of a connection that is closing and is counted no more: no payload flows in it.
    pub(super) fn at_rest(self) -> Self {
        Self {
            rate_sent_bytes_per_sec: self.bytes_sent.map(|_| 0.0),
            rate_received_bytes_per_sec: self.bytes_received.map(|_| 0.0),
            ..self
        }
    }

    /// The kernel forgets its least round-trip time after some minutes; what light has once done it can do.
    pub(super) fn keep_least_round_trip(&mut self, before: &Self) {
        self.min_rtt_ms = match (self.min_rtt_ms, before.min_rtt_ms) {
            (Some(now), Some(before)) => Some(now.min(before)),
            (now, before) => now.or(before),
        };
    }
}

/// For how long nothing has flowed, seconds, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Silence {
    sent_s: f32,
    received_s: f32,
}

/// Fills in the rates of `now`, which was measured `elapsed` after `before`, and keeps round-trip times that hardly
/// moved. Without `before` the connection began in that time. True when a counter went backwards: then nothing flowed.
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
            // Never below zero, since both are not.
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

    /// Rates after samples of these counters of what was sent, each `step` after the one before.
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
        // One time constant after a step from 0 to 1,000 B/s the rate is 1 − 1/e of it, however often one samples.
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
