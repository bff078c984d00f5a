//! What Linux alone has: its lists of sockets and its events over netlink, its tables of text, and in [`owners`] the
//! holders of sockets. `here` says what of it the rest of the sampler takes.
//!
//! ```text
//! dumps ──► inet_diag, tcp_info ──► known_sockets: what is other than before ──────┐
//!                                         │ what has departed                      │
//! destroy_events: what closed, with its ──┴─► endings: each once, with its last ───┼─► sock_diag ──► Sample
//!                 last counters               counters, or saying that they are not │
//! owners: /proc, control groups, users ────────────────────────────────────────────┤
//! proc_net, netstat2: whole lists ─────────────────────────────────────────────────┴─► listed ─────► Sample
//! ```

mod destroy_events;
mod endings;
pub(super) mod here;
pub mod inet_diag;
mod interfaces;
mod known_sockets;
mod netlink;
mod netstat2;
mod owners;
mod proc_net;
mod recent;
mod sock_diag;
pub mod tcp_info;
