//! Checks that the adapter can draw on the window, which the renderer assumes.
//!
//! A display server may not offer a pixel format that the driver supports, and one of two GPUs may not be connected to
//! the screen. The next adapter is used then; if none works, the program ends with the reason.

use super::{Adapter, NoAdapter};
use crate::app::{pace::auto_quality::AutoQuality, quality_for, window::end::Ending};
use crate::{config::Settings, globe::quality::Quality};
use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    render::{render_resource::PollType, renderer::RenderDevice, settings::RenderCreation},
    window::{PrimaryWindow, RawHandleWrapper},
    winit::WINIT_WINDOWS,
};
use std::collections::VecDeque;

/// The current adapter, and possible replacements.
#[derive(Resource, Debug)]
pub(in crate::app) struct Graphics {
    current: Adapter,
    others: VecDeque<Adapter>,
    settings: Settings,
}

impl Graphics {
    /// Opens the first adapter that can be opened.
    ///
    /// # Errors
    /// The error of the first one, if none can be opened.
    pub(in crate::app) fn open(
        adapters: Vec<Adapter>,
        settings: &Settings,
    ) -> Result<(Self, RenderCreation), NoAdapter> {
        let mut others = VecDeque::from(adapters);
        let mut refusal = None;
        while let Some(current) = others.pop_front() {
            match current.open() {
                Ok(creation) => return Ok((Self { current, others, settings: settings.clone() }, creation)),
                Err(error) => {
                    refusal.get_or_insert(error);
                }
            }
        }
        Err(refusal.unwrap_or_else(super::adapter::nothing_installed))
    }

    /// The current adapter.
    pub(in crate::app) fn current(&self) -> &Adapter {
        &self.current
    }
}

/// Checks once per window that the adapter can draw on it.
pub(in crate::app) fn check_surface(
    _on_main_thread: NonSendMarker,
    windows: Query<'_, '_, Entity, (With<PrimaryWindow>, Added<RawHandleWrapper>)>,
    device: Res<'_, RenderDevice>,
    mut graphics: ResMut<'_, Graphics>,
    (mut quality, mut auto): (ResMut<'_, Quality>, ResMut<'_, AutoQuality>),
    (ending, mut exit): (Res<'_, Ending>, MessageWriter<'_, AppExit>),
    mut commands: Commands<'_, '_>,
) {
    for window in &windows {
        let graphics = &mut *graphics;
        let reaches = |adapter: &Adapter| can_draw_on(adapter, window);
        if reaches(&graphics.current) {
            continue;
        }
        let useless = graphics.current.name.clone();
        match graphics.others.iter().position(reaches).and_then(|index| graphics.others.remove(index)) {
            Some(other) => {
                bevy::log::info!("{useless} cannot draw on this window; {} can", other.name);
                *quality = quality_for(graphics.settings.quality, &other).at_scale(graphics.settings.render_scale);
                *auto = AutoQuality::new(&other, &graphics.settings);
                graphics.current = other;
                // Destroying the device triggers the recovery, which opens the new adapter.
                device.wgpu_device().destroy();
                drop(device.poll(PollType::wait_indefinitely()));
            }
            None => {
                ending.because(format!("{useless} supports no pixel format of this display"));
                // Keep the renderer from drawing on this window.
                commands.entity(window).remove::<RawHandleWrapper>();
                exit.write(AppExit::error());
            }
        }
    }
}

/// Whether an adapter can draw on a window; assumed if that cannot be queried.
fn can_draw_on(adapter: &Adapter, window: Entity) -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    WINIT_WINDOWS.with_borrow(|windows| {
        let Some(window) = windows.get_window(window) else { return true };
        let surface = adapter.instance.create_surface(&**window);
        surface.is_ok_and(|surface| !surface.get_capabilities(&adapter.adapter).formats.is_empty())
    })
}
