//! `SmsUp`: the body of a push of inbound texts. It is acknowledged as receipts are.

use serde_json::json;

use crate::dates;
use crate::mailbox::ArrivedText;
use crate::push::PushBody;

/// Inbound texts travel as an array, too.
pub(super) fn body(arrived: &ArrivedText) -> PushBody {
    let entry = json!({
        "phone_number": arrived.text.number,
        "content": arrived.content,
        "send_time": dates::local(arrived.at_ms),
        "dest_code": arrived.text.dest_code.as_deref().unwrap_or_default(),
        "sequence_id": (arrived.id % 10_000_000_000).to_string(),
    });
    PushBody::json(json!([entry]).to_string())
}
