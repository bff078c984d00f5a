//! Finds the graphics adapter before anything is built on it, so that a missing one is an error and not a panic.

use super::{
    OwnedDisplay,
    choice::{Candidate, GpuWish},
    ladder::Ladder,
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
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use wgpu::{
    AdapterInfo, Backend, BackendOptions, Backends, Device, DeviceDescriptor, DeviceType, ExperimentalFeatures,
    Instance, InstanceDescriptor, Queue, Trace,
};

/// Required by Bevy's bloom.
const BLOOM: WgpuFeatures = WgpuFeatures::RG11B10UFLOAT_RENDERABLE;

/// Size of the blocks in which memory is taken from the driver, bytes. What is larger has a block of its own, which is returned
/// with it; larger blocks are never returned, for the earth alone 100 MiB. Nor must they grow with their number: then a small
/// buffer keeps the block that a burst has left.
const MEMORY_BLOCK: u64 = 8 << 20;

/// How to get a driver.
const INSTALL: &str = if cfg!(windows) {
    "install the driver of the graphics card from its maker"
} else if cfg!(target_os = "macos") {
    "use macOS on a computer with Metal"
} else {
    "install a Vulkan driver (Debian, Ubuntu: apt install mesa-vulkan-drivers libvulkan1, which draws \
     without a graphics card, too)"
};
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
    /// A device that was opened to see whether that works, and is not in use.
    opened: Arc<Mutex<Option<(Device, Queue)>>>,
}

/// Why there is no adapter.
#[derive(Clone, Debug, thiserror::Error)]
#[error("nothing here can draw: {reason}; {remedy}; netglobe list works without graphics")]
pub struct NoAdapter {
    reason: String,
    remedy: String,
}

impl NoAdapter {
    pub(super) fn new(reason: String, remedy: String) -> Self {
        Self { reason, remedy }
    }

    /// The same, with what failed before.
    pub(super) fn after(self, failures: &[String]) -> Self {
        Self { reason: format!("{} ({})", self.reason, failures.join("; ")), ..self }
    }

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
    /// The best adapter for these preferences that can be opened; for pictures without a window.
    ///
    /// # Errors
    /// If there is none.
    pub fn find(wish: &GpuWish) -> Result<Self, NoAdapter> {
        Ladder::new(wish.clone(), None)?.next_that(|_| Ok(()))
    }

    fn new(instance: Instance, adapter: wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        Self {
            name: format!("{}, {}", info.name, interface_name(info.backend)),
            kind: match info.device_type {
                _ if candidate_of(&info).is_software() => AdapterKind::Software,
                DeviceType::DiscreteGpu => AdapterKind::Discrete,
                _ => AdapterKind::Integrated,
            },
            max_side_px: adapter.limits().max_texture_dimension_2d,
            max_buffer_bytes: WgpuLimits::default().max_buffer_size.min(adapter.limits().max_buffer_size),
            features: adapter.features() & (BLOOM | WgpuFeatures::TIMESTAMP_QUERY),
            instance,
            adapter,
            opened: Arc::default(),
        }
    }

    /// What matters for the choice.
    pub(super) fn candidate(&self) -> Candidate {
        candidate_of(&self.adapter.get_info())
    }

    /// Whether it is a driver that is known to crash while it draws; see [`is_unfinished`].
    pub(super) fn is_unfinished(&self) -> bool {
        let info = self.adapter.get_info();
        info.device_type == DeviceType::Cpu && info.backend == Backend::Vulkan && is_unfinished(&info.driver_info)
    }

    pub(super) fn is_opengl(&self) -> bool {
        self.candidate().is_opengl
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
        let kept = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (device, queue) = kept.map_or_else(|| self.open_device(), Ok)?;
        Ok(RenderCreation::manual(
            RenderDevice::from(device),
            RenderQueue(Arc::new(WgpuWrapper::new(queue))),
            RenderAdapterInfo(WgpuWrapper::new(self.adapter.get_info())),
            RenderAdapter(Arc::new(WgpuWrapper::new(self.adapter.clone()))),
            RenderInstance(Arc::new(WgpuWrapper::new(self.instance.clone()))),
        ))
    }

    /// Opens a device, for the next call of [`Self::open`].
    ///
    /// # Errors
    /// If the driver refuses.
    pub(super) fn try_to_open(&self) -> Result<(), NoAdapter> {
        let opened = self.open_device()?;
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        Ok(())
    }

