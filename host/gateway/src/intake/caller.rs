//! [`Caller`]: an application that has proved itself. `http/auth.rs` makes it; intake stores in its name.

use jixinda_domain::Application;
use jixinda_store::NonceClaim;
use std::sync::Arc;

/// Who sends.
pub struct Caller {
    pub application: Arc<Application>,
    /// It used a test key.
    pub test: bool,
    /// The request was signed: its nonce must be fresh. Claimed with what the request stores.
    pub nonce: Option<NonceClaim>,
}
