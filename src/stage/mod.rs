//! Stage mode: what a computer shows on a projector without telling whose it is.
//!
//! A [`Mask`] replaces everything that identifies this computer, its users and its peers by substitutes: addresses, names of
//! users, hosts, units and interfaces, paths, and the location of home. It is applied where connections enter the program
//! ([`crate::connections::Inbox`], the list), so that nothing behind it (table, details, filter, pictures, clipboard) knows
//! the originals. The same thing always gets the same substitute on the same computer: substitutes are keyed hashes
//! (`SipHash-2-4`), and the key is the machine ID, which never leaves the program. Where there is none, the key is random
//! and substitutes hold as long as the program runs.
//!
//! Not masked: names of programs, ports, states, traffic, and countries, cities and operators of peers.

mod mask;
#[cfg(test)]
mod tests;
mod text;

pub use mask::Mask;
