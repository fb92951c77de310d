//! Sending a batch, in as many requests as the gateway's limits ask for. What it holds and what came of it is in `crate::batch`.

use super::{Client, encode};
use crate::batch::{AcceptedEntry, Batch, BatchEntry, BatchResults, EntryError};
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::problem::ProblemCode;
use parts::Part;
use serde::Deserialize;
use std::collections::HashMap;

pub(super) mod parts;

#[derive(Deserialize)]
struct Answer {
    batch_id: String,
    results: Vec<EntryAnswer>,
}

#[derive(Deserialize)]
struct EntryAnswer {
    index: usize,
    id: Option<String>,
    #[serde(default)]
    segments: u16,
    error: Option<ErrorAnswer>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    code: ProblemCode,
    #[serde(default)]
    detail: String,
}

impl Client {
    /// Sends many texts. More than the gateway takes at once (10,000 texts, 16 MiB) are sent in several requests, one after another.
    ///
    /// Each text has a result of its own, in the order of the batch. When a later request fails, the results of those before are
    /// kept: see [`EntryError`].
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stub.inc"));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let stub = Stub::start([Reply::json(202, r#"{"batch_id":"bat_1","accepted":1,"rejected":1,"results":[
    /// #     {"index":0,"id":"msg_1","segments":1},
    /// #     {"index":1,"error":{"code":"invalid_phone_number","detail":"to: it is too short"}}]}"#)]);
    /// # let client = jixinda_sdk::Client::builder(stub.url()).key("key_1.example-secret").build()?;
    /// use jixinda_sdk::{Batch, NewMessage};
    ///
    /// let batch = Batch::new()
    ///     .defaults(NewMessage::default().template("shipped").sign_name("jixinda").param("order", "A-1"))
    ///     .message(NewMessage::to("13800000001"))
    ///     .message(NewMessage::to("12"));
    /// let results = client.send_batch(&batch).await?;
    /// assert_eq!(results.accepted(), 1);
    /// for (index, error) in results.failed() {
    ///     println!("text {index}: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Where the batch is empty, or no request of it succeeded. If only some did, the answer is `Ok`.
    pub async fn send_batch(&self, batch: &Batch) -> Result<BatchResults> {
        self.send_batch_as(batch, &IdempotencyKey::random()).await
    }

    /// The same with an idempotency key of yours. The same batch under the same key, said again within 24 hours, answers as before and
    /// sends nothing that was accepted before: so is mended what failed half-way.
    ///
    /// # Errors
    /// As [`send_batch`](Self::send_batch).
    pub async fn send_batch_as(&self, batch: &Batch, key: &IdempotencyKey) -> Result<BatchResults> {
        self.send_parts(parts::split(batch, parts::Limits::default())?, key).await
    }

    pub(super) async fn send_parts(&self, parts: Vec<Part>, key: &IdempotencyKey) -> Result<BatchResults> {
        let count = parts.len();
        let (mut batch_ids, mut entries) = (Vec::new(), Vec::new());
        let mut stopped: Option<Error> = None;
        let mut first_error = None;
        for (number, part) in (1..).zip(parts) {
            let range = part.range();
            if let Some(error) = &stopped {
                entries
                    .extend(range.map(|index| BatchEntry { index, result: Err(EntryError::NotSent(error.clone())) }));
                continue;
            }
            match self.send_part(&part, &key.of_part(number, count)).await {
                Ok(answer) => {
                    batch_ids.push(answer.batch_id);
                    entries.extend(in_order(range, answer.results));
                }
                Err(error) => {
                    let failed = |index| BatchEntry { index, result: Err(EntryError::Failed(error.clone())) };
                    entries.extend(range.map(failed));
                    first_error.get_or_insert_with(|| error.clone());
                    stopped = concerns_others(&error).then_some(error);
                }
            }
        }
        match first_error {
            Some(error) if batch_ids.is_empty() => Err(error),
            _ => Ok(BatchResults { batch_ids, entries }),
        }
    }

    async fn send_part(&self, part: &Part, key: &IdempotencyKey) -> Result<Answer> {
        self.run(super::Call::post("send_batch", "/v1/messages/batch", part.body()).once(key)).await
    }
}

/// Whether the parts that follow would fare alike. What is wrong with one part's own entries is no matter of theirs.
fn concerns_others(error: &Error) -> bool {
    !error.problem().is_some_and(|problem| matches!(problem.status, 400 | 409 | 413 | 422))
}

/// The results of one part under the indexes of the whole.
fn in_order(range: std::ops::Range<usize>, results: Vec<EntryAnswer>) -> impl Iterator<Item = BatchEntry> {
    let first = range.start;
    let mut told: HashMap<usize, EntryAnswer> = results.into_iter().map(|entry| (entry.index, entry)).collect();
    range.map(move |index| BatchEntry { index, result: told.remove(&(index - first)).map_or_else(untold, result) })
}

fn result(answer: EntryAnswer) -> std::result::Result<AcceptedEntry, EntryError> {
    match answer {
        EntryAnswer { error: Some(error), .. } => Err(EntryError::Refused { code: error.code, detail: error.detail }),
        EntryAnswer { id: Some(id), segments, .. } => Ok(AcceptedEntry { id, segments }),
        EntryAnswer { .. } => untold(),
    }
}

/// The gateway answers for each entry; an answer that does not is none of its own.
fn untold<T>() -> std::result::Result<T, EntryError> {
    Err(EntryError::Failed(Error::unreadable("the answer does not say what became of this entry")))
}
