//! What differs from system to system. It is chosen here, and nowhere else in the sampler.

#[cfg(not(target_os = "linux"))]
mod elsewhere;

#[cfg(not(target_os = "linux"))]
pub(super) use self::elsewhere::*;
#[cfg(target_os = "linux")]
pub(super) use super::linux::here::*;
