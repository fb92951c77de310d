//! [`InboundMessage`] (上行): a text from a person.

use crate::clock::Timestamp;
use crate::receipt::Part;
use serde::{Deserialize, Serialize};

/// 上行: a text that a person sent to one of our numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// The provider's id, for de-duplication.
    pub upstream_id: Option<String>,
    /// Who wrote it, E.164 where the provider says so.
    pub sender: String,
    /// What it was sent to.
    pub recipient: Option<String>,
    /// The sub-number.
    pub extension: Option<String>,
    /// The sign name it answers, where the provider says so.
    pub sign_name: Option<String>,
    /// The words.
    pub text: String,
    /// Which piece of a long text.
    pub part: Option<Part>,
    /// When, as the provider says.
    pub at: Option<Timestamp>,
}
