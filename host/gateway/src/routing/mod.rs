//! Routing: which channel carries a message. Pure decisions over snapshots, told with their reasons.

mod health;
mod select;

pub use health::Health;
pub use select::{Candidate, Selection, Tried, select};
