//! One open transaction on MySQL: passes each group to the file of its noun.

use super::{acceptance, awaited_receipt, call, conversion, feed, inbound, opt_out, receipt, transition, webhook};
use crate::{
    Acceptance, Accepted, AwaitedReceipt, CallIntent, CallSettlement, ConversionVerdict, FeedPosition, NewReceipt,
    OptOut, Postponement, QueueItem, ReceiptEffect, Result, StoreError, StoreTx, StoredInbound, Transition,
    WebhookOutcome,
};
use async_trait::async_trait;
use jixinda_domain::{MessageId, Timestamp};
use sqlx::{MySql, Transaction};

/// Rolls back when it is dropped without a commit.
pub(super) struct MysqlTx(pub(super) Transaction<'static, MySql>);

#[async_trait]
impl StoreTx for MysqlTx {
    async fn accept(&mut self, group: &[Acceptance], now: Timestamp) -> Result<Vec<Accepted>> {
        acceptance::accept(&mut self.0, group, now).await
    }

    async fn begin_calls(&mut self, group: &[CallIntent]) -> Result<Vec<Vec<MessageId>>> {
        call::begin(&mut self.0, group).await
    }

    async fn settle(&mut self, group: &[CallSettlement]) -> Result<Vec<ReceiptEffect>> {
        call::settle(&mut self.0, group).await
    }

    async fn apply_receipts(&mut self, group: &[NewReceipt]) -> Result<Vec<ReceiptEffect>> {
        receipt::apply(&mut self.0, group).await
    }

    async fn record_inbound(&mut self, group: &[StoredInbound]) -> Result<Vec<OptOut>> {
        inbound::record(&mut self.0, group).await?;
        opt_out::record(&mut self.0, group).await
    }

    async fn save_feed_positions(&mut self, group: &[FeedPosition]) -> Result<()> {
        feed::save(&mut self.0, group).await
    }

    async fn save_awaited_receipts(&mut self, group: &[AwaitedReceipt]) -> Result<()> {
        awaited_receipt::save(&mut self.0, group).await
    }

    async fn transition(&mut self, group: &[Transition]) -> Result<Vec<bool>> {
        transition::transition(&mut self.0, group).await
    }

    async fn convert(&mut self, group: &[MessageId], now: Timestamp) -> Result<Vec<ConversionVerdict>> {
        conversion::convert(&mut self.0, group, now).await
    }

    async fn call_in(&mut self, furthest: Timestamp, now: Timestamp) -> Result<()> {
        transition::call_in(&mut self.0, furthest, now).await
    }

    async fn postpone(&mut self, group: &[Postponement]) -> Result<()> {
        transition::postpone(&mut self.0, group).await
    }

    async fn release_scheduled(&mut self, now: Timestamp, limit: u32) -> Result<Vec<QueueItem>> {
        transition::release_scheduled(&mut self.0, now, limit).await
    }

    async fn record_webhooks(&mut self, group: &[WebhookOutcome]) -> Result<()> {
        webhook::record(&mut self.0, group).await
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        // A connection that breaks while the commit is under way leaves it open whether it took place.
        self.0.commit().await.map_err(|error| match StoreError::from(error) {
            StoreError::Interrupted(cause) | StoreError::Unavailable(cause) => StoreError::Unclear(cause),
            other => other,
        })
    }
}
