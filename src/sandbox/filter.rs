//! The filter of system calls: which are refused, and with which error.
//!
//! Refused are sockets of every family but AF_UNIX and AF_NETLINK, io_uring (which could open sockets without system calls),
//! and every call in the style of another architecture, among them x32, whose numbers are those of x86-64 with a bit more. A
//! refused call fails with EPERM; none ends the program, because libraries try things and go on without them.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter_all_threads,
};
use std::{collections::BTreeMap, env::consts::ARCH};

/// `EPERM`, errno(3).
const EPERM: u32 = 1;
/// `AF_UNIX` and `AF_NETLINK`, address_families(7).
const ALLOWED_FAMILIES: [u64; 2] = [1, 16];
/// The bit of x32 in the number of a system call, `__X32_SYSCALL_BIT`.
const X32: i64 = 0x4000_0000;
/// `BPF_RET | BPF_K`, `linux/bpf_common.h`.
const RETURN: u16 = 0x06;
/// `SECCOMP_RET_KILL_PROCESS`, `linux/seccomp.h`.
const KILL_PROCESS: u32 = 0x8000_0000;
/// `SECCOMP_RET_ERRNO`.
const FAIL: u32 = 0x0005_0000;

/// Numbers of system calls (syscalls(2)) of an architecture.
struct Calls {
    socket: i64,
    socketpair: i64,
}

/// `io_uring_setup`, `io_uring_enter`, `io_uring_register`: the same on all architectures.
const IO_URING: [i64; 3] = [425, 426, 427];

fn calls(arch: &str) -> Option<Calls> {
    match arch {
        "x86_64" => Some(Calls { socket: 41, socketpair: 53 }),
        "aarch64" | "riscv64" => Some(Calls { socket: 198, socketpair: 199 }),
        _ => None,
    }
}

/// Refuses sockets of the network in all threads.
pub(super) fn install() -> Result<(), String> {
    let program = program().ok_or_else(|| format!("there is no filter for {ARCH}"))??;
    apply_filter_all_threads(&program).map_err(|error| format!("the kernel refuses the filter: {error}"))
}

fn program() -> Option<Result<BpfProgram, String>> {
    let calls = calls(ARCH)?;
    Some(build(&calls).map_err(|error| format!("the filter cannot be built: {error}")))
}

fn build(calls: &Calls) -> Result<BpfProgram, seccompiler::BackendError> {
    let is_other = |family| SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family);
    let of_the_network = || -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
        let conditions = ALLOWED_FAMILIES.into_iter().map(is_other).collect::<Result<Vec<_>, _>>()?;
        Ok(vec![SeccompRule::new(conditions)?])
    };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in [calls.socket, calls.socketpair] {
        rules.insert(call, of_the_network()?);
        rules.insert(X32 | call, Vec::new());
    }
    for call in IO_URING {
        // Without conditions, always.
        rules.insert(call, Vec::new());
        rules.insert(X32 | call, Vec::new());
    }
    let filter =
        SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(EPERM), TargetArch::try_from(ARCH)?)?;
    let mut program: BpfProgram = filter.try_into()?;
    // The crate ends a program that makes a call in the style of another architecture: it fails instead.
    for step in &mut program {
        if step.code == RETURN && step.k == KILL_PROCESS {
            step.k = FAIL | EPERM;
        }
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_program_and_every_refusal_is_an_error() {
        let program = program().expect("a filter for this architecture").expect("it can be built");
        let returns: Vec<u32> = program.iter().filter(|step| step.code == RETURN).map(|step| step.k).collect();
        assert!(returns.contains(&(FAIL | EPERM)));
        assert!(returns.iter().all(|action| [FAIL | EPERM, 0x7fff_0000].contains(action)), "{returns:x?}");
    }
}
