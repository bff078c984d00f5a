//! Saves a screenshot of the window: taken by the renderer, written on a separate thread.

use crate::app::{Overlay, Repaint};
use crate::{
    connections::{Clock, FrameSystems},
    files::NewFile,
    language::t,
    model::UnixMillis,
    panics,
    text::escape_untrusted,
    ui::NoticeView,
};
use bevy::{
    prelude::*,
    render::view::screenshot::{Screenshot, ScreenshotCaptured},
};
use crossbeam_channel::{Receiver, Sender, bounded};
use image::ImageFormat;
use std::{
    fmt,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{Builder, JoinHandle},
};

/// Maximum number of screenshots being saved at a time, and of outcomes.
const MOST: usize = 16;

/// The path of a screenshot, or why it is not saved.
type Outcome = Result<PathBuf, String>;

/// Saves screenshots into one directory. Dropping it waits for unfinished ones.
#[derive(Resource)]
pub(in crate::app) struct PictureWriter {
    directory: PathBuf,
    wake: Arc<dyn Fn() + Send + Sync>,
    sender: Sender<Outcome>,
    outcomes: Receiver<Outcome>,
    threads: Vec<JoinHandle<()>>,
    /// Number of requested screenshots without an outcome yet.
    expected: usize,
}

impl PictureWriter {
    /// Saves into `directory`, or into the working directory for `None`. `wake` is called when there is an outcome.
    pub(in crate::app) fn new(directory: Option<PathBuf>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, outcomes) = bounded(MOST);
        let directory = directory.unwrap_or_default();
        Self { directory, wake: Arc::new(wake), sender, outcomes, threads: Vec::new(), expected: 0 }
    }

    /// Where files are saved; empty for the working directory.
    pub(in crate::app) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Waits for unfinished screenshots.
    pub(in crate::app) fn finish(&mut self) {
        for thread in self.threads.drain(..) {
            thread.join().unwrap_or_default();
        }
    }

    /// Writes a screenshot taken at this time. Does not block.
    fn save(&mut self, picture: Image, at: UnixMillis) {
        let (directory, sender, wake) = (self.directory.clone(), self.sender.clone(), Arc::clone(&self.wake));
        self.threads.retain(|thread| !thread.is_finished());
        let run = move || {
            // The receiver lives as long as the writer.
            let outcome = panics::catch(|| write(picture, &directory, at)).unwrap_or_else(Err);
            sender.send(outcome).unwrap_or_default();
            wake();
        };
        match Builder::new().name("picture-writer".to_owned()).spawn(run) {
            Ok(thread) => self.threads.push(thread),
            Err(error) => self.sender.send(Err(t!("picture-no-thread", error = error.to_string()))).unwrap_or_default(),
        }
    }
}

/// Writes a screenshot as `netglobe-DATE-TIME.png`, and returns its full path.
fn write(picture: Image, directory: &Path, at: UnixMillis) -> Outcome {
    let picture = picture.try_into_dynamic().map_err(|error| t!("picture-no-pixels", error = error.to_string()))?;
    // In seconds and without colons, which some systems do not allow in names.
    let moment: String = at.to_string().chars().take(19).map(|c| if c == ':' { '-' } else { c }).collect();
    let failed = |error: io::Error| t!("picture-unwritable", directory = shown(directory), error = error.to_string());
    let file = NewFile::create_in(directory).map_err(failed)?;
    let mut out = BufWriter::new(file.as_file());
    picture.into_rgb8().write_to(&mut out, ImageFormat::Png).map_err(|error| match error {
        image::ImageError::IoError(error) => failed(error),
        error => t!("picture-not-encoded", error = error.to_string()),
    })?;
    out.flush().map_err(failed)?;
    drop(out);
    let path = file.name_in(directory, &format!("netglobe-{moment}Z"), "png").map_err(failed)?;
    Ok(std::path::absolute(&path).unwrap_or(path))
}

/// A directory as shown to the user.
fn shown(directory: &Path) -> String {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    escape_untrusted(&directory.display().to_string()).into_owned()
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_systems(Update, report_outcomes.in_set(FrameSystems::Read));
}

