//! Memory that the allocator has given out.

/// Bytes that are in use, up to 4 GiB (mallinfo(3)); `None` with other allocators than that of glibc.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(clippy::unnecessary_wraps, reason = "other allocators do not tell")]
pub(super) fn in_use_bytes() -> Option<u64> {
    // SAFETY: the call has no parameters and returns a copy of counters.
    #[expect(unsafe_code, reason = "the standard library does not tell")]
    let info = unsafe { nix::libc::mallinfo() };
    // Counters of this interface are 32 bits wide, but not signed.
    let [blocks, mapped] = [info.uordblks, info.hblkhd].map(|count| u64::from(count.cast_unsigned()));
    Some(blocks + mapped)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn in_use_bytes() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn what_is_allocated_is_counted() {
        let before = super::in_use_bytes().expect("glibc");
        let large = std::hint::black_box(vec![1_u8; 300 << 20]);
        let after = super::in_use_bytes().expect("glibc");
        assert!(after.saturating_sub(before) > 200 << 20, "{before} {after} {}", large.len());
    }
}
