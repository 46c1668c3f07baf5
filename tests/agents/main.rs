//! Acceptance on the real agents: their own programs, a model server on loopback, the homing binary under test. Runs where
//! agents are given (docs/testing.md); elsewhere each scenario says that it was skipped.
// Processes are looked at through /proc.
#![cfg(target_os = "linux")]

mod agent;
mod answers;
mod dice;
mod faults;
mod given;
mod guard;
mod model;
mod moves;
mod neighbours;
mod nested;
mod outcome;
mod outside;
#[allow(dead_code, reason = "the tests of homing alone use the rest of it")]
#[path = "../e2e/support/process.rs"]
mod process;
mod relaunches;
mod scenario;
mod several;
mod siblings;
mod stage;
mod status;
mod together;
mod untouched;
mod workspace;
