//! Receipts (回执) and inbound texts (上行): from what a plugin read to what is remembered. Stored before the provider is answered.

mod late;

pub use late::run as run_late;

use crate::directory::Directory;
use crate::gateway::Gateway;
use jixinda_domain::provider::CallbackEvents;
use jixinda_domain::{AccountId, InboundId, InboundMessage, PhoneNumber, ReceiptId, inbound_route, opt_out};
use jixinda_store::{FeedPosition, NewReceipt, News, OptOutWish, StoredInbound};

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
    let directory = gateway.directory().clone();
    let inbound: Vec<StoredInbound> = events
        .inbound
        .into_iter()
        .map(|message| StoredInbound {
            id: InboundId::new(now, rand::random()),
            account_id: account,
            application_id: inbound_route::route(&directory.inbound_routes, account, &message),
            opt_out: opt_out(gateway, &directory, &message),
            message,
            received_at: now,
        })
        .collect();
    if receipts.is_empty() && inbound.is_empty() && position.is_none() {
        return Ok(());
    }
    hear(gateway, News { receipts, inbound, position }).await
}

/// Records news, and honours what it asks for from this moment on.
pub async fn hear(gateway: &Gateway, news: News) -> jixinda_store::Result<()> {
    let opt_outs = gateway.writer.hear(news).await?;
    gateway.blocklist.opt_out(&opt_outs);
    Ok(())
}

fn opt_out(gateway: &Gateway, directory: &Directory, message: &InboundMessage) -> Option<OptOutWish> {
    let more = gateway.config.opt_out.more_words.iter().map(String::as_str);
    if !opt_out::asks(&message.text, opt_out::WORDS.into_iter().chain(more)) {
        return None;
    }
    let Ok(number) = PhoneNumber::parse(&message.sender) else {
        tracing::warn!("an opt-out came from a sender that is no phone number; it is kept as an inbound text only");
        return None;
    };
    let sign_name = message.sign_name.as_deref().and_then(|word| directory.sign_name(word));
    Some(OptOutWish {
        number: number.digits(),
        word: message.text.trim().chars().take(32).collect(),
        sign_name_id: sign_name.map(|sign_name| sign_name.id),
        classes: gateway.config.opt_out.classes.as_slice().into(),
    })
}
