//! Stub.
use crate::{geodesy::LatLng, globe::spaces::CameraView}; use bevy::math::{DVec3, Vec2};
#[derive(Debug, Clone)] pub struct OrbitCamera { p: LatLng, d: f64 }
impl OrbitCamera { pub fn new(p: LatLng, d: f64) -> Self { Self {p,d} } pub fn step(&mut self, _d: f32) -> bool { false } pub fn is_acting(&self) -> bool { false } pub fn to_view(&self, v: Vec2, s: f32) -> CameraView { let u: DVec3 = self.p.to_unit(); CameraView::new(u, self.d, v, s) } }
