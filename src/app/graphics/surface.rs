//! The adapter that draws a window or the background of the desktop, and the next one if that fails.
//!
//! A display server may not offer a pixel format that the driver supports, and one of two GPUs may not be connected to
//! the screen. That is checked, since the renderer assumes it. If no adapter works, the list takes the place of the window.

use super::{Adapter, NoAdapter, ladder::Ladder, recovery::destroy};
use crate::app::{Overlay, pace::auto_quality::AutoQuality, quality_for, window::end::Ending};
use crate::{
    config::Settings,
    globe::quality::Quality,
    language::t,
    model::{Degradation, DegradationKind},
};
use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    render::{renderer::RenderDevice, settings::RenderCreation},
    window::{PrimaryWindow, RawHandleWrapper},
    winit::WINIT_WINDOWS,
};
use std::time::{Duration, Instant};
use wgpu::{
    Surface, SurfaceTargetUnsafe,
    rwh::{RawDisplayHandle, RawWindowHandle},
};

/// Time in which a second loss of the device means that the adapter does not work.
const LOST_AGAIN: Duration = Duration::from_secs(20);

/// What an adapter must be able to draw on.
#[derive(Clone, Copy, Debug)]
pub(in crate::app) enum Target {
    /// The window of this entity; none yet, or none of this system's.
    Window(Option<Entity>),
    /// A surface that the window library does not know. As a non-send resource it says so to the recovery.
    Own(OwnSurface),
}

/// A surface of a display that the window library does not know.
#[derive(Clone, Copy, Debug)]
pub(in crate::app) struct OwnSurface {
    display: RawDisplayHandle,
    window: RawWindowHandle,
}

impl OwnSurface {
    /// A surface of these handles.
    ///
    /// # Safety
    /// The handles must be valid as long as this or a surface of it is used.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has such surfaces"))]
    #[expect(unsafe_code, reason = "handles are addresses")]
    pub(in crate::app) unsafe fn new((display, window): (RawDisplayHandle, RawWindowHandle)) -> Self {
        Self { display, window }
    }

    /// The surface for this adapter; `None` if it cannot draw there.
    pub(in crate::app) fn of(self, adapter: &Adapter) -> Option<Surface<'static>> {
        let target =
            SurfaceTargetUnsafe::RawHandle { raw_display_handle: Some(self.display), raw_window_handle: self.window };
        #[expect(unsafe_code, reason = "handles are addresses")]
        // SAFETY: who called `new` has promised that the handles are valid.
        let surface = unsafe { adapter.instance.create_surface_unsafe(target) }.ok()?;
        (!surface.get_capabilities(&adapter.adapter).formats.is_empty()).then_some(surface)
    }
}

/// The current adapter, and what can replace it.
#[derive(Resource, Debug)]
pub(in crate::app) struct Graphics {
    current: Adapter,
    ladder: Ladder,
    settings: Settings,
    /// When the device was lost.
    lost: Option<Instant>,
    /// Whether the device is being replaced by that of another adapter.
    is_stepping: bool,
    /// Whether the quality is still that of another adapter.
    is_new: bool,
}

impl Graphics {
    /// Opens the first adapter that can draw there and can be opened.
    ///
    /// # Errors
    /// The error of the first one, if none can be opened.
    pub(in crate::app) fn open(
        mut ladder: Ladder,
        settings: &Settings,
        target: Target,
    ) -> Result<(Self, RenderCreation), NoAdapter> {
        let current = ladder.next_that(|adapter| can_draw_on(adapter, target))?;
        let creation = current.open()?;
        let settings = settings.clone();
        Ok((Self { current, ladder, settings, lost: None, is_stepping: false, is_new: false }, creation))
    }

    /// The current adapter.
    pub(in crate::app) fn current(&self) -> &Adapter {
        &self.current
    }

    /// Why it is not the best one; `None` if it is.
    pub(in crate::app) fn why(&self) -> Option<Degradation> {
        let what = self.ladder.why(&self.current)?;
        Some(Degradation::new(DegradationKind::Graphics, what, t!("app-status-graphics-remedy")))
    }

