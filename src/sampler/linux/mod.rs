//! Linux-specific parts: socket lists and close events over netlink, text tables, and in `owners` the processes that
//! hold sockets. `here` selects what the rest of the sampler uses.
//!
//! ```text
//! dumps ──► inet_diag, tcp_info ──► known_sockets: changes since last sample ──────┐
//!                                         │ closed sockets                         │
//! destroy_events: close events with the ──┴─► endings: each once, with its last ───┼─► sock_diag ──► Sample
//!                 last counters               counters, or a flag if there are none │
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
pub mod texts;
