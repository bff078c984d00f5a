//! Runs a program and notes of which families it, its threads and its children try to open sockets, and whether they try
//! to load something into the kernel (`ptrace`).

use nix_ptrace::{
    errno::Errno,
    libc,
    sys::{
        ptrace::{self, Options},
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use std::{collections::BTreeSet, panic, process::Command, thread};

/// What a program tried.
#[derive(Debug, Default)]
pub struct Tried {
    /// Number of system calls.
    pub calls: usize,
    /// Families of sockets, address_families(7); -1 for io_uring.
    pub families: BTreeSet<i32>,
    /// Calls that load code into the kernel, or listen to events in it.
    pub in_kernel: BTreeSet<&'static str>,
}

/// Calls that load code into the kernel (eBPF, modules), or listen to events in it.
pub const IN_KERNEL: [(i64, &str); 5] = [
    (libc::SYS_bpf, "bpf"),
    (libc::SYS_init_module, "init_module"),
    (libc::SYS_finit_module, "finit_module"),
    (libc::SYS_delete_module, "delete_module"),
    (libc::SYS_perf_event_open, "perf_event_open"),
];

/// Runs `command` to its end. `meanwhile` is called with its ID, from another thread.
///
/// # Errors
/// Why programs cannot be traced on this system.
pub fn run(command: &Command, meanwhile: impl FnOnce(u32) + Send + 'static) -> Result<Tried, String> {
    // It stops until it is traced.
    let mut stopped = Command::new("sh");
    stopped.args(["-c", "kill -STOP $$; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => stopped.env(name, value),
            None => stopped.env_remove(name),
        };
    }
    // Only the thread that traces may wait, and only for its own children.
    let trace = move || {
        let mut child = stopped.spawn().map_err(|error| error.to_string())?;
        let id = child.id();
        let outcome = follow(Pid::from_raw(id.cast_signed()), move || meanwhile(id));
        if outcome.is_err() {
            // Nobody else ends it.
            child.kill().unwrap_or_default();
            child.wait().ok();
        }
        outcome
    };
    thread::Builder::new().name("trace".to_owned()).spawn(trace).expect("a thread").join().expect("no panic")
}

fn follow(pid: Pid, meanwhile: impl FnOnce() + Send + 'static) -> Result<Tried, String> {
    let text = |error: Errno| error.to_string();
    let own = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
    match waitpid(pid, Some(own | WaitPidFlag::WUNTRACED)).map_err(text)? {
        WaitStatus::Stopped(_, Signal::SIGSTOP) => {}
        other => return Err(format!("{other:?}")),
    }
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    ptrace::seize(pid, options).map_err(text)?;
    kill(pid, Signal::SIGCONT).map_err(text)?;
    let act = move || {
        let outcome = panic::catch_unwind(panic::AssertUnwindSafe(meanwhile));
        if let Err(why) = outcome {
            // Nobody else ends it.
            kill(pid, Signal::SIGKILL).ok();
            panic::resume_unwind(why);
        }
    };
    let other = thread::Builder::new().name("meanwhile".to_owned()).spawn(act).expect("a thread");
    let mut tried = Tried::default();
    loop {
        let (at, signal) = match waitpid(None, Some(own)) {
            Ok(WaitStatus::PtraceSyscall(at)) => {
                tried.note(at);
                (at, None)
            }
            // Passed on to the program.
            Ok(WaitStatus::Stopped(at, signal)) => (at, Some(signal)),
            Ok(WaitStatus::PtraceEvent(at, ..)) => (at, None),
            Ok(_) => continue,
            // All have ended.
            Err(Errno::ECHILD) => break,
            Err(error) => return Err(error.to_string()),
        };
        match ptrace::syscall(at, signal) {
            // It may have been killed.
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    other.join().expect("no panic");
    Ok(tried)
}

impl Tried {
    fn note(&mut self, pid: Pid) {
        let Some((number, first)) = entered(pid) else { return };
        self.calls += 1;
        if [libc::SYS_socket, libc::SYS_socketpair].contains(&number) {
            self.families.insert(first as i32);
        }
        if number == libc::SYS_io_uring_setup {
            self.families.insert(-1);
        }
        self.in_kernel.extend(IN_KERNEL.iter().filter(|(call, _)| *call == number).map(|(_, name)| *name));
    }
}

/// Number and first argument of the call before which the thread has stopped; `None` after a call.
#[cfg(target_arch = "x86_64")]
fn entered(pid: Pid) -> Option<(i64, u64)> {
    let registers = ptrace::getregs(pid).ok()?;
    // Before a call, the result register contains ENOSYS.
    let is_entered = registers.rax.cast_signed() == -i64::from(libc::ENOSYS);
    is_entered.then(|| (registers.orig_rax.cast_signed(), registers.rdi))
}

#[cfg(target_arch = "aarch64")]
fn entered(pid: Pid) -> Option<(i64, u64)> {
    let registers = ptrace::getregset::<ptrace::regset::NT_PRSTATUS>(pid).ok()?.regs;
    (registers[7] == 0).then(|| (registers[8].cast_signed(), registers[0]))
}
