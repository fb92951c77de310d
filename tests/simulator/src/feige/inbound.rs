//! Inbound texts: pushed, or waiting for either generation.

use serde_json::{Value, json};

use crate::mailbox::ArrivedText;
use crate::push::PushBody;

/// An entry for the second generation.
pub(super) fn entry(arrived: &ArrivedText) -> Value {
    json!({ "time": arrived.at_ms / 1_000, "mobile": arrived.text.number, "content": arrived.content })
}

/// An entry for the first. Its fields are not documented; they are assumed to be like those of receipts.
pub(super) fn old_entry(arrived: &ArrivedText) -> Value {
    json!({ "Times": arrived.at_ms / 1_000, "Mobile": arrived.text.number, "Content": arrived.content })
}

pub(super) fn push(arrived: &ArrivedText) -> PushBody {
    PushBody::json(json!({ "count": 1, "data": [entry(arrived)] }).to_string())
}
