//! What Linux alone has: its lists of sockets and its events over netlink, and in [`owners`] the holders of sockets.
//!
//! ```text
//! dumps ──► inet_diag, tcp_info ──► known_sockets: what is other than before ──────┐
//!                                         │ what has departed                      │
//! destroy_events: what closed, with its ──┴─► endings: each once, with its last ───┼─► sock_diag ──► Look
//!                 last counters               counters, or saying that they are not │
//! owners: /proc, control groups, users ────────────────────────────────────────────┘
//! ```

mod destroy_events;
mod endings;
pub mod inet_diag;
mod known_sockets;
mod netlink;
pub(super) mod owners;
mod recent_ends;
mod sock_diag;
pub mod tcp_info;

pub(super) use sock_diag::SockDiagSource;
