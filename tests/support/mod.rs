//! Shared by the tests of the whole program: starts it with separate files, and reports tests that cannot run.
#![allow(dead_code, reason = "each test takes what it needs")]

#[path = "not_run.rs"]
mod said;

#[allow(unused_imports, reason = "not every test can fail to run")]
pub(crate) use said::not_run;

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Time after which a command counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// Path of the tested program.
pub(crate) fn netglobe_path() -> &'static str {
    env!("CARGO_BIN_EXE_netglobe")
}

/// A file under `tests`.
pub(crate) fn test_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// A valid database from `MaxMind`.
pub(crate) fn maxmind_file(name: &str) -> String {
    test_file("maxmind/test-data").join(name).display().to_string()
}

/// A user without configuration, databases and display. Only the cache with the unpacked databases is shared between
/// tests, because unpacking takes time.
pub(crate) struct User {
    home: tempfile::TempDir,
}

impl User {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a temporary directory") }
    }

    /// A directory that is removed afterwards.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The default configuration file.
    pub(crate) fn config_file(&self) -> PathBuf {
        let directory = self.home().join("config").join("netglobe");
        fs::create_dir_all(&directory).expect("writable");
        directory.join("config.toml")
    }

    /// A command for the program with these arguments.
    pub(crate) fn netglobe(&self, args: &[&str]) -> Command {
        let mut command = Command::new(netglobe_path());
        self.surround(&mut command);
        command.args(args);
        command
    }

    /// Sets this user's environment for `command`.
    pub(crate) fn surround(&self, command: &mut Command) {
        command
            .env("HOME", self.home())
            .env("LC_ALL", "C.UTF-8")
            .env("XDG_CONFIG_HOME", self.home().join("config"))
            .env("XDG_DATA_HOME", self.home().join("data"))
            .env("XDG_CACHE_HOME", shared_cache())
            .current_dir(self.home());
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "LANGUAGE", "RUST_LOG", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
    }

    /// Why no picture can be drawn on this machine; `None` if it can.
    pub(crate) fn why_no_picture(&self) -> Option<String> {
        let outcome = self.run(&["snapshot", "probe.png", "--size", "16x16", "--source", "demo:everyday"]);
        (outcome.code != Some(0) && outcome.stderr.contains("nothing here can draw")).then_some(outcome.stderr)
    }

    /// Runs the program to completion.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        run(self.netglobe(args), PATIENCE)
    }
}

/// Cache directory for the unpacked databases, shared by all tests.
fn shared_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// Result of a command.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Standard output with one JSON value per line.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Checks that apply to all commands.
    pub(crate) fn assert_clean(&self, what: &str) {
        for text in [&self.stdout, &self.stderr] {
            assert!(!text.contains("panicked") && !text.contains("RUST_BACKTRACE"), "{what}: {self:?}");
            let raw = text.chars().find(|c| c.is_control() && *c != '\n');
            assert!(raw.is_none(), "{what}: a raw control character {raw:?} in {self:?}");
        }
    }
}

/// Runs `command` to completion.
///
/// # Panics
/// If it cannot be started or takes longer than `patience`.
pub(crate) fn run(mut command: Command, patience: Duration) -> Outcome {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = read_aside(child.stdout.take().expect("piped"));
    let stderr = read_aside(child.stderr.take().expect("piped"));
    let status = wait_until(Instant::now() + patience, || child.try_wait().expect("a child"));
    if status.is_none() {
        child.kill().expect("killable");
        child.wait().expect("a child");
    }
    let text = |reader: thread::JoinHandle<Vec<u8>>| String::from_utf8(reader.join().expect("read")).expect("UTF-8");
    let (stdout, stderr) = (text(stdout), text(stderr));
    match status {
        Some(status) => Outcome { code: status.code(), stdout, stderr },
        None => panic!("{command:?} has not ended after {patience:?}; it said:\n{stdout}{stderr}"),
    }
}

fn read_aside(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    let read = move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("readable");
        bytes
    };
    thread::Builder::new().name("reader".to_owned()).spawn(read).expect("a thread")
}

/// Polls until there is an answer, or until the deadline.
pub(crate) fn wait_until<T>(deadline: Instant, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() > deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Keeps the machine busy with four threads until dropped. Tests must also pass under this load.
pub(crate) struct Busy {
    is_over: Arc<AtomicBool>,
}

impl Busy {
    pub(crate) fn start() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        for _ in 0..4 {
            let is_over = Arc::clone(&is_over);
            let run = move || {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            };
            thread::Builder::new().name("busy".to_owned()).spawn(run).expect("a thread");
        }
        Self { is_over }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// A child process that is killed when dropped.
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may already have ended.
        self.0.kill().unwrap_or_default();
        self.0.wait().map(|_| ()).unwrap_or_default();
    }
}
