//! Handing messages over: `batchSend`, one call for all that say the same. A call has one sequence number; receipts are
//! told apart by their numbers.

use jixinda_plugin_kit::types::{Message, Outcome, Rejection};
use jixinda_plugin_kit::verdict::Context;
use jixinda_plugin_kit::{batch, json, number, outcome};
use serde_json::json;

use crate::client::{Client, Operation, Reply};
use crate::errors;

pub fn send(client: &Client, messages: &[Message]) -> Vec<Outcome> {
    let mut outcomes: Vec<Option<Outcome>> = messages.iter().map(|message| hopeless(client, message)).collect();
    let open = (0..messages.len()).filter(|&place| outcomes[place].is_none());
    // `limits.same` promises one group; a text with a neighbour's parameters would be worse than two calls.
    let groups = batch::groups(open, |left, right| is_alike(client, &messages[left], &messages[right]));
    let operations: Vec<Operation> = groups.iter().map(|group| operation(client, messages, group)).collect();
    for (operation, reply) in operations.iter().zip(client.call_all(&operations)) {
        let outcome = outcome_of(client, &reply, operation.carries.len());
        for &index in &operation.carries {
            outcomes[index as usize] = Some(outcome.clone());
        }
    }
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(errors::not_asked)).collect()
}

/// What can be said without asking.
fn hopeless(client: &Client, message: &Message) -> Option<Outcome> {
    let rejected =
        |reason, code: &str, detail: &str| Some(outcome::rejected(reason, true, outcome::cause(code, detail)));
    if template_code(message).is_empty() {
        return rejected(Rejection::BadTemplate, "no-template-code", "this channel's template binding has no code");
    }
    if client.config.sign_id_of(message).is_none() {
        return rejected(
            Rejection::BadSignName,
            "no-sign-id",
            "neither the sign name's binding nor the account has a sign id",
        );
    }
    if !number::is_mainland(number::domestic(&message.recipient)) {
        return rejected(Rejection::Unroutable, "not-mainland", "JD Cloud sends to mainland numbers only");
    }
    None
}

fn is_alike(client: &Client, left: &Message, right: &Message) -> bool {
    let same_values = left.params.iter().map(|(_, value)| value).eq(right.params.iter().map(|(_, value)| value));
    template_code(left) == template_code(right)
        && client.config.sign_id_of(left) == client.config.sign_id_of(right)
        && same_values
}

fn operation(client: &Client, messages: &[Message], alike: &[usize]) -> Operation {
    let first = &messages[alike[0]];
    let numbers: Vec<&str> = alike.iter().map(|&index| number::domestic(&messages[index].recipient)).collect();
    let mut body = json!({
        "templateId": template_code(first),
        "signId": client.config.sign_id_of(first),
        "phoneList": numbers,
    });
    if !first.params.is_empty() {
        body["params"] = first.params.iter().map(|(_, value)| value.as_str()).collect();
    }
    Operation { name: "batchSend", body, carries: batch::carried(alike) }
}

fn outcome_of(client: &Client, reply: &Reply, messages: usize) -> Outcome {
    match reply {
        Reply::Done(result) => {
            outcome::accepted(result.get("data").and_then(|data| json::text(data, "sequenceNumber")))
        }
        refused => errors::outcome(client.gateway, refused, Context::of(client.gateway.now(), messages)),
    }
}

fn template_code(message: &Message) -> &str {
    message.template_code.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::fake::FakeGateway;
    use jixinda_plugin_kit::samples::{body, brief, briefs};
    use serde_json::Value;

    use super::*;
    use crate::testing::{account, gateway, message};

    const OK: &str = r#"{"requestId":"c1","result":{"data":{"sequenceNumber":"seq-0000000001"},"status":true,"code":"200","message":"ok"}}"#;

    fn send_over(gateway: &FakeGateway, messages: &[Message]) -> Vec<Outcome> {
        let account = account("");
        let client = Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let outcomes = send(&client, messages);
        assert!(gateway.is_exhausted());
        outcomes
    }

    #[test]
    fn the_same_to_several_is_one_call() {
        let gateway = gateway().answer(200, OK);
        assert_eq!(briefs(&send_over(&gateway, &[message(0), message(1)])), ["accepted seq-0000000001"; 2]);
        let request = &gateway.requests()[0];
        let sent: Value = serde_json::from_str(&body(request)).unwrap();
        assert_eq!(
            sent,
            json!({"templateId": "mb_00000000000000000000000000000000", "signId": "qm_00000000000000000000000000000000",
                   "phoneList": ["13800000000", "13800000001"], "params": ["369751", "5"]})
        );
        assert_eq!(request.carries, Some(vec![0, 1]));
    }

    #[test]
    fn what_differs_is_never_mixed() {
        let gateway = gateway().answer(200, OK).answer(200, r#"{"result":{"status":false,"code":"11572106"}}"#);
        let other = Message { params: vec![("code".into(), "1".into())], ..message(1) };
        let outcomes = send_over(&gateway, &[message(0), other, message(2)]);
        assert_eq!(
            briefs(&outcomes),
            ["accepted seq-0000000001", "deferred NoBalance Account", "accepted seq-0000000001"]
        );
        assert_eq!(gateway.requests()[0].carries, Some(vec![0, 2]));
    }

    #[test]
    fn what_is_hopeless_does_not_leave() {
        let gateway = gateway();
        let told = |message: Message| brief(&send_over(&gateway, &[message])[0]);
        assert_eq!(told(Message { template_code: None, ..message(0) }), "rejected BadTemplate elsewhere");
        assert_eq!(told(Message { recipient: "+6580000000".into(), ..message(0) }), "rejected Unroutable elsewhere");
        let unsigned = jixinda_plugin_kit::samples::account(r#"{"access_key_id":"x"}"#);
        let client = Client::open(&gateway, &unsigned).unwrap_or_else(|_| panic!("opens"));
        assert_eq!(brief(&send(&client, &[message(0)])[0]), "rejected BadSignName elsewhere");
        assert!(gateway.requests().is_empty());
    }

    #[test]
    fn a_binding_has_the_first_word_on_the_sign_name() {
        let gateway = gateway().answer(200, OK);
        send_over(&gateway, &[Message { sign_code: Some("qm_1".into()), params: vec![], ..message(0) }]);
        let sent: Value = serde_json::from_str(&body(&gateway.requests()[0])).unwrap();
        assert_eq!((&sent["signId"], sent.get("params")), (&json!("qm_1"), None));
    }
}
