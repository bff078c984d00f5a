//! Watches a thread for system calls that may wait for a disk.
//!
//! The thread stops before each call (`ptrace`), other threads are not affected. Reports each call that names a file,
//! or reads, writes or syncs an open one, on any file system, except for `/proc`, `/sys`, `/dev`, standard output and
//! standard error. Page faults in mapped files are not system calls, and are not detected.

use nix_ptrace::{
    libc,
    sys::{
        ptrace::{self, Options},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

/// Result of a watch.
#[derive(Debug, Default)]
pub struct Seen {
    /// Number of system calls of all kinds.
    pub calls: usize,
    /// Those that may wait for a disk, each as its name and the file.
    pub disk: Vec<String>,
}

/// A watch of the main thread of a child process. Until it ends, nothing else may wait for that child.
#[derive(Debug)]
pub struct DiskWatch {
    is_over: Arc<AtomicBool>,
    watcher: JoinHandle<Result<Seen, String>>,
}

impl DiskWatch {
    /// Starts watching.
    ///
    /// # Errors
    /// Why programs cannot be traced on this system.
    pub fn of_main_thread(pid: u32) -> Result<Self, String> {
        let is_over = Arc::new(AtomicBool::new(false));
        let (sender, started) = sync_channel(1);
        let over = Arc::clone(&is_over);
        let watch = move || watch(Pid::from_raw(pid.cast_signed()), &sender, &over);
        let watcher = thread::Builder::new().name("disk-watch".to_owned()).spawn(watch).expect("a thread");
        match started.recv() {
            Ok(()) => Ok(Self { is_over, watcher }),
            Err(_) => Err(watcher.join().expect("no panic").expect_err("it did not start")),
        }
    }

    /// Stops watching at the thread's next system call; the program continues.
    pub fn end(self) -> Seen {
        self.is_over.store(true, Ordering::Relaxed);
        self.watcher.join().expect("no panic").expect("the program still runs")
    }
}

fn watch(pid: Pid, started: &SyncSender<()>, is_over: &AtomicBool) -> Result<Seen, String> {
    let text = |error: nix_ptrace::Error| error.to_string();
    ptrace::seize(pid, Options::PTRACE_O_TRACESYSGOOD).map_err(text)?;
    ptrace::interrupt(pid).map_err(text)?;
    let memory = File::open(format!("/proc/{pid}/mem")).map_err(|error| error.to_string())?;
    let mut seen = Seen::default();
    let mut is_started = false;
    loop {
        let mut signal = None;
        match waitpid(pid, Some(WaitPidFlag::__WALL)).map_err(text)? {
            WaitStatus::PtraceSyscall(_) => {
                if let Some(call) = Call::entered(pid).map_err(text)? {
                    seen.calls += 1;
                    seen.disk.extend(call.on_disk(pid, &memory));
                }
            }
            // Passed on to the program.
            WaitStatus::Stopped(_, received) => signal = Some(received),
            WaitStatus::PtraceEvent(..) => {}
            other => return Err(format!("{other:?}")),
        }
        if !is_started {
            is_started = true;
            started.send(()).map_err(|error| error.to_string())?;
        }
        if is_over.load(Ordering::Relaxed) {
            ptrace::detach(pid, signal).map_err(text)?;
            return Ok(seen);
        }
        ptrace::syscall(pid, signal).map_err(text)?;
    }
}

/// A system call that is about to run.
#[derive(Debug)]
struct Call {
    number: i64,
    arguments: [u64; 2],
}

impl Call {
    /// The call before which the thread has stopped; `None` after a call.
    #[cfg(target_arch = "x86_64")]
    fn entered(pid: Pid) -> nix_ptrace::Result<Option<Self>> {
        let registers = ptrace::getregs(pid)?;
        // Before a call, the result register contains ENOSYS.
        let is_entered = registers.rax.cast_signed() == -i64::from(libc::ENOSYS);
        let arguments = [registers.rdi, registers.rsi];
        Ok(is_entered.then(|| Self { number: registers.orig_rax.cast_signed(), arguments }))
    }

    #[cfg(target_arch = "aarch64")]
    fn entered(pid: Pid) -> nix_ptrace::Result<Option<Self>> {
        let registers = ptrace::getregset::<ptrace::regset::NT_PRSTATUS>(pid)?.regs;
        let arguments = [registers[0], registers[1]];
        Ok((registers[7] == 0).then(|| Self { number: registers[8].cast_signed(), arguments }))
    }

    /// The call and its file, if that may be on a disk.
    fn on_disk(&self, pid: Pid, memory: &File) -> Option<String> {
        let (name, kind) = kind_of(self.number)?;
        let text = |at: usize| text_at(memory, self.arguments[at]);
        let descriptor = self.arguments[0] as i32;
        let open_file = || fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).unwrap_or_default();
        let path = match kind {
            Kind::Path => PathBuf::from(text(0)),
            // An empty path means the open file itself.
            Kind::PathAt if descriptor == libc::AT_FDCWD => {
                fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default().join(text(1))
            }
            Kind::PathAt => open_file().join(text(1)),
            Kind::Open if [libc::STDOUT_FILENO, libc::STDERR_FILENO].contains(&descriptor) => return None,
            Kind::Open => open_file(),
            Kind::All => PathBuf::from("/"),
        };
        // Sockets, pipes and anonymous memory have names like `socket:[7]`.
        let is_file = !matches!(kind, Kind::Open) || path.is_absolute() && !path.starts_with("/memfd:");
        let is_virtual = ["/proc", "/sys", "/dev"].iter().any(|system| path.starts_with(Path::new(system)));
        (is_file && !is_virtual).then(|| format!("{name} {}", path.display()))
    }
}

/// Arguments of a system call.
#[derive(Clone, Copy)]
enum Kind {
    /// A path.
    Path,
    /// A directory, then a path relative to it.
    PathAt,
    /// An open file.
    Open,
    /// Affects all disks.
    All,
}

/// The calls that may wait for a disk.
fn kind_of(number: i64) -> Option<(&'static str, Kind)> {
    macro_rules! calls {
        ($($kind:ident: $($name:ident)*;)*) => {
            $($(if number == libc::$name { return Some((stringify!($name), Kind::$kind)); })*)*
        };
    }
    #[cfg(target_arch = "x86_64")]
    calls! {
        Path: SYS_open SYS_creat SYS_stat SYS_lstat SYS_access SYS_readlink SYS_rename SYS_unlink SYS_mkdir SYS_rmdir
            SYS_link SYS_symlink SYS_chmod SYS_chown;
        Open: SYS_getdents;
    }
    calls! {
        Path: SYS_truncate SYS_statfs SYS_chdir SYS_execve;
        PathAt: SYS_openat SYS_openat2 SYS_newfstatat SYS_statx SYS_faccessat SYS_faccessat2 SYS_readlinkat SYS_renameat
            SYS_renameat2 SYS_unlinkat SYS_mkdirat SYS_linkat SYS_fchmodat SYS_fchownat SYS_utimensat;
        Open: SYS_read SYS_pread64 SYS_readv SYS_preadv SYS_preadv2 SYS_write SYS_pwrite64 SYS_writev SYS_pwritev
            SYS_pwritev2 SYS_fsync SYS_fdatasync SYS_sync_file_range SYS_syncfs SYS_ftruncate SYS_fallocate SYS_getdents64
            SYS_copy_file_range SYS_sendfile SYS_flock;
        All: SYS_sync;
    }
    None
}

/// A string in the memory of a process.
fn text_at(memory: &File, at: u64) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 256];
    while bytes.len() < 4096 {
        // A mapping may end within a part; the read is then shorter.
        let Ok(read @ 1..) = memory.read_at(&mut part, at + bytes.len() as u64) else { break };
        match part[..read].iter().position(|byte| *byte == 0) {
            Some(end) => {
                bytes.extend(&part[..end]);
                break;
            }
            None => bytes.extend(&part[..read]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
