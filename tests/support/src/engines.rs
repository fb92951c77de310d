//! Which engines gateways run on in tests: `JIXINDA_TEST_ENGINES` holds `mysql`, `redis`, both, or nothing for what is embedded.
//!
//! Servers are started once for the whole run; each gateway has a database, and a prefix of its keys, of its own.

use jixinda_test_servers::{MariaDb, redis::Redis};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

/// The engines, by their words.
pub const ENGINES: &str = "JIXINDA_TEST_ENGINES";

static MARIADB: LazyLock<Result<MariaDb, String>> =
    LazyLock::new(|| MariaDb::start(Default::default()).map_err(|error| format!("{error:#}")));

static REDIS: OnceCell<Redis> = OnceCell::const_new();

/// Whether gateways keep what they know in MySQL.
pub fn has_mysql() -> bool {
    std::env::var(ENGINES).is_ok_and(|engines| engines.contains("mysql"))
}

/// Whether gateways share a queue in Redis.
pub fn has_redis() -> bool {
    std::env::var(ENGINES).is_ok_and(|engines| engines.contains("redis"))
}

/// What the engines have done since they were started, for whoever asks what a text costs: a name, and a count.
///
/// # Errors
/// Where they do not answer.
pub async fn counters() -> anyhow::Result<Vec<(String, f64)>> {
    let mut counters = Vec::new();
    if has_mysql() {
        let server = MARIADB.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
        let status = server.execute("SHOW GLOBAL STATUS")?;
        for (name, label) in MYSQL_COUNTERS {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
            let count = line.and_then(|count| count.trim().parse().ok()).unwrap_or(0.0);
            counters.push((label.to_owned(), count));
        }
    }
    if let Some(redis) = REDIS.get() {
        let stats = redis.command(&["INFO", "stats"]).await?;
        for (name, label) in REDIS_COUNTERS {
            let line = stats.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let count = line.and_then(|count| count.trim().parse().ok()).unwrap_or(0.0);
            counters.push((label.to_owned(), count));
        }
    }
    Ok(counters)
}

const MYSQL_COUNTERS: [(&str, &str); 9] = [
    ("Com_stmt_execute", "SQL statements"),
    ("Com_commit", "SQL commits"),
    ("Handler_write", "rows inserted"),
    ("Handler_update", "rows updated"),
    ("Handler_delete", "rows deleted"),
    ("Handler_read_key", "rows looked up"),
    ("Bytes_received", "bytes to the database"),
    ("Bytes_sent", "bytes from the database"),
    ("Innodb_os_log_written", "bytes of its log"),
];
const REDIS_COUNTERS: [(&str, &str); 3] = [
    ("total_commands_processed", "Redis commands"),
    ("total_net_input_bytes", "bytes to Redis"),
    ("total_net_output_bytes", "bytes from Redis"),
];

/// Settings of a gateway on these engines.
///
/// # Errors
/// Where a server cannot be started.
pub async fn settings() -> anyhow::Result<Vec<(String, String)>> {
    static GATEWAYS: AtomicU32 = AtomicU32::new(0);
    let mut settings = Vec::new();
    let name = format!("gateway_{}", GATEWAYS.fetch_add(1, Ordering::Relaxed));
    if has_redis() {
        let redis = REDIS.get_or_try_init(Redis::start).await?;
        settings.push(("QUEUE__URL".to_owned(), redis.url()));
        settings.push(("QUEUE__PREFIX".to_owned(), name.clone()));
    }
    if has_mysql() {
        let made = tokio::task::spawn_blocking(move || {
            let server = MARIADB.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
            server.database(&name)
        });
        settings.push(("STORE__URL".to_owned(), made.await??));
        // A test does not wait long for a node that it killed.
        settings.push(("NODE__BEAT_MS".to_owned(), "100".to_owned()));
        settings.push(("NODE__DEAD_AFTER_MS".to_owned(), "2000".to_owned()));
    }
    Ok(settings)
}
