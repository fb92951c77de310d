//! What became of particular messages: each fetched by Twilio's id. Without that id there is nothing to ask for, and an id
//! that was given once is not taken back: no message is ever said to be absent.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::lookup::{Fate, Sent};
use jixinda_plugin_kit::types::Receipt;
use jixinda_plugin_kit::{encoding, json, outcome, receipt as receipts};

use crate::client::Client;
use crate::{receipt, send};

pub fn query(client: &Client, messages: &[Sent]) -> Vec<Fate> {
    let known: Vec<(usize, &str)> = messages
        .iter()
        .enumerate()
        .filter_map(|(index, sent)| Some((index, sent.upstream_id.as_deref().filter(|id| !id.is_empty())?)))
        .collect();
    let resource = |sid: &str| format!("Messages/{}.json", encoding::percent(sid));
    let requests: Vec<Request> = known.iter().map(|(_, sid)| client.fetch(&resource(sid))).collect();
    let nothing_known = || unsettled("no-sid", "only messages whose request was answered can be looked up");
    let mut fates: Vec<Fate> = messages.iter().map(|_| nothing_known()).collect();
    for (answer, (index, _)) in client.call_all(&requests).iter().zip(known) {
        fates[index] = fate(answer, &messages[index]);
    }
    fates
}

fn fate(answer: &Result<Response, SendError>, sent: &Sent) -> Fate {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return Fate::Unsettled(outcome::send_error_cause(error)),
    };
    let body = response.json();
    let Some(status) = json::text(&body, "status").filter(|_| response.status == 200) else {
        let code = json::text(&body, "code").unwrap_or_else(|| response.status.to_string());
        return unsettled(&code, &json::text(&body, "message").unwrap_or_default());
    };
    Fate::Known(Receipt {
        upstream_id: sent.upstream_id.clone(),
        message_id: Some(sent.id.clone()),
        recipient: Some(sent.recipient.clone()),
        cause: receipt::cause(json::text(&body, "error_code"), json::text(&body, "error_message"), &status),
        segments: json::integer(&body, "num_segments").and_then(|count| u32::try_from(count).ok()),
        price: send::price(&body),
        ..receipts::of(receipt::meaning(&status))
    })
}

fn unsettled(code: &str, detail: &str) -> Fate {
    Fate::Unsettled(outcome::cause(code, detail))
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::http::Problem;
    use jixinda_plugin_kit::samples::sent;
    use jixinda_plugin_kit::types::{Amount, ReceiptStatus};

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn each_id_is_asked_for() {
        let gateway = gateway()
            .answer(200, r#"{"sid":"SM1","status":"undelivered","error_code":30003,"error_message":null,"num_segments":"2","price":"-0.0075","price_unit":"usd"}"#)
            .answer(404, r#"{"code":20404,"message":"m","status":404}"#)
            .fail(Problem::Timeout, true);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let messages = [sent(0, Some("SM1")), sent(1, Some("SM2")), sent(2, Some("SM3/..")), sent(3, None)];
        let fates = query(&client, &messages);
        let Fate::Known(receipt) = &fates[0] else { panic!("unknown") };
        assert_eq!((receipt.status, receipt.segments), (ReceiptStatus::Undelivered, Some(2)));
        assert_eq!(receipt.cause, Some(outcome::cause("30003", "the handset cannot be reached")));
        assert_eq!(receipt.price, Some(Amount { value: "0.0075".into(), unit: "USD".into() }));
        let code = |index: usize| match &fates[index] {
            Fate::Unsettled(cause) => cause.code.clone(),
            _ => panic!("settled"),
        };
        assert_eq!((code(1), code(2), code(3)), ("20404".into(), "timeout".into(), "no-sid".into()));
        let requests = gateway.requests();
        assert_eq!((requests[0].method.as_str(), requests[0].carries.clone()), ("GET", Some(vec![])));
        assert!(requests[2].url.ends_with("/Messages/SM3%2F...json"));
    }
}
