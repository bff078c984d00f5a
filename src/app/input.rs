//! Stub.
use bevy::prelude::*;
/// .
#[derive(Resource)] pub struct Sampler(pub crate::sampler::SamplerHandle);
pub fn plugin(_app: &mut App) {}
