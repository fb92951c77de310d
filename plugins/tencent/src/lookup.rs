//! What became of particular messages: `PullSmsSendStatusByPhoneNumber`, and in its answer the message's own serial number.
//! A report carries no reference of ours, so a message whose call was never answered cannot be told from another to the
//! same number; and it lists what was reported, so that silence proves nothing. No message is ever said to be absent.

use jixinda_plugin_kit::lookup::{Fate, Sent};
use jixinda_plugin_kit::outcome;
use jixinda_plugin_kit::types::Receipt;
use serde_json::json;

use crate::client::{Client, Operation, Reply};
use crate::poll::elements;
use crate::{errors, receipt};

const MOST: u32 = 100;
/// Our clock and theirs may differ.
const SLACK_SECONDS: u64 = 300;
/// A question may span so long.
const WEEK_SECONDS: u64 = 7 * 24 * 3600;

pub fn query(client: &Client, messages: &[Sent]) -> Vec<Fate> {
    let known: Vec<(usize, &str)> = messages
        .iter()
        .enumerate()
        .filter_map(|(index, sent)| Some((index, sent.upstream_id.as_deref().filter(|id| !id.is_empty())?)))
        .collect();
    let operations: Vec<Operation> = known.iter().map(|&(index, _)| operation(client, &messages[index])).collect();
    let nothing_known = || unsettled("no-serial-number", "only messages whose call was answered can be looked up");
    let mut fates: Vec<Fate> = messages.iter().map(|_| nothing_known()).collect();
    for (reply, (index, serial_number)) in client.call_all(&operations).iter().zip(known) {
        fates[index] = fate(reply, &messages[index], serial_number);
    }
    fates
}

fn operation(client: &Client, sent: &Sent) -> Operation {
    let begin = (sent.at / 1000).saturating_sub(SLACK_SECONDS);
    let now = client.gateway.now() / 1000;
    let body = json!({
        "BeginTime": begin,
        "EndTime": now.clamp(begin + 1, begin + WEEK_SECONDS),
        "Offset": 0,
        "Limit": MOST,
        "PhoneNumber": sent.recipient,
        "SmsSdkAppId": client.config.sdk_app_id,
    });
    Operation { action: "PullSmsSendStatusByPhoneNumber", body, carries: Vec::new() }
}

fn fate(reply: &Reply, sent: &Sent, serial_number: &str) -> Fate {
    let Reply::Done(response) = reply else { return Fate::Unsettled(errors::cause_of(reply)) };
    let mut receipts = elements(response).iter().filter_map(receipt::pulled);
    match receipts.find(|receipt| receipt.upstream_id.as_deref() == Some(serial_number)) {
        Some(receipt) => {
            let (message_id, recipient) = (Some(sent.id.clone()), Some(sent.recipient.clone()));
            Fate::Known(Receipt { message_id, recipient, ..receipt })
        }
        None => unsettled("not-reported", "there is no report on this message yet"),
    }
}

fn unsettled(code: &str, detail: &str) -> Fate {
    Fate::Unsettled(outcome::cause(code, detail))
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::http::Problem;
    use jixinda_plugin_kit::samples::{body, header, sent};
    use jixinda_plugin_kit::types::ReceiptStatus;

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn a_serial_number_is_looked_up_and_nothing_else() {
        let reports = r#"{"Response":{"PullSmsSendStatusSet":[
            {"SerialNo":"other","PhoneNumber":"+8613800000000","ReportStatus":"SUCCESS"},
            {"SerialNo":"5000:1","PhoneNumber":"+8613800000000","ReportStatus":"FAIL","Description":"x"}]}}"#;
        let gateway = gateway().answer(200, reports).answer(200, reports).fail(Problem::Timeout, true);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        gateway.advance(60_000);
        let messages = [sent(0, Some("5000:1")), sent(0, Some("5000:2")), sent(0, None), sent(1, Some("5000:3"))];
        let fates = query(&client, &messages);
        assert!(matches!(&fates[0], Fate::Known(receipt)
            if receipt.status == ReceiptStatus::Undelivered && receipt.message_id.as_deref() == Some("msg_0")));
        let code = |index: usize| match &fates[index] {
            Fate::Unsettled(cause) => cause.code.clone(),
            _ => panic!("settled"),
        };
        assert_eq!((code(1), code(2), code(3)), ("not-reported".into(), "no-serial-number".into(), "timeout".into()));
        let request = &gateway.requests()[0];
        assert_eq!(header(request, "x-tc-action"), Some("PullSmsSendStatusByPhoneNumber"));
        let asked: serde_json::Value = serde_json::from_str(&body(request)).unwrap();
        assert_eq!(
            asked,
            json!({"BeginTime": 1_704_164_345, "EndTime": 1_704_164_705, "Offset": 0, "Limit": 100,
                   "PhoneNumber": "+8613800000000", "SmsSdkAppId": "1400000000"})
        );
    }
}
