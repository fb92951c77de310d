//! Receipts (回执) and inbound texts (上行): from what a plugin read to what is remembered. Stored before the provider is answered.

use crate::gateway::Gateway;
use jixinda_domain::provider::CallbackEvents;
use jixinda_domain::{AccountId, InboundId, ReceiptId};
use jixinda_store::{FeedPosition, NewReceipt, News, StoredInbound};

/// Records what a provider told about one account; with the position of the feed, where it was one.
pub async fn apply(
    gateway: &Gateway,
    account: AccountId,
    events: CallbackEvents,
    position: Option<FeedPosition>,
) -> jixinda_store::Result<()> {
    let now = gateway.clock.now();
    let receipts: Vec<NewReceipt> = events
        .receipts
        .into_iter()
        .map(|receipt| NewReceipt {
            id: ReceiptId::new(now, rand::random()),
            account_id: account,
            receipt,
            received_at: now,
        })
        .collect();
    let inbound: Vec<StoredInbound> = events
        .inbound
        .into_iter()
        .map(|message| StoredInbound {
            id: InboundId::new(now, rand::random()),
            account_id: account,
            application_id: None,
            message,
            received_at: now,
        })
        .collect();
    if receipts.is_empty() && inbound.is_empty() && position.is_none() {
        return Ok(());
    }
    gateway.writer.hear(News { receipts, inbound, position }).await
}
