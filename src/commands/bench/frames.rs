//! `netglobe bench`: measures the cost of a frame on this machine.
//!
//! Draws offscreen, with the same code as the window: `--arcs` distinct arcs from one hub to seeded cities, with a
//! slowly turning camera. After up to 60 warm-up frames it measures `--frames` frames, each completed before the next
//! one, then the arrival of 100 arcs, then frames without changes, then frames in which a few arcs change.

use crate::{
    app::{
        Adapter, Ambient, GlobeCamera, GpuWish, NoAdapter, Overlay,
        offscreen::{OffScreen, PictureError},
        quality_for,
    },
    cli::BenchArgs,
    config::Settings,
    connections::{Clock, Inbox, Observed},
    geo::{Home, HomeSource},
    geodesy::LatLng,
    globe::{GlobeFrame, GlobeStats, arcs::ArcStore, earth::Earth, orbit::OrbitCamera, quality::Quality},
    model::{Connection, PlaceKind, SnapshotDelta, UnixMillis},
    sampler::{hub_scenario, process_cpu_time, thread_cpu_time},
    view::HomeInForce,
};
use bevy::diagnostic::{DiagnosticPath, DiagnosticsStore};
use serde::Serialize;
use std::{
    io::{self, Write},
    mem::ManuallyDrop,
    time::{Duration, Instant},
};

/// Maximum number of warm-up frames; slow machines use fewer.
const WARM_UP_FRAMES: u32 = 60;
const WARM_UP: Duration = Duration::from_secs(10);
const WARM_UP_AT_LEAST: u32 = 4;
const ADDED_ARCS: usize = 100;
/// Number of measured arrivals; the result is the median.
const ADDITIONS: usize = 9;
const STILL_FRAMES: u32 = 8;
/// Number of arcs that change per frame, spread over the list, and number of such frames.
const CHANGED_ARCS: usize = 50;
const CHANGING_FRAMES: usize = 10;
/// Time step and camera rotation per frame.
const STEP_MS: u64 = 16;
const TURN_DEG: f64 = 0.1;
/// The hub, Frankfurt, and the distance of the camera.
const HUB: (f64, f64) = (50.11, 8.68);
const DISTANCE_RADII: f64 = 3.85;
const SEED: u64 = 1;
/// Noon in June, with both day and night in view.
const MOMENT: UnixMillis = UnixMillis(1_782_043_200_000);

/// Why the measurement failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// There is no adapter.
    #[error(transparent)]
    NoAdapter(#[from] NoAdapter),
    /// A frame could not be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Output(#[source] io::Error),
}

/// A line of `bench --json`. Times are CPU times in ms, except for `wall_ms_per_frame` and `gpu_ms_per_frame`.
#[derive(Clone, Debug, Serialize)]
struct Report {
    arcs: u32,
    paths_drawn: u32,
    comets_drawn: u32,
    size: String,
    frames: u32,
    adapter: String,
    quality: &'static str,
    render_scale: f64,
    wall_ms_per_frame: f64,
    cpu_ms_per_frame: Option<f64>,
    main_thread_ms_per_frame: Option<f64>,
    gpu_ms_per_frame: Option<f64>,
    add_100_ms: Option<f64>,
    idle_upload_bytes_per_frame: u64,
    upload_bytes_per_changed_arc: Option<f64>,
    draw_calls: u32,
    rss_mib: Option<f64>,
    pss_mib: Option<f64>,
}

/// Measures and reports.
///
/// # Errors
/// See [`BenchError`].
pub fn run(args: &BenchArgs, settings: &Settings) -> Result<(), BenchError> {
    let adapter = Adapter::find(&GpuWish::new(settings))?;
    let quality = quality_for(settings.quality, &adapter).at_scale(settings.render_scale);
    let mut bench = Bench::new(args, settings, &adapter, quality)?;
    bench.warm_up()?;
    bench.off_screen.check()?;
    let start = Spent::now();
    bench.frames(args.frames)?;
    let spent = start.until_now();
    let gpu_ms_per_frame = bench.gpu_ms();
    let [paths_drawn, comets_drawn] = bench.drawn();
    let draw_calls = bench.off_screen.app.world().resource::<GlobeStats>().draw_calls();
    let memory = Memory::read();
    let frames = f64::from(args.frames);
    let main_thread_ms_per_frame = spent.thread_ms.map(|ms| ms / frames);
    let add_100_ms = bench.add_arcs(main_thread_ms_per_frame)?;
    let idle_upload_bytes_per_frame = bench.still_upload()?;
    let upload_bytes_per_changed_arc = bench.changed_upload()?;
    let report = Report {
        arcs: args.arcs,
        paths_drawn,
        comets_drawn,
        size: args.size.to_string(),
        frames: args.frames,
        adapter: adapter.name.clone(),
        quality: bench.off_screen.app.world().resource::<Quality>().tier.name(),
        render_scale: rounded(f64::from(bench.off_screen.app.world().resource::<Quality>().render_scale)),
        wall_ms_per_frame: rounded(spent.wall_ms / frames),
        cpu_ms_per_frame: spent.process_ms.map(|ms| rounded(ms / frames)),
        main_thread_ms_per_frame: main_thread_ms_per_frame.map(rounded),
        gpu_ms_per_frame: gpu_ms_per_frame.map(rounded),
        add_100_ms: add_100_ms.map(rounded),
        idle_upload_bytes_per_frame,
        upload_bytes_per_changed_arc: upload_bytes_per_changed_arc.map(rounded),
        draw_calls,
        rss_mib: memory.rss_mib.map(rounded),
        pss_mib: memory.pss_mib.map(rounded),
    };
    report.write(args.json)
}

