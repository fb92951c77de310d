//! Webhook deliveries on MySQL: what is due, what people look at, and what is to be told again.

use super::MysqlStore;
use super::batch::{self, Value, id};
use crate::rows::{InboundRow, WebhookDeliveryRow, WebhookTryRow, all};
use crate::{
    DueDelivery, MessageStore as _, Result, StoredInbound, WebhookDeliveryStore, WebhookFilter, WebhookReplay,
};
use async_trait::async_trait;
use jixinda_domain::{
    EventSubject, InboundId, Message, MessageId, Timestamp, WebhookDelivery, WebhookEndpointId, WebhookTry,
};
use sqlx::{MySql, QueryBuilder};
use std::collections::HashMap;

#[async_trait]
impl WebhookDeliveryStore for MysqlStore {
    async fn due_webhook_deliveries(
        &self,
        endpoint: WebhookEndpointId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueDelivery>> {
        // A range of the index webhook_deliveries_waiting.
        let rows = sqlx::query_as::<_, WebhookDeliveryRow>(
            "SELECT *
             FROM webhook_deliveries
             WHERE endpoint_id = ? AND state = 'waiting' AND due_at <= ?
             ORDER BY due_at, event_id
             LIMIT ?",
        )
        .bind(endpoint.to_string())
        .bind(now.as_millis())
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        self.with_subjects(all(rows)?).await
    }

    async fn list_webhook_deliveries(&self, filter: &WebhookFilter, limit: u32) -> Result<Vec<WebhookDelivery>> {
        let mut query = QueryBuilder::<MySql>::new("SELECT * FROM webhook_deliveries WHERE true");
        if let Some(application) = filter.application_id {
            query.push(" AND endpoint_id IN (SELECT id FROM webhook_endpoints WHERE application_id = ");
            query.push_bind(application.to_string()).push(")");
        }
        if let Some(endpoint) = filter.endpoint_id {
            query.push(" AND endpoint_id = ").push_bind(endpoint.to_string());
        }
        if let Some(state) = filter.state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(message) = filter.message_id {
            // The events of a message are a range of the primary key, for each endpoint.
            let stem = message.to_string().replacen(MessageId::PREFIX, "evt_", 1);
            query.push(" AND endpoint_id IN (SELECT id FROM webhook_endpoints) AND event_id >= ");
            query.push_bind(format!("{stem}_")).push(" AND event_id < ").push_bind(format!("{stem}`"));
        }
        if let Some(before) = &filter.before {
            let (occurred_at, event_id, endpoint_id) = before.parts();
            query.push(" AND (occurred_at, event_id, endpoint_id) < (").push_bind(occurred_at).push(", ");
            query.push_bind(event_id.to_owned()).push(", ").push_bind(endpoint_id).push(")");
        }
        query.push(" ORDER BY occurred_at DESC, event_id DESC, endpoint_id DESC LIMIT ").push_bind(limit);
        all(query.build_query_as::<WebhookDeliveryRow>().fetch_all(&self.readers).await?)
    }

    async fn webhook_delivery(&self, endpoint: WebhookEndpointId, event: &str) -> Result<Option<WebhookDelivery>> {
        let row = sqlx::query_as::<_, WebhookDeliveryRow>(
            "SELECT * FROM webhook_deliveries WHERE endpoint_id = ? AND event_id = ?",
        )
        .bind(endpoint.to_string())
        .bind(event)
        .fetch_optional(&self.readers)
        .await?;
        row.map(WebhookDelivery::try_from).transpose()
    }

    async fn webhook_tries(&self, endpoint: WebhookEndpointId, event: &str) -> Result<Vec<WebhookTry>> {
        let rows = sqlx::query_as::<_, WebhookTryRow>(
            "SELECT no, started_at, duration_ms, http_status, error
             FROM webhook_tries
             WHERE endpoint_id = ? AND event_id = ?
             ORDER BY no",
        )
        .bind(endpoint.to_string())
        .bind(event)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(WebhookTry::from).collect())
    }

    async fn replay_webhooks(&self, replay: &WebhookReplay) -> Result<u64> {
        let mut query =
            QueryBuilder::<MySql>::new("UPDATE webhook_deliveries SET state = 'waiting', step = 0, due_at = ");
        query.push_bind(replay.now.as_millis());
        query.push(" WHERE endpoint_id = ").push_bind(replay.endpoint_id.to_string());
        if let Some(event) = &replay.event_id {
            query.push(" AND event_id = ").push_bind(event.clone());
        }
        if let Some(state) = replay.state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(since) = replay.since {
            query.push(" AND occurred_at >= ").push_bind(since.as_millis());
        }
        Ok(query.build().execute(&self.writer).await?.rows_affected())
    }
}

impl MysqlStore {
    async fn with_subjects(&self, deliveries: Vec<WebhookDelivery>) -> Result<Vec<DueDelivery>> {
        let (mut messages, mut texts) = (Vec::new(), Vec::new());
        for delivery in &deliveries {
            match delivery.subject {
                EventSubject::Message { id, .. } => messages.push(id),
                EventSubject::Inbound { id } => texts.push(id),
            }
        }
        let messages: HashMap<MessageId, Message> = match messages.as_slice() {
            [] => HashMap::new(),
            ids => self.messages(ids).await?.into_iter().map(|message| (message.id, message)).collect(),
        };
        let texts = self.texts(&texts).await?;
        let due = deliveries.into_iter().map(|delivery| {
            // Several events may tell of one message.
            let (message, inbound) = match delivery.subject {
                EventSubject::Message { id, .. } => (messages.get(&id).cloned(), None),
                EventSubject::Inbound { id } => (None, texts.get(&id).cloned()),
            };
            DueDelivery { delivery, message, inbound }
        });
        Ok(due.collect())
    }

    async fn texts(&self, ids: &[InboundId]) -> Result<HashMap<InboundId, StoredInbound>> {
        let keys: Vec<[Value<'_>; 1]> = ids.iter().map(|text| [id(text)]).collect();
        let mut connection = self.readers.acquire().await?;
        let rows: Vec<InboundRow> = batch::fetch(&mut connection, &keys, &[], |shape| {
            format!(
                "SELECT id, account_id, application_id, sender, recipient, extension, sign_name, text, occurred_at, received_at
                 FROM inbound_messages
                 WHERE id IN ({})",
                shape.list()
            )
        })
        .await?;
        Ok(all::<_, StoredInbound>(rows)?.into_iter().map(|text| (text.id, text)).collect())
    }
}
