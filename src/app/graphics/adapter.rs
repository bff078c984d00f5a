//! Finds the graphics adapter before anything is built on it, so that a missing one is an error and not a panic.

use super::{
    backends::backends,
    choice::{Candidate, GpuWish},
};
use crate::{app::window::environment, globe::quality::AdapterKind};
use bevy::{
    render::{
        renderer::{RenderAdapter, RenderAdapterInfo, RenderDevice, RenderInstance, RenderQueue, WgpuWrapper},
        settings::{MemoryHints, RenderCreation, WgpuFeatures, WgpuLimits, WgpuSettings},
    },
    tasks::block_on,
};
use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use wgpu::{
    BackendOptions, DeviceDescriptor, DeviceType, ExperimentalFeatures, Instance, InstanceDescriptor,
    RequestAdapterError, RequestAdapterOptions, Trace,
};

/// Required by Bevy's bloom.
const BLOOM: WgpuFeatures = WgpuFeatures::RG11B10UFLOAT_RENDERABLE;

/// How to get a Vulkan driver.
const INSTALL: &str = "install a Vulkan driver (Debian, Ubuntu: apt install mesa-vulkan-drivers, which draws without a \
                       graphics card, too)";
/// Whether a device has been opened.
static IS_OPEN: AtomicBool = AtomicBool::new(false);
/// Environment variables that tell the Vulkan loader which drivers to use.
const DRIVER_VARIABLES: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/// An adapter that can draw.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// Name and graphics API, such as `llvmpipe (LLVM 15.0.7, 256 bits), Vulkan`.
    pub name: String,
    /// Its kind.
    pub kind: AdapterKind,
    /// Maximum side of a picture, px.
    pub max_side_px: u32,
    /// Maximum size of a buffer, bytes; limits the size of pictures.
    pub max_buffer_bytes: u64,
    features: WgpuFeatures,
    pub(in crate::app) instance: Instance,
    pub(in crate::app) adapter: wgpu::Adapter,
}

/// Why there is no adapter.
#[derive(Clone, Debug, thiserror::Error)]
#[error("nothing here can draw: {reason}; {remedy}; netglobe list works without graphics")]
pub struct NoAdapter {
    reason: String,
    remedy: String,
}

impl NoAdapter {
    /// What is wrong.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl Adapter {
    /// The best adapter for these preferences.
    ///
    /// # Errors
    /// If there is none.
    pub fn find(wish: &GpuWish) -> Result<Self, NoAdapter> {
        // The list is never empty.
        Self::all(wish)?.into_iter().next().ok_or_else(nothing_installed)
    }

    /// All adapters that match these preferences, the best first; at least one.
    ///
    /// # Errors
    /// If there is none.
    pub(in crate::app) fn all(wish: &GpuWish) -> Result<Vec<Self>, NoAdapter> {
        let variable = env::var("WGPU_BACKEND").ok();
        let backends = backends(variable.as_deref(), Instance::enabled_backend_features())
            .map_err(|(reason, remedy)| NoAdapter { reason, remedy })?;
        let settings = WgpuSettings::default();
        let instance = Instance::new(InstanceDescriptor {
            backends,
            flags: settings.instance_flags,
            backend_options: BackendOptions::from_env_or_default(),
            ..InstanceDescriptor::new_without_display_handle()
        });
        let mut found = block_on(instance.enumerate_adapters(backends));
        if found.is_empty() {
            // The error of this request says more about what is missing.
            let asked = block_on(instance.request_adapter(&RequestAdapterOptions::default()));
            found.push(asked.map_err(|error| why_none(&error))?);
        }
        let candidates: Vec<Candidate> = found
            .iter()
            .map(wgpu::Adapter::get_info)
            .map(|info| Candidate { name: info.name, kind: info.device_type })
            .collect();
        let order = wish.order(&candidates);
        if order.is_empty() {
            return Err(none_wished(wish, &candidates));
        }
        Ok(order.into_iter().map(|index| Self::new(instance.clone(), found[index].clone())).collect())
    }

