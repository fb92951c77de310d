//! An inbound text.

use serde_json::json;

use crate::mailbox::ArrivedText;
use crate::push::PushBody;

pub(super) fn body(arrived: &ArrivedText) -> PushBody {
    let to = arrived.text.dest_code.as_deref().unwrap_or_default();
    let body =
        json!({ "id": format!("g-{}", arrived.id), "from": arrived.text.number, "to": to, "text": arrived.content });
    PushBody::json(body.to_string())
}
