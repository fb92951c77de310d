//! Finding, or installing, what a build needs beyond the toolchain that runs us.

mod debian;
pub mod faketime;
pub mod scripting;
pub mod servers;
pub mod wasm;
