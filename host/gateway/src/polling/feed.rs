//! One feed of one account: poll, store, pause.

use crate::feeds::FeedState;
use crate::gateway::Gateway;
use crate::receipts;
use jixinda_domain::AccountId;
use jixinda_domain::provider::FeedPage;
use jixinda_store::FeedPosition;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pause after the first failure; doubled at each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How soon a changed account is noticed while its feed pauses after a failure.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Pause between tries to store a page. It is kept until it is stored: the provider may not tell it again.
const STORE_PAUSE: Duration = Duration::from_millis(250);

pub(super) struct Feed {
    pub gateway: Arc<Gateway>,
    pub account: AccountId,
    pub name: String,
    pub cursor: Option<String>,
    /// Of the lease under which it is polled.
    pub fence: u64,
}

impl Feed {
    /// Polls until it is stopped, never in the middle of a page.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let pause = match self.poll().await {
                Ok(Some(page)) => {
                    failures = 0;
                    self.keep(page).await
                }
                // Without a plugin there is nobody to ask; the supervisor will notice.
                Ok(None) => FIRST_PAUSE,
                Err(error) => {
                    failures += 1;
                    self.note_failure(error, failures);
                    pause_after(failures)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.mended(), if failures > 0 => failures = 0,
                () = stop.cancelled() => {}
            }
        }
    }

    /// Ends when the account's settings change: what failed may work now.
    async fn mended(&self) {
        let changed = || self.gateway.directory().accounts.get(&self.account).map(|entry| entry.account.updated_at);
        let before = changed();
        while changed() == before {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Asks with the plugin and the settings of this moment.
    async fn poll(&self) -> Result<Option<FeedPage>, String> {
        let directory = self.gateway.directory().clone();
        let Some(entry) = directory.accounts.get(&self.account) else { return Ok(None) };
        let Some(plugin) = self.gateway.runtime.plugin(&entry.account.provider) else { return Ok(None) };
        let page = self.gateway.runtime.poll(&plugin, &entry.access, &self.name, self.cursor.as_deref()).await;
        page.map(Some).map_err(|error| error.to_string())
    }

    /// Stores a page with its cursor; answers how long to pause.
    async fn keep(&mut self, page: FeedPage) -> Duration {
        let FeedPage { events, cursor, more, wait_ms } = page;
        let now = self.gateway.clock.now();
        let (receipts, inbound) = (events.receipts.len(), events.inbound.len());
        let is_news = receipts + inbound > 0 || cursor != self.cursor;
        if is_news {
            let position = FeedPosition {
                account_id: self.account,
                feed: self.name.clone(),
                cursor: cursor.clone(),
                polled_at: now,
                fence: self.fence,
            };
            while let Err(error) =
                receipts::apply(&self.gateway, self.account, events.clone(), Some(position.clone())).await
            {
                tracing::warn!(%error, account.id = %self.account, feed = %self.name, "a page could not be stored; trying again");
                tokio::time::sleep(STORE_PAUSE).await;
            }
        }
        self.cursor = cursor;
        let state = FeedState { feed: self.name.clone(), polled_at: now, receipts, inbound, error: None, failures: 0 };
        self.gateway.feeds.note(self.account, state);
        // A plugin that says "more" with nothing new in its hands must not spin.
        if more && is_news {
            return Duration::ZERO;
        }
        let asked = wait_ms.map_or(Duration::ZERO, |wait| Duration::from_millis(wait.into()));
        asked.max(Duration::from_millis(self.gateway.config.polling.every_ms.max(1)))
    }

    fn note_failure(&self, error: String, failures: u32) {
        // Once is enough until it works again: the state keeps the rest.
        if failures == 1 {
            tracing::warn!(error, account.id = %self.account, feed = %self.name, "a provider could not be asked for news");
        }
        let polled_at = self.gateway.clock.now();
        let state =
            FeedState { feed: self.name.clone(), polled_at, receipts: 0, inbound: 0, error: Some(error), failures };
        self.gateway.feeds.note(self.account, state);
    }
}

fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_followed_by_longer_and_bounded_pauses() {
        let pauses: Vec<u64> = [1, 2, 3, 7, 8, u32::MAX].map(|failures| pause_after(failures).as_secs()).to_vec();
        assert_eq!(pauses, [1, 2, 4, 60, 60, 60]);
    }
}
