//! The store on MySQL and its kin (MariaDB, TiDB): one database that several nodes write to at once.
//!
//! What differs from [`sqlite`](crate::sqlite): many transactions run side by side, so each locks its rows first, in the order of their
//! keys, and looks at them then (isolation READ COMMITTED: a statement sees what is committed when it begins). Nothing is used that one of
//! the three engines lacks: no RETURNING, no JSON_TABLE, no SKIP LOCKED, no gap locks. See docs/decisions/019-mysql.md.

mod acceptance;
mod account;
mod admin_token;
mod application;
mod awaited_receipt;
mod batch;
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
use sha2::{Digest as _, Sha256};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{Executor as _, MySqlPool};
use std::str::FromStr as _;
use std::time::Duration;

/// Connections that write: the group commit has one, the rest is for operators.
const WRITERS: u32 = 4;
/// Connections that read.
const READERS: u32 = 8;
/// How long anyone waits for a connection before the store counts as away.
const PATIENCE: Duration = Duration::from_secs(3);
/// Texts of statements that each connection keeps prepared: every statement in its few sizes.
const PREPARED: usize = 500;
/// What every session is pinned to, whatever the server's own settings are. Locks are waited for as long as a caller would wait.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', \
                       innodb_lock_wait_timeout = 5";
const ISOLATION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/mysql");

/// The store on MySQL.
pub struct MysqlStore {
    writer: MySqlPool,
    readers: MySqlPool,
}

impl MysqlStore {
    /// Connects to `mysql://user:password@host:port/database` and brings the schema up to date. Several nodes may do so at once.
    ///
    /// # Errors
    /// Where the database cannot be reached or migrated.
    pub async fn open(url: &str) -> Result<Self> {
        let options = options(url)?;
        let writer = pool(WRITERS, None).connect_with(options.clone()).await?;
        MIGRATIONS.run(&writer).await.map_err(|error| StoreError::Migration(error.to_string()))?;
        let store = Self { writer, readers: pool(READERS, None).connect_with(options).await? };
        if let Some(setting) = store.flushes_late().await? {
            tracing::warn!(
                "the database has {setting}: a power cut there can lose messages that were accepted; set it to 1"
            );
        }
        Ok(store)
    }

    /// The setting by which the database may lose what it has committed, where there is one.
    async fn flushes_late(&self) -> Result<Option<String>> {
        let found: Option<(String, String)> = sqlx::query_as("SHOW VARIABLES LIKE 'innodb_flush_log_at_trx_commit'")
            .fetch_optional(&self.readers)
            .await?;
        Ok(found.filter(|(_, value)| value != "1").map(|(name, value)| format!("{name} = {value}")))
    }
}

fn options(url: &str) -> Result<MySqlConnectOptions> {
    let options = MySqlConnectOptions::from_str(url)
        .map_err(|error| StoreError::Unavailable(format!("its address cannot be read: {error}")))?;
    Ok(options.charset("utf8mb4").collation("utf8mb4_bin").statement_cache_capacity(PREPARED))
}

/// `more` is what each session is told beside what all are.
fn pool(connections: u32, more: Option<&'static str>) -> MySqlPoolOptions {
    MySqlPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        // One that died with the server is noticed before it is used.
        .test_before_acquire(true)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(SESSION).await?;
                connection.execute(ISOLATION).await?;
                if let Some(more) = more {
                    connection.execute(more).await?;
                }
                Ok(())
            })
        })
}

#[async_trait]
impl Store for MysqlStore {
    async fn begin(&self) -> Result<Box<dyn StoreTx>> {
        Ok(Box::new(tx::MysqlTx(self.writer.begin().await?)))
    }

    async fn reserve_serials(&self, count: u32) -> Result<u64> {
        let mut tx = self.writer.begin().await?;
        let start: i64 = sqlx::query_scalar("SELECT value FROM counters WHERE name = 'serial' FOR UPDATE")
            .fetch_one(&mut *tx)
            .await?;
        sqlx::query("UPDATE counters SET value = value + ? WHERE name = 'serial'")
            .bind(count)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        u64::try_from(start).map_err(|_| StoreError::Internal("the serial counter is negative".to_owned()))
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Internal(error.to_string()))
}

/// What may be long, as a key: the same text has the same digest.
fn digest(text: &str) -> String {
    let digest = <[u8; 32]>::from(Sha256::digest(text));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a stranger wrote, no longer than its column.
fn short(text: &str) -> &str {
    text.char_indices().nth(255).map_or(text, |(end, _)| &text[..end])
}
