//! Which adapter will draw, asked before anything is built on it: without one there is a sentence, not a panic.

use crate::globe::quality::AdapterKind;
use bevy::{
    render::settings::{Backends, MemoryHints, WgpuFeatures, WgpuLimits, WgpuSettings, WgpuSettingsPriority},
    tasks::block_on,
};
use wgpu::{DeviceType, Instance, InstanceDescriptor, PowerPreference, RequestAdapterError, RequestAdapterOptions};

/// Graphics that this program can draw with.
const BACKENDS: Backends = Backends::VULKAN.union(Backends::METAL).union(Backends::DX12);

/// Without this, what Bevy's bloom is drawn on cannot be made.
const BLOOM: WgpuFeatures = WgpuFeatures::RG11B10UFLOAT_RENDERABLE;

/// The adapter that draws.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// Its name and the interface, `llvmpipe (LLVM 15.0.7, 256 bits), Vulkan`.
    pub name: String,
    /// What it is.
    pub kind: AdapterKind,
    /// Longest side of a picture, px.
    pub max_side_px: u32,
    /// Largest buffer, bytes: what a picture is read back through.
    pub max_buffer_bytes: u64,
    features: WgpuFeatures,
}

/// Why nothing can be drawn.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "nothing here can draw: {0}; install a Vulkan driver (Debian, Ubuntu: apt install mesa-vulkan-drivers, which draws \
     without a graphics card, too); netglobe list needs none"
)]
pub struct NoAdapter(String);

impl NoAdapter {
    /// What is wrong, without what to do.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0
    }
}

impl Adapter {
    /// Asks the system for the adapter that Bevy will take.
    ///
    /// # Errors
    /// When there is none.
    pub fn find() -> Result<Self, NoAdapter> {
        let mut descriptor = InstanceDescriptor::new_without_display_handle();
        descriptor.backends = backends();
        let instance = Instance::new(descriptor);
        let options =
            RequestAdapterOptions { power_preference: PowerPreference::HighPerformance, ..Default::default() };
        let adapter = block_on(instance.request_adapter(&options)).map_err(|error| NoAdapter(reason(&error)))?;
        let info = adapter.get_info();
        Ok(Self {
            name: format!("{}, {:?}", info.name, info.backend),
            kind: match info.device_type {
                DeviceType::Cpu => AdapterKind::Software,
                DeviceType::DiscreteGpu => AdapterKind::Discrete,
                _ => AdapterKind::Integrated,
            },
            max_side_px: adapter.limits().max_texture_dimension_2d,
            max_buffer_bytes: WgpuLimits::default().max_buffer_size.min(adapter.limits().max_buffer_size),
            features: adapter.features() & (BLOOM | WgpuFeatures::TIMESTAMP_QUERY),
        })
    }

    /// Whether it can draw on what Bevy's bloom is drawn on.
    #[must_use]
    pub(super) fn has_bloom(&self) -> bool {
        self.features.contains(BLOOM)
    }

    /// What Bevy is to ask of it: no more than is used.
    #[must_use]
    pub(super) fn settings(&self) -> WgpuSettings {
        WgpuSettings {
            backends: Some(backends()),
            priority: WgpuSettingsPriority::WebGPU,
            features: self.features,
            // Large blocks for small needs: what lay in them once stays theirs, 100 MiB for the earth alone.
            memory_hints: MemoryHints::MemoryUsage,
            limits: WgpuLimits { max_texture_dimension_2d: self.max_side_px, ..WgpuLimits::default() },
            ..WgpuSettings::default()
        }
    }
}

/// What went wrong, without the long list of interfaces that nobody asked for.
fn reason(error: &RequestAdapterError) -> String {
    match error {
        RequestAdapterError::NotFound { .. } => "no graphics driver was found that works".to_owned(),
        other => other.to_string(),
    }
}

/// The usual ones, or those that the variable `WGPU_BACKEND` names.
fn backends() -> Backends {
    Backends::from_env().unwrap_or(BACKENDS)
}
