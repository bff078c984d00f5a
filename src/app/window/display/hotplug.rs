//! Makes the window library notice that a monitor came or went on X11. It asks the server for these events, but Xlib passes
//! on those of an extension only after that extension's own library has said how they are read, which nothing else does.

use bevy::{prelude::*, winit::DisplayHandleWrapper};
use raw_window_handle::{HasDisplayHandle, RawDisplayHandle};
use x11_dl::xrandr::Xrandr;

/// Tells Xlib how the events of monitors are read. Runs once; does nothing on other systems than X11, and without the
/// library of the extension.
pub(in crate::app) fn pass_on_monitor_events(display: Option<Res<'_, DisplayHandleWrapper>>) {
    let Some(display) = display else { return };
    let Ok(RawDisplayHandle::Xlib(handle)) = display.0.display_handle().map(|handle| handle.as_raw()) else { return };
    let (Some(display), Ok(library)) = (handle.display, Xrandr::open()) else { return };
    let (mut first_event, mut first_error) = (0, 0);
    // SAFETY: the display is the open connection of the window library, used on the thread that opened it; the library is
    // never unloaded, because Xlib keeps its function.
    #[expect(unsafe_code, reason = "the library cannot be told in another way")]
    unsafe {
        (library.XRRQueryExtension)(display.as_ptr().cast(), &raw mut first_event, &raw mut first_error);
    }
}
