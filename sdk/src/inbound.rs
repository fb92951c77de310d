//! [`InboundMessage`]: what a person wrote.

use crate::phone::PhoneNumber;
use serde::{Deserialize, Serialize};
use std::fmt;
use time::OffsetDateTime;
use time::serde::rfc3339;

/// 上行: a text from a person. `Debug` shows neither the text nor all of the number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InboundMessage {
    /// `inb_…`.
    pub id: String,
    /// Who wrote.
    pub from: PhoneNumber,
    /// The extension of the number that was written to.
    pub extension: Option<String>,
    /// The sign name that it answers, where the provider tells.
    pub sign_name: Option<String>,
    /// What was written.
    pub text: String,
    /// When it was written, where the provider tells.
    #[serde(default, with = "rfc3339::option")]
    pub occurred_at: Option<OffsetDateTime>,
    /// When the gateway heard of it.
    #[serde(with = "rfc3339")]
    pub received_at: OffsetDateTime,
}

impl fmt::Debug for InboundMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundMessage")
            .field("id", &self.id)
            .field("from", &self.from)
            .field("extension", &self.extension)
            .field("sign_name", &self.sign_name)
            .field("text", &format_args!("{} characters", self.text.chars().count()))
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}
