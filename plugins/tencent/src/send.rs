//! Handing messages over: `SendSms`, one call for all that say the same. Each number has a code of its own in the answer.

use jixinda_plugin_kit::types::{Accepted, Batch, Message, Outcome, Rejection};
use jixinda_plugin_kit::verdict::Context;
use jixinda_plugin_kit::{batch, json, number, outcome, receipt};
use serde_json::{Value, json};

use crate::client::{Client, Operation, Reply};
use crate::errors;

const OK: &str = "Ok";

pub fn send(client: &Client, batch: &Batch, messages: &[Message]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = messages.iter().map(|_| without_template()).collect();
    let open = (0..messages.len()).filter(|&place| !template_code(&messages[place]).is_empty());
    // `limits.same` promises one group; a text with a neighbour's parameters would be worse than two calls.
    let groups = batch::groups(open, |left, right| is_alike(&messages[left], &messages[right]));
    let operations: Vec<Operation> = groups.iter().map(|group| operation(client, batch, messages, group)).collect();
    for (reply, group) in client.call_all(&operations).iter().zip(&groups) {
        for &place in group {
            outcomes[place] = outcome_of(client, reply, &messages[place], group.len());
        }
    }
    outcomes
}

fn is_alike(left: &Message, right: &Message) -> bool {
    let same_values = left.params.iter().map(|(_, value)| value).eq(right.params.iter().map(|(_, value)| value));
    template_code(left) == template_code(right)
        && sign_name(left) == sign_name(right)
        && is_mainland(left) == is_mainland(right)
        && left.extension == right.extension
        && same_values
}

fn operation(client: &Client, batch: &Batch, messages: &[Message], group: &[usize]) -> Operation {
    let first = &messages[group[0]];
    let of_each = |value: fn(&Message) -> &str| group.iter().map(|&place| value(&messages[place])).collect::<Vec<_>>();
    let mut body = json!({
        "PhoneNumberSet": of_each(|message| &message.recipient),
        "SmsSdkAppId": client.config.sdk_app_id,
        "TemplateId": template_code(first),
        "SessionContext": receipt::reference(&of_each(|message| &message.id), &batch.id),
    });
    if is_mainland(first) {
        body["SignName"] = sign_name(first).into();
    } else if !client.config.sender_id.is_empty() {
        body["SenderId"] = client.config.sender_id.as_str().into();
    }
    if !first.params.is_empty() {
        body["TemplateParamSet"] = first.params.iter().map(|(_, value)| value.as_str()).collect();
    }
    if let Some(extension) = &first.extension {
        body["ExtendCode"] = extension.as_str().into();
    }
    Operation { action: "SendSms", body, carries: batch::carried(group) }
}

fn outcome_of(client: &Client, reply: &Reply, message: &Message, messages: usize) -> Outcome {
    let now = client.gateway.now();
    let Reply::Done(response) = reply else { return errors::of_request(client, reply, Context::of(now, messages)) };
    match status_of(response, &message.recipient) {
        Some((OK, element)) => accepted(element),
        Some((code, element)) => {
            let words = json::text(element, "Message").unwrap_or_default();
            errors::of_number(client, outcome::cause(code, words), now)
        }
        None => outcome::uncertain(outcome::cause("no-status", "the answer does not name this number")),
    }
}

/// The code of one number; of several, the happiest, for one accepted copy is out.
fn status_of<'a>(response: &'a Value, recipient: &str) -> Option<(&'a str, &'a Value)> {
    let of_number = |element: &&Value| {
        json::text(element, "PhoneNumber").and_then(|written| number::e164(&written)).as_deref() == Some(recipient)
    };
    let statuses: Vec<_> = json::items(response, "SendStatusSet")
        .iter()
        .filter(of_number)
        .filter_map(|element| Some((element.get("Code")?.as_str().filter(|code| !code.is_empty())?, element)))
        .collect();
    statuses.iter().find(|(code, _)| *code == OK).or(statuses.first()).copied()
}

/// The fee is counted in parts.
fn accepted(element: &Value) -> Outcome {
    let segments = json::integer(element, "Fee").and_then(|parts| u32::try_from(parts).ok());
    Outcome::Accepted(Accepted { upstream_id: json::text(element, "SerialNo"), segments, price: None })
}

fn without_template() -> Outcome {
    let cause = outcome::cause("no-template-code", "this channel's template binding has no code");
    outcome::rejected(Rejection::BadTemplate, true, cause)
}

fn template_code(message: &Message) -> &str {
    message.template_code.as_deref().unwrap_or_default()
}

fn sign_name(message: &Message) -> &str {
    message.sign_code.as_deref().filter(|code| !code.is_empty()).unwrap_or(&message.sign_name)
}

