//! What pictures and films have in common: home, filter, overlay and location databases without a window, and lines on
//! standard error.

use super::list::degradation_line;
use crate::{
    app::{
        GlobeCamera, Overlay, apply_picture_settings,
        offscreen::{OffScreen, PictureError},
        stage,
    },
    cli::{CameraPose, PictureSize},
    config::Settings,
    connections::{Inbox, Places},
    geo::{GeoService, Home, HomeMissing},
    geodesy::LatLng,
    model::{Degradation, DegradationKind, filter::Query},
    sampler::SamplerReport,
    text::escape_untrusted,
    view::{FilterInForce, HomeInForce},
};
use std::io::{self, Write};

/// What draws; says on what, if the best adapter does not draw.
pub(super) fn off_screen(settings: &Settings, size: PictureSize) -> Result<OffScreen, PictureError> {
    let (off_screen, why) = OffScreen::on_best(settings, size)?;
    tell(&why.map(|why| Degradation::new(DegradationKind::Graphics, why, "")).into_iter().collect::<Vec<_>>());
    Ok(off_screen)
}

/// The home; says so if there is none.
pub(super) fn home(settings: &Settings) -> HomeInForce {
    let home = HomeInForce::from(settings.home().map(Home::named_by_place));
    if home.home.is_none() {
        let what = format!("no home is known, so arcs start from a ring beside the globe: {}", home.missing);
        tell(&[Degradation::new(DegradationKind::Home, what, "give it with --home LAT,LNG")]);
    }
    home
}

/// The home of what `report` tells about: the past has one of its own.
pub(super) fn home_then(report: &SamplerReport, present: HomeInForce) -> HomeInForce {
    match &report.home {
        None => present,
        Some(then) => HomeInForce::from(Home::from_record(then).ok_or(HomeMissing::NotRecorded)),
    }
}

/// Sets up everything but connections, camera and clock; `has_panels` draws the panels, too. Pictures may be shared, so
/// the location of the home is hidden.
pub(super) fn prepare(
    off_screen: &mut OffScreen,
    settings: &Settings,
    geo: GeoService,
    home: HomeInForce,
    query: Option<&Query>,
    has_panels: bool,
) {
    let mut filter = FilterInForce::default();
    filter.set(query.cloned().unwrap_or_default());
    let mut overlay = Overlay::new(if has_panels { 1.0 } else { 0.0 }, settings);
    overlay.hides_home = true;
    overlay.state.filter.text = query.map(|words| words.text().to_owned()).unwrap_or_default();
    apply_picture_settings(off_screen.app.world_mut(), settings);
    off_screen
        .app
        .insert_resource(Places::new(geo).in_the_same_frame())
        .insert_resource(home)
        .insert_resource(filter)
        .insert_resource(overlay)
        .insert_resource(Inbox::default().without_limit());
    if settings.stage {
        stage::enter(off_screen.app.world_mut());
    }
}

/// Above home, or where it is in stage mode; without a home, above the terminator.
pub(super) fn default_pose(settings: &Settings, home: &HomeInForce, sun: LatLng) -> CameraPose {
    let home = if settings.stage { home.masked() } else { home.clone() };
    let (position, distance_radii) = match &home.home {
        Some(home) => GlobeCamera::above(home.position),
        None => GlobeCamera::over_the_dusk(sun),
    };
    CameraPose { position, distance_radii }
}

/// Writes degradations to standard error.
pub(super) fn tell(degradations: &[Degradation]) {
    degradations.iter().for_each(|degradation| tell_line(&degradation_line(degradation)));
}

/// Writes a line to standard error.
pub(super) fn tell_line(line: &str) {
    if writeln!(io::stderr(), "netglobe: {}", escape_untrusted(line)).is_err() {
        // Ignore it: a closed standard error is not a failure.
    }
}
