//! Inbound texts: pushed one by one, or pulled. What a push looks like is not confirmed.

use serde_json::{Value, json};

use super::number::apart;
use crate::mailbox::ArrivedText;
use crate::push::PushBody;

pub(super) fn push(arrived: &ArrivedText, sign_name: &str) -> PushBody {
    let (country, mobile) = apart(&arrived.text.number);
    let body = json!({
        "extend": arrived.text.dest_code.as_deref().unwrap_or_default(),
        "mobile": mobile,
        "nationcode": country,
        "sign": sign_name,
        "text": arrived.content,
        "time": arrived.at_ms / 1_000,
    });
    PushBody::json(body.to_string())
}

pub(super) fn pulled(arrived: &ArrivedText, sign_name: &str) -> Value {
    let (country, subscriber) = apart(&arrived.text.number);
    json!({
        "ExtendCode": arrived.text.dest_code.as_deref().unwrap_or_default(),
        "CountryCode": country,
        "SubscriberNumber": subscriber,
        "PhoneNumber": format!("+{country}{subscriber}"),
        "SignName": sign_name,
        "ReplyContent": arrived.content,
        "ReplyTime": arrived.at_ms / 1_000,
    })
}
