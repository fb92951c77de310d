//! Intake: from what an application asks for to a durable message. `check` decides, purely; `accept` stores.

mod accept;
mod caller;
mod check;

pub use accept::{AcceptError, Entry, Idempotency, accept};
pub use caller::Caller;
pub use check::Refusal;
