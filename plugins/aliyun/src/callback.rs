//! What Aliyun pushes: a JSON array of receipts (SmsReport), inbound texts (SmsUp), or both. It carries no
//! signature; the unguessable callback URL is the protection.

use jixinda_plugin_kit::Gateway;
use jixinda_plugin_kit::callbacks::{Call, Events, Refusal, Reply};
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::types::Account;
use serde_json::Value;

use crate::config::Config;
use crate::{inbound, receipt};

pub fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
    if !call.method.eq_ignore_ascii_case("POST") {
        return Err(refuse(405, "not a POST"));
    }
    let Ok(Value::Array(items)) = serde_json::from_slice(&call.body) else {
        return Err(refuse(400, "the body is no JSON array"));
    };
    let zone = Config::read(account).map_err(|_| refuse(500, "the account's config cannot be read"))?.receipt_zone();
    let mut events = Events { receipts: Vec::new(), inbound: Vec::new(), reply: reply(200, 0, "OK") };
    let mut unknown = 0;
    for item in &items {
        if let Some(receipt) = receipt::read(item, zone) {
            events.receipts.push(receipt);
        } else if let Some(inbound) = inbound::read(item, zone) {
            events.inbound.push(inbound);
        } else {
            unknown += 1;
        }
    }
    if unknown > 0 {
        // Refusing would only make Aliyun repeat the good ones, then drop them.
        let count = unknown.to_string();
        gateway.log(
            Level::Warn,
            "skipped callback items that are neither receipt nor inbound text",
            &[("items", &count)],
        );
    }
    Ok(events)
}

fn refuse(status: u16, reason: &str) -> Refusal {
    Refusal { reason: reason.into(), reply: reply(status, 1, reason) }
}

/// Aliyun looks for a numeric `code`.
fn reply(status: u16, code: u8, message: &str) -> Reply {
    Reply {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: format!(r#"{{"code":{code},"msg":"{message}"}}"#).into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{gateway, usual_account};

    fn push(method: &str, body: &str) -> Result<Events, Refusal> {
        let call = Call {
            method: method.into(),
            path: String::new(),
            query: String::new(),
            headers: Vec::new(),
            body: body.into(),
            remote_address: "127.0.0.1".into(),
        };
        parse(&gateway(), &usual_account(), &call)
    }

    #[test]
    fn each_item_is_read_for_itself() {
        let events = push(
            "POST",
            r#"[{"phone_number":"13800000000","success":true,"out_id":"msg_1","novelty":[1]},
                {"phone_number":"13800000001","content":"T"},
                {"novelty":true}, 7]"#,
        )
        .unwrap();
        assert_eq!((events.receipts.len(), events.inbound.len()), (1, 1));
        assert_eq!(events.reply.status, 200);
        assert_eq!(events.reply.body, br#"{"code":0,"msg":"OK"}"#);
        assert_eq!(events.reply.headers, [("content-type".to_owned(), "application/json".to_owned())]);
    }

    #[test]
    fn an_empty_array_is_welcome() {
        assert_eq!(push("POST", "[]").unwrap().reply.status, 200);
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for body in ["", "{", "{}", r#""x""#] {
            let refusal = push("POST", body).unwrap_err();
            assert_eq!(refusal.reply.status, 400, "{body}");
            assert!(String::from_utf8_lossy(&refusal.reply.body).contains(r#""code":1"#));
        }
        assert_eq!(push("GET", "[]").unwrap_err().reply.status, 405);
    }
}
