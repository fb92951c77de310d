//! [`Client`]: the calls about single messages. Lists and batches have files of their own; `call` carries each of them out.

mod batches;
mod builder;
mod call;
mod environment;
mod lists;
mod pause;
mod retries;
mod target;
mod tls;

#[cfg(test)]
mod tests;

pub use builder::Builder;
pub use retries::Retries;

use crate::conversions::Conversions;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::key::{AccessKey, AuthMode};
use crate::message::{Accepted, Message, Story};
use crate::new_message::NewMessage;
use call::Call;
use pause::Pauses;
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use target::Target;

/// How many ids one conversion call holds.
const MOST_CONVERSIONS: usize = 1000;

/// 客户端: speaks to one gateway in the name of one application. Cheap to clone; clones share their connections.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stub.inc"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let stub = Stub::start([Reply::json(202, r#"{"id":"msg_1","status":"queued","segments":1}"#)]);
/// # let (url, key) = (stub.url(), "key_1.example-secret");
/// use jixinda_sdk::{Client, NewMessage};
///
/// let client = Client::builder(url).key(key).build()?;
/// let message = NewMessage::new("13800000000", "login", "jixinda").param("code", "123456");
/// let accepted = client.send(&message).await?;
/// println!("{} has {} segment", accepted.id, accepted.segments);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    http: reqwest::Client,
    target: Target,
    key: AccessKey,
    mode: AuthMode,
    retries: Retries,
    pauses: Pauses,
}

impl Client {
    /// Begins a client of the gateway at an address such as `https://sms.example.com`.
    pub fn builder(url: impl Into<String>) -> Builder {
        Builder::new(url)
    }

    /// A client as the environment says: `JIXINDA_URL`, the gateway's address, and `JIXINDA_KEY`, the key as `key_….secret`.
    ///
    /// # Errors
    /// [`Error::Configuration`], which names the variable that is missing or malformed. It does not repeat its value.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), jixinda_sdk::Error> {
    /// let client = jixinda_sdk::Client::from_env()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Result<Self> {
        Builder::from_env()?.build()
    }

    /// Sends one text. When it returns, the text is on the gateway's disk.
    ///
    /// The call has an idempotency key of its own, so that tries again send nothing twice; after a crash of your program only
    /// [`send_as`](Self::send_as) can do that.
    ///
    /// # Errors
    /// Where the gateway refuses it, or no answer comes.
    pub async fn send(&self, message: &NewMessage) -> Result<Accepted> {
        self.send_as(message, &IdempotencyKey::random()).await
    }

    /// The same with an idempotency key of yours: said again within 24 hours, it answers as before and sends nothing.
    ///
    /// # Errors
    /// As [`send`](Self::send). [`ProblemCode::IdempotencyConflict`](crate::ProblemCode::IdempotencyConflict) where the key was used
    /// with another message.
    pub async fn send_as(&self, message: &NewMessage, key: &IdempotencyKey) -> Result<Accepted> {
        let body = encode(message)?;
        self.run(Call::post("send", "/v1/messages", body).once(key)).await
    }

    /// One message with its history, attempts and receipts.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`](crate::ProblemCode::NotFound) where it is none of yours.
    pub async fn get(&self, id: &str) -> Result<Story> {
        self.run(Call::get("get", message_path(id, "")?)).await
    }

    /// Calls a message back while no provider has it. One that was called back already is answered too.
    ///
    /// It carries no idempotency key, so it is tried once; to say it again is harmless.
    ///
    /// # Errors
    /// [`ProblemCode::NotCancellable`](crate::ProblemCode::NotCancellable) where it is too late.
    pub async fn cancel(&self, id: &str) -> Result<Message> {
        self.run(Call::post("cancel", message_path(id, "/cancel")?, Vec::new())).await
    }

    /// Says that the code of a message was used, or whatever else shows that it was read: the best evidence that a channel delivers.
    /// Answers whether it was said for the first time.
    ///
    /// It carries no idempotency key, so it is tried once; to say it again is harmless.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`](crate::ProblemCode::NotFound) or [`ProblemCode::NotSent`](crate::ProblemCode::NotSent).
    pub async fn convert(&self, id: &str) -> Result<bool> {
        let answer: Conversions = self.run(conversion(&json!({"id": id}))?).await?;
        Ok(answer.new > 0)
    }

    /// The same for up to 1000 messages; those that are unknown or were not sent are named in the answer.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for none and for more than 1000.
    pub async fn convert_all<I, S>(&self, ids: I) -> Result<Conversions>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let ids: Vec<String> = ids.into_iter().map(|id| id.as_ref().to_owned()).collect();
        if ids.is_empty() || ids.len() > MOST_CONVERSIONS {
            return Err(Error::InvalidArgument(format!("1 to {MOST_CONVERSIONS} messages are converted in a call")));
        }
        self.run(conversion(&json!({"ids": ids}))?).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.shared.target.to_string())
            .field("key", &self.shared.key)
            .field("mode", &self.shared.mode)
            .field("retries", &self.shared.retries)
            .finish_non_exhaustive()
    }
}

fn conversion(body: &serde_json::Value) -> Result<Call> {
    Ok(Call::post("convert", "/v1/conversions", encode(body)?))
}

fn encode(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::InvalidArgument(format!("it cannot be written as JSON: {error}")))
}

/// An id goes into a path: what could lead to another path is none.
fn message_path(id: &str, rest: &str) -> Result<String> {
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !plain {
        return Err(Error::InvalidArgument("a message's id has letters, figures and underscores".to_owned()));
    }
    Ok(format!("/v1/messages/{id}{rest}"))
}
