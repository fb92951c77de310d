//! Remembers texts from people (上行), each once.

use crate::{OptOutWish, Result};
use async_trait::async_trait;
use jixinda_domain::{AccountId, ApplicationId, InboundId, InboundMessage, Timestamp};

/// A text from a person, as it came in.
#[derive(Clone, Debug)]
pub struct StoredInbound {
    /// Its id.
    pub id: InboundId,
    /// The account that it came to.
    pub account_id: AccountId,
    /// Whose it is, where a rule says so; else that of the application which last wrote to this number through this account.
    pub application_id: Option<ApplicationId>,
    /// What the person asks for, where it is an opt-out.
    pub opt_out: Option<OptOutWish>,
    /// What it says.
    pub message: InboundMessage,
    /// When it came.
    pub received_at: Timestamp,
}

impl StoredInbound {
    /// The same text for the same message, however often a provider tells it.
    pub fn fingerprint(&self) -> String {
        let message = &self.message;
        match &message.upstream_id {
            Some(id) => format!("{id}\u{1f}{}", message.part.map_or(0, |part| part.number)),
            None => {
                let at = message.at.map_or(0, Timestamp::as_millis);
                format!("{}\u{1f}{at}\u{1f}{}", message.sender, message.text)
            }
        }
    }
}

/// Texts from people.
#[async_trait]
pub trait InboundStore: Send + Sync {
    /// Those of one application, newest first, older than `before`.
    async fn inbound_messages(
        &self,
        application: ApplicationId,
        before: Option<InboundId>,
        limit: u32,
    ) -> Result<Vec<StoredInbound>>;
}
