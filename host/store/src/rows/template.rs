//! Rows of templates.

use super::{parse, parse_json};
use crate::{Result, StoreError};
use jixinda_domain::{Template, Timestamp};
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct TemplateRow {
    id: String,
    code: String,
    name: String,
    class: String,
    content: String,
    params: String,
    created_at: i64,
}

impl TryFrom<TemplateRow> for Template {
    type Error = StoreError;

    fn try_from(row: TemplateRow) -> Result<Self> {
        Ok(Self {
            id: parse("templates", "id", &row.id, &row.id)?,
            class: parse("templates", "class", &row.id, &row.class)?,
            params: parse_json("templates", "params", &row.id, &row.params)?,
            code: row.code,
            name: row.name,
            content: row.content,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
