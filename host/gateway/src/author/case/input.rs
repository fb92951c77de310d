//! What a case asks of the plugin, and asking it.

use crate::author::bench::{Bench, NOON};
use crate::author::example;
use crate::author::script::Heard;
use jixinda_domain::provider::{CallRef, CallbackCall, OutgoingMessage, SentMessage};
use jixinda_domain::{MessageClass, Timestamp};
use jixinda_runtime::{AccountAccess, CallError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// `input.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The time of the call.
    #[serde(default = "noon")]
    pub at: Timestamp,
    /// Settings laid over the example of the schema; null takes one away. Secrets do not belong here.
    #[serde(default)]
    pub config: Map<String, Value>,
    pub ask: Ask,
}

/// One call of a plugin.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    Send {
        messages: Vec<MessageInput>,
    },
    Callback(CallbackInput),
    Poll {
        feed: String,
        #[serde(default)]
        cursor: Option<String>,
    },
    Lookup {
        messages: Vec<SentInput>,
    },
    Balance {},
}

/// A message; what is left out is as in the README of a new plugin.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessageInput {
    pub to: Option<String>,
    pub country_code: Option<u32>,
    pub category: Option<MessageClass>,
    pub sign_name: Option<String>,
    pub sign_code: Option<String>,
    pub text: Option<String>,
    pub template_code: Option<String>,
    pub params: Option<Vec<(String, String)>>,
}

/// A provider's call.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallbackInput {
    pub method: Option<String>,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: super::super::exchange::Body,
    /// What proves that the provider called: the name of a header or of a field of a form. The conformance suite changes it.
    pub proof: Option<String>,
}

/// A message that was sent before.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SentInput {
    pub to: Option<String>,
    pub upstream_id: Option<String>,
    pub at: Option<Timestamp>,
}

const fn noon() -> Timestamp {
    NOON
}

/// Asks, and answers what came in the form of `expected.json`.
pub(super) async fn ask(bench: &Bench, account: &AccountAccess, ask: &Ask) -> (Value, Heard) {
    match ask {
        Ask::Send { messages } => {
            let messages: Vec<OutgoingMessage> = messages.iter().enumerate().map(outgoing).collect();
            let (outcomes, heard) = bench.send(account, &example::call(), &messages).await;
            (json!({"outcomes": outcomes}), heard)
        }
        Ask::Callback(call) => {
            let (came, heard) = bench.callback(account, &callback(call)).await;
            let came = came.map(|(events, reply)| {
                let reply = json!({
                    "status": reply.status,
                    "headers": reply.headers,
                    "body": super::super::exchange::Body::of(&reply.body),
                });
                match events {
                    Ok(events) => json!({"events": events, "reply": reply}),
                    Err(reason) => json!({"refused": reason, "reply": reply}),
                }
            });
            (failed(came), heard)
        }
        Ask::Poll { feed, cursor } => {
            let (page, heard) = bench.poll(account, feed, cursor.as_deref()).await;
            (failed(page.map(|page| json!({"page": page}))), heard)
        }
        Ask::Lookup { messages } => {
            let sent: Vec<SentMessage> = messages.iter().enumerate().map(sent).collect();
            let (fates, heard) = bench.lookup(account, &sent).await;
            (failed(fates.map(|fates| json!({"fates": fates}))), heard)
        }
        Ask::Balance {} => {
            let (balance, heard) = bench.balance(account).await;
            (failed(balance.map(|balance| json!({"balance": balance}))), heard)
        }
    }
}

fn failed(came: Result<Value, CallError>) -> Value {
    came.unwrap_or_else(|error| match error {
        CallError::Failure(cause) => json!({"failure": cause}),
        error => json!({"fault": error.to_string()}),
    })
}

/// A message of the example, with what the case says of it.
pub fn outgoing((number, input): (usize, &MessageInput)) -> OutgoingMessage {
    let example = example::message(number);
    OutgoingMessage {
        recipient: input.to.clone().unwrap_or(example.recipient),
        country_code: input.country_code.unwrap_or(example.country_code),
        category: input.category.map_or(example.category, MessageClass::as_str),
        sign_name: input.sign_name.clone().unwrap_or(example.sign_name),
        // An empty text is "none", so that a case can take the example's away.
        sign_code: input.sign_code.clone().or(example.sign_code).filter(|code| !code.is_empty()),
        text: input.text.clone().unwrap_or(example.text),
        template_code: input.template_code.clone().or(example.template_code).filter(|code| !code.is_empty()),
        params: input.params.clone().unwrap_or(example.params),
        ..example
    }
}

/// The call as the gateway would hand it over.
pub fn callback(input: &CallbackInput) -> CallbackCall {
    CallbackCall {
        method: input.method.clone().unwrap_or_else(|| "POST".to_owned()),
        path: input.path.clone(),
        query: input.query.clone(),
        headers: input.headers.clone(),
        body: input.body.bytes(),
        remote_address: "192.0.2.1".to_owned(),
    }
}

fn sent((number, input): (usize, &SentInput)) -> SentMessage {
    let example = example::message(number);
    let CallRef { id, serial } = example::call();
    SentMessage {
        id: example.id,
        serial: example.serial,
        call: CallRef { id, serial },
        upstream_id: input.upstream_id.clone(),
        recipient: input.to.clone().unwrap_or(example.recipient),
        at: input.at.unwrap_or(NOON),
    }
}
