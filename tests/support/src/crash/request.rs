//! [`Request`]: one submission as an application makes it, single or batch, and what the gateway answered.

use super::dice::Dice;
use crate::client::Client;
use crate::stage::SIGN_NAME;
use bytes::Bytes;
use jixinda_domain::{Clock as _, MessageClass, clock::SystemClock};
use serde_json::{Value, json};
use std::time::Duration;

/// One submission: every text of it has a number of its own.
pub(super) struct Request {
    pub(super) class: MessageClass,
    pub(super) numbers: Vec<String>,
    /// With a key it is repeated until it is answered.
    pub(super) key: Option<String>,
    /// How long its client waits for the answer.
    patience: Duration,
    path: &'static str,
    body: Bytes,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    /// 202: an id for each number.
    Accepted(Vec<String>),
    /// 503 with Retry-After: nothing of it is stored.
    Refused,
    /// Its send time has passed, by the gateway's clock: nothing of it is stored.
    Late,
    /// No answer came: it may be stored or not.
    Unanswered,
    /// An answer that was never to be given here.
    Strange(String),
}

impl Request {
    /// Draws the next one of a client; `next` gives out numbers.
    pub(super) fn draw(dice: &mut Dice, client: u64, next: &mut u64) -> Self {
        let class = match dice.between(0, 100) {
            0..45 => MessageClass::Otp,
            45..80 => MessageClass::Notice,
            _ => MessageClass::Marketing,
        };
        let batch = dice.percent(if class == MessageClass::Otp { 10 } else { 40 });
        let count = if batch { dice.between(2, 30) } else { 1 };
        let number = |offset: u64| format!("{}", 13_800_000_000 + client * 100_000 + *next + offset);
        let numbers: Vec<String> = (0..count).map(number).collect();
        let key = dice.percent(40).then(|| format!("crash-{client}-{}", *next));
        *next += count;
        let scheduled = dice.percent(4).then(|| SystemClock.now() + Duration::from_millis(dice.between(1000, 4000)));
        let mut defaults =
            json!({"template": template(class).0, "sign_name": SIGN_NAME, "params": {template(class).1: "824913"}});
        if let Some(send_at) = scheduled {
            defaults["send_at"] = send_at.to_string().into();
        }
        let patience = Duration::from_secs(if dice.percent(30) { 3 } else { 15 });
        let (path, body) = if batch {
            let messages: Vec<Value> = numbers.iter().map(|number| json!({"to": number})).collect();
            ("/v1/messages/batch", json!({"messages": messages, "defaults": defaults}))
        } else {
            defaults["to"] = numbers[0].as_str().into();
            ("/v1/messages", defaults)
        };
        Self { class, numbers, key, patience, path, body: body.to_string().into() }
    }

    /// Sends it once.
    pub(super) async fn ask(&self, api: &Client) -> Reply {
        let key = self.key.as_deref().map(|key| ("idempotency-key", key));
        let answer = api.raw("POST", self.path, key.as_slice(), self.body.clone());
        let Ok(Ok(answer)) = tokio::time::timeout(self.patience, answer).await else { return Reply::Unanswered };
        let strange = || Reply::Strange(format!("HTTP {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
        match answer.status {
            202 if is_late_batch(&answer.json) => Reply::Late,
            202 => self.ids(&answer.json).map_or_else(strange, Reply::Accepted),
            503 if answer.headers.contains_key("retry-after") => Reply::Refused,
            422 if answer.code() == "send_at_in_past" => Reply::Late,
            _ => strange(),
        }
    }

    fn ids(&self, answer: &Value) -> Option<Vec<String>> {
        let id = |value: &Value| Some(value["id"].as_str()?.to_owned());
        let ids: Option<Vec<String>> = match answer["results"].as_array() {
            Some(results) => results.iter().map(id).collect(),
            None => id(answer).map(|id| vec![id]),
        };
        ids.filter(|ids| ids.len() == self.numbers.len())
    }
}

/// All texts of a batch have the same send time.
fn is_late_batch(answer: &Value) -> bool {
    answer["accepted"] == 0 && answer["results"][0]["error"]["code"] == "send_at_in_past"
}

/// Code and parameter of the stage's template of a class.
fn template(class: MessageClass) -> (&'static str, &'static str) {
    match class {
        MessageClass::Otp => ("login", "code"),
        MessageClass::Notice => ("shipped", "order"),
        MessageClass::Marketing => ("sale", "shop"),
    }
}
