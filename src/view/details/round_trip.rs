//! The round-trip time in the details.

use super::{Life, Lines};
use crate::{
    language::t,
    model::{Connection, Traffic, masked_scope},
    text::format_ms,
};

/// Adds the line with the round-trip time, or the reason why there is none.
pub(super) fn round_trip_line(lines: &mut Lines, connection: &Connection, traffic: &Traffic, life: Life) {
    let words = match (traffic.rtt_ms, traffic.min_rtt_ms) {
        (Some(rtt_ms), Some(least_ms)) => {
            t!("details-rtt", time = format_ms(rtt_ms), minimum = format_ms(least_ms))
        }
        (Some(rtt_ms), None) => format_ms(rtt_ms),
        (None, Some(least_ms)) => t!("details-rtt-minimum", minimum = format_ms(least_ms)),
        (None, None) if life == Life::Open => {
            lines.reason("round-trip time", t!("details-rtt-not-yet"));
            return;
        }
        (None, None) => {
            lines.reason("round-trip time", t!("details-not-measured"));
            return;
        }
    };
    // The exact time would tell how far away the peer is.
    let is_rounded = masked_scope(connection.subject_ip()).is_some();
    lines.value("round-trip time", if is_rounded { t!("details-rtt-rounded", time = words) } else { words });
}
