//! What each of Twilio's codes means for a message. The table is the provider sheet's, §5; its 30xxx come with receipts as
//! well, where `receipt` puts them into words.

use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::http::Response;
use jixinda_plugin_kit::json;
use jixinda_plugin_kit::outcome::{cause, from_status, heeding, uncertain};
use jixinda_plugin_kit::types::{Deferral, Outcome, Rejection, Scope};
use jixinda_plugin_kit::verdict::Concerns::All;
use jixinda_plugin_kit::verdict::Verdict::{Fault, Limited, Refused, RefusedHere, Uncertain};
use jixinda_plugin_kit::verdict::{self, Context, Pause, Row};
use serde_json::Value;

use crate::client::Client;

const SECOND: Pause = Pause::Milliseconds(1_000);
/// A sender's queue holds hours of texts; a while lets some of them leave.
const QUEUE_PAUSE: Pause = Pause::Milliseconds(30_000);

/// All but 30001, 30003 and 30006 are from general knowledge: UNCONFIRMED.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("20003", Fault(Deferral::AuthFailed),              All),
    ("20429", Limited(Scope::Account, SECOND),          All),
    ("21211", Refused(Rejection::BadRecipient),         All),
    ("21408", RefusedHere(Rejection::Unroutable),       All),
    ("21606", RefusedHere(Rejection::BadSignName),      All),
    ("21659", RefusedHere(Rejection::BadSignName),      All),
    ("21610", RefusedHere(Rejection::RecipientBlocked), All),
    ("21611", Limited(Scope::SignName, QUEUE_PAUSE),    All),
    ("21612", RefusedHere(Rejection::Unroutable),       All),
    ("21614", Refused(Rejection::BadRecipient),         All),
    ("21617", Refused(Rejection::TooLong),              All),
    ("30001", Limited(Scope::SignName, QUEUE_PAUSE),    All),
    ("30002", Fault(Deferral::AuthFailed),              All),
    ("30003", RefusedHere(Rejection::Unroutable),       All),
    ("30004", RefusedHere(Rejection::RecipientBlocked), All),
    ("30005", Refused(Rejection::BadRecipient),         All),
    ("30006", RefusedHere(Rejection::Unroutable),       All),
    ("30007", RefusedHere(Rejection::ContentRefused),   All),
    ("30008", Uncertain,                                All),
    ("63038", Limited(Scope::Account, Pause::NextDay),  All),
];

/// The outcome of a message that was not made.
pub fn of_request(client: &Client, response: &Response, body: &Value) -> Outcome {
    let Some(code) = json::text(body, "code").filter(|_| (400..500).contains(&response.status)) else {
        return match response.status {
            401 => Fault(Deferral::AuthFailed).outcome(cause("401", "refused without a code"), client.gateway.now()),
            _ => from_status(response),
        };
    };
    let cause = cause(&*code, json::text(body, "message").unwrap_or_default());
    let context = Context::alone(client.gateway.now());
    if let Some(told) = verdict::find(TABLE, &code) {
        return heeding(verdict::decide(told, cause, context), response);
    }
    client.gateway.log(Level::Warn, "Twilio refused with a code that is not known here", &[("code", &code)]);
    let told = match response.status {
        401 => Fault(Deferral::AuthFailed),
        429 => Limited(Scope::Account, SECOND),
        // Refused before anything was made.
        _ => RefusedHere(Rejection::Other),
    };
    heeding(told.outcome(cause, context.now), response)
}

/// The outcome of a message that was made and had failed at once.
pub fn of_message(client: &Client, body: &Value) -> Outcome {
    let code = json::text(body, "error_code").unwrap_or_else(|| "failed".into());
    let told = verdict::find(TABLE, &code).unwrap_or((RefusedHere(Rejection::Other), All));
    let cause = cause(code, json::text(body, "error_message").unwrap_or_default());
    verdict::decide(told, cause, Context::alone(client.gateway.now()))
}

/// Every message has an answer by now; were one forgotten, it must not be sent again.
pub fn not_asked() -> Outcome {
    uncertain(cause("no-answer", "the call says nothing of this message"))
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::brief;
    use serde_json::json;

    use super::*;
    use crate::testing::{account, gateway};

    fn told(status: u16, headers: Vec<(String, String)>, body: &str) -> String {
        let (gateway, account) = (gateway(), account(""));
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let response = Response { status, headers, body: body.into() };
        brief(&of_request(&client, &response, &response.json()))
    }

    #[test]
    fn every_line_of_the_table() {
        let lines = [
            ("20003", "deferred AuthFailed Account"),
            ("20429", "deferred RateLimited Account 1000"),
            ("21211", "rejected BadRecipient nowhere"),
            ("21408", "rejected Unroutable elsewhere"),
            ("21606", "rejected BadSignName elsewhere"),
            ("21659", "rejected BadSignName elsewhere"),
            ("21610", "rejected RecipientBlocked elsewhere"),
            ("21611", "deferred RateLimited SignName 30000"),
            ("21612", "rejected Unroutable elsewhere"),
            ("21614", "rejected BadRecipient nowhere"),
            ("21617", "rejected TooLong nowhere"),
            ("30001", "deferred RateLimited SignName 30000"),
            ("30002", "deferred AuthFailed Account"),
            ("30003", "rejected Unroutable elsewhere"),
            ("30004", "rejected RecipientBlocked elsewhere"),
            ("30005", "rejected BadRecipient nowhere"),
            ("30006", "rejected Unroutable elsewhere"),
            ("30007", "rejected ContentRefused elsewhere"),
            ("30008", "uncertain"),
            ("63038", "deferred RateLimited Account 46555000"),
            ("99999", "rejected Other elsewhere"),
        ];
        for (code, expected) in lines {
            assert_eq!(
                told(400, vec![], &format!(r#"{{"code":{code},"message":"m","status":400}}"#)),
                expected,
                "{code}"
            );
        }
        let untested = |code: &str| lines.iter().all(|(tested, _)| *tested != code);
        assert_eq!(TABLE.iter().map(|row| row.0).find(|code| untested(code)), None);
    }

    #[test]
    fn what_the_status_says() {
        assert_eq!(told(401, vec![], "{}"), "deferred AuthFailed Account");
        assert_eq!(told(401, vec![], r#"{"code":70051}"#), "deferred AuthFailed Account");
        assert_eq!(told(429, vec![], ""), "deferred RateLimited Account 1000");
        let wait = vec![("Retry-After".to_owned(), "5".to_owned())];
        assert_eq!(told(429, wait.clone(), r#"{"code":20429}"#), "deferred RateLimited Account 5000");
        assert_eq!(told(429, wait, r#"{"code":1}"#), "deferred RateLimited Account 5000");
        for (status, body) in [(500, r#"{"code":21211}"#), (503, ""), (404, ""), (200, "x")] {
            assert_eq!(told(status, vec![], body), "uncertain", "{status}");
        }
    }

    #[test]
    fn a_message_that_failed_at_once() {
        let (gateway, account) = (gateway(), account(""));
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let told = |body: Value| brief(&of_message(&client, &body));
        assert_eq!(told(json!({"error_code": "30005"})), "rejected BadRecipient nowhere");
        assert_eq!(told(json!({"error_code": null})), "rejected Other elsewhere");
    }
}
