//! Maps a measured rate to the motion of a comet: a logarithmic rate code, and a phase that prevents jumps.
//!
//! The position of a comet is `phase + clock × speed`, modulo one lap, in wrapping 32-bit arithmetic. It stays exact
//! however long the clock runs, including when it wraps. When the rate changes, the phase is adjusted so that the
//! position at that moment does not change.

/// Code of a rate in bytes per second: 0 for no traffic, otherwise 1..=255, logarithmic from 1 B/s to 10 GB/s.
#[must_use]
pub fn rate_code(bytes_per_sec: f32) -> u8 {
    if bytes_per_sec.is_nan() || bytes_per_sec < 0.5 {
        return 0;
    }
    (1.0 + bytes_per_sec.max(1.0).log10() / 10.0 * 254.0).round().clamp(1.0, 255.0) as u8
}

/// Speed in laps per ms as a fraction of 2³², for a nonzero code. `lap_speed` of `shaders/arcs.wgsl`: a lap takes 13 s
/// at 1 B/s and 2.6 s at 10 GB/s.
#[must_use]
fn lap_speed(code: u8) -> u32 {
    330_000 + u32::from(code) * 5_200
}

/// Brightness of a comet with this code, at most 1; `strength` of `shaders/arcs.wgsl`.
#[must_use]
fn brightness(code: u8) -> f32 {
    0.45 + 0.55 * f32::from(code) / 255.0
}

/// Lap time in seconds and brightness (at most 1) of a comet at this rate, for the legend. `None` if there is no comet.
#[must_use]
pub fn pace(bytes_per_sec: f32) -> Option<(f32, f32)> {
    let code = rate_code(bytes_per_sec);
    (code > 0).then(|| ((f64::from(1 << 16) * 65.536 / f64::from(lap_speed(code))) as f32, brightness(code)))
}

/// Position of a comet in its lap at `now_ms`, as a fraction of 2³².
#[must_use]
pub fn lap_position(code: u8, phase: u8, now_ms: u32) -> u32 {
    now_ms.wrapping_mul(lap_speed(code)).wrapping_add(u32::from(phase) << 24)
}

/// The phase for `new_code` that keeps a comet at the position that `old_code` and `old_phase` give at `now_ms`, to
/// within 1/512 of a lap.
#[must_use]
pub fn continued_phase(old_code: u8, old_phase: u8, new_code: u8, now_ms: u32) -> u8 {
    if old_code == 0 || new_code == 0 {
        return old_phase;
    }
    let wanted = lap_position(old_code, old_phase, now_ms).wrapping_sub(lap_position(new_code, 0, now_ms));
    (wanted.wrapping_add(1 << 23) >> 24) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_bytes_have_no_code_and_more_bytes_have_a_higher_one() {
        assert_eq!(rate_code(0.0), 0);
        assert_eq!(rate_code(f32::NAN), 0);
        let codes = [1.0, 100.0, 1e4, 1e6, 1e8, 1e10].map(rate_code);
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        assert_eq!((codes[0], codes[5], rate_code(1e30)), (1, 255, 255));
    }

    #[test]
    fn the_scale_is_logarithmic_from_one_byte_to_ten_gigabytes() {
        let paces = [1.0, 1e3, 1e6, 1e9, 1e10].map(|rate| pace(rate).unwrap());
        let rounded = paces.map(|(seconds, brightness)| ((seconds * 10.0).round(), (brightness * 100.0).round()));
        assert_eq!(rounded, [(128.0, 45.0), (59.0, 62.0), (38.0, 78.0), (28.0, 95.0), (26.0, 100.0)]);
        assert_eq!((pace(0.0), pace(1e30)), (None, Some(paces[4])));
    }

    proptest! {
        #[test]
        fn a_comet_does_not_jump_when_its_rate_changes(a in 1u8.., b in 1u8.., phase: u8, now: u32) {
            let before = lap_position(a, phase, now);
            let after = lap_position(b, continued_phase(a, phase, b, now), now);
            let jump = (after.wrapping_sub(before) as i32).unsigned_abs();
            prop_assert!(jump <= 1 << 23, "{jump}");
        }

        #[test]
        fn the_clock_may_wrap(code in 1u8.., phase: u8) {
            let (last, first) = (lap_position(code, phase, u32::MAX), lap_position(code, phase, 0));
            prop_assert_eq!(first.wrapping_sub(last), lap_speed(code));
        }
    }
}
