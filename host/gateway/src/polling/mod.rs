//! Polling: asks providers that do not call us for receipts (回执) and inbound texts (上行).
//!
//! One task for each feed of each enabled account whose plugin polls. Many providers forget what they have told, so a page is stored,
//! together with the cursor after it, before the next is asked for; what a crash takes between the two is gone at such a provider.

mod feed;

use crate::gateway::Gateway;
use feed::Feed;
use jixinda_domain::AccountId;
use std::collections::{BTreeMap, BTreeSet};
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
    pub async fn start(gateway: Arc<Gateway>) -> anyhow::Result<Self> {
        let (stop, polls) = (CancellationToken::new(), TaskTracker::new());
        let cursors = gateway.store.feed_positions().await?;
        let cursors = cursors.into_iter().map(|position| ((position.account_id, position.feed), position.cursor));
        polls.spawn(supervise(gateway, cursors.collect(), polls.clone(), stop.clone()));
        Ok(Self { stop, polls })
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
async fn supervise(
    gateway: Arc<Gateway>,
    mut cursors: BTreeMap<FeedKey, Option<String>>,
    polls: TaskTracker,
    stop: CancellationToken,
) {
    let mut running: BTreeMap<FeedKey, (CancellationToken, tokio::task::JoinHandle<Option<String>>)> = BTreeMap::new();
    loop {
        let wanted = wanted(&gateway);
        let over: Vec<FeedKey> = running.keys().filter(|key| !wanted.contains(*key)).cloned().collect();
        for key in over {
            let Some((stop, poll)) = running.remove(&key) else { continue };
            stop.cancel();
            // Its last page may still be coming; a successor must go on after it.
            let cursor = poll.await.unwrap_or_default();
            gateway.feeds.forget(key.0, &key.1);
            cursors.insert(key, cursor);
        }
        for key in wanted {
            if running.contains_key(&key) {
                continue;
            }
            let cursor = cursors.remove(&key).flatten();
            let stop = stop.child_token();
            let feed = Feed { gateway: gateway.clone(), account: key.0, name: key.1.clone(), cursor };
            running.insert(key, (stop.clone(), polls.spawn(feed.run(stop))));
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

fn wanted(gateway: &Gateway) -> BTreeSet<FeedKey> {
    let directory = gateway.directory();
    let mut wanted = BTreeSet::new();
    for (id, entry) in directory.accounts.iter().filter(|(_, entry)| entry.account.enabled) {
        if let Some(plugin) = gateway.runtime.plugin(&entry.account.provider) {
            wanted.extend(plugin.feeds().iter().map(|feed| (*id, feed.clone())));
        }
    }
    wanted
}
