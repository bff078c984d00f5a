//! The console of Windows, and its message box.

use std::ptr::null_mut;
use windows_sys::Win32::{
    Storage::FileSystem::{FILE_TYPE_DISK, FILE_TYPE_PIPE, GetFileType},
    System::Console::{FreeConsole, GetConsoleMode, GetConsoleProcessList, GetStdHandle, STD_ERROR_HANDLE},
    UI::WindowsAndMessaging::{MB_ICONERROR, MB_OK, MessageBoxW},
};

/// See [`super::leave_own`].
pub(super) fn leave_own() {
    let mut processes = [0_u32; 2];
    // SAFETY: the list has room for as many numbers as the call is told. Nothing reads from or writes to the console
    // through handles of this program other than the standard ones, which the standard library treats as closed then.
    #[expect(unsafe_code, reason = "no safe library lets go of a console")]
    unsafe {
        // The number of processes, also if there is no room for all.
        if GetConsoleProcessList(processes.as_mut_ptr(), 2) == 1 {
            FreeConsole();
        }
    }
}

/// See [`super::is_seen`].
pub(super) fn is_seen() -> bool {
    let mut mode = 0;
    // SAFETY: the handle may be null or closed, which both calls report; the pointer is to a variable that outlives the call.
    #[expect(unsafe_code, reason = "the standard library does not tell a closed handle from a file")]
    unsafe {
        let handle = GetStdHandle(STD_ERROR_HANDLE);
        matches!(GetFileType(handle), FILE_TYPE_DISK | FILE_TYPE_PIPE) || GetConsoleMode(handle, &raw mut mode) != 0
    }
}

/// See [`super::show`].
pub(super) fn show(message: &str) {
    let wide = |text: &str| text.encode_utf16().filter(|unit| *unit != 0).chain([0]).collect::<Vec<u16>>();
    let (message, title) = (wide(message), wide("netglobe"));
    // SAFETY: both texts end with a zero and outlive the call.
    #[expect(unsafe_code, reason = "no safe library that is here already shows a message")]
    unsafe {
        MessageBoxW(null_mut(), message.as_ptr(), title.as_ptr(), MB_OK | MB_ICONERROR);
    }
}