/// Connections, and an app that draws them offscreen.
pub(super) struct Bench {
    pub(super) off_screen: ManuallyDrop<OffScreen>,
    turned_deg: f64,
    spare: Vec<Connection>,
}

impl Bench {
    pub(super) fn new(
        args: &BenchArgs,
        settings: &Settings,
        adapter: &Adapter,
        quality: Quality,
    ) -> Result<Self, BenchError> {
        // It is never dropped, see `leave`.
        let mut off_screen = ManuallyDrop::new(OffScreen::measured(adapter, quality, args.size, settings.verbose)?);
        let arcs = args.arcs as usize;
        let mut connections = hub_scenario(arcs + ADDED_ARCS * ADDITIONS, SEED, args.active);
        if args.countries {
            for place in connections.iter_mut().filter_map(|it| it.simulated.as_mut()?.place.as_mut()) {
                (place.kind, place.city) = (PlaceKind::Country, None);
            }
        }
        let spare = connections.split_off(arcs);
        let mut inbox = Inbox::default().without_limit();
        inbox.push(SnapshotDelta { opened: connections, ..SnapshotDelta::default() });
        let home = LatLng::from_degrees(HUB.0, HUB.1).map(|position| Home::at(position, HomeSource::Flag));
        let mut overlay = Overlay::new(if args.overlay { 1.0 } else { 0.0 }, settings);
        let is_ambient = settings.window.ambient;
        overlay.shows_labels |= is_ambient;
        off_screen.app.world_mut().resource_mut::<Ambient>().switch(is_ambient, 100_000);
        off_screen
            .app
            .insert_resource(overlay)
            .insert_resource(HomeInForce { home, missing: String::new() })
            .insert_resource(Clock::fixed(100_000, MOMENT))
            .insert_resource(inbox);
        let mut bench = Self { off_screen, turned_deg: 0.0, spare };
        let start = Instant::now();
        while !bench.off_screen.app.world().resource::<Earth>().is_settled() {
            bench.frames(1)?;
            if start.elapsed() > Duration::from_mins(1) {
                return Err(PictureError::NoAnswer.into());
            }
        }
        Ok(bench)
    }

    fn warm_up(&mut self) -> Result<(), BenchError> {
        let start = Instant::now();
        for frame in 0..WARM_UP_FRAMES {
            if frame >= WARM_UP_AT_LEAST && start.elapsed() > WARM_UP {
                break;
            }
            self.frames(1)?;
        }
        Ok(())
    }

    /// Draws this many frames, each completed before the next one.
    fn frames(&mut self, count: u32) -> Result<(), BenchError> {
        for _ in 0..count {
            self.turned_deg += TURN_DEG;
            let position = LatLng::from_degrees(28.0, (HUB.1 + self.turned_deg).rem_euclid(360.0)).unwrap_or_default();
            let app = &mut self.off_screen.app;
            app.insert_resource(GlobeCamera::still(OrbitCamera::new(position, DISTANCE_RADII)));
            app.world_mut().resource_mut::<Clock>().run(STEP_MS);
            self.off_screen.frame()?;
        }
        Ok(())
    }

    /// Number of paths and comets in a frame.
    fn drawn(&self) -> [u32; 2] {
        let world = self.off_screen.app.world();
        let is_one_part = world.resource::<GlobeFrame>().uniform.arc_parts == 1;
        let mut drawn = [0, 0];
        for (_, arc) in world.resource::<ArcStore>().iter() {
            let comets = u32::from((arc.flags_and_rates >> 16) & 0xff != 0) + u32::from(arc.flags_and_rates >> 24 != 0);
            match (is_one_part, comets) {
                (true, 1..) => drawn[1] += 1,
                (true, 0) => drawn[0] += 1,
                (false, comets) => {
                    drawn[0] += 1;
                    drawn[1] += comets;
                }
            }
        }
        drawn
    }

