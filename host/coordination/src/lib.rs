//! What nodes share through Redis: the only crate that knows it.
//!
//! [`Streams`] hands queued messages to whichever node has time, [`Exchange`] carries small news. Both only hint: the
//! truth is in the store, and a node that loses Redis goes on without.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod client;
mod connect;
mod entry;
mod error;
mod exchange;
mod keeper;
mod keys;
mod streams;
mod url;

pub use client::Redis;
pub use entry::{Entry, EntryKey, QueuedId};
pub use error::RedisError;
pub use exchange::{Exchange, Told, Topic};
pub use streams::{Depth, Streams, Taken};
pub use url::{RedisUrl, RedisUrlError};
