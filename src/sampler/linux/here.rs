//! The Linux implementation of [`super::super::system`], as used by the rest of the sampler.

use super::{netstat2::ByInode, proc_net::ProcNetSource, sock_diag::SockDiagSource};
use crate::sampler::{SamplerError, SocketSource, SourceSpec, portable::Netstat2Source};
use std::path::Path;

/// Sources of live connections, in fallback order.
pub(in crate::sampler) const SOURCES: &[SourceSpec] =
    &[SourceSpec::SockDiag, SourceSpec::Netstat2, SourceSpec::ProcNet];

/// The source `netstat2`.
pub(in crate::sampler) type Netstat2 = Netstat2Source<ByInode>;

/// The source `sock-diag`.
pub(in crate::sampler) fn open_sock_diag() -> Result<Box<dyn SocketSource>, SamplerError> {
    Ok(Box::new(SockDiagSource::open(Path::new("/proc"))?))
}

/// The source `proc-net`.
#[expect(clippy::unnecessary_wraps, reason = "other systems do not have it")]
pub(in crate::sampler) fn open_proc_net() -> Result<Box<dyn SocketSource>, SamplerError> {
    Ok(Box::new(ProcNetSource::open(Path::new("/proc"))))
}
