//! What systems have that are not Linux: what works everywhere, and nothing else.

use crate::sampler::{
    SamplerError, SocketSource, SourceKind, SourceSpec,
    portable::{Netstat2Source, by_pid::ByPid},
};

/// The sources of real connections, in the order in which they take over from each other.
pub(in crate::sampler) const SOURCES: &[SourceSpec] = &[SourceSpec::Netstat2];

/// The source `netstat2`.
pub(in crate::sampler) type Netstat2 = Netstat2Source<ByPid>;

/// Linux's alone.
pub(in crate::sampler) fn open_sock_diag() -> Result<Box<dyn SocketSource>, SamplerError> {
    Err(SamplerError::Unsupported { name: SourceKind::SockDiag.name() })
}

/// Linux's alone.
pub(in crate::sampler) fn open_proc_net() -> Result<Box<dyn SocketSource>, SamplerError> {
    Err(SamplerError::Unsupported { name: SourceKind::ProcNet.name() })
}
