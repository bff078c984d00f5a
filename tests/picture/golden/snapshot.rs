//! Draws pictures with the program itself, with everything fixed that could differ between machines.

use super::rasterizer::Lavapipe;
use image::RgbImage;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

/// A picture to draw. Each has its own recording, time and camera, so that it does not depend on the machine.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Recording.
    pub recording: PathBuf,
    /// Time for the position of the sun.
    pub at: &'static str,
    /// `LAT,LNG,DISTANCE`.
    pub camera: &'static str,
    /// `LAT,LNG`, if there is a home.
    pub home: Option<&'static str>,
    /// `WIDTHxHEIGHT`.
    pub size: &'static str,
    /// Other flags.
    pub flags: Vec<&'static str>,
}

impl Shot {
    /// The recording `name` of `tests/data/recordings`, with Berlin as home, on a day in June.
    pub fn of(name: &str) -> Self {
        Self {
            recording: recording(name),
            at: "2026-06-21T12:00:00Z",
            camera: "42,13.4,4.2",
            home: Some("52.5,13.4"),
            size: "256x256",
            flags: vec!["--quality", "low"],
        }
    }

    /// Draws it.
    pub fn draw(&self, lavapipe: &Lavapipe) -> RgbImage {
        self.draw_in(lavapipe.environment())
    }

    /// Draws it with these environment variables, which choose the driver.
    pub fn draw_in(&self, environment: [(&str, OsString); 3]) -> RgbImage {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let out = directory.path().join("picture.png");
        let mut command = Command::new(env!("CARGO_BIN_EXE_netglobe"));
        command.arg("snapshot").arg(&out).arg("--source").arg(format!("replay:{}", self.recording.display()));
        command.args(["--at", self.at, "--camera", self.camera, "--size", self.size]).args(&self.flags);
        command.args(self.home.map(|home| ["--home", home]).into_iter().flatten());
        command.env_clear().env("PATH", "/usr/bin:/bin").env("TZ", "UTC").envs(environment);
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
            command.env(name, directory.path());
        }
        let output = command.output().expect("netglobe starts");
        let said = String::from_utf8_lossy(&output.stderr);
        let (said, wrote) = said.trim_end().rsplit_once('\n').unwrap_or(("", said.trim_end()));
        assert!(output.status.success(), "{self:?}: {said}");
        assert_eq!(wrote, format!("netglobe: wrote {} ({})", out.display(), self.size));
        match self.home {
            Some(_) => assert_eq!(said, "", "{self:?}"),
            None => assert!(said.contains("no home is known") && said.lines().count() == 1, "{self:?}: {said}"),
        }
        image::open(&out).expect("a picture").into_rgb8()
    }
}

/// Path of a recording of `tests/data/recordings`.
pub fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/recordings").join(name).with_extension("ndjson")
}
