//! Which channel carries a message: everything that is decided, and nothing that is done.
//!
//! Calls, receipts and conversions become [`evidence`]; evidence becomes a [`rating`] with its uncertainty; ratings and [`health`]
//! become a [`ranking`]; a published [`Snapshot`] of it is what [`select()`] picks from. [`rule`] knows what a provider is sure to
//! refuse, [`pace`] how fast a channel may go. The [`Router`] holds it together.
//!
//! No function here asks for the time or for chance, so a night's traffic can be decided again in a second.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod chance;
pub mod event;
pub mod evidence;
pub mod fair;
pub mod health;
pub mod pace;
pub mod ranking;
pub mod rating;
mod router;
pub mod rule;
mod select;
mod settings;
mod snapshot;
mod suspicion;

pub use event::Event;
pub use router::{CallReport, Changed, ChannelFacts, Conversion, Heard, Router, SavedChannel};
pub use select::{Candidate, Candidature, Exclusion, Question, Reason, Selection, Tried, select};
pub use settings::{ByClass, PartWeights, Settings};
pub use snapshot::{Place, Probe, Snapshot, Standing, Weakness};
