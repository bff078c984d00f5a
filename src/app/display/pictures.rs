//! Whether what is drawn arrives on the screen. On pixels of another size than usual some drivers send pictures that the
//! X server refuses, and neither says so: the window stays black.

use crate::{app::end::Ending, globe::GlobeStats};
use bevy::{
    prelude::*,
    window::{PrimaryWindow, RawHandleWrapper},
};
use wgpu::rwh::RawWindowHandle;
use x11rb::protocol::xproto::{ConnectionExt, ImageFormat};

/// Pictures between two looks.
const PICTURES: u64 = 10;
/// After so many that do not arrive none will.
const PATIENCE: u64 = 60;
/// Side of the square that is looked at, px; the sky is not black.
const SIDE_PX: u16 = 32;

/// It is not known yet whether pictures arrive.
#[derive(Resource, Clone, Copy, Debug)]
pub(in crate::app) struct Doubt {
    /// Bits of a pixel of the screen.
    pub(in crate::app) depth: u8,
    /// Pictures drawn at the last look.
    pub(in crate::app) looked_at: u64,
}

pub(in crate::app) fn look_for_pictures(
    windows: Query<'_, '_, &RawHandleWrapper, With<PrimaryWindow>>,
    (stats, ending): (Res<'_, GlobeStats>, Res<'_, Ending>),
    mut doubt: ResMut<'_, Doubt>,
    mut commands: Commands<'_, '_>,
) {
    let drawn = stats.frames_drawn();
    let Ok(RawWindowHandle::Xlib(window)) = windows.single().map(RawHandleWrapper::get_window_handle) else { return };
    if drawn < doubt.looked_at + PICTURES {
        return;
    }
    doubt.looked_at = drawn;
    match has_light(window.window as u32) {
        Some(true) => commands.remove_resource::<Doubt>(),
        Some(false) if drawn >= PATIENCE => {
            let depth = doubt.depth;
            ending.because(format!("the X server shows nothing of what is drawn on its {depth} bits a pixel"));
        }
        _ => {}
    }
}

/// Whether the middle of a window is anything but black; `None` where nobody can tell, since it is covered.
fn has_light(window: u32) -> Option<bool> {
    let (connection, _) = x11rb::connect(None).ok()?;
    let geometry = connection.get_geometry(window).ok()?.reply().ok()?;
    let [x, y] = [geometry.width, geometry.height].map(|length| (length.max(SIDE_PX) - SIDE_PX) / 2);
    let (width, height) = (geometry.width.min(SIDE_PX), geometry.height.min(SIDE_PX));
    let image = connection.get_image(ImageFormat::Z_PIXMAP, window, x as i16, y as i16, width, height, !0);
    Some(image.ok()?.reply().ok()?.data.iter().any(|byte| *byte != 0))
}
