//! The promises to the user, kept by the real binary: real processes, real terminals, real kills. Each test has a home of
//! its own and leaves nothing running; none waits for time to pass, all wait for conditions.
// Processes are looked at through /proc.
#![cfg(target_os = "linux")]

mod attention;
mod bad_input;
mod browsing;
mod clients;
mod coming_back;
mod dying;
mod flood;
mod following;
mod hook_faults;
mod hundred;
mod kills;
mod layouts;
mod lifecycle;
mod official_client;
mod own_row;
mod pasting;
mod probe;
mod programs;
mod reading_back;
mod resize_storm;
mod scratch;
mod script;
mod settings;
mod several;
mod support;
mod worktrees;