/// Takes a screenshot of the next frame, and saves it.
pub(in crate::app) fn save_picture(world: &mut World) {
    let Some(mut writer) = world.get_resource_mut::<PictureWriter>() else { return };
    let is_busy = writer.expected >= MOST;
    if !is_busy {
        writer.expected += 1;
    }
    if is_busy && let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        let text = t!("notice-picture-failed", why = t!("picture-busy"));
        overlay.notify(NoticeView { text, actions: Vec::new(), is_warning: true });
        return;
    }
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        // Keep the previous notice out of the picture.
        overlay.notice = None;
    }
    world.spawn(Screenshot::primary_window()).observe(
        |captured: On<'_, '_, ScreenshotCaptured>, clock: Res<'_, Clock>, mut writer: ResMut<'_, PictureWriter>| {
            writer.save(captured.image.clone(), clock.data);
        },
    );
}

fn report_outcomes(
    writer: Option<ResMut<'_, PictureWriter>>,
    mut overlay: ResMut<'_, Overlay>,
    mut repaint: ResMut<'_, Repaint>,
) {
    let Some(mut writer) = writer else { return };
    let writer = writer.bypass_change_detection();
    // The screenshot arrives some frames later.
    repaint.0 |= writer.expected > 0;
    while let Ok(outcome) = writer.outcomes.try_recv() {
        writer.expected = writer.expected.saturating_sub(1);
        let (text, is_warning) = match outcome {
            Ok(path) => (t!("notice-picture-saved", path = escape_untrusted(&path.display().to_string())), false),
            Err(why) => (t!("notice-picture-failed", why = why), true),
        };
        overlay.notify(NoticeView { text, actions: Vec::new(), is_warning });
    }
}

impl Drop for PictureWriter {
    fn drop(&mut self) {
        self.finish();
    }
}

impl fmt::Debug for PictureWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PictureWriter").field("directory", &self.directory).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::{
        asset::RenderAssetUsages,
        render::render_resource::{Extent3d, TextureDimension, TextureFormat},
    };
    use std::{
        fs,
        time::{Duration, Instant},
    };

    fn picture() -> Image {
        let size = Extent3d { width: 3, height: 2, depth_or_array_layers: 1 };
        let blue = [200, 30, 10, 255];
        let format = TextureFormat::Bgra8UnormSrgb;
        Image::new_fill(size, TextureDimension::D2, &blue, format, RenderAssetUsages::default())
    }

    fn app(directory: &Path) -> App {
        let mut app = App::new();
        app.init_resource::<Overlay>()
            .init_resource::<Repaint>()
            .insert_resource(PictureWriter::new(Some(directory.to_owned()), || {}))
            .add_systems(Update, report_outcomes);
        app
    }

    /// Saves a screenshot, and returns the notice about it.
    fn save(app: &mut App) -> NoticeView {
        app.world_mut().resource_mut::<Overlay>().notice = None;
        let mut writer = app.world_mut().resource_mut::<PictureWriter>();
        writer.expected += 1;
        writer.save(picture(), UnixMillis(1_782_043_200_000));
        let start = Instant::now();
        loop {
            app.update();
            if let Some(notice) = &app.world().resource::<Overlay>().notice {
                return notice.view.clone();
            }
            assert!(app.world().resource::<Repaint>().0, "frames are drawn until it is there");
            assert!(start.elapsed() < Duration::from_mins(1), "no outcome");
            std::thread::yield_now();
        }
    }

    #[test]
    fn pictures_have_names_by_time_and_none_replaces_another() {
        let directory = tempfile::tempdir().expect("a directory");
        let pictures = directory.path().join("Pictures");
        let mut app = app(&pictures);
        for name in ["netglobe-2026-06-21T12-00-00Z.png", "netglobe-2026-06-21T12-00-00Z-2.png"] {
            let notice = save(&mut app);
            let path = pictures.join(name);
            assert_eq!(notice.text, format!("Picture saved: {}", path.display()));
            let saved = image::open(path).expect("a picture").into_rgb8();
            assert_eq!((saved.dimensions(), saved.get_pixel(1, 1).0), ((3, 2), [10, 30, 200]));
        }
    }

    #[test]
    fn why_a_picture_is_not_saved_is_said() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("file");
        fs::write(&file, "").expect("written");
        let notice = save(&mut app(&file));
        assert!(notice.is_warning && notice.text.contains("not saved") && notice.text.contains("file"), "{notice:?}");
    }
}
