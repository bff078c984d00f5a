//! What happens when the graphics device fails: one that is lost is asked for again, and everything that lay in its
//! memory is made anew; anything else ends the program with a word.
//!
//! Bevy makes its own things anew, and sends images again; the globe and the overlay must do so for theirs.

use super::Adapter;
use bevy::{
    prelude::*,
    render::{
        GpuResourceAppExt, RenderApp,
        error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy},
        render_resource::SpecializedRenderPipelines,
        settings::RenderCreation,
    },
};
use bevy_egui::render::{
    EguiPipeline,
    systems::{EguiRenderData, EguiTransforms},
};

/// To be added after the overlay's own plugin.
pub(super) fn plugin(app: &mut App) {
    app.insert_resource(RenderErrorHandler(on_render_error));
    if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
        // Buffers and pipelines that the overlay keeps by itself belong to the device that is gone.
        render_app
            .init_gpu_resource::<SpecializedRenderPipelines<EguiPipeline>>()
            .init_gpu_resource::<EguiTransforms>()
            .init_gpu_resource::<EguiRenderData>();
    }
}

fn on_render_error(error: &RenderError, main: &mut World, _render: &mut World) -> RenderErrorPolicy {
    match error.ty {
        ErrorType::DeviceLost => match Adapter::find() {
            Ok(adapter) => RenderErrorPolicy::Recover(RenderCreation::Automatic(Box::new(adapter.settings()))),
            Err(error) => {
                bevy::log::error!("the graphics device was lost, and {error}");
                main.write_message(AppExit::error());
                RenderErrorPolicy::StopRendering
            }
        },
        _ => {
            bevy::log::error!("the graphics system refused a command: {}", error.description);
            main.write_message(AppExit::error());
            RenderErrorPolicy::StopRendering
        }
    }
}
