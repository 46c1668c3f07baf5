//! The agent's side of reporting: what `homing hook PROVIDER [EVENT]` does.
//!
//! Reads the payload, adds session, token and process ancestry, sends one frame to the server's socket. Silent and quick
//! whatever happens: a broken workspace must never break an agent. Never interprets a payload (`provider::hook` does, in the
//! server). Imports nothing of homing.

mod ancestry;
pub mod send;
