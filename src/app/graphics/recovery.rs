//! Recovery from failures of the graphics device: a lost device is reopened, and all its resources are recreated. Other
//! errors end the program with a message.
//!
//! Bevy recreates its own resources and uploads images again; the globe and the overlay do the same for theirs. The
//! surface of a window may be lost alone, when a driver or a display server restarts. That is not reported, but the
//! surface yields no more textures; then it is recreated, too.

use crate::app::{Adapter, GpuWish, NoAdapter, graphics::Graphics, window::end::Ending};
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

/// Number of frames without a surface texture after which the surface counts as lost; doubles each time.
const PATIENCE_FRAMES: u32 = 30;

/// Must be added after the plugin of `bevy_egui`.
pub(in crate::app) fn plugin(app: &mut App) {
    app.insert_resource(RenderErrorHandler(on_render_error));
    if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
        // Buffers and pipelines of the overlay belong to the lost device.
        render_app
            .init_gpu_resource::<SpecializedRenderPipelines<EguiPipeline>>()
            .init_gpu_resource::<EguiTransforms>()
            .init_gpu_resource::<EguiRenderData>()
            .add_systems(Render, watch_surfaces.in_set(RenderSystems::Prepare));
    }
}

/// Recreates the surfaces of all windows. Must be called with the render world.
pub fn renew_surfaces(render: &mut World) {
    // A texture belongs to its surface, so drop it first.
    if let Some(mut windows) = render.get_resource_mut::<ExtractedWindows>() {
        windows.windows.clear();
    }
    if render.contains_resource::<WindowSurfaces>() {
        render.insert_resource(WindowSurfaces::default());
    }
}

/// Number of successive frames in which a visible window had no surface texture.
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
        bevy::log::warn!("the surface of the window gives no pictures; creating it again");
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
        _ => format!("the graphics system rejected a command: {}", error.description),
    };
    bevy::log::error!("{why}");
    if let Some(ending) = main.get_resource::<Ending>() {
        ending.because(why);
    }
    main.write_message(AppExit::error());
    RenderErrorPolicy::StopRendering
}

/// A new device on the current adapter, or else on the best one.
fn open_again(main: &World) -> Result<RenderCreation, NoAdapter> {
    match main.get_resource::<Graphics>().map(|graphics| graphics.current().open()) {
        Some(Ok(creation)) => Ok(creation),
        // After a restart there may be another driver.
        _ => Adapter::find(&GpuWish::default())?.open(),
    }
}
