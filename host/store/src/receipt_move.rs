//! How receipts move messages, as every backend does it: the store says where each stands, this says where it goes.

use crate::{NewReceipt, ReceiptEffect, Result, StoreError};
use jixinda_domain::{ChannelId, Destination, MessageClass, MessageStatus, ReceiptStatus, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Where a message stands, as far as a receipt needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) status: MessageStatus,
    pub(crate) attempts: u16,
    pub(crate) channel_id: Option<ChannelId>,
    pub(crate) class: MessageClass,
    pub(crate) destination: Destination,
    pub(crate) updated_at: Timestamp,
}

/// What one receipt wants of one message.
pub(crate) struct Wish {
    pub(crate) id: String,
    pub(crate) status: ReceiptStatus,
    /// It speaks of one piece of a long text.
    pub(crate) is_part: bool,
    pub(crate) cause_code: Option<String>,
    pub(crate) cause_detail: Option<String>,
    pub(crate) now: i64,
}

/// A receipt that waited for its outcome.
#[derive(sqlx::FromRow)]
pub(crate) struct EarlyRow {
    pub(crate) id: String,
    pub(crate) message_id: String,
    status: String,
    cause_code: Option<String>,
    cause_detail: Option<String>,
    part_total: Option<u32>,
    received_at: i64,
}

/// Where a message stands from now on.
#[derive(Serialize)]
pub(crate) struct Moved<'a> {
    pub(crate) id: &'a str,
    pub(crate) status: &'static str,
    pub(crate) cause_code: Option<&'a str>,
    pub(crate) cause_detail: Option<&'a str>,
    pub(crate) now: i64,
}

impl Standing {
    /// What a move by a receipt tells of the channel.
    fn effect(&self, next: MessageStatus, now: i64) -> Option<ReceiptEffect> {
        let delivered = match next {
            MessageStatus::Delivered => true,
            MessageStatus::Undelivered => false,
            _ => return None,
        };
        let since_acceptance = (self.status == MessageStatus::Sent).then_some(self.updated_at);
        Some(ReceiptEffect {
            channel_id: self.channel_id?,
            class: self.class,
            destination: self.destination,
            delivered,
            delay: since_acceptance.map(|since| Timestamp::from_millis(now).since(since)),
        })
    }
}

impl Wish {
    /// Of a receipt that matched this message.
    pub(crate) fn of(receipt: &NewReceipt, id: String) -> Self {
        let cause = receipt.receipt.cause.as_ref();
        Self {
            id,
            status: receipt.receipt.status,
            is_part: receipt.receipt.part.is_some_and(|part| part.total > 1),
            cause_code: cause.map(|cause| cause.code.clone()),
            cause_detail: cause.map(|cause| cause.detail.clone()),
            now: receipt.received_at.as_millis(),
        }
    }

    /// Of a receipt that was found later.
    pub(crate) fn found(row: EarlyRow) -> Result<Self> {
        let status = serde_json::from_value(serde_json::Value::String(row.status));
        Ok(Self {
            status: status.map_err(|_| StoreError::Corrupt { table: "receipts", column: "status", id: row.id })?,
            id: row.message_id,
            is_part: row.part_total.is_some_and(|total| total > 1),
            cause_code: row.cause_code,
            cause_detail: row.cause_detail,
            now: row.received_at,
        })
    }
}

/// The pieces of long texts that want to be delivered: each waits for its fellows.
pub(crate) fn parts(wishes: &[Wish]) -> HashSet<&str> {
    let in_parts = wishes.iter().filter(|wish| wish.is_part && wish.status == ReceiptStatus::Delivered);
    in_parts.map(|wish| wish.id.as_str()).collect()
}

/// Moves messages by the domain's rule, and tells what that says of their channels. Several receipts for one message are taken in their
/// order. `whole` holds the long texts of which every piece has arrived: a person who got the first half got no message.
pub(crate) fn decide<'a>(
    wishes: &'a [Wish],
    whole: &HashSet<String>,
    mut standings: HashMap<String, Standing>,
) -> (Vec<Moved<'a>>, Vec<ReceiptEffect>) {
    let mut moved: BTreeMap<&str, Moved<'a>> = BTreeMap::new();
    let mut effects = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let Some(standing) = standings.get_mut(wish.id.as_str()) else { continue };
        let earlier_tries = standing.attempts > 0;
        let told = match wish.status {
            ReceiptStatus::Delivered if wish.is_part && !whole.contains(&wish.id) => ReceiptStatus::Enroute,
            told => told,
        };
        let Some(next) = standing.status.after_receipt(told, earlier_tries) else { continue };
        effects.extend(standing.effect(next, wish.now));
        standing.status = next;
        let row = Moved {
            id: &wish.id,
            status: next.as_str(),
            cause_code: wish.cause_code.as_deref(),
            cause_detail: wish.cause_detail.as_deref(),
            now: wish.now,
        };
        moved.insert(&wish.id, row);
    }
    (moved.into_values().collect(), effects)
}
