//! Opens a store that is somebody else's, to look at it and change nothing.

use super::{BUSY_TIMEOUT, MIGRATIONS, READERS, SqliteStore};
use crate::{Result, StoreError, schema};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::path::Path;

impl SqliteStore {
    /// Opens the file for reading. It must be there, with the schema of this version: nothing is migrated. A gateway may be at work on
    /// it. Whoever tries to write is refused.
    ///
    /// # Errors
    /// Where there is no such file, it is no store, or its schema is older or newer.
    pub async fn open_read_only(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Err(StoreError::Unavailable(format!("there is no file {}", path.display())));
        }
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await?;
        check_schema(&readers).await?;
        Ok(Self { writer: readers.clone(), readers })
    }
}

async fn check_schema(readers: &SqlitePool) -> Result<()> {
    let applied: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success").fetch_one(readers).await?;
    schema::compare(applied, &MIGRATIONS)
}
