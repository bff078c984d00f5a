//! Sets, undoes and disables the home in the window, and saves it.

use crate::app::{Overlay, actions::Sampler, data::home_writer::HomeWriter};
use crate::{
    cli::HomeChoice,
    config::Settings,
    geo::{Home, HomeMissing, HomeSource, detect_home},
    geodesy::LatLng,
    language::t,
    model::{Degradation, DegradationKind},
    ui::{NoticeView, actions::Action},
    view::HomeInForce,
};
use bevy::prelude::*;

/// Tells the sampler where home is, for the round-trip times of a demo.
pub(in crate::app) fn tell_sampler(home: Res<'_, HomeInForce>, sampler: Res<'_, Sampler>) {
    if home.is_changed() {
        sampler.0.set_home(home.home.as_ref().map(|home| home.position));
    }
}

/// State for setting and undoing the home.
#[derive(Debug, Default)]
pub struct HomeKeeper {
    /// Saves a new home.
    pub writer: HomeWriter,
    /// The home in the configuration.
    kept: Option<HomeChoice>,
    /// The home from the time zone.
    time_zone: HomeInForce,
    /// Home and configuration before the last change.
    before: Option<(HomeInForce, Option<HomeChoice>)>,
}

impl HomeKeeper {
    /// Saves homes with `writer`, and starts with the home of the settings.
    #[must_use]
    pub fn new(settings: &Settings, writer: HomeWriter) -> Self {
        let (kept, time_zone) = (settings.home_from_config, HomeInForce::from(detect_home()));
        Self { writer, kept, time_zone, before: None }
    }

    /// Sets the home, and saves its choice in the configuration.
    fn change(&mut self, home: &mut HomeInForce, to: HomeInForce, choice: Option<HomeChoice>) -> Result<(), String> {
        self.before = Some((std::mem::replace(home, to), self.kept));
        self.kept = choice;
        self.writer.keep(choice)
    }
}

impl Overlay {
    /// Sets a point as the home, and saves it in the configuration.
    pub(in crate::app) fn set_home(&mut self, position: LatLng, home: &mut HomeInForce) {
        self.is_setting_home = false;
        let new = Home::at(position, HomeSource::Clicked).named_by_place();
        let text = t!("notice-home-set", name = new.name.as_str());
        let new = HomeInForce { home: Some(new), missing: String::new() };
        let kept = self.home.change(home, new, Some(HomeChoice::At(position)));
        self.report_home(kept, text, vec![Action::UndoHome, Action::UnsetHome]);
    }

    /// Disables the home.
    pub(in crate::app) fn unset_home(&mut self, home: &mut HomeInForce) {
        self.is_setting_home = false;
        let kept = self.home.change(home, Err(HomeMissing::SwitchedOff).into(), Some(HomeChoice::None));
        let mut actions = vec![Action::UndoHome];
        let mut text = t!("notice-home-off").to_owned();
        if let Some(zone) = &self.home.time_zone.home {
            text = t!("notice-home-off-zone", zone = zone.name.as_str());
            actions.push(Action::HomeFromTimeZone);
        }
        self.report_home(kept, text, actions);
    }

    /// Uses the home from the time zone again.
    pub(in crate::app) fn take_home_from_time_zone(&mut self, home: &mut HomeInForce) {
        self.is_setting_home = false;
        let new = self.home.time_zone.clone();
        let text = match &new.home {
            Some(home) => t!("notice-home", home = home.describe()),
            None => t!("notice-home-missing", why = new.missing.as_str()),
        };
        let kept = self.home.change(home, new, None);
        self.report_home(kept, text, vec![Action::UndoHome]);
    }

    /// Undoes the last change of the home.
    pub(in crate::app) fn undo_home(&mut self, home: &mut HomeInForce) {
        let Some((before, choice)) = self.home.before.take() else { return };
        let text = match &before.home {
            Some(home) => t!("notice-home", home = home.describe()),
            None => t!("notice-home-missing", why = before.missing.as_str()),
        };
        *home = before;
        self.home.kept = choice;
        let kept = self.home.writer.keep(choice);
        self.report_home(kept, text, Vec::new());
    }

    /// Shows a notice about the change, and reports an error if it is not saved.
    fn report_home(&mut self, kept: Result<(), String>, text: String, actions: Vec<Action>) {
        self.degradations.retain(|it| it.kind != DegradationKind::Config);
        self.notify(NoticeView { text, actions, is_warning: false });
        self.report_home_kept(kept);
    }

    /// Reports an error if a home is not saved.
    pub(in crate::app) fn report_home_kept(&mut self, kept: Result<(), String>) {
        if let Err(error) = kept {
            let what = t!("home-not-saved", error = error);
            self.degradations.push(Degradation::new(DegradationKind::Config, what, t!("home-not-saved-remedy")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config, view::HomeInForce};

    fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
        LatLng::from_degrees(lat_deg, lng_deg).expect("a point")
    }

    #[test]
    fn a_home_is_named_undone_and_switched_off_and_the_file_follows() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("config.toml");
        let berlin = HomeInForce::from(crate::geo::home_from_time_zone("Europe/Berlin").ok_or(HomeMissing::NoTimeZone));
        let mut overlay = Overlay::default();
        overlay.home.writer = HomeWriter::new(Some(path.clone()), || {});
        overlay.home.time_zone = berlin.clone();
        let mut home = berlin.clone();
        let saved = |overlay: &mut Overlay| {
            // Dropping the writer waits until it has finished.
            overlay.home.writer = HomeWriter::new(Some(path.clone()), || {});
            config::read(&path).expect("a right file").home
        };
        let notice = |overlay: &Overlay| overlay.notice.as_ref().expect("a notice").view.clone();

        overlay.set_home(at(48.58, 7.75), &mut home);
        assert_eq!(home.home.as_ref().map(|home| home.name.as_str()), Some("Strasbourg, France"));
        let told = notice(&overlay);
        assert_eq!(told.text, "Home set: Strasbourg, France");
        assert_eq!(told.actions, [Action::UndoHome, Action::UnsetHome]);
        assert_eq!(saved(&mut overlay), Some(HomeChoice::At(at(48.58, 7.75))));

        overlay.undo_home(&mut home);
        assert_eq!((home.clone(), saved(&mut overlay)), (berlin.clone(), None));
        overlay.undo_home(&mut home);
        assert_eq!(home, berlin, "there is one step to undo");

        overlay.unset_home(&mut home);
        assert!(home.home.is_none() && home.missing.contains("switched off"), "{home:?}");
        assert!(notice(&overlay).text.contains("Berlin"), "{:?}", notice(&overlay));
        assert_eq!(notice(&overlay).actions, [Action::UndoHome, Action::HomeFromTimeZone]);
        assert_eq!(saved(&mut overlay), Some(HomeChoice::None));

        overlay.take_home_from_time_zone(&mut home);
        assert_eq!((home.clone(), saved(&mut overlay)), (berlin, None));
    }
}
