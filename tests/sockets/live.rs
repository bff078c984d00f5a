//! From a real socket to a pixel: in the running program, a connection that opens appears on the globe and ends at its
//! place, and one that closes fades.
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![cfg(target_os = "linux")]

#[path = "../support/isolated.rs"]
mod isolated;
#[path = "../support/network.rs"]
mod network;
#[path = "../support/sockets.rs"]
mod sockets;
#[path = "../support/mod.rs"]
mod support;

use bevy::prelude::Vec2;
use image::RgbImage;
use netglobe::{
    app::{Adapter, GpuWish, Overlay, offscreen::OffScreen, quality_for},
    cli::{CameraPose, PictureSize, QualityChoice},
    connections::{Clock, Inbox, Phase, Places},
    geo::{GeoOptions, GeoService, Home, HomeSource},
    geodesy::LatLng,
    globe::{
        arcs::{ArcStore, flag},
        spaces::CameraView,
    },
    model::UnixMillis,
    sampler::{SamplerConfig, SamplerHandle, SourceSpec},
    view::HomeInForce,
};
use std::{
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};
use support::{PATIENCE, maxmind_file, not_run};

const SIZE: PictureSize = PictureSize { width: 640, height: 480 };
/// Places of MaxMind's test database: London, and somewhere in Japan.
const ENDS: [(&str, f64, f64); 2] = [("81.2.69.142", 51.5142, -0.0931), ("2001:218::1", 35.685_36, 139.753_09)];
/// Above northern Asia, with home and both ends in view.
const CAMERA: (f64, f64) = (58.0, 65.0);
const HOME: (f64, f64) = (22.0, 79.0);

fn at((lat_deg, lng_deg): (f64, f64)) -> LatLng {
    LatLng::from_degrees(lat_deg, lng_deg).expect("valid")
}

/// The globe with this machine's connections, and a clock controlled by the test.
struct Live {
    off_screen: OffScreen,
    start: Instant,
    sampler: SamplerHandle,
}

impl Live {
    fn new(adapter: &Adapter) -> Self {
        let quality = quality_for(QualityChoice::Low, adapter);
        let mut off_screen = OffScreen::new(adapter, quality, SIZE, 0).expect("small enough");
        off_screen.look(CameraPose { position: at(CAMERA), distance_radii: 3.85 });
        let config =
            SamplerConfig { interval: Duration::from_millis(50), adaptive: false, is_frugal: false, home: None };
        let sampler = SamplerHandle::spawn(SourceSpec::SockDiag, false, config, Box::new(|| {}));
        let options =
            GeoOptions { geo_db: Some(maxmind_file("GeoLite2-City-Test.mmdb").into()), ..GeoOptions::default() };
        let geo = GeoService::open(options).expect("a sound database");
        off_screen
            .app
            .insert_resource(Inbox::from_channel(sampler.receiver().clone()))
            .insert_resource(Places::new(geo).in_the_same_frame())
            .insert_resource(HomeInForce { home: Some(Home::at(at(HOME), HomeSource::Flag)), missing: String::new() })
            .insert_resource(Overlay::default());
        Self { off_screen, start: Instant::now(), sampler }
    }

