//! What clients, programs, hooks and the server say to each other over the workspace's socket. Pure.

pub mod api;
pub mod codec;
pub mod message;
