//! Sources on systems other than Linux: only the portable one.

use crate::sampler::{
    SamplerError, SocketSource, SourceKind, SourceSpec,
    portable::{Netstat2Source, by_pid::ByPid},
};

/// Sources of live connections, in fallback order.
pub(in crate::sampler) const SOURCES: &[SourceSpec] = &[SourceSpec::Netstat2];

/// The source `netstat2`.
pub(in crate::sampler) type Netstat2 = Netstat2Source<ByPid>;

/// Only on Linux.
pub(in crate::sampler) fn open_sock_diag() -> Result<Box<dyn SocketSource>, SamplerError> {
    Err(SamplerError::Unsupported { name: SourceKind::SockDiag.name() })
}

/// Only on Linux.
pub(in crate::sampler) fn open_proc_net() -> Result<Box<dyn SocketSource>, SamplerError> {
    Err(SamplerError::Unsupported { name: SourceKind::ProcNet.name() })
}
