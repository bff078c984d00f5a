//! A desktop for a test: an X server that draws to a file, a window manager, and simulated input.
//!
//! The server picks a free display and keeps its screen in a file in `xwd` format, so that a picture needs no other
//! program. Keyboard and mouse input comes from `xdotool` through the server, like real input.

use image::RgbImage;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Maximum time to wait: much longer than a slow, busy machine needs.
pub const PATIENCE: Duration = Duration::from_mins(3);
/// Required programs, and their packages in Debian and Ubuntu.
const PROGRAMS: [(&str, &str); 4] =
    [("Xvfb", "xvfb"), ("openbox", "openbox"), ("xdotool", "xdotool"), ("setxkbmap", "x11-xkb-utils")];

/// Settings of openbox: windows without frames, because xdotool counts a frame twice.
const NO_FRAMES: &str = r#"<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>
"#;

/// Settings of an X server whose monitors are in memory.
const TWO_MONITORS: &str = r#"
Section "ServerFlags"
  Option "AutoAddDevices" "false"
EndSection
Section "Device"
  Identifier "device"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5-1000
  VertRefresh 5-200
  Modeline "1280x720" 74.5 1280 1344 1472 1664 720 723 728 748
EndSection
Section "Screen"
  Identifier "screen"
  Device "device"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "1280x720"
  EndSubSection
EndSection
"#;

/// A desktop. It ends with all its processes when it is dropped.
#[derive(Debug)]
pub struct Desktop {
    display: String,
    directory: TempDir,
    processes: Vec<Child>,
}

/// Why there can be no desktop on this machine; `None` if there can.
pub fn why_none() -> Option<String> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| !std::env::split_paths(&search).any(|directory| directory.join(program).is_file()))
        .map(|(_, package)| *package)
        .collect();
    (!missing.is_empty()).then(|| format!("not installed: apt install {}", missing.join(" ")))
}

impl Desktop {
    /// Size of the screen, px.
    pub const SIZE: (u32, u32) = (1600, 900);

    /// Starts a desktop.
    pub fn start() -> Self {
        let (width, height) = Self::SIZE;
        Self::start_with(&format!("{width}x{height}x24"), &[])
    }

    /// Starts a desktop with another screen, such as `1024x768x16`, and additional arguments for the server.
    pub fn start_with(screen: &str, words: &[&str]) -> Self {
        let mut desktop = Self::bare(screen, words);
        desktop.manage_windows();
        desktop
    }

    /// Starts only an X server.
    pub fn bare(screen: &str, words: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut server = Command::new("Xvfb")
            // Without -noreset the server resets when its last client disconnects: an xdotool before openbox.
            .args(["-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp", "-noreset"])
            .args(words)
            .arg("-fbdir")
            .arg(directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        let output = server.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut number).expect("the number of the display");
        let display = format!(":{}", number.trim());
        Self { display, directory, processes: vec![server] }
    }

