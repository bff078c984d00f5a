//! TCP statistics from the kernel (`struct tcp_info` of `linux/tcp.h`), as far as this program uses them.
//!
//! The structure only ever grew at its end, so older kernels return fewer bytes: a field is absent unless it is completely
//! contained. The counters must be corrected to get the payload of the user:
//!
//! * `bytes_sent` includes retransmissions, so payload is `bytes_sent − bytes_retrans`; it contains neither SYN nor FIN.
//! * `bytes_received` counts the peer's FIN as one byte, in the states after it: CLOSE_WAIT, LAST_ACK and CLOSING. In all
//!   others there was no FIN yet.

use crate::model::Traffic;

/// Kernel number of CLOSE_WAIT.
const STATE_CLOSE_WAIT: u8 = 8;
/// Kernel number of LAST_ACK.
const STATE_LAST_ACK: u8 = 9;
/// Kernel number of CLOSING.
const STATE_CLOSING: u8 = 11;

/// Statistics of a connection at one moment, as reported by the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpInfo {
    /// Smoothed round-trip time, µs; 0 if not measured yet.
    pub rtt_us: u32,
    /// Minimum round-trip time of the last minutes, µs; `u32::MAX` if not measured yet. Since Linux 4.6.
    pub min_rtt_us: Option<u32>,
    /// Number of retransmitted segments.
    pub total_retrans: Option<u32>,
    /// Payload received in order, plus the peer's FIN. Since Linux 4.1.
    pub bytes_received: Option<u64>,
    /// Payload sent, including retransmissions. Since Linux 4.19.
    pub bytes_sent: Option<u64>,
    /// Payload retransmitted. Since Linux 4.19.
    pub bytes_retrans: Option<u64>,
    /// Recent delivery rate of acknowledged bytes per second; 0 if there was none. Since Linux 4.9.
    pub delivery_rate: Option<u64>,
    /// Whether the application, not the network, limited that rate.
    pub is_app_limited: bool,
}

impl TcpInfo {
    /// Parses the structure; `None` if it does not even contain a round-trip time.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let u32_at = |at: usize| bytes.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes);
        let u64_at = |at: usize| bytes.get(at..)?.first_chunk().copied().map(u64::from_ne_bytes);
        Some(Self {
            rtt_us: u32_at(68)?,
            min_rtt_us: u32_at(148),
            total_retrans: u32_at(100),
            bytes_received: u64_at(128),
            bytes_sent: u64_at(200),
            bytes_retrans: u64_at(208),
            delivery_rate: u64_at(160),
            // The first bit field of byte 7, whose position depends on the byte order.
            is_app_limited: bytes[7] & if cfg!(target_endian = "little") { 1 } else { 0x80 } != 0,
        })
    }

    /// Payload traffic of a socket in the kernel state `state`; without rates, which need two moments.
    #[must_use]
    pub fn traffic(&self, state: u8) -> Traffic {
        let has_fin = matches!(state, STATE_CLOSE_WAIT | STATE_LAST_ACK | STATE_CLOSING);
        Traffic {
            // The two counters are not read atomically.
            bytes_sent: self.bytes_sent.zip(self.bytes_retrans).map(|(sent, again)| sent.saturating_sub(again)),
            bytes_received: self.bytes_received.map(|received| received.saturating_sub(u64::from(has_fin))),
            rtt_ms: milliseconds(self.rtt_us),
            min_rtt_ms: self.min_rtt_us.and_then(milliseconds),
            retransmits: self.total_retrans,
            delivery_rate_bytes_per_sec: self.delivery_rate.filter(|rate| *rate > 0),
            is_delivery_app_limited: self.delivery_rate.is_some_and(|rate| rate > 0) && self.is_app_limited,
            ..Traffic::default()
        }
    }

    /// Final payload traffic of a closed connection whose last known state was `live_state`, which determines whether
    /// the peer's FIN is included.
    #[must_use]
    pub fn last_traffic(&self, live_state: Option<u8>) -> Traffic {
        let has_fin = matches!(live_state, Some(STATE_CLOSE_WAIT | STATE_LAST_ACK | STATE_CLOSING));
        let traffic = self.traffic(if has_fin { STATE_CLOSE_WAIT } else { 0 });
        let is_exact = has_fin || traffic.bytes_received.is_none_or(|bytes| bytes == 0);
        Traffic { bytes_received_error: u8::from(!is_exact), is_final: true, ..traffic }
    }
}

