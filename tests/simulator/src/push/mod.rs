//! The provider calling us back: receipts (回执) and inbound texts (上行) on their way to a callback URL.
//!
//! What waits is in `outbox`, one try of one push in `client`; the bodies are written by each provider's module. What is
//! polled instead waits in `mailbox`.

mod client;
mod outbox;

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::account::AccountState;
use crate::memory::CallRecord;
use crate::wire::Text;

pub(crate) use client::PushClient;
pub(crate) use outbox::Outbox;

/// The receipt of one text, or of a part of it.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) call: Arc<CallRecord>,
    /// The text's place in its call.
    pub(crate) position: usize,
    pub(crate) text: Text,
    pub(crate) part: Part,
    pub(crate) report_ms: i64,
    /// `None` for a delivered text.
    pub(crate) err_code: Option<Arc<str>>,
}

/// Which part of a text, and of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) total: u32,
}

/// What a push carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushBody {
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
}

impl Receipt {
    /// The provider's id of its text.
    pub(crate) fn provider_id(&self) -> String {
        self.call.provider.wire().provider_id(self.call.id, self.position)
    }
}

impl PushBody {
    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self { content_type: "application/json;charset=UTF-8", body: body.into() }
    }

    pub(crate) fn form(body: String) -> Self {
        Self { content_type: "application/x-www-form-urlencoded", body: body.into() }
    }
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
        let parcel = account.outbox.next(&account).await;
        let (account, client) = (account.clone(), client.clone());
        pushes.spawn(async move {
            client.push(&account, parcel).await;
            drop(permit);
        });
        while pushes.try_join_next().is_some() {}
    }
}
