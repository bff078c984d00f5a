//! The rights of a file on Windows: a protected list (DACL) with the user in it, and nobody else.

use std::{
    io,
    os::windows::ffi::{OsStrExt, OsStringExt},
    path::Path,
    ptr::null_mut,
};
use windows_sys::Win32::{
    Foundation::{CloseHandle, ERROR_ACCESS_DENIED, ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED, HANDLE, LocalFree},
    Security::{
        Authorization::{
            ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
        },
        DACL_SECURITY_INFORMATION, GetTokenInformation, PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR,
        SetFileSecurityW, TOKEN_QUERY, TOKEN_USER, TokenUser,
    },
    System::Threading::{GetCurrentProcess, OpenProcessToken},
};

/// See [`super::keep_from_others`].
pub(super) fn keep_from_others(path: &Path) -> io::Result<()> {
    let for_children = if path.metadata()?.is_dir() { "OICI" } else { "" };
    let user = user()?;
    // Security Descriptor Definition Language: protected; everything is allowed to the user.
    set_rights(path, &format!("D:P(A;{for_children};FA;;;{user})"))
}

/// The security identifier of the user who runs the program, such as `S-1-5-21-1-2-3-1001`.
fn user() -> io::Result<String> {
    // Aligned for what is read from it; a TOKEN_USER and the longest identifier have less than 100 bytes.
    let mut buffer = [0_u64; 32];
    let mut token: HANDLE = null_mut();
    let mut text: *mut u16 = null_mut();
    // SAFETY: all pointers are to variables that live until the calls return; the token is closed once, after its last
    // use; the identifier points into the buffer, which outlives its use; the text ends with a zero, is read before it
    // is freed, and is freed once, by the function that is meant for it.
    #[expect(unsafe_code, reason = "Windows tells its users to no library that is safe")]
    unsafe {
        if OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) == 0 {
            return Err(io::Error::last_os_error());
        }
        let mut length = 0;
        let size = size_of_val(&buffer) as u32;
        let is_known = GetTokenInformation(token, TokenUser, buffer.as_mut_ptr().cast(), size, &raw mut length) != 0;
        let error = io::Error::last_os_error();
        CloseHandle(token);
        if !is_known {
            return Err(error);
        }
        let identifier = (*buffer.as_ptr().cast::<TOKEN_USER>()).User.Sid;
        if ConvertSidToStringSidW(identifier, &raw mut text) == 0 {
            return Err(io::Error::last_os_error());
        }
        let length = (0..).take_while(|&index| *text.add(index) != 0).count();
        let user = std::ffi::OsString::from_wide(std::slice::from_raw_parts(text, length));
        LocalFree(text.cast());
        Ok(user.to_string_lossy().into_owned())
    }
}

/// Gives a file or directory the rights that `words` describe. What is in a directory already keeps its own.
fn set_rights(path: &Path, words: &str) -> io::Result<()> {
    let words: Vec<u16> = words.encode_utf16().chain([0]).collect();
    let path: Vec<u16> = std::path::absolute(path)?.as_os_str().encode_wide().chain([0]).collect();
    let mut descriptor: PSECURITY_DESCRIPTOR = null_mut();
    // SAFETY: both texts end with a zero and outlive the calls; the other pointer is to a variable that does; the
    // descriptor is freed once, after its last use.
    #[expect(unsafe_code, reason = "no safe library sets rights on Windows")]
    let error = unsafe {
        let (words, made) = (words.as_ptr(), &raw mut descriptor);
        if ConvertStringSecurityDescriptorToSecurityDescriptorW(words, SDDL_REVISION_1, made, null_mut()) == 0 {
            return Err(io::Error::last_os_error());
        }
        let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
        let error = (SetFileSecurityW(path.as_ptr(), what, descriptor) == 0).then(io::Error::last_os_error);
        LocalFree(descriptor);
        error
    };
    // It belongs to another user; or this is a FAT volume or a share, where files have no rights.
    let is_harmless = |error: &io::Error| {
        let code = error.raw_os_error().map(|code| code as u32);
        matches!(code, Some(ERROR_ACCESS_DENIED | ERROR_INVALID_FUNCTION | ERROR_NOT_SUPPORTED))
    };
    error.filter(|error| !is_harmless(error)).map_or(Ok(()), Err)
}
