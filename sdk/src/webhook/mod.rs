//! Webhooks: what the gateway tells of its own accord, and how to know that it was the gateway.

mod error;
mod event;
mod verifier;

pub use error::WebhookError;
pub use event::{Event, EventKind, MessageUpdate};
pub use verifier::Verifier;
