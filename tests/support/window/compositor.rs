//! A Wayland compositor for a test: headless sway, with `grim` for screenshots.

use super::{
    desktop::{PATIENCE, keep},
    rasterizer,
};
use image::RgbImage;
use rustix::process::geteuid;
use std::{
    env, fs,
    fs::File,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// sway refuses to run as root, so it then runs as this user, nobody.
const NOBODY: u32 = 65_534;
/// Required programs, and their packages in Debian and Ubuntu.
const PROGRAMS: [(&str, &str); 2] = [("sway", "sway"), ("grim", "grim")];

/// Why there can be no compositor on this machine; `None` if there can.
pub fn why_none() -> Option<String> {
    let search = env::var_os("PATH").unwrap_or_default();
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| !env::split_paths(&search).any(|directory| directory.join(program).is_file()))
        .map(|(_, package)| *package)
        .collect();
    (!missing.is_empty()).then(|| format!("not installed: apt install {}", missing.join(" ")))
}

/// A running compositor. It ends when it is dropped.
#[derive(Debug)]
pub struct Compositor {
    directory: TempDir,
    sway: Child,
    socket: PathBuf,
}

impl Compositor {
    /// Starts one with a screen of 1280 by 800 px, and waits until it listens.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).expect("its permissions");
        let settings = directory.path().join("sway");
        fs::write(&settings, "output HEADLESS-1 resolution 1280x800\nxwayland disable\n").expect("written");
        let runtime = directory.path().join("runtime");
        fs::create_dir(&runtime).expect("a directory");
        let log = File::create(directory.path().join("sway.log")).expect("a file");
        let mut command = as_ordinary_user("sway", &runtime);
        command.arg("--config").arg(&settings).stdout(Stdio::null()).stderr(log);
        command.envs([("WLR_BACKENDS", "headless"), ("WLR_RENDERER", "pixman"), ("WLR_LIBINPUT_NO_DEVICES", "1")]);
        let mut sway = command.spawn().expect("sway starts");
        let start = Instant::now();
        let socket = loop {
            let entries = fs::read_dir(&runtime).expect("the runtime directory").flatten();
            let mut sockets = entries.map(|entry| entry.path()).filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                name.starts_with("wayland-") && path.extension().is_none()
            });
            if let Some(socket) = sockets.next() {
                break socket;
            }
            let log = || fs::read_to_string(directory.path().join("sway.log")).unwrap_or_default();
            assert!(matches!(sway.try_wait(), Ok(None)), "sway ended: {}", log());
            assert!(start.elapsed() < PATIENCE, "sway does not listen: {}", log());
            thread::sleep(Duration::from_millis(50));
        };
        Self { directory, sway, socket }
    }

    /// Its socket, for `WAYLAND_DISPLAY`.
    pub fn socket(&self) -> String {
        self.socket.to_string_lossy().into_owned()
    }

    /// Starts the demo on it. Returns the process and the files of its standard error and standard output.
    pub fn start_program(&self, variables: &[(&str, &str)]) -> (Child, PathBuf, PathBuf) {
        self.start_with(&["demo", "--seed", "3"], variables)
    }

    /// The same with other arguments.
    pub fn start_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (Child, PathBuf, PathBuf) {
        let home = self.directory.path();
        let (errors, rows) = (home.join("errors.txt"), home.join("rows.txt"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_netglobe"));
        command.args(arguments).args(["--home", "52.5,13.4", "--quality", "low"]);
        command.env_remove("DISPLAY").env("WAYLAND_DISPLAY", &self.socket).env("TZ", "UTC");
        command.env("LC_ALL", "C.UTF-8").env_remove("LANGUAGE");
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
            command.env(name, home);
        }
        command.envs(rasterizer::lavapipe().expect("lavapipe").environment()).envs(variables.iter().copied());
        command.stdout(File::create(&rows).expect("a file")).stderr(File::create(&errors).expect("a file"));
        (command.spawn().expect("netglobe starts"), errors, rows)
    }

    /// Waits until the screen shows something.
    ///
    /// # Panics
    /// After a timeout; the last picture is saved and named.
    pub fn wait_for(&self, what: &str, mut is_there: impl FnMut(&RgbImage) -> bool) {
        let start = Instant::now();
        loop {
            let picture = self.picture();
            if let Some(picture) = picture.as_ref().filter(|picture| is_there(picture)) {
                keep(picture, what);
                return;
            }
            if start.elapsed() > PATIENCE {
                let path = picture.map(|picture| keep(&picture, &format!("in vain {what}")));
                panic!("waited in vain until {what}; the screen: {path:?}");
            }
            thread::sleep(Duration::from_millis(250));
        }
    }

    /// A picture of the screen; `None` if that fails.
    fn picture(&self) -> Option<RgbImage> {
        let file = self.socket.with_file_name("screen.png");
        let mut command = as_ordinary_user("grim", self.socket.parent()?);
        let status = command.env("WAYLAND_DISPLAY", &self.socket).arg(&file).stderr(Stdio::null()).status().ok()?;
        status.success().then(|| image::open(&file).ok().map(image::DynamicImage::into_rgb8))?
    }

    /// Kills it, like a crash.
    pub fn kill(&mut self) {
        // It may already have ended.
        self.sway.kill().unwrap_or_default();
        self.sway.wait().ok();
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command with its own runtime directory, which belongs to the user who runs it.
fn as_ordinary_user(program: &str, runtime: &Path) -> Command {
    let mut command = Command::new(program);
    let mut owner = geteuid().as_raw();
    if owner == 0 {
        owner = NOBODY;
        command.uid(NOBODY).gid(NOBODY);
    }
    std::os::unix::fs::chown(runtime, Some(owner), None).expect("the directory gets its owner");
    fs::set_permissions(runtime, fs::Permissions::from_mode(0o700)).expect("its permissions");
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env("XDG_RUNTIME_DIR", runtime).env("HOME", runtime);
    command
}
