//! Whether what draws can draw on the window, found out before the renderer tries: it takes that for granted.
//!
//! A display server may have no pixels that a driver knows, and of two graphics processors one may not reach the screen.
//! Then the next one draws; where none can, the program ends with the reason.

use super::{Adapter, NoAdapter};
use crate::app::{auto_quality::AutoQuality, end::Ending, quality_for};
use crate::{config::Settings, globe::quality::Quality};
use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    render::{render_resource::PollType, renderer::RenderDevice, settings::RenderCreation},
    window::{PrimaryWindow, RawHandleWrapper},
    winit::WINIT_WINDOWS,
};
use std::collections::VecDeque;

/// What draws in the window, and what could draw in its place.
#[derive(Resource, Debug)]
pub(in crate::app) struct Graphics {
    current: Adapter,
    others: VecDeque<Adapter>,
    settings: Settings,
}

impl Graphics {
    /// Opens the first of the adapters that opens.
    ///
    /// # Errors
    /// Why the first one does not, where none does.
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

    /// What draws.
    pub(in crate::app) fn current(&self) -> &Adapter {
        &self.current
    }
}

/// Looks once at each window that opens whether it can be drawn on.
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
                // What recovers from a lost device opens the other one.
                device.wgpu_device().destroy();
                drop(device.poll(PollType::wait_indefinitely()));
            }
            None => {
                ending.because(format!("{useless} finds no pixels on this display that it can draw"));
                // The renderer takes a window for one that can be drawn on.
                commands.entity(window).remove::<RawHandleWrapper>();
                exit.write(AppExit::error());
            }
        }
    }
}

/// Whether pictures of an adapter can be shown in a window. Where nothing can be asked, they can.
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
