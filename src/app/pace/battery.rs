//! Whether this computer runs on battery, checked regularly on a thread of its own.

use bevy::prelude::Resource;
use std::{
    fs,
    path::Path,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// Where Linux reports power supplies (kernel documentation, `Documentation/ABI/testing/sysfs-class-power`).
const SUPPLIES: &str = "/sys/class/power_supply";
/// Time between two checks.
const PERIOD: Duration = Duration::from_secs(30);

/// The last result. Mains power is assumed if nothing is reported.
#[derive(Resource, Clone, Debug, Default)]
pub(in crate::app) struct Battery(Arc<AtomicBool>);

impl Battery {
    /// Checks now, and regularly if there is a battery, until this value is dropped.
    pub(in crate::app) fn watch() -> Self {
        let battery = Self(Arc::new(AtomicBool::new(is_discharging(Path::new(SUPPLIES)))));
        let known = Arc::downgrade(&battery.0);
        if supplies(Path::new(SUPPLIES), "Battery").next().is_some() {
            let started = thread::Builder::new().name("battery".to_owned()).spawn(move || follow(&known));
            if let Err(error) = started {
                bevy::log::warn!("the battery is not watched: cannot start a thread: {error}");
            }
        }
        battery
    }

    /// Whether the computer runs on battery.
    pub(in crate::app) fn is_in_use(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

fn follow(known: &Weak<AtomicBool>) {
    loop {
        thread::sleep(PERIOD);
        let Some(known) = known.upgrade() else { return };
        known.store(is_discharging(Path::new(SUPPLIES)), Ordering::Relaxed);
    }
}

/// The directories of the power supplies of a kind. The battery of a mouse or a keyboard has another scope and is
/// ignored.
fn supplies(directory: &Path, kind: &'static str) -> impl Iterator<Item = std::path::PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(move |supply| {
        let says =
            |name: &str, value: &str| fs::read_to_string(supply.join(name)).is_ok_and(|text| text.trim() == value);
        says("type", kind) && !says("scope", "Device")
    })
}

fn is_discharging(directory: &Path) -> bool {
    supplies(directory, "Battery")
        .any(|supply| fs::read_to_string(supply.join("status")).is_ok_and(|status| status.trim() == "Discharging"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(supplies: &[(&str, &[(&str, &str)])]) -> bool {
        let directory = tempfile::tempdir().expect("a directory");
        for (supply, files) in supplies {
            let supply = directory.path().join(supply);
            fs::create_dir(&supply).expect("made");
            for (name, value) in *files {
                fs::write(supply.join(name), format!("{value}\n")).expect("written");
            }
        }
        is_discharging(directory.path())
    }

    #[test]
    fn only_a_battery_of_this_computer_that_discharges_counts() {
        let battery = |status| [("type", "Battery"), ("status", status)];
        assert!(check(&[("AC", &[("type", "Mains"), ("online", "0")]), ("BAT0", &battery("Discharging"))]));
        assert!(!check(&[("BAT0", &battery("Charging"))]));
        assert!(!check(&[("BAT0", &battery("Full")), ("AC", &[("type", "Mains"), ("online", "1")])]));
        assert!(!check(&[("mouse", &[("type", "Battery"), ("scope", "Device"), ("status", "Discharging")])]));
        assert!(!check(&[]));
        assert!(!is_discharging(Path::new("/nowhere")));
    }
}