/// A measured time in ms; `None` for 0 and `u32::MAX`, which mean that nothing was measured.
fn milliseconds(us: u32) -> Option<f32> {
    (us != 0 && us != u32::MAX).then_some(us as f32 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A structure as of Linux 6: 280 bytes.
    fn whole() -> Vec<u8> {
        let mut bytes = vec![0; 280];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(7, &[1]);
        put(160, &99_000_u64.to_ne_bytes());
        put(68, &12_345_u32.to_ne_bytes());
        put(100, &3_u32.to_ne_bytes());
        put(120, &1001_u64.to_ne_bytes());
        put(128, &2001_u64.to_ne_bytes());
        put(148, &12_000_u32.to_ne_bytes());
        put(200, &1500_u64.to_ne_bytes());
        put(208, &500_u64.to_ne_bytes());
        bytes
    }

    #[test]
    fn payload_is_neither_what_was_sent_again_nor_the_fin() {
        let info = TcpInfo::parse(&whole()).unwrap();
        for (state, received) in [(1, 2001), (4, 2001), (5, 2001), (7, 2001), (8, 2000), (9, 2000), (11, 2000)] {
            let traffic = info.traffic(state);
            assert_eq!((traffic.bytes_sent, traffic.bytes_received), (Some(1000), Some(received)), "state {state}");
            assert_eq!((traffic.rtt_ms, traffic.min_rtt_ms), (Some(12.345), Some(12.0)));
            assert_eq!((traffic.retransmits, traffic.rate_sent_bytes_per_sec), (Some(3), None));
            assert_eq!((traffic.delivery_rate_bytes_per_sec, traffic.is_delivery_app_limited), (Some(99_000), true));
        }
    }

    #[test]
    fn at_the_end_only_the_last_state_reports_of_the_fin() {
        let info = TcpInfo::parse(&whole()).unwrap();
        for (state, received) in [(None, (2001, 1)), (Some(1), (2001, 1)), (Some(8), (2000, 0)), (Some(11), (2000, 0))]
        {
            let traffic = info.last_traffic(state);
            assert_eq!((traffic.bytes_received.unwrap(), traffic.bytes_received_error), received, "{state:?}");
        }
        let nothing = TcpInfo { bytes_received: Some(0), ..info };
        assert_eq!(nothing.last_traffic(None).bytes_received_error, 0);
    }

    #[test]
    fn an_older_kernel_gives_fewer_bytes_and_what_they_do_not_hold_is_not_known() {
        for (length, fields) in [
            (280, 6),
            (216, 6),
            (215, 5),
            (200, 5),
            (168, 5),
            (167, 4),
            (152, 4),
            (151, 3),
            (136, 3),
            (135, 2),
            (72, 1),
        ] {
            let traffic = TcpInfo::parse(&whole()[..length]).unwrap().traffic(1);
            let known = [
                traffic.rtt_ms.is_some(),
                traffic.retransmits.is_some(),
                traffic.bytes_received.is_some(),
                traffic.min_rtt_ms.is_some(),
                traffic.bytes_sent.is_some(),
                traffic.delivery_rate_bytes_per_sec.is_some(),
            ];
            assert_eq!(known.map(usize::from).iter().sum::<usize>(), fields, "{length} bytes: {known:?}");
        }
        assert_eq!(TcpInfo::parse(&whole()[..71]), None);
        assert_eq!(TcpInfo::parse(&[]), None);
    }

    #[test]
    fn what_was_never_measured_is_not_zero() {
        let info = TcpInfo { min_rtt_us: Some(u32::MAX), ..TcpInfo::default() };
        assert_eq!((info.traffic(1).rtt_ms, info.traffic(1).min_rtt_ms), (None, None));
        let info = TcpInfo { delivery_rate: Some(0), is_app_limited: true, ..info };
        assert_eq!(info.traffic(1), Traffic { retransmits: None, ..TcpInfo::default().traffic(1) });
    }

    #[test]
    fn counters_that_contradict_each_other_are_never_negative() {
        let info =
            TcpInfo { bytes_sent: Some(1), bytes_retrans: Some(9), bytes_received: Some(0), ..TcpInfo::default() };
        assert_eq!((info.traffic(8).bytes_sent, info.traffic(8).bytes_received), (Some(0), Some(0)));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), state: u8) {
            if let Some(info) = TcpInfo::parse(&bytes) {
                let traffic = info.traffic(state);
                prop_assert!(traffic.rtt_ms.is_none_or(|ms| ms.is_finite() && ms > 0.0));
            }
        }
    }
}
