//! Checks that frames appear on the screen. With an unusual colour depth, some drivers send images that the X server
//! rejects without an error, so that the window stays black.

use crate::app::window::end::Ending;
use bevy::{
    prelude::*,
    window::{PrimaryWindow, RawHandleWrapper},
};
use std::{thread, time::Duration};
use wgpu::rwh::RawWindowHandle;
use x11rb::{
    connection::Connection,
    protocol::xproto::{ConnectionExt, ImageFormat, ImageOrder},
};

/// Time between two checks.
const PAUSE: Duration = Duration::from_millis(500);
/// Number of black results after which the window counts as broken: long after the first frame, even on a slow
/// computer.
const LOOKS: u32 = 40;
/// Side of the square that is checked, px; the sky is not completely black.
const SIDE_PX: u16 = 32;

/// Bits per pixel of a screen on which frames may not appear.
#[derive(Resource, Clone, Copy, Debug)]
pub(in crate::app) struct UnusualDepth(pub(in crate::app) u8);

/// Watches a new window from another thread, because a driver may block forever on a frame.
pub(in crate::app) fn look_for_pictures(
    windows: Query<'_, '_, &RawHandleWrapper, (With<PrimaryWindow>, Added<RawHandleWrapper>)>,
    (depth, ending): (Res<'_, UnusualDepth>, Res<'_, Ending>),
) {
    for window in &windows {
        if let RawWindowHandle::Xlib(handle) = window.get_window_handle() {
            let (window, depth, ending) = (handle.window as u32, depth.0, ending.clone());
            let look = move || {
                if !comes_to_light(window) {
                    let what = format!("the X server has {depth} bits per pixel, and does not show what is drawn");
                    ending.because(format!("{what}; start it with 24"));
                }
            };
            if let Err(error) = thread::Builder::new().name("display-pictures".to_owned()).spawn(look) {
                bevy::log::warn!("cannot check whether pictures arrive on this screen: {error}");
            }
        }
    }
}

fn comes_to_light(window: u32) -> bool {
    let mut dark = 0;
    while dark < LOOKS {
        thread::sleep(PAUSE);
        match has_light(window) {
            Some(true) => return true,
            Some(false) => dark += 1,
            None => {}
        }
    }
    false
}

/// Whether the middle of a window is not black; `None` if it is unknown because the window is covered.
fn has_light(window: u32) -> Option<bool> {
    let (connection, _) = x11rb::connect(None).ok()?;
    let geometry = connection.get_geometry(window).ok()?.reply().ok()?;
    let [x, y] = [geometry.width, geometry.height].map(|length| (length.max(SIDE_PX) - SIDE_PX) / 2);
    let (width, height) = (geometry.width.min(SIDE_PX), geometry.height.min(SIDE_PX));
    let image = connection.get_image(ImageFormat::Z_PIXMAP, window, x as i16, y as i16, width, height, !0);
    let data = image.ok()?.reply().ok()?.data;
    if geometry.depth < 24 {
        return Some(data.iter().any(|byte| *byte != 0));
    }
    // Ignore the fourth byte, which is alpha.
    let is_low_first = connection.setup().image_byte_order == ImageOrder::LSB_FIRST;
    let colour = if is_low_first { 0..3 } else { 1..4 };
    Some(data.chunks_exact(4).any(|pixel| pixel[colour.clone()].iter().any(|byte| *byte != 0)))
}