    /// After the device was lost: opens the adapter again, or the best one that is there now. If that happens again, the
    /// next one.
    ///
    /// # Errors
    /// If none is left.
    pub(super) fn open_again(&mut self, target: Target) -> Result<RenderCreation, NoAdapter> {
        if std::mem::take(&mut self.is_stepping) {
            return self.current.open();
        }
        let is_again = self.lost.replace(Instant::now()).is_some_and(|lost| lost.elapsed() < LOST_AGAIN);
        if is_again {
            let why = t!("graphics-lost", adapter = self.current.name.as_str());
            return self.step_down(why, target);
        }
        self.current.open().or_else(|_| {
            // After a restart there may be another driver.
            let (current, ladder) = self.ladder.again()?;
            (self.current, self.ladder, self.is_new) = (current, ladder, true);
            self.current.open()
        })
    }

    /// Opens the next adapter that can draw there.
    ///
    /// # Errors
    /// If none is left.
    pub(super) fn step_down(&mut self, why: String, target: Target) -> Result<RenderCreation, NoAdapter> {
        bevy::log::warn!("{why}");
        self.ladder.note_failure(why);
        self.lost = None;
        self.current = self.ladder.next_that(|adapter| can_draw_on(adapter, target))?;
        self.is_new = true;
        self.current.open()
    }

    /// Whether the adapter is another one than when this was asked last.
    pub(super) fn take_is_new(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    /// The quality for the current adapter, if the user has not changed it.
    pub(in crate::app) fn quality(&self) -> (Quality, AutoQuality) {
        let quality = quality_for(self.settings.quality, &self.current).at_scale(self.settings.render_scale);
        (quality, AutoQuality::new(&self.current, &self.settings))
    }
}

/// Checks once per window that the adapter can draw on it.
pub(in crate::app) fn check_surface(
    _on_main_thread: NonSendMarker,
    windows: Query<'_, '_, Entity, (With<PrimaryWindow>, Added<RawHandleWrapper>)>,
    device: Res<'_, RenderDevice>,
    mut graphics: ResMut<'_, Graphics>,
    (ending, mut exit): (Res<'_, Ending>, MessageWriter<'_, AppExit>),
    mut commands: Commands<'_, '_>,
) {
    for window in &windows {
        let graphics = &mut *graphics;
        let target = Target::Window(Some(window));
        let Err(why) = can_draw_on(&graphics.current, target) else { continue };
        graphics.ladder.note_failure(why.clone());
        match graphics.ladder.next_that(|adapter| can_draw_on(adapter, target)) {
            Ok(other) => {
                (graphics.current, graphics.is_stepping, graphics.is_new) = (other, true, true);
                // The recovery opens the new adapter.
                destroy(&device);
            }
            Err(_) => {
                ending.because(why);
                // Keep the renderer from drawing on this window.
                commands.entity(window).remove::<RawHandleWrapper>();
                exit.write(AppExit::error());
            }
        }
    }
}

/// Shows why the current adapter is not the best one.
pub(in crate::app) fn say_why(graphics: Res<'_, Graphics>, mut overlay: ResMut<'_, Overlay>) {
    if graphics.is_changed() {
        overlay.degradations.retain(|it| it.kind != DegradationKind::Graphics);
        overlay.degradations.extend(graphics.why());
    }
}

/// Whether an adapter can draw there, or what is wrong; assumed if that cannot be queried.
fn can_draw_on(adapter: &Adapter, target: Target) -> Result<(), String> {
    let can = match target {
        Target::Own(surface) => surface.of(adapter).is_some(),
        Target::Window(Some(window)) if cfg!(target_os = "linux") => WINIT_WINDOWS.with_borrow(|windows| {
            let Some(window) = windows.get_window(window) else { return true };
            let surface = adapter.instance.create_surface(&**window);
            surface.is_ok_and(|surface| !surface.get_capabilities(&adapter.adapter).formats.is_empty())
        }),
        Target::Window(_) => true,
    };
    if can { Ok(()) } else { Err(t!("graphics-no-surface", adapter = adapter.name.as_str())) }
}
