//! What became of particular messages: `statusReport` of each call's sequence number, for the numbers asked about. It is
//! also the only way to receipts here.

use std::collections::BTreeMap;

use jixinda_plugin_kit::lookup::{Fate, Sent};
use jixinda_plugin_kit::types::Receipt;
use jixinda_plugin_kit::{json, number, outcome};
use serde_json::{Value, json};

use crate::client::{Client, Operation, Reply};
use crate::{errors, receipt};

/// A sequence number that is not in our hands cannot be asked about, and that a report lists nothing yet proves nothing:
/// no message is ever said to be absent.
pub fn query(client: &Client, messages: &[Sent]) -> Vec<Fate> {
    let mut calls: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, sent) in messages.iter().enumerate() {
        if let Some(id) = sent.upstream_id.as_deref().filter(|id| !id.is_empty()) {
            calls.entry(id).or_default().push(index);
        }
    }
    let nothing_known = || unsettled("no-sequence-number", "only messages whose call was answered can be looked up");
    let mut fates: Vec<Fate> = messages.iter().map(|_| nothing_known()).collect();
    let operations: Vec<Operation> = calls.iter().map(|(id, indexes)| operation(id, indexes, messages)).collect();
    for (reply, indexes) in client.call_all(&operations).iter().zip(calls.values()) {
        for &index in indexes {
            fates[index] = fate(client, reply, &messages[index]);
        }
    }
    fates
}

fn operation(sequence_number: &str, indexes: &[usize], messages: &[Sent]) -> Operation {
    let numbers: Vec<&str> = indexes.iter().map(|&index| number::domestic(&messages[index].recipient)).collect();
    let body = json!({"sequenceNumber": sequence_number, "phoneList": numbers});
    Operation { name: "statusReport", body, carries: Vec::new() }
}

fn fate(client: &Client, reply: &Reply, sent: &Sent) -> Fate {
    let Reply::Done(result) = reply else { return Fate::Unsettled(errors::cause_of(reply)) };
    let rows = json::items(result, "data");
    let receipts = rows.iter().filter_map(|row: &Value| receipt::read(row, &client.config));
    let found = receipts.into_iter().find(|receipt| receipt.recipient.as_deref() == Some(&*sent.recipient));
    match found {
        Some(receipt) => {
            Fate::Known(Receipt { upstream_id: sent.upstream_id.clone(), message_id: Some(sent.id.clone()), ..receipt })
        }
        None => unsettled("not-listed", "the report does not list this number yet"),
    }
}

fn unsettled(code: &str, detail: &str) -> Fate {
    Fate::Unsettled(outcome::cause(code, detail))
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::http::Problem;
    use jixinda_plugin_kit::samples::{body, sent};
    use jixinda_plugin_kit::types::ReceiptStatus;

    use super::*;
    use crate::testing::{account, gateway};

    const REPORT: &str = r#"{"result":{"status":true,"data":[
        {"phoneNum":"13800000000","reportTime":"2024-01-02 11:04:09","status":1,"code":"DELIVRD"},
        {"phoneNum":"13800000001","reportTime":""}]}}"#;

    #[test]
    fn one_question_a_call_and_one_fate_a_message() {
        let gateway = gateway().answer(200, REPORT).fail(Problem::Timeout, true);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let messages = [
            sent(0, Some("seq-1")),
            sent(1, Some("seq-1")),
            sent(2, Some("seq-1")),
            sent(3, Some("seq-2")),
            sent(4, None),
        ];
        let fates = query(&client, &messages);
        let status = |index: usize| match &fates[index] {
            Fate::Known(receipt) => Some((receipt.status, receipt.message_id.clone().unwrap())),
            _ => None,
        };
        assert_eq!(status(0), Some((ReceiptStatus::Delivered, "msg_0".into())));
        assert_eq!(status(1), Some((ReceiptStatus::Enroute, "msg_1".into())));
        let code = |index: usize| match &fates[index] {
            Fate::Unsettled(cause) => cause.code.clone(),
            _ => panic!("settled"),
        };
        assert_eq!((code(2), code(3), code(4)), ("not-listed".into(), "timeout".into(), "no-sequence-number".into()));
        let request = &gateway.requests()[0];
        assert_eq!(request.carries, Some(vec![]));
        assert!(request.url.ends_with("/statusReport"));
        let asked: Value = serde_json::from_str(&body(request)).unwrap();
        assert_eq!(
            asked,
            json!({"sequenceNumber": "seq-1", "phoneList": ["13800000000", "13800000001", "13800000002"]})
        );
    }
}
