//! Routing at work: what the pure decisions of `jixinda-routing` are fed with, and what is done with them.
//!
//! `desk` holds what is known and publishes it, `candidates` puts one message's question, `gate` lets calls through at the channel's
//! pace, `pauses` knows what a provider asked to be left alone, `keeper` lets time pass and writes down what happened, `shared` tells
//! other nodes and hears them, `replay` decides recorded traffic again.

mod candidates;
mod desk;
mod gate;
mod keeper;
mod pauses;
mod recall;
pub mod replay;
mod shared;

pub use candidates::{Choice, choose};
pub use desk::Routing;
pub use gate::Gate;
pub use keeper::run as run_keeper;
pub use shared::run as run_shared;
