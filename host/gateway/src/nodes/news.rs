//! Hears what other nodes changed: one query tells whether anything did. Beside the beats, not within them: a blocklist of millions takes
//! its time, and a node that reads it is not dead.

use crate::gateway::Gateway;
use jixinda_store::Revisions;
use std::time::Duration;

/// How long reading what changed may take. Only a connection that hangs takes longer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Looks after which the directory is read in any case: a node may have died between a change and the word of it.
const READ_ANYWAY: u32 = 120;

/// What was heard so far.
#[derive(Default)]
struct News {
    heard: Revisions,
    looks: u32,
}

/// Looks as often as nodes beat.
pub(super) async fn run(gateway: &Gateway) {
    let mut looks = tokio::time::interval(Duration::from_millis(gateway.config.node.beat_ms));
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut news, mut failing) = (News::default(), false);
    loop {
        looks.tick().await;
        let heard = tokio::time::timeout(PATIENCE, news.hear(gateway)).await;
        let heard = heard.unwrap_or_else(|_| Err(anyhow::anyhow!("the store does not answer")));
        match &heard {
            Ok(()) if failing => tracing::info!("what other nodes changed is known again"),
            Err(error) if !failing => tracing::warn!(%error, "what other nodes changed cannot be read"),
            _ => {}
        }
        failing = heard.is_err();
    }
}

impl News {
    /// Reads anew what has changed since it was last asked. What fails is read at the next look.
    async fn hear(&mut self, gateway: &Gateway) -> anyhow::Result<()> {
        let now = gateway.store.revisions().await?;
        self.looks = self.looks.wrapping_add(1);
        if now.directory != self.heard.directory || self.looks.is_multiple_of(READ_ANYWAY) {
            gateway.read_directory().await?;
            self.heard.directory = now.directory;
        }
        if now.blocklist != self.heard.blocklist {
            gateway.blocklist.catch_up(gateway.store.as_ref()).await?;
            self.heard.blocklist = now.blocklist;
        }
        if now.queue != self.heard.queue {
            gateway.queue.doubt();
            self.heard.queue = now.queue;
        }
        Ok(())
    }
}