    /// CPU time of the main thread for adding 100 arcs, ms, minus that of an ordinary frame, `frame_ms`.
    fn add_arcs(&mut self, frame_ms: Option<f64>) -> Result<Option<f64>, BenchError> {
        let mut times = Vec::new();
        while self.spare.len() >= ADDED_ARCS {
            let opened = self.spare.split_off(self.spare.len() - ADDED_ARCS);
            let delta = SnapshotDelta { opened, ..SnapshotDelta::default() };
            self.off_screen.app.world_mut().resource_mut::<Inbox>().push(delta);
            let start = Spent::now();
            self.frames(1)?;
            times.extend(start.until_now().thread_ms.zip(frame_ms).map(|(ms, frame_ms)| ms - frame_ms));
            self.frames(1)?;
        }
        times.sort_by(f64::total_cmp);
        Ok(times.get(times.len() / 2).map(|ms| ms.max(0.0)))
    }

    /// Bytes copied to the GPU in a frame without changes of connections, camera and clock.
    fn still_upload(&mut self) -> Result<u64, BenchError> {
        self.off_screen.frame()?;
        let uploaded = |bench: &Self| bench.off_screen.app.world().resource::<GlobeStats>().uploaded_bytes;
        let before = uploaded(self);
        for _ in 0..STILL_FRAMES {
            self.off_screen.frame()?;
        }
        Ok((uploaded(self) - before) / u64::from(STILL_FRAMES))
    }

    /// Bytes of arc data copied to the GPU per arc that changes its rates, for arcs spread over the list; `None` if
    /// there are too few.
    fn changed_upload(&mut self) -> Result<Option<f64>, BenchError> {
        let uploaded = |bench: &Self| bench.off_screen.app.world().resource::<GlobeStats>().uploaded_arc_bytes;
        let before = uploaded(self);
        let world = self.off_screen.app.world_mut();
        let all: Vec<Connection> =
            world.query::<&Observed>().iter(world).map(|observed| (*observed.0).clone()).collect();
        let count = CHANGED_ARCS * CHANGING_FRAMES;
        if all.len() < 4 * count {
            return Ok(None);
        }
        // A prime step, coprime to most lengths: successive arcs are far apart in the list.
        let spread = (0..count).map(|number| all[number * 7_919 % all.len()].clone());
        let mut changed: Vec<Connection> = spread
            .map(|mut connection| {
                let traffic = connection.traffic.get_or_insert_default();
                traffic.rate_sent_bytes_per_sec = Some(traffic.rate_sent_bytes_per_sec.unwrap_or(1.0) * 50.0);
                connection
            })
            .collect();
        while !changed.is_empty() {
            let changed = changed.split_off(changed.len().saturating_sub(CHANGED_ARCS));
            let delta = SnapshotDelta { changed, ..SnapshotDelta::default() };
            self.off_screen.app.world_mut().resource_mut::<Inbox>().push(delta);
            self.frames(1)?;
        }
        Ok(Some((uploaded(self) - before) as f64 / count as f64))
    }

    /// GPU time of the scene pass, ms.
    fn gpu_ms(&self) -> Option<f64> {
        let store = self.off_screen.app.world().get_resource::<DiagnosticsStore>()?;
        store.get(&DiagnosticPath::new("render/globe/elapsed_gpu"))?.average()
    }
}

/// Wall time and CPU times, the latter if the system reports them.
#[derive(Clone, Copy, Debug)]
struct Spent {
    began: Instant,
    wall_ms: f64,
    process_ms: Option<f64>,
    thread_ms: Option<f64>,
}

impl Spent {
    fn now() -> Self {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        Self {
            began: Instant::now(),
            wall_ms: 0.0,
            process_ms: process_cpu_time().map(ms),
            thread_ms: thread_cpu_time().map(ms),
        }
    }

    fn until_now(self) -> Self {
        let now = Self::now();
        let since = |began: Option<f64>, now: Option<f64>| began.zip(now).map(|(began, now)| now - began);
        Self {
            began: self.began,
            wall_ms: now.began.duration_since(self.began).as_secs_f64() * 1e3,
            process_ms: since(self.process_ms, now.process_ms),
            thread_ms: since(self.thread_ms, now.thread_ms),
        }
    }
}

/// Memory of this process; `None` if the system does not report it.
pub(super) struct Memory {
    pub(super) rss_mib: Option<f64>,
    pss_mib: Option<f64>,
}

impl Memory {
    pub(super) fn read() -> Self {
        let text = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
        let mib = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key))?;
            line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kib| kib / 1024.0)
        };
        Self { rss_mib: mib("Rss:"), pss_mib: mib("Pss:") }
    }
}

impl Report {
    fn write(&self, is_json: bool) -> Result<(), BenchError> {
        let value = serde_json::to_value(self).map_err(|error| BenchError::Output(error.into()))?;
        let text = if is_json {
            // Serde keeps the order of the fields, on one line.
            serde_json::to_string(self).map_err(|error| BenchError::Output(error.into()))? + "\n"
        } else {
            let lines = value.as_object().into_iter().flatten();
            lines.map(|(name, value)| format!("{:<28}{}\n", name.replace('_', " "), plain(value))).collect()
        };
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(BenchError::Output(error)),
            _ => Ok(()),
        }
    }
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "not measured here".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
