//! Descriptors that the event loop waits for.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A descriptor that the event loop waits for.
pub type Watched = AsyncFd<Arc<OwnedFd>>;

/// Lets the event loop tell when the descriptor can be read. Must be called inside the runtime.
///
/// # Errors
/// The system's own.
pub fn readable(fd: Arc<OwnedFd>) -> io::Result<Watched> {
    register(fd, Interest::READABLE)
}

/// Lets the event loop tell when the descriptor can be written. Only for as long as there is something to write: each time that the
/// other side reads, the loop is woken. Must be called inside the runtime.
///
/// # Errors
/// The system's own.
pub fn writable(fd: &OwnedFd) -> io::Result<Watched> {
    // The descriptor itself may be waited for already, for reading.
    register(Arc::new(fd.try_clone()?), Interest::WRITABLE)
}

#[expect(unsafe_code, reason = "tokio 1.54 registers descriptors only so")]
fn register(fd: Arc<OwnedFd>, interest: Interest) -> io::Result<Watched> {
    // SAFETY: an `OwnedFd` is an open descriptor and always the same one; the `AsyncFd` holds it, and it is closed after the
    // `AsyncFd` has let go of the registration.
    unsafe { AsyncFd::register_with_interest(fd, interest) }.map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_descriptor_tells_when_it_can_be_read() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        runtime.block_on(async {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            let reader = readable(Arc::new(reader.into())).expect("registered");
            rustix::io::write(&writer, b"x").expect("written");
            assert!(reader.readable().await.is_ok());
        });
    }
}
