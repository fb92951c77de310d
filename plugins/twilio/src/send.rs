//! Handing messages over: one request each, all at once. The message's id goes along in the callback's URL, so that a
//! status finds it even where the answer was lost.

use jixinda_plugin_kit::http::{Request, Response, SendError};
use jixinda_plugin_kit::sign_name::signed;
use jixinda_plugin_kit::types::{Accepted, Amount, Message, Outcome, Rejection};
use jixinda_plugin_kit::{encoding, json, outcome};
use serde_json::Value;

use crate::callback::MESSAGE;
use crate::client::Client;
use crate::errors;

/// The longest validity that Twilio takes.
const MAX_VALIDITY_SECONDS: u32 = 36_000;

pub fn send(client: &Client, messages: &[Message]) -> Vec<Outcome> {
    let requests: Vec<Option<Request>> = (0..).zip(messages).map(|(index, it)| request(client, index, it)).collect();
    let ready: Vec<Request> = requests.iter().flatten().cloned().collect();
    let mut answers = client.call_all(&ready).into_iter();
    requests
        .iter()
        .map(|request| match request {
            Some(_) => answers.next().map_or_else(errors::not_asked, |answer| read(client, &answer)),
            None => without_sender(),
        })
        .collect()
}

fn request(client: &Client, index: u32, message: &Message) -> Option<Request> {
    let sender = client.config.sender_of(message)?;
    let text = signed(&message.text, &message.sign_name, client.config.sign_name_place);
    let mut fields = vec![("To", message.recipient.clone()), (sender.0, sender.1.to_owned()), ("Body", text)];
    if let Some(url) = &client.callback_url {
        fields.push(("StatusCallback", format!("{url}?{MESSAGE}={}", encoding::percent(&message.id))));
    }
    if let Some(seconds) = message.validity_seconds.filter(|_| client.config.send_validity) {
        fields.push(("ValidityPeriod", seconds.clamp(1, MAX_VALIDITY_SECONDS).to_string()));
    }
    Some(client.create(fields, index))
}

fn read(client: &Client, answer: &Result<Response, SendError>) -> Outcome {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return outcome::from_send_error(error),
    };
    let body = response.json();
    match (json::text(&body, "sid"), json::text(&body, "status").as_deref()) {
        (Some(_), Some("failed")) => errors::of_message(client, &body),
        (Some(sid), Some(_)) if response.status < 300 => accepted(sid, &body),
        _ => errors::of_request(client, response, &body),
    }
}

/// The price comes later, with the message; a negative one is what it costs.
fn accepted(sid: String, body: &Value) -> Outcome {
    let segments = json::integer(body, "num_segments").and_then(|count| u32::try_from(count).ok());
    Outcome::Accepted(Accepted { upstream_id: Some(sid), segments: segments.filter(|&it| it > 0), price: price(body) })
}

/// What a message costs, once Twilio knows it.
pub fn price(body: &Value) -> Option<Amount> {
    let value = json::text(body, "price")?.trim_start_matches('-').to_owned();
    Some(Amount { value, unit: json::text(body, "price_unit")?.to_uppercase() })
}

fn without_sender() -> Outcome {
    let cause = outcome::cause("no-sender", "neither the sign name's binding nor the account has a sender");
    outcome::rejected(Rejection::BadSignName, true, cause)
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::fake::FakeGateway;
    use jixinda_plugin_kit::http::Problem;
    use jixinda_plugin_kit::samples::{body, briefs, field, message};

    use super::*;
    use crate::testing::{CREATED, account, gateway};

    fn send_over(gateway: &FakeGateway, settings: &str, messages: &[Message]) -> Vec<Outcome> {
        let account = account(settings);
        let client = Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let outcomes = send(&client, messages);
        assert!(gateway.is_exhausted());
        outcomes
    }

    #[test]
    fn one_message_is_the_sheets_form() {
        let gateway = gateway().answer(201, CREATED);
        let text = Message { text: "您的验证码是 369751".into(), ..message(0) };
        let accepted =
            Accepted { upstream_id: Some("SM00000000000000000000000000000001".into()), segments: Some(1), price: None };
        assert_eq!(send_over(&gateway, "", &[text]), [Outcome::Accepted(accepted)]);
        let request = &gateway.requests()[0];
        assert_eq!(
            request.url,
            "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"
        );
        assert_eq!(
            body(request),
            "To=%2B8613800000000&From=%2B15550000001&Body=%E6%82%A8%E7%9A%84%E9%AA%8C%E8%AF%81%E7%A0%81%E6%98%AF+369751&\
             StatusCallback=https%3A%2F%2Fgw.example.com%2Fcb%2Facc_1%2Ftoken%3Fmessage%3Dmsg_0"
        );
        assert_eq!(request.carries, Some(vec![0]));
    }

    #[test]
    fn each_message_has_its_own_request_and_fate() {
        let gateway = gateway()
            .answer(201, CREATED)
            .answer(400, r#"{"code":21211,"message":"m","more_info":"u","status":400}"#)
            .fail(Problem::Timeout, true)
            .answer(201, r#"{"sid":"SM2","status":"failed","error_code":21610,"error_message":"m"}"#);
        let messages: Vec<_> = (0..4).map(message).collect();
        assert_eq!(
            briefs(&send_over(&gateway, "", &messages)),
            [
                "accepted SM00000000000000000000000000000001",
                "rejected BadRecipient nowhere",
                "uncertain",
                "rejected RecipientBlocked elsewhere"
            ]
        );
        let carried: Vec<_> = gateway.requests().iter().map(|request| request.carries.clone().unwrap()).collect();
        assert_eq!(carried, [[0], [1], [2], [3]]);
    }

    #[test]
    fn senders_validity_and_sign_names() {
        let gateway = gateway().answer(201, CREATED).answer(201, CREATED);
        let bound = Message { sign_code: Some("Acme".into()), validity_seconds: Some(99_999), ..message(0) };
        let settings = r#","messaging_service_sid":"MG1","sign_name_place":"front""#;
        send_over(&gateway, settings, &[bound, Message { validity_seconds: Some(0), ..message(1) }]);
        let requests = gateway.requests();
        assert_eq!(field(&requests[0], "From").as_deref(), Some("Acme"));
        assert_eq!(field(&requests[0], "ValidityPeriod").as_deref(), Some("36000"));
        assert_eq!(field(&requests[0], "Body").as_deref(), Some("【示例签名】验证码：6666"));
        assert_eq!(field(&requests[1], "MessagingServiceSid").as_deref(), Some("MG1"));
        assert_eq!((field(&requests[1], "From"), field(&requests[1], "ValidityPeriod").as_deref()), (None, Some("1")));
    }

    #[test]
    fn without_a_sender_nothing_leaves() {
        let gateway = gateway();
        let bare = jixinda_plugin_kit::samples::account(r#"{"account_sid":"AC1"}"#);
        let client = Client::open(&gateway, &bare).unwrap_or_else(|_| panic!("opens"));
        assert_eq!(briefs(&send(&client, &[message(0)])), ["rejected BadSignName elsewhere"]);
        assert!(gateway.requests().is_empty());
    }

    #[test]
    fn half_answers_are_uncertain() {
        for (status, answer) in
            [(201, ""), (201, "{\"sid\":"), (201, r#"{"sid":"SM1"}"#), (200, "<html>"), (500, CREATED)]
        {
            let outcomes = send_over(&gateway().answer(status, answer), "", &[message(0)]);
            assert_eq!(briefs(&outcomes), ["uncertain"], "{status} {answer}");
        }
    }
}
