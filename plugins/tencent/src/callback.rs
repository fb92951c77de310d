//! What Tencent pushes to the URL of the console: a list of reports, or inbound texts. Nothing signs it; the unguessable
//! callback URL is the protection.

use jixinda_plugin_kit::callback::{events, json as reply, refuse};
use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::{Gateway, json};
use serde_json::Value;

use crate::{inbound, receipt};

pub fn parse(gateway: &dyn Gateway, call: &Call) -> Result<Events, Refusal> {
    let refusal =
        |status, reason: &str| refuse(reason, reply(status, format!(r#"{{"result":1,"errmsg":"{reason}"}}"#)));
    if !call.is_post() {
        return Err(refusal(405, "not a POST"));
    }
    // Reports are a list; whether an inbound text comes alone is not documented.
    let items = match json::parse(&call.body) {
        Value::Array(items) => items,
        item @ Value::Object(_) => vec![item],
        _ => return Err(refusal(400, "the body is neither a list nor an object")),
    };
    let mut events = events(reply(200, r#"{"result":0,"errmsg":"OK"}"#));
    let mut unknown = 0;
    for item in &items {
        if let Some(receipt) = receipt::pushed(item) {
            events.receipts.push(receipt);
        } else if let Some(inbound) = inbound::pushed(item) {
            events.inbound.push(inbound);
        } else {
            unknown += 1;
        }
    }
    if unknown > 0 {
        // Refusing would only make Tencent repeat the good ones.
        let message = "skipped callback items that are neither receipt nor inbound text";
        gateway.log(Level::Warn, message, &[("items", &unknown.to_string())]);
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples;

    use super::*;
    use crate::testing::gateway;

    fn push(body: &str) -> Result<Events, Refusal> {
        parse(&gateway(), &samples::call("application/json", body))
    }

    #[test]
    fn a_list_is_read_item_by_item() {
        let body = r#"[{"user_receive_time":"2024-01-02 11:04:09","nationcode":"86","mobile":"13800000000",
            "report_status":"SUCCESS","errmsg":"DELIVRD","description":"x","sid":"5000:1"},
            {"mobile":13800000000,"nationcode":86,"text":"T","time":1704164645}, {"novelty":1}, 7]"#;
        let events = push(body).unwrap();
        assert_eq!((events.receipts.len(), events.inbound.len()), (1, 1));
        assert_eq!(events.reply.body, br#"{"result":0,"errmsg":"OK"}"#);
        assert_eq!(push(body).unwrap(), events, "the same call gives the same events");
    }

    #[test]
    fn one_object_is_a_list_of_one() {
        assert_eq!(push(r#"{"mobile":"13800000000","nationcode":"86","text":"T"}"#).unwrap().inbound.len(), 1);
        assert_eq!(push("[]").unwrap().reply.status, 200);
    }

    #[test]
    fn rubbish_is_refused() {
        for body in ["", "{", "7", "null"] {
            assert_eq!(push(body).unwrap_err().reply.status, 400, "{body}");
        }
        let get = Call { method: "GET".into(), ..samples::call("", "[]") };
        assert_eq!(parse(&gateway(), &get).unwrap_err().reply.status, 405);
    }
}
