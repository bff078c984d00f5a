//! Exports what is chosen in the time bar, or in view, as a recording. Written on a thread of its own.

use crate::app::{
    Overlay, Repaint,
    data::{
        source::WindowSource,
        time_bar::{BarFile, TimeBar},
    },
    pictures::picture_writer::PictureWriter,
};
use crate::{
    connections::{Clock, FrameSystems},
    files::NewFile,
    history::{ExportOptions, Exported, RecordingFile, Scrub, Store, Timeline, export, matching},
    language::t,
    model::{
        TimeWindow,
        filter::{FilterKey, Query as Words},
    },
    panics,
    text::{escape_untrusted, format_bytes},
    ui::NoticeView,
    view::FilterInForce,
};
use bevy::prelude::*;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{
    io::BufWriter,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{Builder, JoinHandle},
};

/// Extension of recordings.
const EXTENSION: &str = "netglobe";
/// Maximum number of exports at a time, and of outcomes.
const MOST: usize = 4;

/// What to export.
struct Wish {
    file: BarFile,
    window: TimeWindow,
    words: Words,
    is_scrubbed: bool,
    directory: PathBuf,
}

/// The file and what is in it, or why there is none.
type Outcome = Result<(PathBuf, Exported, bool), String>;

/// Exports recordings. Dropping it waits for unfinished ones.
#[derive(Resource, Debug)]
pub(in crate::app) struct Exporter {
    sender: Sender<Outcome>,
    outcomes: Receiver<Outcome>,
    threads: Vec<JoinHandle<()>>,
    wake: Waker,
}

#[derive(Clone)]
struct Waker(Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Waker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waker")
    }
}

impl Exporter {
    /// `wake` is called when there is an outcome.
    pub(in crate::app) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, outcomes) = bounded(MOST);
        Self { sender, outcomes, threads: Vec::new(), wake: Waker(Arc::new(wake)) }
    }

    /// Waits for unfinished exports.
    pub(in crate::app) fn finish(&mut self) {
        for thread in self.threads.drain(..) {
            thread.join().unwrap_or_default();
        }
    }

    fn begin(&mut self, wish: Wish) {
        self.threads.retain(|thread| !thread.is_finished());
        let (sender, Waker(wake)) = (self.sender.clone(), self.wake.clone());
        let run = move || {
            // The receiver lives as long as the exporter.
            sender.send(panics::catch(|| write(&wish)).unwrap_or_else(Err)).unwrap_or_default();
            wake();
        };
        match Builder::new().name("export".to_owned()).spawn(run) {
            Ok(thread) => self.threads.push(thread),
            Err(error) => self.sender.send(Err(error.to_string())).unwrap_or_default(),
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.finish();
    }
}

fn write(wish: &Wish) -> Outcome {
    let (mut timeline, label): (Box<dyn Timeline>, String) = match &wish.file {
        BarFile::History(path) => {
            let store = Store::open_for_reading(path).map_err(|error| error.with_remedy())?;
            let label = store.label().map_err(|error| error.with_remedy())?;
            (Box::new(store), label)
        }
        BarFile::Recording(path) => {
            let file = RecordingFile::open(path).map_err(|error| error.to_string())?;
            let label = file.label().to_owned();
            (Box::new(file), label)
        }
    };
    let failed = |error: std::io::Error| {
        let directory = if wish.directory.as_os_str().is_empty() { Path::new(".") } else { &wish.directory };
        t!("picture-unwritable", directory = directory.display().to_string(), error = error.to_string())
    };
    let file = NewFile::create_in(&wish.directory).map_err(failed)?;
    if !wish.is_scrubbed {
        file.only_for_owner().map_err(failed)?;
    }
    let mut keeps = matching(&wish.words);
    let options = ExportOptions {
        from: wish.window.from,
        to: wish.window.to,
        keeps: &mut keeps,
        scrub: wish.is_scrubbed.then(Scrub::with_random_key),
        label,
    };
    let done = export(timeline.as_mut(), BufWriter::new(file.as_file()), options).map_err(|error| error.to_string())?;
    // The name of a scrubbed recording must not tell its time.
    let name = if wish.is_scrubbed {
        "netglobe-recording".to_owned()
    } else {
        let moment: String = wish.window.from.to_string().chars().take(19).collect();
        format!("netglobe-{}Z", moment.replace(':', "-"))
    };
    let path = file.name_in(&wish.directory, &name, EXTENSION).map_err(failed)?;
    Ok((std::path::absolute(&path).unwrap_or(path), done, wish.is_scrubbed))
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_systems(Update, report_outcomes.in_set(FrameSystems::Read));
}

fn report_outcomes(
    exporter: Option<Res<'_, Exporter>>,
    mut overlay: ResMut<'_, Overlay>,
    mut repaint: ResMut<'_, Repaint>,
) {
    let Some(exporter) = exporter else { return };
    while let Ok(outcome) = exporter.outcomes.try_recv() {
        repaint.0 = true;
        let notice = match outcome {
            Ok((path, done, is_scrubbed)) => {
                let path = escape_untrusted(&path.display().to_string()).into_owned();
                let (size, count) = (format_bytes(done.bytes), done.connections);
                let mut text = t!("notice-exported", path = path, size = size, count = count);
                if !is_scrubbed {
                    text = format!("{text} {}", t!("notice-exported-private"));
                }
                if done.damaged > 0 {
                    text = format!("{text} {}", t!("notice-exported-damaged", count = done.damaged));
                }
                NoticeView { text, ..NoticeView::default() }
            }
            Err(why) => {
                let text = t!("notice-not-exported", why = escape_untrusted(&why).into_owned());
                NoticeView { text, is_warning: true, ..NoticeView::default() }
            }
        };
        overlay.notify(notice);
    }
}

/// Exports the chosen windows of time, or what is in view: the connections that match the rest of the filter. In stage
/// mode, always scrubbed.
pub(in crate::app) fn begin(world: &mut World, is_scrubbed: bool) {
    let now = world.get_resource::<Clock>().map(|clock| clock.data).unwrap_or_default();
    let file = world.get_resource::<WindowSource>().and_then(WindowSource::bar_file);
    let view = world.get_resource::<TimeBar>().and_then(TimeBar::view);
    let in_view = view.map(|view| TimeWindow { from: view.from, to: view.to });
    let words = world.get_resource::<FilterInForce>().map(|filter| filter.words().clone()).unwrap_or_default();
    let chosen = TimeWindow::around(&words.time_windows(now));
    let directory = world.get_resource::<PictureWriter>().map(|writer| writer.directory().to_owned());
    let is_masked = world.get_resource::<Overlay>().is_some_and(|overlay| overlay.mask.is_some());
    let wish = match (file, chosen.or(in_view)) {
        (Some(file), Some(window)) => Some(Wish {
            file,
            window,
            words: Words::parse(&words.without(FilterKey::During)).unwrap_or_default(),
            is_scrubbed: is_scrubbed || is_masked,
            directory: directory.unwrap_or_default(),
        }),
        _ => None,
    };
    let text = match (wish, world.get_resource_mut::<Exporter>()) {
        (Some(wish), Some(mut exporter)) if exporter.outcomes.len() < MOST => {
            exporter.begin(wish);
            t!("notice-exporting")
        }
        _ => t!("recording-no-past"),
    };
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.notify(NoticeView { text: text.to_owned(), ..NoticeView::default() });
    }
}
