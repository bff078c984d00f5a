//! Recovery from failures of the graphics device: a lost device is reopened, and all its resources are recreated. If it
//! is lost again, rejects a command or gives no pictures, the next adapter draws. If none is left, the window closes with a
//! message, and the list takes its place.
//!
//! Bevy recreates its own resources and uploads images again; the globe and the overlay do the same for theirs. The
//! surface of a window may be lost alone, when a driver or a display server restarts. That is not reported, but the
//! surface yields no more textures; then it is recreated, too.

use crate::app::{
    Adapter, CanBloom, GpuWish,
    graphics::{Graphics, OwnSurface, Target},
    window::end::{Ending, one_line},
};
use crate::{globe::forget_device, language::t};
use bevy::{
    camera::NormalizedRenderTarget,
    ecs::change_detection::Tick,
    prelude::*,
    render::{
        GpuResourceAppExt, Render, RenderApp, RenderSystems,
        camera::{SortedCamera, SortedCameras},
        error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy},
        render_resource::{PollType, SpecializedRenderPipelines},
        renderer::RenderDevice,
        settings::RenderCreation,
        view::{ExtractedWindows, WindowSurfaces},
    },
    window::PrimaryWindow,
};
use bevy_egui::render::{
    EguiPipeline,
    systems::{EguiRenderData, EguiTransforms},
};
use std::time::{Duration, Instant};

/// Time without a surface texture after which the surface counts as lost; doubles each time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Number of frames that must have begun in that time, so that a pause is none.
const LEAST_FRAMES: u32 = 8;

/// Number of times that a surface is recreated before another adapter is tried.
const MOST_RENEWALS: u32 = 3;

/// Marks a device that was closed because the surfaces of its adapter give no pictures.
#[derive(Resource)]
struct GivesNoPictures;

/// The device that is being replaced, by [`device_since`].
#[derive(Resource)]
struct Replaced(Option<Tick>);

/// Since when the device of the main world is there: a new device may reuse the numbers of the old one.
pub(in crate::app) fn device_since(main: &World) -> Option<Tick> {
    main.get_resource_ref::<RenderDevice>().map(|device| device.last_changed())
}

/// Whether the device of the main world is still one that has been lost.
pub(in crate::app) fn is_being_replaced(main: &World) -> bool {
    main.get_resource::<Replaced>().is_some_and(|replaced| replaced.0 == device_since(main))
}

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

/// Closes a device, which triggers the recovery: it is noticed only when the device is asked.
pub(super) fn destroy(device: &RenderDevice) {
    device.wgpu_device().destroy();
    drop(device.poll(PollType::wait_indefinitely()));
}

