//! How the allocator keeps what the server frees.

/// Lets all threads allocate from one arena. glibc gives each new thread one of its own, which stays, and stays touched, when the
/// thread is gone: with 16 panes that flooded in turn 5 MiB that hold nothing. What threads beside the loop allocate are few large
/// buffers, so they hardly wait for each other. To be called before the first thread starts.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator's settings are a C function")]
pub fn use_one_arena() {
    /// `M_ARENA_MAX` of glibc's malloc.h.
    const ARENA_MAX: std::ffi::c_int = -8;
    unsafe extern "C" {
        fn mallopt(parameter: std::ffi::c_int, value: std::ffi::c_int) -> std::ffi::c_int;
    }
    // SAFETY: glibc's mallopt takes two numbers, touches no memory of ours and locks what it sets. Where it refuses, all works as before.
    let _ = unsafe { mallopt(ARENA_MAX, 1) };
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn use_one_arena() {}

/// Gives what is free back to the system: a flood's text leaves holes between what stays, which glibc would keep. Takes some
/// milliseconds at most.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator's settings are a C function")]
pub fn give_back() {
    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
    // SAFETY: glibc's malloc_trim takes a number and gives back only pages that hold nothing.
    let _ = unsafe { malloc_trim(0) };
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}

#[cfg(test)]
mod tests {
    #[test]
    fn allocating_goes_on_in_all_threads() {
        super::use_one_arena();
        let threads: Vec<_> = (0..4).map(|n| std::thread::spawn(move || vec![n; 1 << 16])).collect();
        let lengths: Vec<usize> = threads.into_iter().map(|thread| thread.join().expect("allocated").len()).collect();
        assert_eq!(lengths, [1 << 16; 4]);
    }
}
