//! A session bus of its own for a test.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A session bus. It ends when it is dropped.
#[derive(Debug)]
pub struct Bus {
    daemon: Child,
    /// For `DBUS_SESSION_BUS_ADDRESS`.
    pub address: String,
}

impl Bus {
    /// Why there can be none on this machine; `None` if there can.
    pub fn why_none() -> Option<&'static str> {
        let has_daemon = Command::new("dbus-daemon").arg("--version").output().is_ok();
        (!has_daemon).then_some("not installed: apt install dbus-daemon")
    }

    /// Starts one, with its socket in this directory.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(directory: &Path) -> Self {
        let mut command = Command::new("dbus-daemon");
        command.env("XDG_RUNTIME_DIR", directory);
        Self::start_by(command, directory)
    }

    /// The same with a command for `dbus-daemon`, whose environment the services of the bus get.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_by(mut command: Command, directory: &Path) -> Self {
        let address = format!("--address=unix:path={}", directory.join("bus").display());
        let mut daemon = command
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1", &address])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon starts");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().expect("piped")).read_line(&mut address).expect("its address");
        Self { daemon, address: address.trim().to_owned() }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.daemon.kill().and_then(|()| self.daemon.wait()).expect("it ran");
    }
}
