//! The store on SQLite: one file in the data folder, write-ahead log, every commit on the disk before it is answered.
//!
//! One connection writes, a few read. Hot statements are set-based: they take a JSON array and touch as many rows as it has.

mod acceptance;
mod account;
mod admin_token;
mod application;
mod awaited_receipt;
mod blocklist;
mod call;
mod channel;
mod conversion;
mod feed;
mod inbound;
mod inbound_route;
mod lease;
mod limit;
mod message;
mod node;
mod opt_out;
mod read_only;
mod receipt;
mod receipt_match;
mod retention;
mod revision;
mod routing;
mod routing_policy;
mod sign_name;
mod template;
mod traffic;
mod transition;
mod tx;
mod webhook;
mod webhook_delivery;
mod webhook_endpoint;

use crate::{Result, Store, StoreError, StoreTx};
use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};
use std::path::Path;
use std::time::Duration;

/// How long a statement waits for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that read.
const READERS: u32 = 4;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/sqlite");

/// The store on SQLite.
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// Where the file cannot be opened or migrated.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .page_size(8192)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("wal_autocheckpoint", "4000")
            .optimize_on_close(false, None);
        let writer_options = options.clone().pragma("cache_size", "-16384");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            // A full disk makes SQLite roll back by itself; sqlx then counts a transaction that is gone and refuses the next for ever.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(writer_options)
            .await?;
        MIGRATIONS.run(&writer).await.map_err(|error| StoreError::Migration(error.to_string()))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(1)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { writer, readers })
    }

    /// The settings that durability rests on, as the writing connection has them: (journal mode, synchronous).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub async fn durability(&self) -> Result<(String, i64)> {
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&self.writer).await?;
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&self.writer).await?;
        Ok((journal, synchronous))
    }
}

impl SqliteStore {
    /// How SQLite would run a statement: for tests that guard the indexes.
    ///
    /// # Errors
    /// Where the statement is wrong.
    pub async fn explain(&self, statement: &str) -> Result<String> {
        let explained = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(explained).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(|(.., step)| step).collect::<Vec<_>>().join("\n"))
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn StoreTx>> {
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Box::new(tx::SqliteTx(transaction)))
    }

    async fn reserve_serials(&self, count: u32) -> Result<u64> {
        let end: i64 =
            sqlx::query_scalar("UPDATE counters SET value = value + ? WHERE name = 'serial' RETURNING value")
                .bind(i64::from(count))
                .fetch_one(&self.writer)
                .await?;
        u64::try_from(end - i64::from(count))
            .map_err(|_| StoreError::Internal("the serial counter is negative".to_owned()))
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }
}

/// A JSON array for `json_each(?)`.
fn json<T: serde::Serialize + ?Sized>(rows: &T) -> Result<String> {
    serde_json::to_string(rows).map_err(|error| StoreError::Internal(error.to_string()))
}

/// Rows that a statement gathered with `json_group_array`. One row crosses from SQLite's thread to ours instead of hundreds,
/// each of which would cost a wake-up and a copy of every column.
fn rows_as_json<T: serde::de::DeserializeOwned>(gathered: String) -> Result<Vec<T>> {
    serde_json::from_str(&gathered)
        .map_err(|error| StoreError::Internal(format!("gathered rows are unreadable: {error}")))
}
