//! Saves the home that was set in the window, on a separate thread because a disk may be slow.

use crate::{cli::HomeChoice, config, language::t, panics};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{
    fmt,
    path::{Path, PathBuf},
    thread::{Builder, JoinHandle},
};

/// Maximum number of homes waiting to be written, and of outcomes waiting to be read.
const CAPACITY: usize = 8;

/// Whether a home is saved, or why it is not.
type Outcome = Result<(), String>;

/// Writes homes to the configuration, one after another; of several waiting ones only the last is written. Dropping it
/// waits until the last one is written.
#[derive(Default)]
pub struct HomeWriter {
    path: Option<PathBuf>,
    wake: Option<Box<dyn Fn() + Send + Sync>>,
    thread: Option<Thread>,
}

struct Thread {
    homes: Option<Sender<Option<HomeChoice>>>,
    outcomes: Receiver<Outcome>,
    handle: Option<JoinHandle<()>>,
}

impl HomeWriter {
    /// Writes to the file at `path`; without a path every home fails. `wake` is called when there is an outcome.
    pub fn new(path: Option<PathBuf>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { path, wake: Some(Box::new(wake)), thread: None }
    }

    /// Writes `home`, or removes it for `None`. Does not block.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn keep(&mut self, home: Option<HomeChoice>) -> Outcome {
        let Some(path) = &self.path else { return Err(config::ConfigError::NoDirectory.to_string()) };
        let thread = match &mut self.thread {
            Some(thread) => thread,
            none => none.insert(Thread::start(path.clone(), self.wake.take())?),
        };
        // If the disk hangs, a few homes are queued and further ones are refused.
        match thread.homes.as_ref().map(|homes| homes.try_send(home)) {
            Some(Ok(())) => Ok(()),
            _ => Err(t!("home-disk-slow").to_owned()),
        }
    }

    /// Whether the last home is saved; `None` until that is known.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.thread.as_ref()?.outcomes.try_iter().last()
    }
}

impl Thread {
    fn start(path: PathBuf, wake: Option<Box<dyn Fn() + Send + Sync>>) -> Result<Self, String> {
        let (homes, to_write) = bounded::<Option<HomeChoice>>(CAPACITY);
        let (tell, outcomes) = bounded(CAPACITY);
        let run = move || {
            while let Ok(first) = to_write.recv() {
                let home = to_write.try_iter().last().unwrap_or(first);
                // Drop outcomes that are not read.
                let outcome = panics::catch(|| write(&path, home)).unwrap_or_else(Err);
                tell.try_send(outcome).unwrap_or_default();
                if let Some(wake) = &wake {
                    wake();
                }
            }
        };
        let handle = Builder::new().name("home-writer".to_owned()).spawn(run);
        let handle = handle.map_err(|error| t!("home-no-thread", error = error.to_string()))?;
        Ok(Self { homes: Some(homes), outcomes, handle: Some(handle) })
    }
}

fn write(path: &Path, home: Option<HomeChoice>) -> Outcome {
    config::save_home(path, home).map_err(|error| error.to_string())
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.homes = None;
        if let Some(handle) = self.handle.take() {
            handle.join().unwrap_or_default();
        }
    }
}

impl fmt::Debug for HomeWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HomeWriter").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LatLng;
    use std::{fs, time::Duration};

    fn at(lat_deg: f64) -> Option<HomeChoice> {
        LatLng::from_degrees(lat_deg, 2.0).map(HomeChoice::At)
    }

    /// A writer, and a channel that signals outcomes.
    fn writer(path: &Path) -> (HomeWriter, Receiver<()>) {
        let (sender, woken) = bounded(CAPACITY);
        (HomeWriter::new(Some(path.to_owned()), move || sender.try_send(()).unwrap_or_default()), woken)
    }

    /// The last outcome; fails after a minute.
    fn outcome(writer: &HomeWriter, woken: &Receiver<()>) -> Outcome {
        loop {
            woken.recv_timeout(Duration::from_mins(1)).expect("an outcome");
            if let Some(outcome) = writer.outcome() {
                return outcome;
            }
        }
    }

    #[test]
    fn a_home_is_kept_and_a_failure_is_told() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("config.toml");
        let (mut writer, woken) = writer(&path);
        assert_eq!(writer.outcome(), None);
        writer.keep(at(1.0)).expect("begun");
        assert_eq!(outcome(&writer, &woken), Ok(()));
        assert_eq!(config::read(&path).expect("a right file").home, at(1.0));
        fs::write(&path, "home = [").expect("written");
        writer.keep(at(3.0)).expect("begun");
        let why = outcome(&writer, &woken).expect_err("a file that is wrong is left alone");
        assert!(why.contains("config.toml"), "{why}");
        assert!(HomeWriter::default().keep(at(1.0)).is_err_and(|why| why.contains("--config")));
    }

    #[test]
    fn dropping_the_writer_waits_until_the_last_home_is_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("config.toml");
        let (mut writer, _woken) = writer(&path);
        for lat_deg in 1..=5 {
            writer.keep(at(f64::from(lat_deg))).expect("begun");
        }
        drop(writer);
        assert_eq!(config::read(&path).expect("a right file").home, at(5.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_does_not_answer_holds_nobody_up() {
        use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("config.toml");
        // Opening a FIFO for reading blocks until it is opened for writing.
        mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe with a name");
        let (mut writer, woken) = writer(&path);
        for lat_deg in 1..=3 {
            writer.keep(at(f64::from(lat_deg))).expect("begun");
        }
        assert_eq!(writer.outcome(), None, "nothing is written, and here we are");
        // Unblocks the thread that waits for a writer of the FIFO.
        while !path.is_file() {
            drop(open(&path, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()));
            std::thread::yield_now();
        }
        outcome(&writer, &woken).expect("written in the place of the pipe");
        drop(writer);
        assert_eq!(config::read(&path).expect("a right file").home, at(3.0));
    }
}
