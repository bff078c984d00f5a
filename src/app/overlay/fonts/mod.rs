//! Fonts for characters that the built-in fonts lack: Chinese, Japanese, Korean, Hebrew, Arabic, Thai and so on.
//!
//! When such a character appears, the system fonts are searched on another thread, and those that contain it are added
//! to the built-in ones. Characters without any font are recorded, so that they can be escaped.

mod search;

use crate::{
    ui,
    view::{ConnectionTable, Undrawable},
};
use bevy::{
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task, futures::check_ready},
};
use bevy_egui::egui::{Context, FontData};
use search::{Found, search};
use std::{collections::HashSet, sync::Arc};

/// The loaded fonts, and what is known about characters.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct Fonts {
    /// Characters that have been or will be searched.
    known: HashSet<char>,
    /// Characters that will be searched.
    wanted: Vec<char>,
    /// System fonts that were added, by name.
    joined: Vec<(String, Arc<FontData>)>,
    search: Option<Task<Found>>,
    /// Whether there are new fonts that the overlay does not have yet.
    is_new: bool,
    table_version: u64,
}

impl Fonts {
    /// Records a text that will be shown.
    pub(in crate::app) fn note(&mut self, text: &str) {
        if text.is_ascii() {
            return;
        }
        for c in text.chars().filter(|c| !c.is_ascii()) {
            if self.known.insert(c) {
                self.wanted.push(c);
            }
        }
    }

    /// Whether a search is running.
    #[must_use]
    pub(in crate::app) fn is_busy(&self) -> bool {
        self.search.is_some() || !self.wanted.is_empty() || self.is_new
    }

    /// Installs the fonts added since the last call in the overlay.
    pub(in crate::app) fn install_new(&mut self, context: &Context) {
        if std::mem::take(&mut self.is_new) {
            context.set_fonts(ui::fonts(&self.joined));
            context.request_repaint();
        }
    }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.init_resource::<Fonts>().add_systems(Update, find_fonts.in_set(crate::connections::FrameSystems::Draw));
}

fn find_fonts(
    mut fonts: ResMut<'_, Fonts>,
    mut table: ResMut<'_, ConnectionTable>,
    mut undrawable: ResMut<'_, Undrawable>,
) {
    let fonts = fonts.bypass_change_detection();
    if fonts.table_version != table.version {
        fonts.table_version = table.version;
        for row in &table.rows {
            [&row.process, &row.place, &row.operator].into_iter().for_each(|text| fonts.note(text));
        }
    }
    if let Some(found) = fonts.search.as_mut().and_then(check_ready) {
        fonts.search = None;
        if !found.undrawable.is_empty() {
            bevy::log::info!("no font has {} characters of names here", found.undrawable.len());
            undrawable.extend(found.undrawable);
            table.renew();
        }
        for (name, data) in found.fonts {
            bevy::log::info!("the font {name} joins");
            fonts.joined.push((name, Arc::new(data)));
            fonts.is_new = true;
        }
    }
    if fonts.search.is_none() && !fonts.wanted.is_empty() {
        let wanted = std::mem::take(&mut fonts.wanted);
        let there = ui::fonts(&fonts.joined);
        fonts.search = Some(AsyncComputeTaskPool::get().spawn(async move { search(&wanted, &there) }));
    }
}