    /// Starts a desktop on an X server with two monitors of 1280 by 720 px side by side, of which `xrandr` switches each on
    /// and off.
    ///
    /// # Errors
    /// Why this machine cannot have one: what the server wrote.
    pub fn with_two_monitors() -> Result<Self, String> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let [settings, log] = ["xorg.conf", "xorg.log"].map(|name| directory.path().join(name));
        fs::write(&settings, TWO_MONITORS).expect("written");
        let started = Command::new("Xorg")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-novtswitch", "-sharevts", "-config"])
            .arg(&settings)
            .arg("-logfile")
            .arg(&log)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut server = started.map_err(|error| format!("Xorg: {error} (apt install xserver-xorg-core)"))?;
        let mut number = String::new();
        let output = server.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut number).expect("readable");
        if number.trim().is_empty() {
            server.wait().expect("it ended");
            let log = fs::read_to_string(log).unwrap_or_default();
            let errors: Vec<&str> = log.lines().filter(|line| line.contains("(EE)")).collect();
            return Err(format!("Xorg did not start (apt install xserver-xorg-video-dummy): {}", errors.join("; ")));
        }
        let mut desktop = Self { display: format!(":{}", number.trim()), directory, processes: vec![server] };
        for words in [
            &["--addmode", "DUMMY1", "1280x720"][..],
            &["--output", "DUMMY1", "--mode", "1280x720", "--right-of", "DUMMY0"],
        ] {
            let output = desktop.command("xrandr").args(words).output().expect("xrandr runs (x11-xserver-utils)");
            if !output.status.success() {
                return Err(format!("no second monitor: {}", String::from_utf8_lossy(&output.stderr)));
            }
        }
        desktop.manage_windows();
        Ok(desktop)
    }

    fn manage_windows(&mut self) {
        let settings = self.directory.path().join("openbox");
        fs::create_dir(&settings).and_then(|()| fs::write(settings.join("rc.xml"), NO_FRAMES)).expect("written");
        let manager = self.command("openbox").stderr(Stdio::null()).stdout(Stdio::null()).spawn();
        self.processes.push(manager.expect("openbox starts"));
        // A window that opens before the window manager is never managed.
        let start = Instant::now();
        while self.xdotool(["get_num_desktops"]).trim().parse::<u32>().is_err() {
            assert!(start.elapsed() < PATIENCE, "openbox does not manage the desktop");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The name of the display, `:7`.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Ends the X server while programs are using it.
    pub fn end_server(&mut self) {
        let server = &mut self.processes[0];
        server.kill().expect("it runs");
        server.wait().expect("it ended");
    }

    /// A command that runs on this desktop, as a user without any files.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY").env("TZ", "UTC");
        command.env("LC_ALL", "C.UTF-8").env_remove("LANGUAGE");
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
            command.env(name, self.directory.path());
        }
        command
    }

    /// The directory of that user's files: home and all others.
    pub fn home(&self) -> &Path {
        self.directory.path()
    }

    /// Runs `xdotool` with these arguments, and returns its output.
    pub fn xdotool<const N: usize>(&self, arguments: [&str; N]) -> String {
        let output = self.command("xdotool").args(arguments).output().expect("xdotool runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types a text.
    pub fn write(&self, text: &str) {
        self.xdotool(["type", "--delay", "30", text]);
    }

    /// Presses a key with its xdotool name.
    pub fn key(&self, key: &str) {
        self.xdotool(["key", "--delay", "30", key]);
    }

    /// Presses a key this many times.
    pub fn key_times(&self, key: &str, times: u32) {
        self.xdotool(["key", "--delay", "20", "--repeat", &times.to_string(), key]);
    }

    /// Sets the keyboard layout by its `setxkbmap` name.
    pub fn set_keyboard(&self, layout: &str) {
        let status = self.command("setxkbmap").arg(layout).status().expect("setxkbmap runs");
        assert!(status.success(), "the layout {layout}: {status}");
    }

    /// Moves the pointer to a point on the screen, px.
    pub fn point(&self, (x, y): (u32, u32)) {
        // In two steps: if the pointer is already there, it does not move.
        self.xdotool(["mousemove", &(x + 3).to_string(), &y.to_string()]);
        self.xdotool(["mousemove", &x.to_string(), &y.to_string()]);
    }

    /// Clicks a point on the screen, px. A slow program may see all of it in one frame, in this order.
    pub fn click(&self, at: (u32, u32)) {
        self.point(at);
        self.xdotool(["mousedown", "1"]);
        self.xdotool(["mouseup", "1"]);
    }

    /// A picture of the screen.
    pub fn picture(&self) -> RgbImage {
        let bytes = fs::read(self.directory.path().join("Xvfb_screen0")).expect("the picture of the screen");
        read_xwd(&bytes)
    }

    /// Waits until the screen shows something, and returns it.
    ///
    /// # Panics
    /// After a timeout; the last picture is saved and named.
    pub fn wait_for(&self, what: &str, mut is_there: impl FnMut(&RgbImage) -> bool) -> RgbImage {
        let start = Instant::now();
        loop {
            let picture = self.picture();
            if is_there(&picture) {
                keep(&picture, what);
                return picture;
            }
            if start.elapsed() > PATIENCE {
                let path = keep(&picture, &format!("in vain {what}"));
                panic!("waited in vain until {what}; the screen: {}", path.display());
            }
            thread::sleep(Duration::from_millis(150));
        }
    }

    /// A file for the output of a program.
    pub fn log_file(&self) -> (PathBuf, File) {
        let path = self.directory.path().join("said.txt");
        (path.clone(), File::create(path).expect("a file"))
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            // It may already have ended.
            process.kill().unwrap_or_default();
            process.wait().ok();
        }
    }
}

/// Saves a picture for review, with a name made of words.
pub fn keep(picture: &RgbImage, what: &str) -> PathBuf {
    let name: String = what.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("window-{name}.png"));
    picture.save(&path).expect("a picture is written");
    path
}

/// Reads a picture in `xwd` format (X11 `XWDFile.h`, version 7), of any depth, little-endian.
fn read_xwd(bytes: &[u8]) -> RgbImage {
    let field = |index: usize| {
        let at = index * 4;
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    };
    let (header, width, height, bits, stride, colors) = (field(0), field(4), field(5), field(11), field(12), field(19));
    let (order, masks) = (field(7), [field(14), field(15), field(16)]);
    assert!(matches!(bits, 16 | 32) && order == 0, "{bits} bits a pixel, order {order}");
    let data = &bytes[(header + colors * 12) as usize..];
    RgbImage::from_fn(width, height, |x, y| {
        let at = (y * stride + x * bits / 8) as usize;
        let pixel = (0..bits as usize / 8).fold(0, |pixel, byte| pixel | u32::from(data[at + byte]) << (8 * byte));
        image::Rgb(masks.map(|mask| {
            let most = mask >> mask.trailing_zeros();
            (((pixel & mask) >> mask.trailing_zeros()) * 255 / most.max(1)) as u8
        }))
    })
}
