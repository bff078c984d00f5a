//! A recording that is dropped on the window is shown in it.

use crate::app::{Overlay, data::source};
use crate::{
    language::t,
    sampler::{ReplayFrom, SourceSpec},
    ui::{NoticeView, actions::Action},
};
use bevy::{prelude::*, window::FileDragAndDrop};
use std::path::PathBuf;

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_message::<FileDragAndDrop>().add_systems(Update, take.in_set(crate::connections::FrameSystems::Read));
}

fn take(world: &mut World, mut read: Local<'_, bevy::ecs::message::MessageCursor<FileDragAndDrop>>) {
    let Some(messages) = world.get_resource::<Messages<FileDragAndDrop>>() else { return };
    let dropped = read.read(messages).filter_map(|message| match message {
        FileDragAndDrop::DroppedFile { path_buf, .. } => Some(path_buf.clone()),
        _ => None,
    });
    if let Some(path) = dropped.last() {
        show(world, path);
    }
}

/// Shows the recording in `file`.
fn show(world: &mut World, file: PathBuf) {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = t!("dropped-shown", name = crate::text::escape_untrusted(&name));
    source::switch(world, Some(SourceSpec::Replay { file, from: ReplayFrom::Begin }));
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.notify(NoticeView { text, actions: vec![Action::Live], is_warning: false });
    }
}
