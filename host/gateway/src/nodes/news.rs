//! Hears what other nodes changed: one query tells whether anything did.

use crate::gateway::Gateway;
use jixinda_store::Revisions;

/// Beats after which the directory is read in any case: a node may have died between a change and the word of it.
const READ_ANYWAY: u32 = 120;

/// What was heard so far.
#[derive(Default)]
pub(super) struct News {
    heard: Revisions,
    beats: u32,
}

impl News {
    /// Reads anew what has changed since it was last asked. What fails is read at the next beat.
    pub(super) async fn hear(&mut self, gateway: &Gateway) -> anyhow::Result<()> {
        let now = gateway.store.revisions().await?;
        self.beats = self.beats.wrapping_add(1);
        if now.directory != self.heard.directory || self.beats.is_multiple_of(READ_ANYWAY) {
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
