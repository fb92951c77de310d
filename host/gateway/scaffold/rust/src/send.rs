//! Handing texts over: one request for each, all at once. Exactly one outcome a message, in their order.

use jixinda_plugin_kit::http::Request;
use jixinda_plugin_kit::types::{Account, Failure, Message, Outcome};
use jixinda_plugin_kit::{Gateway, outcome, request};
use serde::Deserialize;
use serde_json::json;

use crate::config::{self, Config};
use crate::errors;

pub fn send(gateway: &dyn Gateway, account: &Account, messages: &[Message]) -> Result<Vec<Outcome>, Failure> {
    let config = Config::read(account)?;
    let secret = config::secret(gateway)?;
    let requests: Vec<Request> =
        (0..).zip(messages).map(|(index, message)| request(&config, &secret, message, index)).collect();
    Ok(gateway.send_all(&requests).iter().map(|answer| match answer {
        // Whether the request left decides: `uncertain` is never resent blindly, `deferred` is safe to try again.
        Err(error) => outcome::from_send_error(error),
        Ok(response) => match serde_json::from_slice::<Reply>(&response.body) {
            Ok(Reply { ok: true, id: Some(id), .. }) => outcome::accepted(Some(id)),
            Ok(Reply { ok: false, error: Some(code), retry_after, .. }) => errors::outcome(&code, retry_after),
            _ => outcome::from_status(response),
        },
    }).collect())
}

/// `carries` tells the gateway which message this request hands over, by its index.
fn request(config: &Config, secret: &str, message: &Message, index: u32) -> Request {
    let body = json!({
        "to": message.recipient,
        "text": format!("【{}】{}", message.sign_name, message.text),
        "reference": message.id,
    });
    request::post(config.url("send"), body.to_string())
        .header("Content-Type", "application/json")
        .header("X-Account", &config.account)
        .header("Authorization", format!("Bearer {secret}"))
        .timeout(10_000)
        .carries([index])
}

#[derive(Deserialize)]
struct Reply {
    ok: bool,
    id: Option<String>,
    error: Option<String>,
    /// Seconds.
    retry_after: Option<u32>,
}
