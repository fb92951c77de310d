//! Finding, or installing, what a build needs beyond the toolchain that runs us.

pub mod wasm;
