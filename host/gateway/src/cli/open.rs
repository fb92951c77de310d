//! Opening what several commands need: configuration, data folder, store.

use crate::config::{Config, LogFormat};
use anyhow::Context as _;
use jixinda_store::Store;
use jixinda_store::mysql::MysqlStore;
use jixinda_store::sqlite::SqliteStore;
use std::fs::File;
use std::fs::Permissions;
use std::io::IsTerminal as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

/// Reads the configuration and starts the log.
pub fn config(file: Option<&Path>) -> anyhow::Result<Config> {
    let config = Config::load(file)?;
    let filter = EnvFilter::try_new(&config.log.level).context("log.level is neither a level nor a filter")?;
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(config)
}

/// Starts a log for commands that have no configuration.
pub fn log(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)?;
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
    Ok(())
}

/// A tokio runtime for the gateway's own work; guests have another.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Makes the data folder, for this user only.
pub fn data_folder(config: &Config) -> anyhow::Result<()> {
    let folder = &config.data.dir;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| std::fs::set_permissions(folder, Permissions::from_mode(0o700)))
        .with_context(|| format!("cannot make the data folder {}", folder.display()))
}

/// Takes the data folder for this process: two gateways on one SQLite file would take each other for crashed.
pub fn lock(config: &Config) -> anyhow::Result<File> {
    let path = config.data.dir.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => anyhow::bail!(
            "another gateway uses the data folder {}: stop it, or set data.dir",
            config.data.dir.display()
        ),
    }
}

/// Opens the store and brings it up to date.
pub async fn store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    data_folder(config)?;
    if config.store.url.starts_with("mysql:") {
        let store = MysqlStore::open(&config.store.url).await;
        // The address may hold a password.
        return Ok(Arc::new(store.context("cannot open the database of store.url")?));
    }
    let path = config.database();
    let store = SqliteStore::open(&path).await.with_context(|| format!("cannot open the store {}", path.display()))?;
    Ok(Arc::new(store))
}

/// Opens the store of a gateway that may be at work on it, to look at it and change nothing.
pub async fn store_to_read(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    if config.store.url.starts_with("mysql:") {
        let store = MysqlStore::open_read_only(&config.store.url).await;
        return Ok(Arc::new(store.context("cannot look at the database of store.url")?));
    }
    let path = config.database();
    let hint = || format!("cannot look at the store {} (see data.dir and store.url)", path.display());
    Ok(Arc::new(SqliteStore::open_read_only(&path).await.with_context(hint)?))
}
