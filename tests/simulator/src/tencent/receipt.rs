//! Receipts: pushed as an array, or pulled.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::number::apart;
use crate::dates;
use crate::memory::ReceivedText;
use crate::push::{PushBody, Receipt};

/// A push; with the session text if the account has it so.
pub(super) fn push(receipts: &[Receipt], with_ext: bool) -> PushBody {
    let entry = |receipt: &Receipt| {
        let (country, mobile) = apart(&receipt.text.number);
        let mut entry = json!({
            "user_receive_time": dates::local(receipt.report_ms),
            "nationcode": country,
            "mobile": mobile,
            "report_status": report_status(receipt.err_code.as_deref()),
            "errmsg": receipt.err_code.as_deref().unwrap_or("DELIVRD"),
            "description": description(receipt.err_code.as_deref()),
            "sid": receipt.provider_id(),
        });
        if with_ext {
            entry["ext"] = receipt.text.out_id.as_deref().unwrap_or_default().into();
        }
        entry
    };
    PushBody::json(receipts.iter().map(entry).collect::<Value>().to_string())
}

/// The callback owes the result 0.
pub(super) fn acknowledged(status: StatusCode, body: &[u8]) -> bool {
    let result = || serde_json::from_slice::<Value>(body).ok().and_then(|body| body.get("result").cloned());
    status == StatusCode::OK && result() == Some(json!(0))
}

pub(super) fn pulled(receipt: &Receipt) -> Value {
    row(&receipt.text.number, &receipt.provider_id(), receipt.report_ms, receipt.err_code.as_deref())
}

pub(super) fn found(text: &ReceivedText) -> Value {
    row(&text.number, text.biz_id.as_deref().unwrap_or_default(), text.report_at_ms, text.err_code.as_deref())
}

fn row(number: &str, serial: &str, report_ms: i64, err_code: Option<&str>) -> Value {
    let (country, subscriber) = apart(number);
    json!({
        "UserReceiveTime": report_ms / 1_000,
        "CountryCode": country,
        "SubscriberNumber": subscriber,
        "PhoneNumber": number,
        "SerialNo": serial,
        "ReportStatus": report_status(err_code),
        "Description": err_code.unwrap_or("DELIVRD"),
    })
}

fn report_status(err_code: Option<&str>) -> &'static str {
    if err_code.is_none() { "SUCCESS" } else { "FAIL" }
}

fn description(err_code: Option<&str>) -> &'static str {
    if err_code.is_none() { "用户短信送达成功" } else { "用户短信送达失败" }
}
