//! Opens a store that others work on, to look at it and change nothing.

use super::{MIGRATIONS, MysqlStore, options, pool};
use crate::{Result, schema};

impl MysqlStore {
    /// Connects for reading. The schema must be that of this version: nothing is migrated. Whoever tries to write is refused.
    ///
    /// # Errors
    /// Where the database cannot be reached, is no store, or its schema is older or newer.
    pub async fn open_read_only(url: &str) -> Result<Self> {
        let readers = pool(2, Some("SET SESSION TRANSACTION READ ONLY")).connect_with(options(url)?).await?;
        let applied: Option<i64> =
            sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations WHERE success").fetch_one(&readers).await?;
        schema::compare(applied, &MIGRATIONS)?;
        Ok(Self { writer: readers.clone(), readers })
    }
}
