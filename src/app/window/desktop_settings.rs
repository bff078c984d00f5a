//! What the desktop knows about its user: reduced motion and high contrast, from the settings portal (freedesktop.org,
//! XDG Desktop Portal, `org.freedesktop.portal.Settings`). Read on a thread of its own, and followed while it changes.
//! Choices made in this program are not changed.

use crate::app::actions::Actions;
use crate::{
    connections::FrameSystems,
    ui::actions::{Action, Switch},
    view::Palette,
};
use bevy::prelude::*;
use crossbeam_channel::{Receiver, Sender, bounded};

/// Settings that wait to be applied.
const WAITING_WISHES: usize = 16;

/// A setting of the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only the desktops of Linux tell their settings"))]
enum Wish {
    ReducedMotion(bool),
    HighContrast(bool),
}

/// See the module documentation.
#[derive(Resource, Debug)]
pub(in crate::app) struct DesktopSettings {
    wishes: Receiver<Wish>,
    follows_motion: bool,
    follows_contrast: bool,
}

impl DesktopSettings {
    /// Follows the settings for which the user has made no choice; `wake` is called when one has changed.
    pub(in crate::app) fn follow(motion: bool, contrast: bool, wake: impl Fn() + Send + 'static) -> Self {
        let (sender, wishes) = bounded(WAITING_WISHES);
        if motion || contrast {
            let run = move || portal::follow(&sender, &wake);
            if let Err(error) = std::thread::Builder::new().name("desktop-settings".to_owned()).spawn(run) {
                bevy::log::warn!("the settings of the desktop are not read: cannot start a thread: {error}");
            }
        }
        Self { wishes, follows_motion: motion, follows_contrast: contrast }
    }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_systems(Update, apply.in_set(FrameSystems::Read));
}

fn apply(settings: Res<'_, DesktopSettings>, mut palette: ResMut<'_, Palette>, mut actions: ResMut<'_, Actions>) {
    for wish in settings.wishes.try_iter() {
        match wish {
            Wish::ReducedMotion(is_on) if settings.follows_motion => {
                bevy::log::info!("the desktop asks for reduced motion: {is_on}");
                actions.push(Action::ReducedMotion(if is_on { Switch::On } else { Switch::Off }));
            }
            Wish::HighContrast(is_on) if settings.follows_contrast => {
                bevy::log::info!("the desktop asks for high contrast: {is_on}");
                *palette = if is_on { Palette::HIGH_CONTRAST } else { Palette::STANDARD };
            }
            Wish::ReducedMotion(_) | Wish::HighContrast(_) => {}
        }
    }
}

#[cfg(target_os = "linux")]
mod portal {
    use super::{Sender, Wish};
    use std::{collections::HashMap, time::Duration};
    use zbus::{
        blocking::{Proxy, connection::Builder},
        zvariant::OwnedValue,
    };

    const NAME: &str = "org.freedesktop.portal.Desktop";
    const PATH: &str = "/org/freedesktop/portal/desktop";
    const INTERFACE: &str = "org.freedesktop.portal.Settings";
    const APPEARANCE: &str = "org.freedesktop.appearance";
    const GNOME: &str = "org.gnome.desktop.interface";
    const PATIENCE: Duration = Duration::from_secs(5);

    /// The meaning of a setting.
    pub(in crate::app) fn wish(group: &str, key: &str, value: &OwnedValue) -> Option<Wish> {
        match (group, key) {
            (APPEARANCE, "reduced-motion") => u32::try_from(value).ok().map(|value| Wish::ReducedMotion(value == 1)),
            (APPEARANCE, "contrast") => u32::try_from(value).ok().map(|value| Wish::HighContrast(value == 1)),
            (GNOME, "enable-animations") => bool::try_from(value).ok().map(|value| Wish::ReducedMotion(!value)),
            _ => None,
        }
    }

    pub(in crate::app) fn follow(wishes: &Sender<Wish>, wake: &dyn Fn()) {
        if let Err(error) = read(wishes, wake) {
            bevy::log::info!("the desktop has no settings portal: {error}");
        }
    }

    fn read(wishes: &Sender<Wish>, wake: &dyn Fn()) -> zbus::Result<()> {
        let connection = Builder::session()?.method_timeout(PATIENCE).build()?;
        let portal = Proxy::new(&connection, NAME, PATH, INTERFACE)?;
        let changes = portal.receive_signal("SettingChanged")?;
        let all: HashMap<String, HashMap<String, OwnedValue>> = portal.call("ReadAll", &(vec![APPEARANCE, GNOME],))?;
        // What desktops have in common counts more than what one of them has alone.
        for group in [GNOME, APPEARANCE] {
            let found = all.get(group).into_iter().flatten();
            for wish in found.filter_map(|(key, value)| wish(group, key, value)) {
                wishes.send(wish).unwrap_or_default();
                wake();
            }
        }
        for change in changes {
            let (group, key, value): (String, String, OwnedValue) = change.body().deserialize()?;
            if let Some(wish) = wish(&group, &key, &value) {
                if wishes.send(wish).is_err() {
                    return Ok(());
                }
                wake();
            }
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod portal {
    use super::{Sender, Wish};

    pub(in crate::app) fn follow(_wishes: &Sender<Wish>, _wake: &dyn Fn()) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use zbus::zvariant::{OwnedValue, Value};

    #[test]
    fn settings_have_their_meaning() {
        let value = |value: Value<'static>| OwnedValue::try_from(value).expect("a value");
        let wish = |group, key, value| portal::wish(group, key, &value);
        let one = || value(Value::U32(1));
        assert_eq!(wish("org.freedesktop.appearance", "contrast", one()), Some(Wish::HighContrast(true)));
        assert_eq!(wish("org.freedesktop.appearance", "reduced-motion", one()), Some(Wish::ReducedMotion(true)));
        let off = value(Value::Bool(false));
        assert_eq!(wish("org.gnome.desktop.interface", "enable-animations", off), Some(Wish::ReducedMotion(true)));
        assert_eq!(wish("org.freedesktop.appearance", "color-scheme", one()), None);
        assert_eq!(wish("org.freedesktop.appearance", "contrast", value(Value::Bool(true))), None);
    }
}
