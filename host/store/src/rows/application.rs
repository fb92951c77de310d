//! Rows of applications and their keys.

use super::{parse, parse_json};
use crate::{Result, StoreError};
use jixinda_domain::{AccessKey, Application, Timestamp};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct ApplicationRow {
    id: String,
    name: String,
    active: bool,
    networks: String,
    allow_bearer: bool,
    created_at: i64,
    limits: String,
    daily_quota: Option<u32>,
    weight: u32,
}

impl TryFrom<ApplicationRow> for Application {
    type Error = StoreError;

    fn try_from(row: ApplicationRow) -> Result<Self> {
        Ok(Self {
            id: parse("applications", "id", &row.id, &row.id)?,
            networks: parse_json("applications", "networks", &row.id, &row.networks)?,
            name: row.name,
            active: row.active,
            limits: parse_json("applications", "limits", &row.id, &row.limits)?,
            daily_quota: row.daily_quota,
            weight: row.weight,
            allow_bearer: row.allow_bearer,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct AccessKeyRow {
    id: String,
    application_id: String,
    sealed_secret: Vec<u8>,
    test: bool,
    active: bool,
    created_at: i64,
}

impl TryFrom<AccessKeyRow> for AccessKey {
    type Error = StoreError;

    fn try_from(row: AccessKeyRow) -> Result<Self> {
        Ok(Self {
            id: parse("access_keys", "id", &row.id, &row.id)?,
            application_id: parse("access_keys", "application_id", &row.id, &row.application_id)?,
            sealed_secret: row.sealed_secret,
            test: row.test,
            active: row.active,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
