//! The shaders, embedded in the program so that no file can be missing at run time.

use bevy::{
    asset::{Assets, Handle, uuid_handle},
    prelude::World,
    shader::Shader,
};

pub(super) const EARTH: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c01");
pub(super) const STARS: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c02");
pub(super) const ARCS: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c03");
pub(super) const DOTS: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c04");
pub(super) const OUTPUT: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c05");
pub(super) const RINGS: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c09");
pub(super) const SHAPES: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c0a");
const TONE: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c06");
const VIEW: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c07");
const LIT: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c0b");
const GREAT_CIRCLE: Handle<Shader> = uuid_handle!("7c1f3c0e-0d53-4b7a-9a55-2d4f5f0a6c08");

macro_rules! shader {
    ($handle:expr, $name:literal) => {
        ($handle, $name, include_str!(concat!("../../../shaders/", $name)))
    };
}

/// Registers all shaders.
pub(super) fn insert_shaders(world: &mut World) {
    let mut shaders = world.resource_mut::<Assets<Shader>>();
    for (handle, name, source) in [
        shader!(TONE, "tone.wgsl"),
        shader!(VIEW, "view.wgsl"),
        shader!(GREAT_CIRCLE, "great_circle.wgsl"),
        shader!(LIT, "lit.wgsl"),
        shader!(EARTH, "earth.wgsl"),
        shader!(STARS, "stars.wgsl"),
        shader!(ARCS, "arcs.wgsl"),
        shader!(DOTS, "dots.wgsl"),
        shader!(RINGS, "rings.wgsl"),
        shader!(SHAPES, "shapes.wgsl"),
        shader!(OUTPUT, "output.wgsl"),
    ] {
        if let Err(error) = shaders.insert(handle.id(), Shader::from_wgsl(source, name)) {
            bevy::log::error!("the shader {name} is not known to the renderer: {error}");
        }
    }
}
