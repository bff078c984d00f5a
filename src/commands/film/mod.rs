//! `netglobe film OUT`: a moving picture of the globe. No display is needed.
//!
//! The frames of a demo or a recording depend only on the flags: the same seed gives the same frames. Of the live
//! connections of this computer, a film takes as long as it lasts; where drawing is slower, it shows more of that time,
//! and says so. Frames are drawn here, and encoded by another thread.

mod output;

use self::output::{Format, Output};
use super::{
    list::{self, ListError},
    scene::{self, default_pose, tell, tell_line},
};
use crate::{
    app::{
        Ambient, GlobeCamera, Overlay,
        offscreen::{FilmFrame, OffScreen, PictureError},
    },
    cli::FilmArgs,
    config::Settings,
    connections::{Clock, Inbox},
    geo::{GeoError, GeoService},
    geodesy::subsolar_point,
    globe::orbit::OrbitCamera,
    model::UnixMillis,
    sampler::{SamplerError, SamplerHandle, SteppedSource},
    text::format_duration,
    view::HomeInForce,
};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{
    io::{self, IsTerminal, Write},
    mem::ManuallyDrop,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Motion time at the first frame, ms: after all connections that were there have opened.
const MOTION_MS: u64 = 60_000;
/// Time between two samples of a demo or a recording, ms.
const SAMPLE_EVERY_MS: u64 = 250;
/// Frames that wait for the encoder.
const WAITING_FRAMES: usize = 4;
/// Time between two lines of progress, where they are not overwritten.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilmError {
    /// The file cannot be written.
    #[error("cannot write the film {}: {source}; choose a place to which you may write", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file name extension does not belong to a supported format.
    #[error(
        "cannot write the film {}: its format is not supported; name a folder for PNG files, or end its name in .gif, .mp4, \
         .webm or .webp",
        .0.display()
    )]
    Ending(PathBuf),
    /// The folder has frames of another film.
    #[error("the folder {} already has frames; remove them, or name another folder", .0.display())]
    HasFrames(PathBuf),
    /// A frame cannot be encoded.
    #[error("cannot encode a frame: {0}")]
    Encode(image::ImageError),
    /// The thread that encodes cannot be started.
    #[error("cannot start a thread: {0}; close other programs, or raise the limit of processes")]
    NoThread(io::Error),
    /// ffmpeg cannot be started.
    #[error("cannot start ffmpeg, which encodes .mp4, .webm and .webp: {0}; install it, or name a folder or a .gif")]
    NoFfmpeg(io::Error),
    /// ffmpeg failed.
    #[error("ffmpeg failed: {reason}{}", kept.as_ref().map_or(String::new(), |part| format!("; what was made is in {}", part.display())))]
    Ffmpeg {
        /// The first line that it printed.
        reason: String,
        /// The file with what was made so far, if there is one.
        kept: Option<PathBuf>,
    },
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SamplerError),
    /// Connections cannot be listed.
    #[error(transparent)]
    Sampling(#[from] ListError),
    /// A frame could not be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The database named by `--geo-db` cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
}

