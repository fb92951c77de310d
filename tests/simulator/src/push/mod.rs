//! The provider calling us back: receipts (回执) and inbound texts (上行) on their way to an account's callback URL.
//!
//! What waits is in `outbox`, one try of one push in `client`; the bodies are written by each provider's module.

mod client;
mod outbox;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::account::AccountState;

pub(crate) use client::PushClient;
pub(crate) use outbox::Outbox;

/// The receipt of one text.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) number: String,
    pub(crate) send_ms: i64,
    pub(crate) report_ms: i64,
    /// `None` for a delivered text.
    pub(crate) err_code: Option<Arc<str>>,
    pub(crate) biz_id: String,
    pub(crate) out_id: Option<String>,
}

/// A text that a person sends to the account (上行).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InboundText {
    /// The key of the account that receives it.
    pub account: String,
    /// Who wrote it.
    pub number: String,
    /// What they wrote.
    pub content: String,
    /// The extension they wrote to.
    #[serde(default)]
    pub dest_code: Option<String>,
}

/// Pushes an account's parcels for ever, several at once.
pub(crate) async fn run(account: Arc<AccountState>, client: Arc<PushClient>) {
    let in_flight = Arc::new(Semaphore::new(client.in_flight));
    let mut pushes = JoinSet::new();
    loop {
        // The permit comes first: while all are taken, receipts gather and the next push carries more of them.
        let Ok(permit) = in_flight.clone().acquire_owned().await else { return };
        let parcel = account.outbox.next(account.settings().provider).await;
        let (account, client) = (account.clone(), client.clone());
        pushes.spawn(async move {
            client.push(&account, parcel).await;
            drop(permit);
        });
        while pushes.try_join_next().is_some() {}
    }
}
