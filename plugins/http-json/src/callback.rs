//! What the described API calls us with: receipts, one or many, as JSON or as a form. Where a secret is agreed, a call
//! without it is forged.

use jixinda_plugin_kit::callback::{events, json as reply, refuse, reply as typed};
use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::digest::constant_time_eq;
use jixinda_plugin_kit::encoding::parse_form;
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::types::Account;
use jixinda_plugin_kit::{Gateway, json, settings};
use serde_json::Value;

use crate::config::Config;
use crate::receipt;

const BEARER: &str = "Bearer ";

pub fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
    let refusal = |status, reason: &str| refuse(reason, reply(status, r#"{"ok":false}"#));
    let config = Config::read(account).map_err(|_| refusal(500, "the account's config cannot be read"))?;
    match settings::optional_secret(gateway, "callback_secret") {
        Some(secret) if !brings(&config, call, &secret) => {
            return Err(refusal(401, "the callback does not bring the agreed secret"));
        }
        // Half a setting must not open the door that the other half was meant to close.
        None if config.names_a_callback_secret() => {
            return Err(refusal(
                401,
                "the account says where callbacks bring a secret, and callback_secret is not set",
            ));
        }
        _ => {}
    }
    if !call.is_post() && !call.method.eq_ignore_ascii_case("PUT") {
        return Err(refusal(405, "neither a POST nor a PUT"));
    }
    if config.receipt_status_path.is_empty() {
        return Err(refusal(501, "the account does not say how to read receipts"));
    }
    let body = read_body(call);
    let items = match config.receipt_list_path.find(&body) {
        Some(Value::Array(items)) => items.as_slice(),
        Some(item @ Value::Object(_)) => std::slice::from_ref(item),
        _ => return Err(refusal(400, "there are no receipts where the account says")),
    };
    let mut events = events(typed(200, &config.callback_reply_type, config.callback_reply.as_bytes()));
    events.receipts = items.iter().filter_map(|item| receipt::read(item, &config)).collect();
    if events.receipts.is_empty() && !items.is_empty() {
        return Err(refusal(400, "nothing of it is a receipt"));
    }
    if events.receipts.len() < items.len() {
        gateway.log(Level::Warn, "skipped callback items that are no receipts", &[]);
    }
    Ok(events)
}

fn brings(config: &Config, call: &Call, secret: &str) -> bool {
    let is_it = |told: &str| constant_time_eq(told.as_bytes(), secret.as_bytes());
    let by_header = || {
        let told = call.header(&config.callback_secret_header)?;
        Some(is_it(told.strip_prefix(BEARER).unwrap_or(told)))
    };
    let by_query = || {
        let wanted = Some(&config.callback_secret_query).filter(|name| !name.is_empty())?;
        let query = parse_form(&call.query);
        let (_, told) = query.iter().find(|(name, _)| name == wanted)?;
        Some(is_it(told))
    };
    by_header() == Some(true) || by_query() == Some(true)
}

/// A form is an object of texts.
fn read_body(call: &Call) -> Value {
    let is_form = call.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form {
        return call.form().0.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    }
    json::parse(&call.body)
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples;
    use jixinda_plugin_kit::types::ReceiptStatus;

    use super::*;
    use crate::testing::{account, gateway};

    const RECEIPT: &str = r#"{"id":"up-1","status":"delivered","to":"+8613800000000"}"#;

    fn push(settings: &str, content_type: &str, body: &str) -> Result<Events, Refusal> {
        parse(&gateway(), &account(settings), &samples::call(content_type, body))
    }

    #[test]
    fn one_receipt_or_many_in_json_or_a_form() {
        let events = push("", "application/json", RECEIPT).unwrap();
        assert_eq!((events.receipts.len(), events.receipts[0].status), (1, ReceiptStatus::Delivered));
        assert_eq!((events.reply.status, events.reply.body.as_slice()), (200, &br#"{"ok":true}"#[..]));
        assert_eq!(push("", "application/json", RECEIPT).unwrap(), events, "the same call gives the same events");
        let many = format!("[{RECEIPT},7,{RECEIPT}]");
        assert_eq!(push("", "application/json", &many).unwrap().receipts.len(), 2);
        let nested = format!(r#"{{"data":{{"list":[{RECEIPT}]}}}}"#);
        let settings = r#","receipt_list_path":"data.list","callback_reply":"OK","callback_reply_type":"text/plain""#;
        let events = push(settings, "application/json", &nested).unwrap();
        assert_eq!((events.receipts.len(), events.reply.body.as_slice()), (1, &b"OK"[..]));
        let form = "id=up-1&status=failed&to=%2B8613800000000&error=E7";
        let events = push("", "application/x-www-form-urlencoded; charset=utf-8", form).unwrap();
        assert_eq!(events.receipts[0].cause.as_ref().unwrap().code, "E7");
    }

    #[test]
    fn rubbish_is_refused() {
        for body in ["", "{", "7", "{}", "[7]", r#"{"status":"delivered"}"#] {
            assert_eq!(push("", "application/json", body).unwrap_err().reply.status, 400, "{body}");
        }
        assert_eq!(push(r#","receipt_status_path":"""#, "", RECEIPT).unwrap_err().reply.status, 501);
        let get = Call { method: "GET".into(), ..samples::call("", RECEIPT) };
        assert_eq!(parse(&gateway(), &account(""), &get).unwrap_err().reply.status, 405);
    }

    #[test]
    fn where_a_secret_is_agreed_a_call_must_bring_it() {
        let gateway = gateway().secret("callback_secret", "agreed");
        let account = account(r#","callback_secret_header":"X-Callback-Secret","callback_secret_query":"key""#);
        let with = |name: &str, value: &str, query: &str| {
            let mut call = samples::call("application/json", RECEIPT);
            call.headers.push((name.into(), value.into()));
            call.query = query.into();
            parse(&gateway, &account, &call).map_or_else(|refusal| refusal.reply.status, |events| events.reply.status)
        };
        assert_eq!(with("X-Callback-Secret", "agreed", ""), 200);
        assert_eq!(with("x-callback-secret", "Bearer agreed", ""), 200);
        assert_eq!(with("X-Other", "agreed", "a=b&key=agreed"), 200);
        assert_eq!(with("X-Other", "agreed", ""), 401);
        assert_eq!(with("X-Callback-Secret", "agree", "key="), 401);
        assert_eq!(with("X-Callback-Secret", "", "agreed"), 401);
    }

    #[test]
    fn half_a_setting_opens_nothing() {
        for half in [r#","callback_secret_header":"X-Callback-Secret""#, r#","callback_secret_query":"key""#] {
            assert_eq!(push(half, "application/json", RECEIPT).unwrap_err().reply.status, 401, "{half}");
        }
    }
}
