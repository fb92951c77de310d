//! [`Books`]: what the gateway itself tells after a run, read as an application reads it: every message with its story.

use crate::client::Client;
use crate::wait::until;
use anyhow::Context as _;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Status in which the gateway still has something to do.
pub(super) const UNSETTLED: [&str; 4] = ["queued", "sending", "scheduled", "uncertain"];
const PAGE: usize = 200;
const READERS: usize = 8;

/// Stories by message id.
pub(super) type Books = HashMap<String, Value>;

/// Waits until nothing is under way; answers what still is when the patience ends.
pub(super) async fn settle(api: &Client, patience: Duration) -> Vec<&'static str> {
    let settled = nobody_is(api, &UNSETTLED, patience).await;
    let mut left = Vec::new();
    for status in UNSETTLED.into_iter().filter(|_| settled.is_err()) {
        if is_nobody(api, status).await == Some(false) {
            left.push(status);
        }
    }
    left
}

/// Waits until no message has one of these statuses.
///
/// # Errors
/// Where the patience ends first.
pub(super) async fn nobody_is(api: &Client, statuses: &[&str], patience: Duration) -> anyhow::Result<()> {
    until("every message to move on", patience, || async {
        for status in statuses {
            is_nobody(api, status).await.filter(|nobody| *nobody)?;
        }
        Some(())
    })
    .await
}

async fn is_nobody(api: &Client, status: &str) -> Option<bool> {
    let page = api.get(&format!("/v1/messages?status={status}&limit=1")).await.ok()?;
    Some(page.json["messages"].as_array()?.is_empty())
}

/// Reads all of the application's messages.
///
/// # Errors
/// Where the gateway does not answer.
pub(super) async fn read(api: &Client) -> anyhow::Result<Books> {
    let ids = Arc::new(ids(api).await?);
    let next = Arc::new(AtomicUsize::new(0));
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let (api, ids, next) = (api.clone(), ids.clone(), next.clone());
        readers.spawn(async move {
            let mut stories = Vec::new();
            while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                let story = api.get(&format!("/v1/messages/{id}")).await?.ok()?.json;
                stories.push((id.clone(), story));
            }
            anyhow::Ok(stories)
        });
    }
    let mut books = Books::new();
    while let Some(read) = readers.join_next().await {
        books.extend(read??);
    }
    Ok(books)
}

async fn ids(api: &Client) -> anyhow::Result<Vec<String>> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/v1/messages?limit={PAGE}{cursor}")).await?.ok()?.json;
        let messages = page["messages"].as_array().context("a page has messages")?;
        ids.extend(messages.iter().filter_map(|message| Some(message["id"].as_str()?.to_owned())));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(ids),
        }
    }
}
