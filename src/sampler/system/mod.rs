//! Selects the system-specific parts of the sampler; no other module does.

#[cfg(not(target_os = "linux"))]
mod elsewhere;

#[cfg(not(target_os = "linux"))]
pub(super) use self::elsewhere::*;
#[cfg(target_os = "linux")]
pub(super) use super::linux::here::*;
