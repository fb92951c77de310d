//! Tools for those who write plugins: recorded exchanges, test cases, the conformance suite, new projects.
//!
//! Everything here runs a component on the runtime's workbench; nothing of it is part of a serving gateway.

mod bench;
pub mod case;
pub mod conformance;
pub mod example;
mod exchange;
pub mod scaffold;
mod script;

pub use bench::{Bench, Surroundings};
pub use exchange::{Answer, Exchange};
pub use script::Recorder;
