//! Limits that are new, after a start or since somebody saved them: counts what providers took within the last day. In the background,
//! since a provider that refuses a text meanwhile costs one attempt and no text.

use super::desk::Recall;
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
    loop {
        let recalls = gateway.routing.recalls().await;
        if let Err(error) = count(gateway, &recalls).await {
            tracing::warn!(%error, "what was sent before is not counted for providers' limits");
        }
    }
}

async fn count(gateway: &Gateway, recalls: &[Recall]) -> jixinda_store::Result<()> {
    let channels: Vec<ChannelId> = recalls.iter().map(|recall| recall.channel).collect();
    let mut after = MessageId::new(gateway.clock.now() - DAY, 0);
    for _ in 0..PAGES {
        let page = gateway.store.handed_over(&channels, after, AT_A_TIME).await?;
        let Some(last) = page.last().map(|last| last.message_id) else { return Ok(()) };
        let mut ids: Vec<MessageId> = page.iter().map(|handed| handed.message_id).collect();
        ids.dedup();
        let messages: HashMap<MessageId, Message> =
            gateway.store.messages(&ids).await?.into_iter().map(|message| (message.id, message)).collect();
        let directory = gateway.directory().clone();
        for handed in &page {
            let message = messages.get(&handed.message_id);
            let entry = directory.channels.get(&handed.channel_id);
            let (Some(message), Some(entry)) = (message, entry) else { continue };
            // What is handed over from that moment on is counted as it happens.
            let due = |recall: &&Recall| recall.channel == handed.channel_id && handed.at < recall.since;
            for recall in recalls.iter().filter(due) {
                gateway.routing.remember(&recall.rules, entry.channel.account_id, message, handed.at);
            }
        }
        after = last;
    }
    Ok(())
}