/// Closes the device because the surfaces of its adapter give no pictures. Must be called with the render world.
pub(in crate::app) fn give_up_surface(render: &mut World) {
    render.insert_resource(GivesNoPictures);
    if let Some(device) = render.get_resource::<RenderDevice>() {
        destroy(device);
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

/// Successive frames in which a visible window or background had no surface texture.
#[derive(Debug, Default)]
pub(in crate::app) struct Misses {
    /// Their number, since the surface was created.
    frames: u32,
    /// When the first of them began.
    since: Option<Instant>,
    /// Number of times that the surface was created again.
    renewed: u32,
}

impl Misses {
    /// Notes one more; whether there were too many.
    pub(in crate::app) fn is_one_too_many(&mut self, now: Instant) -> bool {
        self.frames += 1;
        let since = *self.since.get_or_insert(now);
        self.frames >= LEAST_FRAMES && now.saturating_duration_since(since) >= PATIENCE * (1 << self.renewed)
    }

    /// Whether creating the surface again has not helped.
    pub(in crate::app) fn is_in_vain(&self) -> bool {
        self.renewed == MOST_RENEWALS
    }

    /// The surface was created again.
    pub(in crate::app) fn renew(&mut self) {
        *self = Self { renewed: self.renewed + 1, ..Self::default() };
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
    if !misses.is_one_too_many(Instant::now()) {
        return;
    }
    if misses.is_in_vain() {
        *misses = Misses::default();
        commands.queue(give_up_surface);
    } else {
        bevy::log::warn!("the surface of the window gives no pictures; creating it again");
        misses.renew();
        commands.queue(renew_surfaces);
    }
}

fn on_render_error(error: &RenderError, main: &mut World, render: &mut World) -> RenderErrorPolicy {
    let has_no_pictures = render.remove_resource::<GivesNoPictures>().is_some();
    let is_lost = error.ty == ErrorType::DeviceLost && !has_no_pictures;
    match open_again(main, is_lost, has_no_pictures, &error.description) {
        Ok(creation) => {
            renew_surfaces(render);
            forget_device(render);
            main.insert_resource(Replaced(device_since(main)));
            RenderErrorPolicy::Recover(creation)
        }
        Err(why) => {
            bevy::log::error!("{why}");
            if let Some(ending) = main.get_resource::<Ending>() {
                ending.because(why);
            }
            main.write_message(AppExit::error());
            RenderErrorPolicy::StopRendering
        }
    }
}

/// A new device: on the current adapter if it was only lost, otherwise on the next one.
fn open_again(main: &mut World, is_lost: bool, has_no_pictures: bool, said: &str) -> Result<RenderCreation, String> {
    let target = match main.get_non_send::<OwnSurface>() {
        Some(own) => Target::Own(*own),
        None => Target::Window(main.query_filtered::<Entity, With<PrimaryWindow>>().iter(main).next()),
    };
    let is_replaced = is_being_replaced(main);
    let Some(mut graphics) = main.get_resource_mut::<Graphics>() else {
        // For pictures in files, what draws is decided once.
        if !is_lost && !is_replaced {
            return Err(format!("the graphics system rejected a command: {said}"));
        }
        let opened = Adapter::find(&GpuWish::default()).and_then(|adapter| adapter.open());
        return opened.map_err(|error| format!("the graphics device was lost, and {error}"));
    };
    let adapter = graphics.current().name.clone();
    let opened = if is_replaced {
        // What was still asked of the lost device.
        graphics.current().open().map_err(|error| format!("the graphics device was lost, and {error}"))
    } else if is_lost {
        graphics.open_again(target).map_err(|error| format!("the graphics device was lost, and {error}"))
    } else if has_no_pictures {
        let why = t!("graphics-no-pictures", adapter = adapter.as_str());
        // It may be the display that shows none, so that is no reason to close the window.
        let opened = graphics.step_down(why.clone(), target);
        opened.or_else(|_| graphics.current().open()).map_err(|error| format!("{why}, and {error}"))
    } else {
        let why = t!("graphics-rejected", adapter = adapter.as_str(), error = one_line(said));
        graphics.step_down(why.clone(), target).map_err(|_| why)
    };
    let creation = opened?;
    if graphics.take_is_new() {
        let can_bloom = CanBloom(graphics.current().has_bloom());
        let (quality, auto) = graphics.quality();
        main.insert_resource(can_bloom);
        main.insert_resource(quality);
        main.insert_resource(auto);
    }
    Ok(creation)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many seconds a surface counts as lost at a rate, each time.
    fn losses_s(frames_per_s: u32) -> Vec<u64> {
        let start = Instant::now();
        let (mut misses, mut losses) = (Misses::default(), Vec::new());
        for frame in 0.. {
            let at = Duration::from_secs(1) * frame / frames_per_s;
            if misses.is_one_too_many(start + at) {
                losses.push(at.as_secs());
                if misses.renewed == MOST_RENEWALS {
                    break;
                }
                misses.renew();
            }
        }
        losses
    }

    #[test]
    fn a_surface_without_pictures_is_given_up_after_the_same_time_at_any_rate() {
        assert_eq!(losses_s(60), [1, 3, 7, 15]);
        assert_eq!(losses_s(12), [1, 3, 7, 15]);
        assert!(losses_s(1).last() <= Some(&40), "{:?}", losses_s(1));
    }

    #[test]
    fn a_pause_is_no_loss() {
        let start = Instant::now();
        let mut misses = Misses::default();
        assert!(!misses.is_one_too_many(start) && !misses.is_one_too_many(start + Duration::from_hours(1)));
    }
}
