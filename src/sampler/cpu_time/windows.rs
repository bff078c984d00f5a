//! CPU time on Windows, which counts it in ticks of its clock, 15.6 ms.

use std::time::Duration;
use windows_sys::Win32::{
    Foundation::FILETIME,
    System::Threading::{GetCurrentProcess, GetCurrentThread, GetProcessTimes, GetThreadTimes},
};

/// When it was created and has ended, and its times in the kernel and in the program.
type Times = [FILETIME; 4];

pub(super) fn thread() -> Option<Duration> {
    let [mut created, mut ended, mut kernel, mut user] = Times::default();
    // SAFETY: the handle always names the thread that calls; the pointers are to variables that outlive the call.
    #[expect(unsafe_code, reason = "no safe library reads the time of a thread")]
    let is_known = unsafe {
        GetThreadTimes(GetCurrentThread(), &raw mut created, &raw mut ended, &raw mut kernel, &raw mut user) != 0
    };
    is_known.then(|| duration(kernel) + duration(user))
}

pub(super) fn process() -> Option<Duration> {
    let [mut created, mut ended, mut kernel, mut user] = Times::default();
    // SAFETY: the handle always names this process; the pointers are to variables that outlive the call.
    #[expect(unsafe_code, reason = "no safe library reads the time of a process this precisely")]
    let is_known = unsafe {
        GetProcessTimes(GetCurrentProcess(), &raw mut created, &raw mut ended, &raw mut kernel, &raw mut user) != 0
    };
    is_known.then(|| duration(kernel) + duration(user))
}

/// A time in units of 100 ns.
fn duration(time: FILETIME) -> Duration {
    let units = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Duration::from_nanos(units.saturating_mul(100))
}
