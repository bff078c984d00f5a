//! `netglobe bench --month`: a month of ambient display in some minutes, to see whether memory grows.
//!
//! The clocks jump; everything else is the program itself, drawing offscreen: a million connections open and close, the tour
//! visits places, and the picture is hidden and shown. Memory after the first hour is compared with memory at the end.

use super::bench::{BenchError, Memory, rounded};
use crate::{
    app::{
        Adapter, Ambient, GlobeCamera, GpuWish, Overlay,
        offscreen::{OffScreen, PictureError},
        quality_for,
    },
    cli::BenchArgs,
    config::Settings,
    connections::{Clock, ConnectionIndex, Inbox},
    geo::{Home, HomeSource},
    geodesy::LatLng,
    globe::{earth::Earth, orbit::OrbitCamera},
    model::{Connection, ConnectionKey, SnapshotDelta, UnixMillis},
    sampler::hub_scenario,
    view::HomeInForce,
};
use bevy::{camera::Camera, render::renderer::RenderDevice};
use serde::Serialize;
use std::{
    io::{self, Write},
    mem::ManuallyDrop,
    time::{Duration, Instant},
};

const HOURS: u64 = 30 * 24;
/// Connections that open and close in an hour: a million in a month.
const PER_HOUR: usize = 1_389;
/// Connections that are open all the time.
const ALWAYS: usize = 60;
/// Frames drawn in an hour: for a stop of the tour, and for connections that open and close.
const FRAMES: usize = 12;
/// Maximum number of frames until the tour has gone to another place.
const GLIDE_FRAMES: usize = 240;
const HOUR_MS: u64 = 3_600_000;
/// Hidden and shown after this many hours.
const HIDE_EVERY: u64 = 3;

/// A line of `bench --month --json`.
#[derive(Clone, Debug, Serialize)]
struct Report {
    hours: u64,
    connections: u64,
    left_at_end: usize,
    frames: u64,
    hidden: u64,
    moves_of_the_tour: u64,
    rss_mib_first_hour: Option<f64>,
    rss_mib: Option<f64>,
    rss_growth_percent: Option<f64>,
    gpu_mib_first_hour: Option<f64>,
    gpu_mib: Option<f64>,
    gpu_growth_percent: Option<f64>,
    wall_s: f64,
}

/// Runs the month and reports.
///
/// # Errors
/// See [`BenchError`].
pub fn run(args: &BenchArgs, settings: &Settings) -> Result<(), BenchError> {
    let start = Instant::now();
    let mut month = Month::begin(args, settings)?;
    let mut first = None;
    for hour in 0..HOURS {
        month.hour(hour)?;
        if hour == 0 {
            first = Some(month.memory());
        }
    }
    let (first_rss, first_gpu) = first.unwrap_or_default();
    let (rss, gpu) = month.memory();
    let growth =
        |first: Option<f64>, last: Option<f64>| first.zip(last).map(|(first, last)| (last / first - 1.0) * 100.0);
    let report = Report {
        hours: HOURS,
        connections: month.opened,
        left_at_end: month.off_screen.app.world().resource::<ConnectionIndex>().len(),
        frames: month.frames,
        hidden: month.hidden,
        moves_of_the_tour: month.off_screen.app.world().resource::<Ambient>().moves(),
        rss_mib_first_hour: first_rss.map(rounded),
        rss_mib: rss.map(rounded),
        rss_growth_percent: growth(first_rss, rss).map(rounded),
        gpu_mib_first_hour: first_gpu.map(rounded),
        gpu_mib: gpu.map(rounded),
        gpu_growth_percent: growth(first_gpu, gpu).map(rounded),
        wall_s: rounded(start.elapsed().as_secs_f64()),
    };
    let text = if args.json { serde_json::to_string(&report) } else { serde_json::to_string_pretty(&report) };
    let text = text.map_err(|error| BenchError::Output(error.into()))?;
    writeln!(io::stdout(), "{text}").map_err(BenchError::Output)
}

struct Month {
    /// It is never dropped, see `leave`.
    off_screen: ManuallyDrop<OffScreen>,
    opened: u64,
    frames: u64,
    hidden: u64,
}

