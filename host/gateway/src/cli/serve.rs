//! `jixinda serve`: reads the configuration, wires the parts, runs, drains.

use super::{admin, open, output};
use crate::dispatch::Dispatch;
use crate::gateway::Gateway;
use crate::http;
use crate::nodes;
use crate::notify::Notify;
use crate::polling::Polling;
use crate::queue;
use crate::retention;
use crate::role::Role;
use crate::routing;
use anyhow::Context as _;
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
    #[arg(long, value_enum, default_value_t = Role::All, env = "JIXINDA_ROLE")]
    role: Role,
}

pub fn run(config: Option<&Path>, args: Args) -> anyhow::Result<()> {
    let config = open::config(config)?;
    open::runtime()?.block_on(async {
        open::data_folder(&config)?;
        let _lock = open::lock(&config)?;
        let store = open::store(&config).await?;
        anyhow::ensure!(
            args.role == Role::All || store.is_shared(),
            "--role {}: parts of the gateway in processes of their own need a store that they share; set store.url to mysql://…",
            args.role.as_str()
        );
        if args.role.administers() {
            first_token(store.as_ref()).await?;
        }
        let listener = TcpListener::bind(config.server.listen)
            .await
            .with_context(|| format!("cannot listen on {}: is another gateway running?", config.server.listen))?;
        let address = listener.local_addr()?;
        let drain = Duration::from_millis(config.dispatch.drain_ms);
        let leave_after = Duration::from_millis(config.server.leave_after_ms);
        let gateway = Gateway::start(config, args.role, store, Arc::new(SystemClock)).await?;
        gateway.nodes.join(&gateway).await?;
        let (timers, timers_stop) = (TaskTracker::new(), CancellationToken::new());
        timers.spawn(nodes::run(gateway.clone(), timers_stop.clone()));
        timers.spawn(routing::run_shared(gateway.clone(), timers_stop.clone()));
        timers.spawn(queue::run_redis(gateway.clone(), timers_stop.clone()));
        let worker = if args.role.sends() { Some(Worker::start(&gateway).await?) } else { None };
        output::say(&format!("listening on http://{address}"));
        let stop = stop_on_signal(gateway.clone(), leave_after)?;
        http::serve(gateway.clone(), listener, stop).await?;
        tracing::info!("stopping: waiting for the calls in flight");
        let drained = match worker {
            Some(worker) => worker.drain(drain).await,
            None => true,
        };
        timers_stop.cancel();
        timers.close();
        timers.wait().await;
        queue::leave(&gateway).await;
        // Open calls are for others to clean up: they know this node by its row.
        if drained && let Err(error) = gateway.nodes.leave(&gateway).await {
            tracing::info!(%error, "this node could not say that it leaves; the others find out");
        }
        Ok(())
    })
}

/// What a node that sends runs.
struct Worker {
    dispatch: Dispatch,
    polling: Polling,
    notify: Notify,
    retention: TaskTracker,
    stop: CancellationToken,
}

impl Worker {
    async fn start(gateway: &Arc<Gateway>) -> anyhow::Result<Self> {
        let (retention, stop) = (TaskTracker::new(), CancellationToken::new());
        retention.spawn(retention::run(gateway.clone(), stop.clone()));
        Ok(Self {
            dispatch: Dispatch::start(gateway.clone()).await?,
            polling: Polling::start(gateway.clone()),
            notify: Notify::start(gateway.clone()),
            retention,
            stop,
        })
    }

    /// Begins nothing more and waits for what is under way; answers whether all calls have ended.
    async fn drain(self, patience: Duration) -> bool {
        self.stop.cancel();
        self.retention.close();
        let (drained, (), (), ()) = tokio::join!(
            self.dispatch.drain(patience),
            self.polling.drain(patience),
            self.notify.drain(patience),
            self.retention.wait()
        );
        drained
    }
}

/// The first start prints a token once; who loses it makes another with `jixinda admin token add`.
async fn first_token(store: &dyn Store) -> anyhow::Result<()> {
    if store.admin_tokens().await?.is_empty() {
        let token = admin::add_token(store, "first start").await?;
        output::say(&format!("admin token (shown only now): {token}"));
    }
    Ok(())
}

/// Told to stop, a node says first that it is not ready (`/readyz`) and serves on for a while, so that whoever sends it requests looks
/// elsewhere before it stops to listen. Told a second time, it stops at once.
fn stop_on_signal(gateway: Arc<Gateway>, leave_after: Duration) -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        gateway.leaving.store(true, std::sync::atomic::Ordering::Release);
        tokio::select! {
            () = tokio::time::sleep(leave_after) => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}