fn is_mainland(message: &Message) -> bool {
    number::is_mainland(number::domestic(&message.recipient))
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::fake::FakeGateway;
    use jixinda_plugin_kit::http::Problem;
    use jixinda_plugin_kit::samples::{batch, body, briefs, message};

    use super::*;
    use crate::testing::{account, gateway};

    fn send_over(gateway: &FakeGateway, settings: &str, messages: &[Message]) -> Vec<String> {
        let account = account(settings);
        let client = Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let outcomes = send(&client, &batch(), messages);
        assert!(gateway.is_exhausted());
        briefs(&outcomes)
    }

    fn answer(statuses: &[(u32, &str)]) -> String {
        let element = |(n, code): &(u32, &str)| {
            json!({"SerialNo": format!("5000:{n}"), "PhoneNumber": format!("+861380000{n:04}"), "Fee": 2,
                   "SessionContext": "msg-0001", "Code": code, "Message": "m", "IsoCode": "CN"})
        };
        let elements: Vec<_> = statuses.iter().map(element).collect();
        json!({"Response": {"SendStatusSet": elements, "RequestId": "r"}}).to_string()
    }

    fn sent(gateway: &FakeGateway, index: usize) -> Value {
        serde_json::from_str(&body(&gateway.requests()[index])).unwrap()
    }

    #[test]
    fn one_message_is_the_sheets_body() {
        let gateway = gateway().answer(200, &answer(&[(0, "Ok")]));
        assert_eq!(send_over(&gateway, "", &[message(0)]), ["accepted 5000:0"]);
        assert_eq!(
            sent(&gateway, 0),
            json!({"PhoneNumberSet": ["+8613800000000"], "SmsSdkAppId": "1400000000", "TemplateId": "000001",
                   "SignName": "示例签名", "TemplateParamSet": ["369751", "5"], "SessionContext": "msg_0"})
        );
    }

    #[test]
    fn each_number_of_a_call_has_its_own_fate() {
        let statuses = [(1, "LimitExceeded.PhoneNumberThirtySecondLimit"), (0, "Ok"), (2, "Novelty")];
        let gateway = gateway().answer(200, &answer(&statuses));
        let outcomes = send_over(&gateway, "", &[message(0), message(1), message(2), message(3)]);
        let expected =
            ["accepted 5000:0", "deferred RateLimited Recipient 30000", "rejected Other elsewhere", "uncertain"];
        assert_eq!(outcomes, expected);
        assert_eq!(sent(&gateway, 0)["SessionContext"], "cal_1");
    }

    #[test]
    fn a_refused_request_is_every_messages_fate() {
        for (code, expected) in [
            ("AuthFailure.SignatureFailure", "deferred AuthFailed Account"),
            ("InvalidParameterValue.IncorrectPhoneNumber", "deferred Other Batch"),
            ("FailedOperation.TemplateIncorrectOrUnapproved", "rejected BadTemplate elsewhere"),
        ] {
            let body = json!({"Response": {"Error": {"Code": code, "Message": "m"}, "RequestId": "r"}});
            let gateway = gateway().answer(200, &body.to_string());
            assert_eq!(send_over(&gateway, "", &[message(0), message(1)]), [expected; 2]);
        }
        assert_eq!(send_over(&gateway().fail(Problem::Timeout, true), "", &[message(0)]), ["uncertain"]);
        assert_eq!(send_over(&gateway().answer(502, "<html>"), "", &[message(0)]), ["uncertain"]);
        assert_eq!(send_over(&gateway().answer(429, ""), "", &[message(0)]), ["deferred RateLimited Account 1000"]);
    }

    #[test]
    fn numbers_abroad_go_apart_and_without_a_sign_name() {
        let abroad = r#"{"Response":{"SendStatusSet":[{"SerialNo":"s","PhoneNumber":"+6580000000","Code":"Ok"}]}}"#;
        let gateway = gateway().answer(200, &answer(&[(0, "Ok")])).answer(200, abroad);
        let other = Message { recipient: "+6580000000".into(), extension: Some("07".into()), ..message(1) };
        assert_eq!(
            send_over(&gateway, r#","sender_id":"Acme""#, &[message(0), other]),
            ["accepted 5000:0", "accepted s"]
        );
        let sent = sent(&gateway, 1);
        assert_eq!(
            (sent.get("SignName"), &sent["SenderId"], &sent["ExtendCode"]),
            (None, &json!("Acme"), &json!("07"))
        );
    }

    #[test]
    fn without_a_template_code_nothing_leaves() {
        let gateway = gateway();
        let bare = Message { template_code: None, ..message(0) };
        assert_eq!(send_over(&gateway, "", &[bare]), ["rejected BadTemplate elsewhere"]);
        assert!(send_over(&gateway, "", &[]).is_empty());
    }
}
