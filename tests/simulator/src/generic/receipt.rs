//! The receipt of one text.

use serde_json::json;

use crate::push::{PushBody, Receipt};

/// With the request's reference, where it had one.
pub(super) fn body(receipts: &[Receipt]) -> PushBody {
    let Some(receipt) = receipts.first() else { return PushBody::json("{}") };
    let status = receipt.err_code.as_deref().unwrap_or("delivered");
    let mut body = json!({ "id": receipt.provider_id(), "status": status, "to": receipt.text.number });
    if let Some(reference) = receipt.text.out_id.as_deref() {
        body["ref"] = reference.into();
    }
    PushBody::json(body.to_string())
}
