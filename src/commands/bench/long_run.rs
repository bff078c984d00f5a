//! The program drawing offscreen for a long time in some minutes: its clocks jump, everything else is itself.

use super::frames::{BenchError, Memory};
use crate::{
    app::{
        Adapter, Ambient, GlobeCamera, GpuWish, Overlay,
        offscreen::{OffScreen, PictureError},
        quality_for,
    },
    cli::BenchArgs,
    config::Settings,
    connections::{Clock, Inbox},
    geo::{Home, HomeSource},
    geodesy::LatLng,
    globe::{earth::Earth, orbit::OrbitCamera},
    model::{Connection, SnapshotDelta, UnixMillis},
    sampler::hub_scenario,
    view::HomeInForce,
};
use bevy::{camera::Camera, prelude::World, render::renderer::RenderDevice};
use std::{
    mem::ManuallyDrop,
    time::{Duration, Instant},
};

/// Milliseconds of an hour.
pub(super) const HOUR_MS: u64 = 3_600_000;

/// The program, and what has happened in it.
pub(super) struct LongRun {
    /// It is never dropped, see `leave`.
    off_screen: ManuallyDrop<OffScreen>,
    /// Connections that have opened since the beginning, apart from those that are always there.
    pub(super) opened: u64,
    /// Frames drawn.
    pub(super) frames: u64,
}

impl LongRun {
    /// Begins with some connections that are always there, without panels, in ambient mode.
    pub(super) fn begin(args: &BenchArgs, settings: &Settings, always: Vec<Connection>) -> Result<Self, BenchError> {
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
        let mut run = Self { off_screen, opened: 0, frames: 0 };
        run.push(SnapshotDelta { opened: always, ..SnapshotDelta::default() });
        let start = Instant::now();
        while !run.world().resource::<Earth>().is_settled() {
            run.frame(16)?;
            if start.elapsed() > Duration::from_mins(1) {
                return Err(PictureError::NoAnswer.into());
            }
        }
        Ok(run)
    }

    pub(super) fn world(&self) -> &World {
        self.off_screen.app.world()
    }

    pub(super) fn world_mut(&mut self) -> &mut World {
        self.off_screen.app.world_mut()
    }

    pub(super) fn push(&mut self, delta: SnapshotDelta) {
        self.world_mut().resource_mut::<Inbox>().push(delta);
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.world().resource::<Clock>().data
    }

    /// New connections to places of this seed.
    pub(super) fn new_connections(&mut self, count: usize, seed: u64, at: UnixMillis) -> Vec<Connection> {
        let mut opened = hub_scenario(count, seed, 0.3);
        for connection in &mut opened {
            self.opened += 1;
            connection.key.identity = (1 << 40) + self.opened;
            (connection.opened_at, connection.first_seen_at) = (Some(at), at);
        }
        opened
    }

    /// Shows or hides the picture.
    pub(super) fn show(&mut self, is_shown: bool) {
        let world = self.world_mut();
        for mut camera in world.query::<&mut Camera>().iter_mut(world) {
            camera.is_active = is_shown;
        }
    }

    /// Draws a frame after this time.
    pub(super) fn frame(&mut self, ms: u64) -> Result<(), BenchError> {
        let world = self.world_mut();
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
    pub(super) fn memory(&self) -> (Option<f64>, Option<f64>) {
        let device = self.world().get_resource::<RenderDevice>();
        let report = device.and_then(|device| device.wgpu_device().generate_allocator_report());
        let gpu_mib = report.map(|report| report.total_reserved_bytes as f64 / f64::from(1 << 20));
        (Memory::read().rss_mib, gpu_mib)
    }
}

/// Growth in per cent.
pub(super) fn growth_percent(first: Option<f64>, last: Option<f64>) -> Option<f64> {
    first.zip(last).map(|(first, last)| (last / first - 1.0) * 100.0)
}
