//! The rasterizer for comparing pictures: Mesa's lavapipe, which draws on the CPU and so is available on every machine.

use bevy::tasks::block_on;
use std::{ffi::OsString, fs, path::PathBuf, sync::LazyLock};
use wgpu::{Backends, DeviceType, Instance, InstanceDescriptor};

/// Directories where Vulkan loaders search for drivers.
const DRIVER_DIRECTORIES: [&str; 3] = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/// The installed lavapipe.
#[derive(Clone, Debug)]
pub struct Lavapipe {
    /// The driver file to which the Vulkan loader is restricted.
    pub driver_file: PathBuf,
    /// `llvmpipe (LLVM 15.0.6, 256 bits), Mesa 22.3.6 (LLVM 15.0.6)`.
    pub version: String,
}

static FOUND: LazyLock<Result<Lavapipe, String>> = LazyLock::new(find);

/// Lavapipe, or why pictures cannot be compared on this machine.
pub fn lavapipe() -> Result<&'static Lavapipe, &'static str> {
    FOUND.as_ref().map_err(String::as_str)
}

impl Lavapipe {
    /// Environment variables that restrict a program to this driver.
    pub fn environment(&self) -> [(&'static str, OsString); 3] {
        let file = self.driver_file.clone().into_os_string();
        [("VK_DRIVER_FILES", file.clone()), ("VK_ICD_FILENAMES", file), ("WGPU_BACKEND", OsString::from("vulkan"))]
    }
}

/// Environment variables with which a program finds no driver for Vulkan, and one for OpenGL that draws on the CPU; or why
/// there is none.
pub fn opengl() -> Result<[(&'static str, OsString); 3], &'static str> {
    let mut descriptor = InstanceDescriptor::new_without_display_handle();
    descriptor.backends = Backends::GL;
    let adapters = block_on(Instance::new(descriptor).enumerate_adapters(Backends::GL));
    if adapters.is_empty() {
        return Err("there is no driver for OpenGL (Debian, Ubuntu: apt install libegl1 libgl1-mesa-dri)");
    }
    let none = || OsString::from("/nonexistent");
    Ok([("VK_DRIVER_FILES", none()), ("VK_ICD_FILENAMES", none()), ("LIBGL_ALWAYS_SOFTWARE", OsString::from("1"))])
}

fn find() -> Result<Lavapipe, String> {
    let missing = "Mesa's lavapipe is not installed (Debian, Ubuntu: apt install mesa-vulkan-drivers)";
    let mut files: Vec<PathBuf> = DRIVER_DIRECTORIES
        .iter()
        .filter_map(|directory| fs::read_dir(directory).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd")))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    // On a multi-architecture machine, a 64-bit program cannot use the 32-bit driver.
    files.sort_by_key(|path| !path.to_string_lossy().contains(std::env::consts::ARCH));
    let driver_file = files.into_iter().next().ok_or(missing)?;
    let mut descriptor = InstanceDescriptor::new_without_display_handle();
    descriptor.backends = Backends::VULKAN;
    let adapters = block_on(Instance::new(descriptor).enumerate_adapters(Backends::VULKAN));
    let version = adapters
        .iter()
        .map(wgpu::Adapter::get_info)
        .find(|info| info.device_type == DeviceType::Cpu)
        .map(|info| format!("{}, {}", info.name, info.driver_info))
        .ok_or_else(|| format!("{} is there, but no driver answers", driver_file.display()))?;
    Ok(Lavapipe { driver_file, version })
}
