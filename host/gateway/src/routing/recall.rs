//! After a start: counts again what providers took within the last day, where their limits look back that far. In the background, since
//! a provider that refuses a text meanwhile costs one attempt and no text.

use crate::gateway::Gateway;
use jixinda_domain::{ChannelId, Message, MessageId};
use std::collections::HashMap;
use std::time::Duration;

/// As far back as it is read: the longest window that any provider is known to have.
const DAY: Duration = Duration::from_secs(24 * 3600);
const AT_A_TIME: u32 = 1000;
/// Pages at most; a day with more texts is counted from its beginning.
const PAGES: u32 = 1000;

pub async fn run(gateway: &Gateway) {
    if let Err(error) = count(gateway).await {
        tracing::warn!(%error, "what was sent before the start is not counted for providers' limits");
    }
}

async fn count(gateway: &Gateway) -> jixinda_store::Result<()> {
    let limited: Vec<ChannelId> = {
        let posts = gateway.routing.posts();
        posts.iter().filter(|(_, post)| !post.rules.counters.is_empty()).map(|(id, _)| *id).collect()
    };
    if limited.is_empty() {
        return Ok(());
    }
    // What is handed over from now on is counted as it happens.
    let start = gateway.clock.now();
    let mut after = MessageId::new(start - DAY, 0);
    for _ in 0..PAGES {
        let page = gateway.store.handed_over(&limited, after, AT_A_TIME).await?;
        let Some(last) = page.last().map(|last| last.message_id) else { return Ok(()) };
        let mut ids: Vec<MessageId> = page.iter().map(|handed| handed.message_id).collect();
        ids.dedup();
        let messages: HashMap<MessageId, Message> =
            gateway.store.messages(&ids).await?.into_iter().map(|message| (message.id, message)).collect();
        let directory = gateway.directory().clone();
        for handed in page.iter().filter(|handed| handed.at < start) {
            let message = messages.get(&handed.message_id);
            if let (Some(message), Some(entry)) = (message, directory.channels.get(&handed.channel_id)) {
                gateway.routing.remember(entry, message, handed.at);
            }
        }
        after = last;
    }
    Ok(())
}