    fn open_device(&self) -> Result<(Device, Queue), NoAdapter> {
        let limits = WgpuLimits { max_texture_dimension_2d: self.max_side_px, ..WgpuLimits::default() };
        let descriptor = DeviceDescriptor {
            label: None,
            required_features: self.features,
            // Accept lower limits: an error is reported when a limit is exceeded.
            required_limits: limits.or_worse_values_from(&self.adapter.limits()),
            experimental_features: ExperimentalFeatures::disabled(),
            memory_hints: MemoryHints::Manual { suballocated_device_memory_block_size: MEMORY_BLOCK..MEMORY_BLOCK },
            trace: Trace::Off,
        };
        let opened = block_on(self.adapter.request_device(&descriptor)).map_err(|error| NoAdapter {
            reason: format!("{} cannot be opened: {error}", self.name),
            remedy: "update the graphics driver".to_owned(),
        })?;
        IS_OPEN.store(true, Ordering::SeqCst);
        std::mem::forget(opened.clone());
        Ok(opened)
    }
}

/// The adapters of these interfaces; none if there are none.
pub(super) fn adapters_of(backends: Backends, display: Option<OwnedDisplay>) -> Vec<Adapter> {
    let descriptor = match display {
        Some(display) => InstanceDescriptor::new_with_display_handle(Box::new(display)),
        None => InstanceDescriptor::new_without_display_handle(),
    };
    let instance = Instance::new(InstanceDescriptor {
        backends,
        flags: WgpuSettings::default().instance_flags,
        backend_options: BackendOptions::from_env_or_default(),
        ..descriptor
    });
    let found = block_on(instance.enumerate_adapters(backends));
    found.into_iter().map(|adapter| Adapter::new(instance.clone(), adapter)).collect()
}

fn candidate_of(info: &AdapterInfo) -> Candidate {
    Candidate { name: info.name.clone(), kind: info.device_type, is_opengl: info.backend == Backend::Gl }
}

/// Whether this is Mesa before 21, whose Vulkan on the CPU says of itself that it is for testing only, and crashes: that of
/// Debian 11 has 20.3. Such a crash ends the program, so it must not be tried.
fn is_unfinished(driver_info: &str) -> bool {
    let version = driver_info.strip_prefix("Mesa ").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    version.is_some_and(|major| major < 21)
}

/// The usual name of a graphics interface.
fn interface_name(backend: Backend) -> &'static str {
    match backend {
        Backend::Vulkan => "Vulkan",
        Backend::Metal => "Metal",
        Backend::Dx12 => "DirectX 12",
        Backend::Gl => "OpenGL",
        Backend::BrowserWebGpu => "WebGPU",
        Backend::Noop => "none",
    }
}

/// Ends the process if a device was opened, without closing it: some drivers crash when closing a device. Must be
/// called last.
pub fn leave(is_failure: bool) {
    if IS_OPEN.load(Ordering::SeqCst) {
        environment::end_process(is_failure);
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

pub(super) fn none_wished(wish: &GpuWish, candidates: &[Candidate]) -> NoAdapter {
    let names: Vec<&str> = candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    let (reason, variable) = match &wish.name {
        Some(name) => {
            (format!("WGPU_ADAPTER_NAME is {name:?}, and here are {}", names.join("; ")), "WGPU_ADAPTER_NAME")
        }
        None => ("no driver draws on the CPU".to_owned(), "WGPU_FORCE_FALLBACK_ADAPTER"),
    };
    NoAdapter { reason, remedy: format!("unset {variable}") }
}

#[cfg(test)]
mod tests {
    use super::is_unfinished;

    #[test]
    fn mesa_before_21_is_unfinished_and_what_tells_no_version_is_not() {
        for (driver, expected) in [
            ("Mesa 20.3.5 (LLVM 11.0.1)", true),
            ("Mesa 21.0.0", false),
            ("Mesa 22.3.6 (LLVM 15.0.6)", false),
            ("Mesa 25.0.7-2 (LLVM 19.1.7)", false),
            ("535.183.01", false),
            ("", false),
        ] {
            assert_eq!(is_unfinished(driver), expected, "{driver}");
        }
    }
}
