//! `SmsReport`: the body of a push of receipts, and what counts as its acknowledgement.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::Value;

use crate::dates;
use crate::push::{PushBody, Receipt};

/// One entry, fields in the provider's order.
#[derive(Serialize)]
struct Report<'r> {
    phone_number: &'r str,
    send_time: String,
    report_time: String,
    success: bool,
    err_code: &'r str,
    err_msg: &'static str,
    sms_size: &'static str,
    biz_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_id: Option<&'r str>,
}

/// Receipts travel as an array.
pub(super) fn body(receipts: &[Receipt]) -> PushBody {
    let reports: Vec<_> = receipts.iter().map(report).collect();
    PushBody::json(serde_json::to_vec(&reports).expect("strings and booleans always serialize"))
}

/// The provider looks for status 200 and a numeric `code`, whichever it is.
pub(super) fn acknowledged(status: StatusCode, body: &[u8]) -> bool {
    let code = || serde_json::from_slice::<Value>(body).ok().and_then(|body| body.get("code").map(Value::is_number));
    status == StatusCode::OK && code() == Some(true)
}

fn report(receipt: &Receipt) -> Report<'_> {
    Report {
        phone_number: &receipt.text.number,
        send_time: dates::local(receipt.call.at_ms),
        report_time: dates::local(receipt.report_ms),
        success: receipt.err_code.is_none(),
        err_code: receipt.err_code.as_deref().unwrap_or("DELIVERED"),
        err_msg: if receipt.err_code.is_none() { "用户接收成功" } else { "发送失败" },
        sms_size: "1",
        biz_id: receipt.provider_id(),
        out_id: receipt.text.out_id.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::CallRecord;
    use crate::wire::{Provider, Text};

    #[test]
    fn only_a_numeric_code_acknowledges() {
        assert!(acknowledged(StatusCode::OK, br#"{"code":0,"msg":"ok"}"#));
        assert!(!acknowledged(StatusCode::OK, br#"{"code":"0"}"#));
        assert!(!acknowledged(StatusCode::OK, b"ok"));
        assert!(!acknowledged(StatusCode::BAD_GATEWAY, br#"{"code":0}"#));
    }

    #[test]
    fn a_report_reads_like_the_providers() {
        let call =
            CallRecord { at_ms: 1_704_164_645_000, ..CallRecord::example(Provider::Aliyun, 900_000_000_000_000_000) };
        let text = Text { out_id: Some("msg-0001".into()), ..Text::example() };
        let receipt = Receipt { report_ms: 1_704_164_649_000, ..Receipt::example(call, text) };
        let expected = "[{\"phone_number\":\"13800000000\",\"send_time\":\"2024-01-02 11:04:05\",\
            \"report_time\":\"2024-01-02 11:04:09\",\"success\":true,\"err_code\":\"DELIVERED\",\
            \"err_msg\":\"用户接收成功\",\"sms_size\":\"1\",\"biz_id\":\"900000000000000000^0\",\"out_id\":\"msg-0001\"}]";
        assert_eq!(body(&[receipt]), PushBody::json(expected));
    }
}
