//! Rows of channels and their bindings.

use super::{cause, parse, parse_json};
use crate::{Result, StoreError};
use jixinda_domain::{Channel, SignNameBinding, TemplateBinding, Timestamp};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct ChannelRow {
    id: String,
    name: String,
    account_id: String,
    enabled: bool,
    position: i32,
    max_concurrency: u32,
    rate_per_second: Option<u32>,
    weight: u32,
    price: Option<String>,
    countries: String,
    carriers: String,
    rules: Option<String>,
    created_at: i64,
}

impl TryFrom<ChannelRow> for Channel {
    type Error = StoreError;

    fn try_from(row: ChannelRow) -> Result<Self> {
        Ok(Self {
            id: parse("channels", "id", &row.id, &row.id)?,
            account_id: parse("channels", "account_id", &row.id, &row.account_id)?,
            price: row.price.map(|price| parse_json("channels", "price", &row.id, &price)).transpose()?,
            countries: parse_json("channels", "countries", &row.id, &row.countries)?,
            carriers: parse_json("channels", "carriers", &row.id, &row.carriers)?,
            rules: row.rules,
            name: row.name,
            enabled: row.enabled,
            position: row.position,
            max_concurrency: row.max_concurrency,
            rate_per_second: row.rate_per_second,
            weight: row.weight,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct TemplateBindingRow {
    channel_id: String,
    template_id: String,
    provider_code: Option<String>,
    params: String,
    refusal_code: Option<String>,
    refusal_detail: Option<String>,
}

impl TryFrom<TemplateBindingRow> for TemplateBinding {
    type Error = StoreError;

    fn try_from(row: TemplateBindingRow) -> Result<Self> {
        Ok(Self {
            channel_id: parse("template_bindings", "channel_id", &row.template_id, &row.channel_id)?,
            template_id: parse("template_bindings", "template_id", &row.channel_id, &row.template_id)?,
            params: parse_json("template_bindings", "params", &row.channel_id, &row.params)?,
            provider_code: row.provider_code,
            refusal: cause(row.refusal_code, row.refusal_detail),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct SignNameBindingRow {
    channel_id: String,
    sign_name_id: String,
    provider_code: Option<String>,
    carriers: String,
    refusal_code: Option<String>,
    refusal_detail: Option<String>,
}

impl TryFrom<SignNameBindingRow> for SignNameBinding {
    type Error = StoreError;

    fn try_from(row: SignNameBindingRow) -> Result<Self> {
        Ok(Self {
            channel_id: parse("sign_name_bindings", "channel_id", &row.sign_name_id, &row.channel_id)?,
            sign_name_id: parse("sign_name_bindings", "sign_name_id", &row.channel_id, &row.sign_name_id)?,
            carriers: parse_json("sign_name_bindings", "carriers", &row.channel_id, &row.carriers)?,
            provider_code: row.provider_code,
            refusal: cause(row.refusal_code, row.refusal_detail),
        })
    }
}
