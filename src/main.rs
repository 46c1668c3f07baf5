//! The `homing` program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    homing::cli::main()
}