    /// Runs frames in real time until `is_there`.
    fn run_until(&mut self, what: &str, mut is_there: impl FnMut(&mut bevy::prelude::World) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ms = 1_000 + self.start.elapsed().as_millis() as u64;
            // The sun is above India, so that it is day where pixels are compared.
            let sun = UnixMillis(1_782_024_000_000);
            self.off_screen.app.insert_resource(Clock { data: self.sampler.clock().now(), ..Clock::fixed(ms, sun) });
            self.off_screen.frame().expect("it draws");
            if is_there(self.off_screen.app.world_mut()) {
                return;
            }
            assert!(Instant::now() < deadline, "{what} never came");
        }
    }

    fn arcs(&mut self, count: usize) {
        self.run_until(&format!("a globe with {count} arcs"), |world| world.resource::<ArcStore>().len() == count);
    }

    fn phases(&mut self) -> Vec<Phase> {
        let world = self.off_screen.app.world_mut();
        world
            .query::<(&Phase, &netglobe::connections::Observed)>()
            .iter(world)
            .filter(|(_, observed)| !observed.0.is_listener())
            .map(|(phase, _)| *phase)
            .collect()
    }

    fn picture(&mut self) -> RgbImage {
        self.off_screen.picture().expect("a picture")
    }

    fn pixel_of(&self, place: LatLng) -> Vec2 {
        let view = *self.off_screen.app.world().resource::<CameraView>();
        view.project(place.to_unit().as_vec3() * 1.001).expect("in front of the eye")
    }
}

/// Maximum difference of two pictures within two pixels of a point.
fn difference(a: &RgbImage, b: &RgbImage, around: Vec2) -> u8 {
    let (x, y) = (around.x.round() as i64, around.y.round() as i64);
    let pixels = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| ((x + dx) as u32, (y + dy) as u32)));
    let channels = pixels.flat_map(|(x, y)| a.get_pixel(x, y).0.into_iter().zip(b.get_pixel(x, y).0));
    channels.map(|(a, b)| a.abs_diff(b)).max().expect("pixels")
}

#[test]
fn a_real_connection_rises_on_its_place_and_fades_when_it_closes() {
    const NAME: &str = "a_real_connection_rises_on_its_place_and_fades_when_it_closes";
    if !network::is_inside()
        && let Err(why) = Adapter::find(&GpuWish::default())
    {
        return not_run(&format!("live::{NAME}"), &why.to_string());
    }
    isolated::in_own_network("live", NAME, Duration::from_mins(10), rises_and_fades);
}

fn rises_and_fades() {
    network::ip("addr add 81.2.69.142/32 dev lo");
    network::ip("-6 addr add 2001:218::1/128 dev lo nodad");
    let mut live = Live::new(&Adapter::find(&GpuWish::default()).expect("an adapter"));
    live.run_until("the first look", |world| world.resource::<netglobe::connections::SamplerStatus>().messages > 0);
    let quiet = live.picture();
    assert_eq!(live.phases(), []);

    let mut held = Vec::new();
    for (count, (ip, ..)) in ENDS.into_iter().enumerate() {
        let listener = TcpListener::bind((ip, 0)).expect("an address of this network");
        let stream = TcpStream::connect(listener.local_addr().expect("bound")).expect("a listener");
        let accepted = listener.accept().expect("a connection").0;
        held.push((listener, stream, accepted));
        live.arcs(count + 1);
        assert!(live.phases().iter().any(|phase| matches!(phase, Phase::Opening { .. })), "it rises");
    }
    live.run_until("an arc that stands", |world| {
        world.resource::<ArcStore>().iter().all(|(_, arc)| arc.flags() & flag::SETTLED != 0)
    });
    assert_eq!(live.phases(), [Phase::Open; 2]);
    let two = live.picture();
    for (ip, lat_deg, lng_deg) in ENDS {
        let place = at((lat_deg, lng_deg));
        let here = difference(&quiet, &two, live.pixel_of(place));
        assert!(here > 60, "{ip} has no dot on its place: {here}");
        let beside = live.pixel_of(at((lat_deg - 12.0, lng_deg - 8.0)));
        assert!(difference(&quiet, &two, beside) < 12, "{ip}: something stands where nothing is");
    }

    held.pop();
    live.run_until("a connection that fades", |world| {
        world.resource::<ArcStore>().iter().any(|(_, arc)| arc.flags() & flag::CLOSING != 0)
    });
    live.arcs(1);
    held.pop();
    live.arcs(0);
    let after = live.picture();
    let left = quiet.pixels().zip(after.pixels()).filter(|(a, b)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 3));
    assert_eq!(left.count(), 0, "something of what closed is still there");
}
