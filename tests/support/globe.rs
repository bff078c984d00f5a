//! Draws the globe with simulated arcs in this process, with a fixed clock.

use bevy::prelude::App;
use netglobe::{
    app::{Adapter, Overlay, offscreen::OffScreen, quality_for},
    cli::{CameraPose, PictureSize, QualityChoice},
    connections::{Clock, Inbox},
    geo::{Home, HomeSource},
    geodesy::LatLng,
    model::{SnapshotDelta, UnixMillis},
    sampler::hub_scenario,
    view::HomeInForce,
};

/// What to draw.
pub(crate) struct Globe {
    /// Number of arcs from home to places all over the earth.
    pub(crate) arcs: usize,
    pub(crate) size: PictureSize,
    pub(crate) quality: QualityChoice,
    /// Opacity of the panels: 0 for none, 1 for all.
    pub(crate) overlay: f32,
    pub(crate) distance_radii: f64,
}

impl Globe {
    /// The app that draws it.
    pub(crate) fn on(&self, adapter: &Adapter) -> OffScreen {
        let mut off_screen = OffScreen::new(adapter, quality_for(self.quality, adapter), self.size, 0).expect("small");
        let home = LatLng::from_degrees(50.11, 8.68).expect("valid");
        off_screen.look(CameraPose { position: home, distance_radii: self.distance_radii });
        let mut overlay = Overlay::default();
        overlay.opacity = self.overlay;
        let noon = UnixMillis(1_782_043_200_000);
        off_screen
            .app
            .insert_resource(Inbox::default().without_limit())
            .insert_resource(overlay)
            .insert_resource(HomeInForce { home: Some(Home::at(home, HomeSource::Flag)), missing: String::new() })
            .insert_resource(Clock::fixed(60_000, noon));
        open(&mut off_screen.app, self.arcs);
        off_screen
    }
}

/// Opens this many connections.
fn open(app: &mut App, arcs: usize) {
    let opened = hub_scenario(arcs, 1, 0.5);
    app.world_mut().resource_mut::<Inbox>().push(SnapshotDelta { opened, ..SnapshotDelta::default() });
}
