//! Receipts: pushed, or waiting for either generation.

use serde_json::{Value, json};

use crate::push::{PushBody, Receipt};

/// An entry for the second generation.
pub(super) fn entry(receipt: &Receipt) -> Value {
    json!({ "msg_no": receipt.provider_id(), "mobile": receipt.text.number, "status": status(receipt) })
}

/// An entry for the first.
pub(super) fn old_entry(receipt: &Receipt) -> Value {
    let times = receipt.report_ms / 1_000;
    json!({ "SendID": receipt.provider_id(), "Status": status(receipt), "Times": times, "Mobile": receipt.text.number })
}

/// A push carries dates as well.
pub(super) fn push(receipts: &[Receipt]) -> PushBody {
    let dated = |receipt: &Receipt| {
        let mut entry = entry(receipt);
        entry["time"] = (receipt.report_ms / 1_000).into();
        entry
    };
    let data: Vec<Value> = receipts.iter().map(dated).collect();
    PushBody::json(json!({ "count": data.len(), "data": data }).to_string())
}

/// Money as a number.
pub(super) fn amount(balance: &str) -> Value {
    balance.parse::<f64>().map_or_else(|_| balance.into(), Value::from)
}

fn status(receipt: &Receipt) -> &str {
    receipt.err_code.as_deref().unwrap_or("DELIVRD")
}
