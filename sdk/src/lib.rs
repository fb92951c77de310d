//! 应用开发包: the client of `/v1` and the verifier of webhooks, a noun a file. Nothing of the gateway's own is here.
//!
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)
)]

mod batch;
#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod clock;
mod conversions;
mod error;
mod filter;
mod idempotency;
mod inbound;
mod key;
mod mac;
mod message;
mod new_message;
mod phone;
mod problem;
mod status;
#[cfg(test)]
mod stub;
pub mod webhook;
mod words;

pub use batch::{AcceptedEntry, Batch, BatchEntry, BatchResults, EntryError};
pub use client::{Builder, Client, Retries};
pub use conversions::Conversions;
pub use error::{Error, Result};
pub use filter::{MessageFilter, Page};
pub use idempotency::IdempotencyKey;
pub use inbound::InboundMessage;
pub use key::{AccessKey, AuthMode};
pub use message::{
    Accepted, Attempt, AttemptOutcome, Cause, HistoryEntry, Message, MessageClass, Receipt, ReceiptStatus, Story,
};
pub use new_message::NewMessage;
pub use phone::PhoneNumber;
pub use problem::{Problem, ProblemCode};
pub use status::{Actor, MessageStatus};
