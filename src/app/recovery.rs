//! What happens when the graphics device fails: one that is lost is asked for again, and everything that lay in its
//! memory is made anew; anything else ends the program with a word.
//!
//! Bevy makes its own things anew, and sends images again; the globe and the overlay must do so for theirs. A window's
//! surface may be lost alone, when a driver or a display server starts again: nobody says so, but no picture of it can be
//! had any more. Then it is made anew, too.

use super::{Adapter, GpuWish, NoAdapter, end::Ending, graphics::Graphics};
use bevy::{
    camera::NormalizedRenderTarget,
    prelude::*,
    render::{
        GpuResourceAppExt, Render, RenderApp, RenderSystems,
        camera::{SortedCamera, SortedCameras},
        error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy},
        render_resource::SpecializedRenderPipelines,
        settings::RenderCreation,
        view::{ExtractedWindows, WindowSurfaces},
    },
};
use bevy_egui::render::{
    EguiPipeline,
    systems::{EguiRenderData, EguiTransforms},
};

/// A window may be without a picture for so many frames before its surface counts as lost; each time it does, for twice as
/// many.
const PATIENCE_FRAMES: u32 = 30;

/// To be added after the overlay's own plugin.
pub(super) fn plugin(app: &mut App) {
    app.insert_resource(RenderErrorHandler(on_render_error));
    if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
        // Buffers and pipelines that the overlay keeps by itself belong to the device that is gone.
        render_app
            .init_gpu_resource::<SpecializedRenderPipelines<EguiPipeline>>()
            .init_gpu_resource::<EguiTransforms>()
            .init_gpu_resource::<EguiRenderData>()
            .add_systems(Render, watch_surfaces.in_set(RenderSystems::Prepare));
    }
}

/// Makes the surfaces of all windows anew. To be called on the world of the renderer.
pub fn renew_surfaces(render: &mut World) {
    // A picture belongs to its surface: it goes first.
    if let Some(mut windows) = render.get_resource_mut::<ExtractedWindows>() {
        windows.windows.clear();
    }
    if render.contains_resource::<WindowSurfaces>() {
        render.insert_resource(WindowSurfaces::default());
    }
}

/// Frames in a row for which a window that is drawn on has no picture.
#[derive(Debug)]
struct Misses {
    now: u32,
    patience: u32,
}

impl Default for Misses {
    fn default() -> Self {
        Self { now: 0, patience: PATIENCE_FRAMES }
    }
}

fn watch_surfaces(
    windows: Res<'_, ExtractedWindows>,
    cameras: Res<'_, SortedCameras>,
    mut misses: Local<'_, Misses>,
    mut commands: Commands<'_, '_>,
) {
    let is_drawn = |camera: &SortedCamera| matches!(camera.target, Some(NormalizedRenderTarget::Window(_)));
    let has_picture = windows.windows.values().all(|window| window.swap_chain_texture_view.is_some());
    if has_picture || !cameras.0.iter().any(is_drawn) {
        *misses = Misses::default();
        return;
    }
    misses.now += 1;
    if misses.now >= misses.patience {
        bevy::log::warn!("the window gives no picture to draw on; its surface is made anew");
        *misses = Misses { now: 0, patience: misses.patience.saturating_mul(2) };
        commands.queue(renew_surfaces);
    }
}

fn on_render_error(error: &RenderError, main: &mut World, render: &mut World) -> RenderErrorPolicy {
    let why = match error.ty {
        ErrorType::DeviceLost => match open_again(main) {
            Ok(creation) => {
                renew_surfaces(render);
                return RenderErrorPolicy::Recover(creation);
            }
            Err(error) => format!("the graphics device was lost, and {error}"),
        },
        _ => format!("the graphics system refused a command: {}", error.description),
    };
    bevy::log::error!("{why}");
    if let Some(ending) = main.get_resource::<Ending>() {
        ending.because(why);
    }
    main.write_message(AppExit::error());
    RenderErrorPolicy::StopRendering
}

/// A device in the lost one's place: on what draws in the window, else on what suits best.
fn open_again(main: &World) -> Result<RenderCreation, NoAdapter> {
    match main.get_resource::<Graphics>().map(|graphics| graphics.current().open()) {
        Some(Ok(creation)) => Ok(creation),
        // A driver that starts again may be another one.
        _ => Adapter::find(&GpuWish::default())?.open(),
    }
}