impl Month {
    fn begin(args: &BenchArgs, settings: &Settings) -> Result<Self, BenchError> {
        let adapter = Adapter::find(&GpuWish::new(settings))?;
        let quality = quality_for(settings.quality, &adapter).at_scale(settings.render_scale);
        let mut off_screen = ManuallyDrop::new(OffScreen::measured(&adapter, quality, args.size, settings.verbose)?);
        let home = LatLng::from_degrees(50.11, 8.68).map(|position| Home::at(position, HomeSource::Flag));
        let mut overlay = Overlay::new(0.0, settings);
        (overlay.shows_labels, overlay.keeps_labels) = (true, true);
        let position = home.as_ref().map(|home| home.position).unwrap_or_default();
        let app = &mut off_screen.app;
        app.insert_resource(overlay)
            .insert_resource(HomeInForce { home, missing: String::new() })
            .insert_resource(Clock::fixed(100_000, UnixMillis(1_782_043_200_000)))
            .insert_resource(GlobeCamera::moving(OrbitCamera::new(position, 3.85)))
            .insert_resource(Inbox::default().without_limit());
        let mut ambient = app.world_mut().resource_mut::<Ambient>();
        ambient.shows_clock = true;
        ambient.switch(true, 100_000);
        let always = hub_scenario(ALWAYS, 1, 0.3);
        app.world_mut().resource_mut::<Inbox>().push(SnapshotDelta { opened: always, ..SnapshotDelta::default() });
        let mut month = Self { off_screen, opened: 0, frames: 0, hidden: 0 };
        let start = Instant::now();
        while !month.off_screen.app.world().resource::<Earth>().is_settled() {
            month.frame(16)?;
            if start.elapsed() > Duration::from_mins(1) {
                return Err(PictureError::NoAnswer.into());
            }
        }
        Ok(month)
    }

    /// Connections open and close in the frames of an hour, while the tour goes on.
    fn hour(&mut self, hour: u64) -> Result<(), BenchError> {
        let share = PER_HOUR.div_ceil(FRAMES / 2);
        let mut open: Vec<ConnectionKey> = Vec::new();
        for part in 0..FRAMES {
            let at = self.now();
            let opened = if part < FRAMES / 2 { self.new_connections(share, hour, at) } else { Vec::new() };
            let closed = std::mem::take(&mut open);
            open = opened.iter().map(|connection| connection.key).collect();
            let delta = SnapshotDelta { at, opened, closed, ..SnapshotDelta::default() };
            self.off_screen.app.world_mut().resource_mut::<Inbox>().push(delta);
            self.frame(2_000)?;
        }
        let mut drawn_ms = 2_000 * FRAMES as u64;
        // The tour goes to another place; a frame moves the camera by a quarter of a second at most.
        for _ in 0..GLIDE_FRAMES {
            drawn_ms += 250;
            self.frame(250)?;
            let world = self.off_screen.app.world();
            let has_moved = world.resource::<Ambient>().moves() > hour;
            if has_moved && !world.resource::<GlobeCamera>().orbit.is_moving_by_itself() {
                break;
            }
        }
        if hour.is_multiple_of(HIDE_EVERY) {
            self.show(false);
            self.frame(HOUR_MS - drawn_ms - 16)?;
            self.show(true);
            self.frame(16)?;
            self.hidden += 1;
        } else {
            self.frame(HOUR_MS - drawn_ms)?;
        }
        Ok(())
    }

    fn now(&self) -> UnixMillis {
        self.off_screen.app.world().resource::<Clock>().data
    }

    /// New connections to seeded places.
    fn new_connections(&mut self, count: usize, hour: u64, at: UnixMillis) -> Vec<Connection> {
        let mut opened = hub_scenario(count, 2 + hour % 50, 0.3);
        for connection in &mut opened {
            self.opened += 1;
            connection.key.identity = (1 << 40) + self.opened;
            (connection.opened_at, connection.first_seen_at) = (Some(at), at);
        }
        opened
    }

    fn show(&mut self, is_shown: bool) {
        let world = self.off_screen.app.world_mut();
        for mut camera in world.query::<&mut Camera>().iter_mut(world) {
            camera.is_active = is_shown;
        }
    }

    fn frame(&mut self, ms: u64) -> Result<(), BenchError> {
        let world = self.off_screen.app.world_mut();
        let mut clock = world.resource_mut::<Clock>();
        clock.run(ms);
        clock.data = clock.data.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX));
        clock.sun = clock.data;
        let is_shown = world.query::<&Camera>().iter(world).any(|camera| camera.is_active);
        if is_shown {
            self.off_screen.frame()?;
        } else {
            self.off_screen.app.update();
        }
        self.frames += 1;
        Ok(())
    }

    /// Resident memory, and what the graphics device has allocated, MiB.
    fn memory(&self) -> (Option<f64>, Option<f64>) {
        let device = self.off_screen.app.world().get_resource::<RenderDevice>();
        let report = device.and_then(|device| device.wgpu_device().generate_allocator_report());
        let gpu_mib = report.map(|report| report.total_reserved_bytes as f64 / f64::from(1 << 20));
        (Memory::read().rss_mib, gpu_mib)
    }
}
