//! Routing on the bench: a world of texts, channels and faults without clock, network or gateway, in which minutes pass in milliseconds.
//!
//! The router, the selection and the pace are those of the gateway; what is played is the traffic, the providers and the way between.

mod channel;
mod installation;
mod measure;
mod scenario;
pub mod scenarios;
pub mod table;
mod text;
mod world;

pub use channel::{Behaviour, Fault, SimChannel};
pub use installation::{CHANNELS, Installation};
pub use measure::Measures;
pub use scenario::{Bounds, Scenario};
pub use text::text;
pub use world::World;