    fn new(instance: Instance, adapter: wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        Self {
            name: format!("{}, {:?}", info.name, info.backend),
            kind: match info.device_type {
                DeviceType::Cpu => AdapterKind::Software,
                DeviceType::DiscreteGpu => AdapterKind::Discrete,
                _ => AdapterKind::Integrated,
            },
            max_side_px: adapter.limits().max_texture_dimension_2d,
            max_buffer_bytes: WgpuLimits::default().max_buffer_size.min(adapter.limits().max_buffer_size),
            features: adapter.features() & (BLOOM | WgpuFeatures::TIMESTAMP_QUERY),
            instance,
            adapter,
        }
    }

    /// Whether it supports the texture format of bloom.
    #[must_use]
    pub(in crate::app) fn has_bloom(&self) -> bool {
        self.features.contains(BLOOM)
    }

    /// Opens a device for Bevy, with the required features and limits.
    ///
    /// The device stays open until the process ends, see [`leave`].
    ///
    /// # Errors
    /// If the driver refuses.
    pub(in crate::app) fn open(&self) -> Result<RenderCreation, NoAdapter> {
        let limits = WgpuLimits { max_texture_dimension_2d: self.max_side_px, ..WgpuLimits::default() };
        let descriptor = DeviceDescriptor {
            label: None,
            required_features: self.features,
            // Accept lower limits: an error is reported when a limit is exceeded.
            required_limits: limits.or_worse_values_from(&self.adapter.limits()),
            experimental_features: ExperimentalFeatures::disabled(),
            // Saves memory: larger blocks are never returned, for the earth alone 100 MiB.
            memory_hints: MemoryHints::MemoryUsage,
            trace: Trace::Off,
        };
        let (device, queue) = block_on(self.adapter.request_device(&descriptor)).map_err(|error| NoAdapter {
            reason: format!("{} cannot be opened: {error}", self.name),
            remedy: "update the graphics driver".to_owned(),
        })?;
        IS_OPEN.store(true, Ordering::SeqCst);
        std::mem::forget((device.clone(), queue.clone()));
        Ok(RenderCreation::manual(
            RenderDevice::from(device),
            RenderQueue(Arc::new(WgpuWrapper::new(queue))),
            RenderAdapterInfo(WgpuWrapper::new(self.adapter.get_info())),
            RenderAdapter(Arc::new(WgpuWrapper::new(self.adapter.clone()))),
            RenderInstance(Arc::new(WgpuWrapper::new(self.instance.clone()))),
        ))
    }
}

/// Ends the process if a device was opened, without closing it: some drivers crash when closing a device. Must be
/// called last.
pub fn leave(is_failure: bool) {
    if IS_OPEN.load(Ordering::SeqCst) {
        environment::end_process(is_failure);
    }
}

/// Short reason why there is no adapter.
fn why_none(error: &RequestAdapterError) -> NoAdapter {
    match error {
        RequestAdapterError::NotFound { active_backends, .. }
            if active_backends.is_empty() && cfg!(target_os = "linux") =>
        {
            // The error is the same for a missing driver and a missing loader.
            let NoAdapter { reason, remedy } = nothing_installed();
            NoAdapter { reason: format!("{reason}, or the Vulkan loader (libvulkan.so.1) is missing"), remedy }
        }
        RequestAdapterError::NotFound { .. } => nothing_installed(),
        other => NoAdapter { reason: other.to_string(), remedy: INSTALL.to_owned() },
    }
}

pub(super) fn nothing_installed() -> NoAdapter {
    let named = DRIVER_VARIABLES.into_iter().find(|name| env::var_os(name).is_some());
    let remedy = named.map_or_else(
        || INSTALL.to_owned(),
        |name| format!("unset {name}, since no other driver is tried, or {INSTALL}"),
    );
    NoAdapter { reason: "no graphics driver was found that works".to_owned(), remedy }
}

fn none_wished(wish: &GpuWish, candidates: &[Candidate]) -> NoAdapter {
    let names: Vec<&str> = candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    let (reason, variable) = match &wish.name {
        Some(name) => {
            (format!("WGPU_ADAPTER_NAME is {name:?}, and here are {}", names.join("; ")), "WGPU_ADAPTER_NAME")
        }
        None => ("no driver draws on the CPU".to_owned(), "WGPU_FORCE_FALLBACK_ADAPTER"),
    };
    NoAdapter { reason, remedy: format!("unset {variable}") }
}
