//! What the new generation pushes: a list of reports or of inbound texts. Nothing signs it; the unguessable callback URL is
//! the protection.

use jixinda_plugin_kit::callback::{events, json as reply, refuse};
use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::{Gateway, json};

use crate::{inbound, receipt};

/// The answer that the vendor expects is UNCONFIRMED.
pub fn parse(gateway: &dyn Gateway, call: &Call) -> Result<Events, Refusal> {
    let refusal = |status, reason: &str| refuse(reason, reply(status, r#"{"code":1}"#));
    if !call.is_post() {
        return Err(refusal(405, "not a POST"));
    }
    let body = json::parse(&call.body);
    let items = body.get("data").and_then(|data| data.as_array());
    let items = items.ok_or_else(|| refusal(400, "the body has no list of data"))?;
    let mut events = events(reply(200, r#"{"code":0}"#));
    for item in items {
        if let Some(receipt) = receipt::read(item) {
            events.receipts.push(receipt);
        } else {
            events.inbound.extend(inbound::read(item));
        }
    }
    if events.receipts.len() + events.inbound.len() < items.len() {
        gateway.log(Level::Warn, "skipped callback items that are neither receipt nor inbound text", &[]);
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
    fn reports_and_texts_are_read() {
        let body = r#"{"count":1,"data":[{"time":1704164649,"msg_no":"20240102110405000001","mobile":"13800000000","status":"DELIVRD"}]}"#;
        let events = push(body).unwrap();
        assert_eq!((events.receipts.len(), events.inbound.len()), (1, 0));
        assert_eq!((events.reply.status, events.reply.body.as_slice()), (200, &br#"{"code":0}"#[..]));
        assert_eq!(push(body).unwrap(), events, "the same call gives the same events");
        let events =
            push(r#"{"count":1,"data":[{"time":1704165000,"content":"T","mobile":"13800000000"},7]}"#).unwrap();
        assert_eq!((events.receipts.len(), events.inbound.len()), (0, 1));
    }

    #[test]
    fn rubbish_is_refused() {
        for body in ["", "{", "{}", "[]", r#"{"data":7}"#] {
            assert_eq!(push(body).unwrap_err().reply.status, 400, "{body}");
        }
        let get = Call { method: "GET".into(), ..samples::call("", "") };
        assert_eq!(parse(&gateway(), &get).unwrap_err().reply.status, 405);
    }
}
