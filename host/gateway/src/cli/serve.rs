//! `jixinda serve`: reads the configuration, wires the parts, runs, drains.

use super::{admin, open, output};
use crate::dispatch::Dispatch;
use crate::gateway::Gateway;
use crate::http;
use crate::notify::Notify;
use crate::polling::Polling;
use crate::retention;
use anyhow::Context as _;
use clap::ValueEnum;
use jixinda_domain::clock::SystemClock;
use jixinda_store::Store;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(clap::Args)]
pub struct Args {
    /// What this process does.
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
}

/// Parts of the gateway that a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything.
    All,
}

pub fn run(config: Option<&Path>, args: Args) -> anyhow::Result<()> {
    let Role::All = args.role;
    let config = open::config(config)?;
    open::runtime()?.block_on(async {
        open::data_folder(&config)?;
        let _lock = open::lock(&config)?;
        let store = open::store(&config).await?;
        first_token(store.as_ref()).await?;
        let listener = TcpListener::bind(config.server.listen)
            .await
            .with_context(|| format!("cannot listen on {}: is another gateway running?", config.server.listen))?;
        let address = listener.local_addr()?;
        let drain = Duration::from_millis(config.dispatch.drain_ms);
        let gateway = Gateway::start(config, store, Arc::new(SystemClock)).await?;
        let dispatch = Dispatch::start(gateway.clone()).await?;
        let polling = Polling::start(gateway.clone()).await?;
        let (timers, timers_stop) = (TaskTracker::new(), CancellationToken::new());
        timers.spawn(retention::run(gateway.clone(), timers_stop.clone()));
        let notify = Notify::start(gateway.clone());
        output::say(&format!("listening on http://{address}"));
        let stop = stop_on_signal()?;
        http::serve(gateway, listener, stop).await?;
        tracing::info!("stopping: waiting for the calls in flight");
        timers_stop.cancel();
        timers.close();
        timers.wait().await;
        tokio::join!(dispatch.drain(drain), polling.drain(drain), notify.drain(drain));
        Ok(())
    })
}

/// The first start prints a token once; who loses it makes another with `jixinda admin token add`.
async fn first_token(store: &dyn Store) -> anyhow::Result<()> {
    if store.admin_tokens().await?.is_empty() {
        let token = admin::add_token(store, "first start").await?;
        output::say(&format!("admin token (shown only now): {token}"));
    }
    Ok(())
}

fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}
