//! Explanations of the terms in the window, one or two sentences each.

use super::sentence;
use crate::ui::theme;
use bevy_egui::egui::{RichText, Ui};

/// Terms and their explanations, in alphabetical order.
const TERMS: &[(&str, &str)] = &[
    (
        "Anycast",
        "One address that many servers share. The nearest server answers, so the address has no single location.",
    ),
    ("Carrier NAT", "Addresses (100.64.0.0/10) that an internet provider uses inside its own network."),
    (
        "Connection",
        "Two programs that exchange data, usually on two computers. It is one TCP connection, or one UDP socket with its \
         peer.",
    ),
    (
        "Doubtful location",
        "The peer answers faster than light could travel to where the database places it. The map is wrong there; the \
         connection is not dangerous for that.",
    ),
    (
        "Home",
        "Where this computer is: from --home, the configuration, a click on the globe, or the city of the time zone.",
    ),
    ("LAN", "Your local network: private and link-local addresses, and carrier NAT. Such addresses have no location."),
    ("Listening socket", "A program that waits for connections from others. It has no peer yet."),
    ("Location", "Where a database of IP addresses places the peer. It is an estimate: a city, or only a country."),
    ("Loopback", "Both ends are on this computer (127.0.0.1, ::1)."),
    ("Operator", "Who runs the network of the peer: an autonomous system (AS) with its number."),
    ("Payload", "The bytes that programs send to each other, without headers and retransmissions."),
    ("Peer", "The other end of a connection, with its address and port."),
    (
        "Round-trip time",
        "How long it takes from sending data until the peer confirms it. The minimum comes closest to the distance.",
    ),
    ("Sample", "One reading of all connections. Rates are known after the second sample."),
    ("Source", "Where connections are read from: the operating system, a recording, or a demo."),
    ("TCP, UDP", "The two common protocols. The system counts the bytes of TCP connections, and not those of UDP."),
    ("Unit", "A service or a container under which a program runs, for example sshd.service (Linux)."),
];

/// Draws the glossary in the width of `ui`.
pub(super) fn glossary_ui(ui: &mut Ui) {
    for (term, meaning) in TERMS {
        ui.add_space(3.0);
        ui.label(RichText::new(*term).size(12.5).strong().color(theme::BRIGHT));
        sentence(ui, meaning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_in_order_and_explained_in_sentences() {
        assert!(TERMS.is_sorted_by_key(|(term, _)| *term));
        assert!(TERMS.iter().all(|(_, meaning)| meaning.ends_with('.')));
    }
}
