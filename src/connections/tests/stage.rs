//! Tests of stage mode.

use super::*;
use crate::{
    geo::{GeoOptions, GeoService},
    model::masked_scope,
    stage::Mask,
};
use std::{net::IpAddr, sync::Arc};

fn remote_of(app: &mut App) -> Vec<IpAddr> {
    let mut all = app.world_mut().query::<&Observed>();
    all.iter(app.world()).filter_map(|observed| Some(observed.0.key.remote?.ip)).collect()
}

fn are_masked(app: &mut App) -> bool {
    remote_of(app).iter().all(|ip| masked_scope(*ip).is_some())
}

#[test]
fn all_is_masked_at_once_and_later_changes_find_their_connections() {
    let mut app = app();
    let mask = Arc::new(Mask::new([3; 16], []));
    push(&mut app, opened(vec![connection(1, true), connection(2, true)]));
    at(&mut app, 10);
    // One that waits in the queue.
    push(&mut app, opened(vec![connection(3, true)]));
    mask_all(app.world_mut(), &mask);
    at(&mut app, 20);
    assert!(are_masked(&mut app));
    assert_eq!(app.world().resource::<ConnectionIndex>().len(), 3);
    let mut changed = connection(1, true);
    changed.state = SocketState::CloseWait;
    let closed = vec![connection(2, true).key];
    push(&mut app, SnapshotDelta { changed: vec![changed], closed, ..SnapshotDelta::default() });
    push(&mut app, SnapshotDelta { ghosts: vec![connection(4, true)], ..SnapshotDelta::default() });
    at(&mut app, 30);
    assert!(are_masked(&mut app) && remote_of(&mut app).len() == 4, "{:?}", remote_of(&mut app));
    assert_eq!(app.world().resource::<ConnectionIndex>().len(), 2);
    let mut states = app.world_mut().query::<&Observed>();
    assert_eq!(states.iter(app.world()).filter(|it| it.0.state == SocketState::CloseWait).count(), 1);

    unmask_all(app.world_mut());
    push(&mut app, SnapshotDelta::reset_to(UnixMillis(9), vec![connection(1, true)]));
    at(&mut app, 40);
    assert_eq!(remote_of(&mut app), [connection(1, true).key.remote.expect("a peer").ip]);
}

#[test]
fn masked_peers_have_the_places_of_their_originals() {
    let mut app = app();
    let geo = GeoService::open(GeoOptions::default()).expect("databases");
    app.insert_resource(Places::new(geo).in_the_same_frame());
    mask_all(app.world_mut(), &Arc::new(Mask::new([3; 16], [])));
    push(&mut app, opened(vec![connection(1, true)]));
    push(&mut app, SnapshotDelta { ghosts: vec![connection(2, true)], ..SnapshotDelta::default() });
    at(&mut app, 10);
    at(&mut app, 20);
    let mut all = app.world_mut().query::<(&Located, Has<LookupAddress>)>();
    let places: Vec<(bool, bool)> =
        all.iter(app.world()).map(|(located, is_kept)| (located.0.place.is_ok(), is_kept)).collect();
    assert_eq!(places, [(true, false); 2], "located, and the original address is gone");
    assert!(are_masked(&mut app));
}