/// Makes the film.
///
/// # Errors
/// See [`FilmError`].
pub fn run(args: &FilmArgs, settings: &Settings) -> Result<(), FilmError> {
    let format = Format::of(&args.out)?;
    let geo = GeoService::open(settings.geo_options())?;
    // It is never dropped, see `leave`.
    let mut off_screen = ManuallyDrop::new(scene::off_screen(settings, args.size)?);
    let home = scene::home(settings);
    let mut feed = Feed::open(settings, &home)?;
    tell(&settings.degradations);
    let fps = args.fps;
    off_screen.run_at(1.0 / f64::from(fps));
    prepare(&mut off_screen, args, settings, geo.clone(), home, feed.begins_at());
    feed.first(&mut off_screen)?;
    off_screen.settle()?;
    tell(&geo.degradations());
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    // The second Ctrl-C ends the program at once.
    ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })
    .unwrap_or_default();
    let (frames, encoder) = encode(Output::begin(&args.out, format, args.size, fps)?)?;
    let count = (args.seconds * f64::from(fps)).round().max(1.0) as u64;
    let mut progress = Progress::new(count);
    let mut drawn = 0_u32;
    for number in 0..count {
        let motion_ms = number * 1_000 / u64::from(fps);
        feed.advance(&mut off_screen, motion_ms)?;
        off_screen.app.insert_resource(frame_clock(feed.begins_at(), motion_ms));
        off_screen.draw_into_film()?;
        while let Some(picture) = off_screen.next_of_film(number + 1 == count)? {
            drawn += 1;
            if frames.send(picture).is_err() {
                break;
            }
        }
        if frames.is_empty() && encoder.is_finished() || stop.load(Ordering::SeqCst) {
            break;
        }
        progress.tell(number + 1);
    }
    drop(frames);
    progress.end();
    let out = encoder.join().unwrap_or_else(|_| {
        Err(FilmError::Output { path: args.out.clone(), source: io::Error::other("the encoder stopped") })
    })?;
    let seconds = f64::from(drawn) / f64::from(fps);
    let ended = if stop.load(Ordering::SeqCst) { ", ended by Ctrl-C" } else { "" };
    tell_line(&format!(
        "wrote {}: {drawn} frames, {seconds:.1} s at {fps} frames per second ({}), in {:.1} s{ended}{}",
        out.display(),
        args.size,
        progress.start.elapsed().as_secs_f64(),
        feed.lateness_words()
    ));
    Ok(())
}

/// The clock of the frame at this motion time of the film.
fn frame_clock(begins_at: UnixMillis, motion_ms: u64) -> Clock {
    Clock::fixed(MOTION_MS + motion_ms, begins_at.plus_ms(i64::try_from(motion_ms).unwrap_or(i64::MAX)))
}

/// Sets up everything that the film shows.
fn prepare(
    off_screen: &mut OffScreen,
    args: &FilmArgs,
    settings: &Settings,
    geo: GeoService,
    home: HomeInForce,
    begins_at: UnixMillis,
) {
    let pose = args.camera.unwrap_or_else(|| default_pose(settings, &home, subsolar_point(begins_at.0)));
    let mut camera = GlobeCamera::moving(OrbitCamera::new(pose.position, pose.distance_radii));
    if settings.window.reduced_motion == Some(true) {
        camera.orbit.spins = false;
    } else {
        camera.orbit.spin_at_once(args.turn);
    }
    scene::prepare(off_screen, settings, geo, home, args.filter.as_ref(), args.overlay);
    let app = &mut off_screen.app;
    app.insert_resource(frame_clock(begins_at, 0)).insert_resource(camera);
    let mut overlay = app.world_mut().resource_mut::<Overlay>();
    (overlay.shows_labels, overlay.keeps_labels) = (!args.no_labels, true);
    let mut ambient = app.world_mut().resource_mut::<Ambient>();
    ambient.shows_clock = settings.window.clock;
    ambient.switch(settings.window.ambient, MOTION_MS);
}

/// Where the connections come from.
enum Feed {
    Own { source: SteppedSource, sampled_ms: Option<u64> },
    Live { sampler: SamplerHandle, begins_at: UnixMillis, start: Instant, late: u64 },
}

impl Feed {
    fn open(settings: &Settings, home: &HomeInForce) -> Result<Self, FilmError> {
        let spec = settings.source.clone().unwrap_or_default();
        let position = home.home.as_ref().map(|home| home.position);
        Ok(match SteppedSource::open(&spec, position, &mut settings.source_opener())? {
            Some(source) => Self::Own { source, sampled_ms: None },
            None => {
                let sampler = list::start_sampler(settings, false);
                let begins_at = sampler.clock().now();
                Self::Live { sampler, begins_at, start: Instant::now(), late: 0 }
            }
        })
    }

