//! What Lexin answers: 1 or 0 and words, never a code. So a refusal's code *is* its words, and a fault's too.
//!
//! The names within XML, and how a balance is told, are not documented; those of JSON are assumed for all.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::request::{DataType, Fields};
use crate::wire::{Answer, Refusal, Sent};

/// 厘 a part.
const PRICE: u32 = 60;

/// A send that was taken, in whole or in part. Which numbers failed is not told.
pub(super) fn accepted(fields: &Fields<'_>, sent: &Sent<'_>) -> Answer {
    let taken = || sent.texts.iter().filter(|text| text.refusal.is_none());
    let (succeeded, parts) = (taken().count(), taken().map(|text| text.parts).sum::<u32>());
    if succeeded == 0 {
        return failure(fields, "号码错误");
    }
    write(
        fields.data_type(),
        "SendSmsReply",
        &[
            ("replyCode", json!(1)),
            ("replyMsg", json!("发送成功!")),
            ("succeedNum", json!(succeeded)),
            ("failedNum", json!(sent.texts.len() - succeeded)),
            ("chargCount", json!(parts)),
            ("deduction", json!((parts * PRICE).to_string())),
            ("balance", json!(sent.account.balance())),
        ],
    )
}

pub(super) fn refused(fields: &Fields<'_>, refusal: &Refusal) -> Answer {
    Answer { status: refusal.status, ..failure(fields, &refusal.code) }
}

pub(super) fn balance(fields: &Fields<'_>, balance: &str) -> Answer {
    let values = [("replyCode", json!(1)), ("replyMsg", json!("查询成功!")), ("balance", json!(balance))];
    write(fields.data_type(), "QryBalanceReply", &values)
}

pub(super) fn refusal(words: &str) -> Refusal {
    Refusal::new(StatusCode::OK, words, "")
}

/// Text that is no reply but a list.
pub(super) fn text(text: String) -> Answer {
    Answer { status: StatusCode::OK, content_type: "text/plain;charset=utf-8", body: text.into() }
}

fn failure(fields: &Fields<'_>, words: &str) -> Answer {
    write(
        fields.data_type(),
        "SendSmsReply",
        &[
            ("replyCode", json!(0)),
            ("replyMsg", json!(words)),
            ("succeedNum", json!(0)),
            ("failedNum", json!(fields.numbers().len())),
            ("chargCount", json!(0)),
            ("deduction", json!("0")),
            ("balance", json!("0")),
        ],
    )
}

fn write(data_type: DataType, root: &str, values: &[(&str, Value)]) -> Answer {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match data_type {
        DataType::Json => {
            let object: Value = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            Answer::json(StatusCode::OK, object.to_string())
        }
        DataType::Xml => {
            let element = |(name, value): &(&str, Value)| format!("<{name}>{}</{name}>", escaped(&plain(value)));
            let elements: String = values.iter().map(element).collect();
            let body = format!(r#"<?xml version="1.0" encoding="UTF-8"?><{root}>{elements}</{root}>"#);
            Answer { status: StatusCode::OK, content_type: "text/xml;charset=utf-8", body: body.into() }
        }
        DataType::Text => text(values.iter().map(|(_, value)| format!("{};", plain(value))).collect()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
