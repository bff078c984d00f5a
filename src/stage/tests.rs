//! Nothing of the originals is left, and the same thing gets the same substitute.

use super::Mask;
use crate::{
    geo::{Home, HomeSource},
    geodesy::LatLng,
    model::{
        Connection, Direction, Endpoint, Owner, OwnerContext, Process, Protocol, SocketState, Traffic, masked_scope,
    },
};
use std::{borrow::Cow, net::IpAddr, sync::Arc};

fn mask() -> Mask {
    Mask::new([7; 16], [("alice".to_owned(), "user"), ("alice-laptop".to_owned(), "host")])
}

fn connection() -> Connection {
    let mut connection = crate::sampler::hub_scenario(1, 1, 0.0).remove(0);
    connection.simulated = None;
    connection.key.protocol = Protocol::Tcp;
    connection.key.local = Endpoint::new(IpAddr::from([192, 168, 17, 23]), 40_000);
    connection.key.remote = Some(Endpoint::new(IpAddr::from([81, 2, 69, 142]), 443));
    connection.state = SocketState::Established;
    connection.direction = Some(Direction::Out);
    let path = Some(Arc::from("/home/alice/bin/firefox"));
    connection.owner = Owner::Process(Arc::new(Process { pid: 17, name: Some("firefox".into()), path }));
    connection.uid = Some(1234);
    let (unit, user) = (Some("app-alice-firefox.scope".into()), Some("alice".into()));
    connection.context = Some(Arc::new(OwnerContext { unit, user, pids: vec![17, 18] }));
    connection.interface = Some("wg-alice".into());
    connection.traffic = Some(Traffic { rtt_ms: Some(12.3), min_rtt_ms: Some(61.0), ..Traffic::default() });
    connection
}

#[test]
fn nothing_of_a_connection_is_left() {
    let (mask, original) = (mask(), connection());
    let mut masked = original.clone();
    mask.connection(&mut masked);
    let text = serde_json::to_string(&masked).expect("text");
    for secret in ["192.168", "81.2", "alice", "/home", "1234", "wg-", "12.3", "61.0", "app-"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    for kept in ["firefox", "443", "40000", "established", "\"pid\":17", ".scope"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    let traffic = masked.traffic.expect("traffic");
    assert_eq!((traffic.rtt_ms, traffic.min_rtt_ms), (Some(50.0), Some(100.0)));
    assert_eq!(masked.scope(), original.scope());
    let once = masked.clone();
    mask.connection(&mut masked);
    assert_eq!(masked, once, "masked twice is masked once");
}

#[test]
fn the_same_thing_has_the_same_substitute_and_another_key_gives_another() {
    let address = IpAddr::from([81, 2, 69, 142]);
    assert_eq!(mask().ip(address), mask().ip("::ffff:81.2.69.142".parse().expect("an address")));
    assert_ne!(mask().ip(address), mask().ip(IpAddr::from([81, 2, 69, 143])));
    assert_ne!(mask().ip(address), Mask::new([8; 16], []).ip(address));
    assert!(masked_scope(mask().ip(address)).is_some());
    let this = Mask::of_this_computer();
    assert_eq!(this.ip(address), this.ip(address));
}

#[test]
fn texts_keep_their_words_and_lose_addresses_paths_and_names() {
    let mask = mask();
    for (text, gone, kept) in [
        ("cannot read /home/alice/data/city.mmdb: no such file", "alice", "cannot read path-"),
        ("cannot read /home/alice/data/city.mmdb: no such file", "city", ": no such file"),
        ("wrote /home/bob/My Pictures/globe.png (1x1)", "Pictures", " (1x1)"),
        (r"cannot read C:\Users\bob\city.mmdb: no such file", "bob", ": no such file"),
        (r"wrote C:\Users\Bob Smith\globe.png", "Smith", "wrote path-"),
        (r"wrote \\server\share\globe.png", "server", "wrote path-"),
        ("Alice has gone", "Alice", " has gone"),
        ("Picture saved: /srv/pictures/netglobe.png", "srv", "Picture saved: path-"),
        ("peer 81.2.69.142:443 refused", "81.2", ":443 refused"),
        ("peer [2a00:1450::5]:443", "2a00", "]:443"),
        ("ALICE-LAPTOP is the host of Alice.", "LAPTOP", "is the host of user-"),
        ("~/alice/x", "x", "path-"),
    ] {
        let masked = mask.text(text);
        assert!(!masked.contains(gone) && masked.contains(kept), "{text}: {masked}");
        assert!(!masked.to_lowercase().contains("alice"), "{masked}");
    }
    for text in ["/proc cannot be read here", "3 of 4 sockets; 12:30 UTC", "malice", "a: b", "and/or", "::"] {
        assert!(matches!(mask.text(text), Cow::Borrowed(_)), "{text}: {}", mask.text(text));
    }
}

#[test]
fn home_moves_to_the_middle_of_its_country() {
    let leipzig = Home::at(LatLng::from_degrees(51.34, 12.37).expect("a point"), HomeSource::Config).named_by_place();
    let masked = Mask::home(&leipzig).expect("a home");
    assert!(masked.name.contains("Germany") && !masked.describe().contains("Leipzig"), "{}", masked.describe());
    let off_deg = (masked.position.lat_deg() - 51.34).abs() + (masked.position.lng_deg() - 12.37).abs();
    assert!(off_deg > 1.0 && masked.uncertainty_km.is_some_and(|km| km > 300.0), "{masked:?}");
    let hamburg = Home::at(LatLng::from_degrees(53.55, 10.0).expect("a point"), HomeSource::Config);
    assert_eq!(Mask::home(&hamburg).map(|home| home.position), Some(masked.position));
    let ocean = Home::at(LatLng::from_degrees(-45.0, -120.0).expect("a point"), HomeSource::Flag);
    assert_eq!(Mask::home(&ocean), None);
}

#[test]
fn an_owner_has_the_name_of_its_masked_connection() {
    let mask = mask();
    let unit = OwnerContext { unit: Some("backup-of-bob.service".into()), user: Some("bob".into()), pids: Vec::new() };
    let mut row = connection().row;
    row.context = Some(Arc::new(unit));
    mask.row(&mut row);
    let context = row.context.expect("it had one");
    let names = mask.owner_names("backup-of-bob.service");
    assert!(names.contains(&context.unit.as_deref().expect("a unit").to_owned()), "{names:?}");
    assert!(mask.owner_names("bob").contains(&context.user.as_deref().expect("a user").to_owned()));
    assert_eq!(mask.owner_names("firefox")[0], "firefox");
    assert!(!mask.owner_names("alice-backup").iter().any(|name| name.contains("alice")));
}