    fn begins_at(&self) -> UnixMillis {
        match self {
            Self::Own { source, .. } => source.start(),
            Self::Live { begins_at, .. } => *begins_at,
        }
    }

    /// The connections of the first frame.
    fn first(&mut self, off_screen: &mut OffScreen) -> Result<(), FilmError> {
        match self {
            Self::Own { .. } => self.advance(off_screen, 0),
            Self::Live { sampler, start, .. } => {
                let message =
                    sampler.receiver().recv_timeout(list::FIRST_LOOK_TIMEOUT).map_err(|_| ListError::NoAnswer)?;
                list::fail_without_rows(&message)?;
                tell(&message.report.degradations);
                off_screen.app.world_mut().resource_mut::<Inbox>().push_message(message);
                *start = Instant::now();
                Ok(())
            }
        }
    }

    /// The changes until the frame at this time of the film.
    fn advance(&mut self, off_screen: &mut OffScreen, motion_ms: u64) -> Result<(), FilmError> {
        match self {
            Self::Own { source, sampled_ms } => {
                if sampled_ms.is_none_or(|last| motion_ms >= last + SAMPLE_EVERY_MS) {
                    *sampled_ms = Some(motion_ms);
                    let at = source.start().plus_ms(i64::try_from(motion_ms).unwrap_or(i64::MAX));
                    let message = source.step(at)?;
                    off_screen.app.world_mut().resource_mut::<Inbox>().push_message(message);
                }
            }
            Self::Live { sampler, start, late, .. } => {
                let due = Duration::from_millis(motion_ms);
                match due.checked_sub(start.elapsed()) {
                    Some(rest) => thread::sleep(rest),
                    None => *late += u64::from(motion_ms > 0),
                }
                for message in sampler.receiver().try_iter() {
                    off_screen.app.world_mut().resource_mut::<Inbox>().push_message(message);
                }
            }
        }
        Ok(())
    }

    /// What has to be said about the time of a live film.
    fn lateness_words(&self) -> String {
        match self {
            Self::Live { late: late @ 1.., start, .. } => format!(
                "; {late} frames were drawn later than their time, so that the film shows {:.1} s of this computer",
                start.elapsed().as_secs_f64()
            ),
            _ => String::new(),
        }
    }
}

type Encoder = thread::JoinHandle<Result<PathBuf, FilmError>>;

/// Encodes frames on a thread of its own.
fn encode(mut output: Output) -> Result<(Sender<FilmFrame>, Encoder), FilmError> {
    let (sender, frames): (Sender<FilmFrame>, Receiver<FilmFrame>) = bounded(WAITING_FRAMES);
    let run = move || {
        for frame in frames {
            output.add(frame.into_rgb().ok_or(PictureError::NoAnswer)?)?;
        }
        output.finish()
    };
    let encoder = thread::Builder::new().name("encoder".to_owned()).spawn(run).map_err(FilmError::NoThread)?;
    Ok((sender, encoder))
}

/// Says how far the film is.
struct Progress {
    start: Instant,
    told: Instant,
    count: u64,
    is_terminal: bool,
}

impl Progress {
    fn new(count: u64) -> Self {
        let now = Instant::now();
        Self { start: now, told: now, count, is_terminal: io::stderr().is_terminal() }
    }

    fn tell(&mut self, done: u64) {
        let every = if self.is_terminal { Duration::from_millis(200) } else { TELL_EVERY };
        if self.told.elapsed() < every {
            return;
        }
        self.told = Instant::now();
        let left_s = self.start.elapsed().as_secs_f64() / done as f64 * self.count.saturating_sub(done) as f64;
        let line = format!("frame {done} of {}, {} left", self.count, format_duration(left_s));
        if self.is_terminal {
            // Overwritten by the next one.
            write!(io::stderr(), "\r{line}\x1b[K").unwrap_or_default();
        } else {
            tell_line(&line);
        }
    }

    fn end(&self) {
        if self.is_terminal {
            write!(io::stderr(), "\r\x1b[K").unwrap_or_default();
        }
    }
}
