//! The queue: which messages wait, in which order. It carries ids only and may lose them all; the store's status index is the truth.

mod lane;
mod memory;
mod recent;
mod refill;

pub use memory::MemoryQueue;
pub use recent::Recent;
pub use refill::run as run_refill;
