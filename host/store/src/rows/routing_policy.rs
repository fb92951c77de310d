//! Rows of routing policies and the channels that they name.

use super::{parse, parse_optional};
use crate::{Result, StoreError};
use jixinda_domain::{RoutingPolicy, Timestamp};
use sqlx::FromRow;
use std::collections::BTreeMap;

const TABLE: &str = "routing_policies";
const CHANNELS: &str = "routing_policy_channels";

#[derive(FromRow)]
pub(crate) struct RoutingPolicyRow {
    id: String,
    application_id: Option<String>,
    template_id: Option<String>,
    class: Option<String>,
    strategy: Option<String>,
    note: String,
    created_at: i64,
    updated_at: i64,
}

#[derive(FromRow)]
pub(crate) struct RoutingPolicyChannelRow {
    policy_id: String,
    role: String,
    channel_id: String,
    value: u32,
}

impl RoutingPolicyRow {
    /// With the channels of all policies, in the order of their values.
    pub(crate) fn with_channels(self, channels: &[RoutingPolicyChannelRow]) -> Result<RoutingPolicy> {
        let mut policy = RoutingPolicy {
            id: parse(TABLE, "id", &self.id, &self.id)?,
            application_id: parse_optional(TABLE, "application_id", &self.id, self.application_id.as_deref())?,
            template_id: parse_optional(TABLE, "template_id", &self.id, self.template_id.as_deref())?,
            class: parse_optional(TABLE, "class", &self.id, self.class.as_deref())?,
            strategy: parse_optional(TABLE, "strategy", &self.id, self.strategy.as_deref())?,
            pinned: Vec::new(),
            excluded: Vec::new(),
            weights: BTreeMap::new(),
            note: self.note,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        };
        for row in channels.iter().filter(|row| row.policy_id == self.id) {
            let channel = parse(CHANNELS, "channel_id", &self.id, &row.channel_id)?;
            match row.role.as_str() {
                "pinned" => policy.pinned.push(channel),
                "excluded" => policy.excluded.push(channel),
                "weight" => _ = policy.weights.insert(channel, row.value),
                _ => return Err(StoreError::Corrupt { table: CHANNELS, column: "role", id: self.id }),
            }
        }
        Ok(policy)
    }
}
