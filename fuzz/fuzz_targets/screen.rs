//! Runs the body of the same name in `tests/terminal/bodies.rs`.
#![no_main]

#[allow(dead_code, reason = "each target runs one of the bodies")]
#[path = "../../tests/terminal/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::screen(data));
