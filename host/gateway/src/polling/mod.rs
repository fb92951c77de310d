//! Polling: asks providers that do not call us for receipts (回执) and inbound texts (上行).
//!
//! One task for each feed of each enabled account whose plugin polls. Many providers forget what they have told, so a page is stored,
//! together with the cursor after it, before the next is asked for; what a crash takes between the two is gone at such a provider.

mod feed;

use crate::gateway::Gateway;
use feed::Feed;
use jixinda_domain::AccountId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How soon a new account, a changed one or a new plugin is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The running polls.
pub struct Polling {
    stop: CancellationToken,
    polls: TaskTracker,
}

impl Polling {
    /// Polls whatever can be polled, from where the last run stopped.
    pub fn start(gateway: Arc<Gateway>) -> Self {
        let (stop, polls) = (CancellationToken::new(), TaskTracker::new());
        polls.spawn(supervise(gateway, polls.clone(), stop.clone()));
        Self { stop, polls }
    }

    /// Begins no further poll and waits for those under way: what they were told is not told again.
    pub async fn drain(self, patience: Duration) {
        self.stop.cancel();
        self.polls.close();
        if tokio::time::timeout(patience, self.polls.wait()).await.is_err() {
            tracing::warn!(polls = self.polls.len(), "stopping while providers are asked for news; it may be lost");
        }
    }
}

type FeedKey = (AccountId, String);

/// Starts a task for each feed that is wanted and ends those that are not.
async fn supervise(gateway: Arc<Gateway>, polls: TaskTracker, stop: CancellationToken) {
    let mut running: BTreeMap<FeedKey, (CancellationToken, tokio::task::JoinHandle<()>)> = BTreeMap::new();
    loop {
        let wanted = wanted(&gateway);
        let over: Vec<FeedKey> = running.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        for key in over {
            let Some((stop, poll)) = running.remove(&key) else { continue };
            stop.cancel();
            // Its last page may still be coming; a successor must go on after it.
            let _ = poll.await;
            gateway.feeds.forget(key.0, &key.1);
        }
        let new: Vec<(FeedKey, u64)> = wanted.into_iter().filter(|(key, _)| !running.contains_key(key)).collect();
        if !new.is_empty() {
            match cursors(&gateway).await {
                Ok(mut cursors) => {
                    for (key, fence) in new {
                        let cursor = cursors.remove(&key).flatten();
                        let stop = stop.child_token();
                        let (account, name) = key.clone();
                        let feed = Feed { gateway: gateway.clone(), account, name, cursor, fence };
                        running.insert(key, (stop.clone(), polls.spawn(feed.run(stop))));
                    }
                }
                Err(error) => tracing::warn!(%error, "where polling stood could not be read; trying again"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn cursors(gateway: &Gateway) -> jixinda_store::Result<BTreeMap<FeedKey, Option<String>>> {
    let positions = gateway.store.feed_positions().await?;
    Ok(positions.into_iter().map(|position| ((position.account_id, position.feed), position.cursor)).collect())
}

/// Feeds that are this node's to poll, each with the fence of its lease.
fn wanted(gateway: &Gateway) -> BTreeMap<FeedKey, u64> {
    let directory = gateway.directory();
    let mut wanted = BTreeMap::new();
    for (id, entry) in directory.accounts.iter().filter(|(_, entry)| entry.account.enabled) {
        if let Some(plugin) = gateway.runtime.plugin(&entry.account.provider) {
            wanted.extend(plugin.feeds().iter().filter_map(|feed| {
                let fence = gateway.nodes.holds(&format!("poll:{id}:{feed}"))?;
                Some(((*id, feed.clone()), fence))
            }));
        }
    }
    wanted
}
