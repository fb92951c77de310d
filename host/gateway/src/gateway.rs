//! [`Gateway`]: what all parts share. Made once, at the start.

use crate::blocklist::{Blocklist, Imports};
use crate::config::Config;
use crate::directory::Directory;
use crate::doors::Doors;
use crate::feeds::Feeds;
use crate::in_flight::InFlight;
use crate::nodes::Nodes;
use crate::queue::{Queue, Recent};
use crate::quiet_hours::QuietHours;
use crate::quota_day::QuotaDay;
use crate::role::Role;
use crate::routing::Routing;
use crate::seal::Sealer;
use crate::serial::Serials;
use crate::webhook_egress::WebhookEgress;
use arc_swap::ArcSwap;
use jixinda_coordination::Exchange;
use jixinda_domain::{Application, Clock, LimitRule, Timestamp};
use jixinda_routing::Router;
use jixinda_runtime::egress::{AddressPolicy, EgressOptions};
use jixinda_runtime::limits::Budgets;
use jixinda_runtime::{Runtime, RuntimeOptions};
use jixinda_store::{Limits, Part, QueueItem, Revised, Store, Writer};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub struct Gateway {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub nodes: Nodes,
    pub store: Arc<dyn Store>,
    pub writer: Writer,
    pub sealer: Sealer,
    pub serials: Serials,
    pub runtime: Arc<Runtime>,
    pub queue: Queue,
    /// Where nodes tell each other what they learn.
    pub exchange: Option<Exchange>,
    /// Told to stop, it serves for a while what still comes.
    pub leaving: AtomicBool,
    pub recent: Recent,
    pub feeds: Feeds,
    pub in_flight: InFlight,
    /// Held by whoever changes a webhook: its row is read, changed and written as a whole.
    pub webhook_changes: tokio::sync::Mutex<()>,
    pub doors: Doors,
    pub routing: Routing,
    pub blocklist: Blocklist,
    pub imports: Imports,
    pub quiet_hours: QuietHours,
    quota_day: QuotaDay,
    limit_rules: Arc<[LimitRule]>,
    pub webhook_egress: WebhookEgress,
    directory: Arc<ArcSwap<Directory>>,
    reload: tokio::sync::Mutex<()>,
}

impl Gateway {
    pub async fn start(
        config: Config,
        role: Role,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Arc<Self>> {
        let sealer = Sealer::load(&config.master_key_file())?;
        let directory = Directory::load(store.as_ref(), &sealer, &config).await?;
        let directory = Arc::new(ArcSwap::from_pointee(directory));
        let runtime = start_runtime(&config, &clock, directory.clone()).await?;
        let nodes = Nodes::new(&config.node, role, store.is_shared(), clock.now());
        let queue = Queue::open(&config.queue, role, nodes.id)?;
        let exchange = queue.redis().map(|redis| Exchange::start(redis.clone(), nodes.id));
        let router = start_router(&config, store.as_ref(), clock.now()).await?;
        let routing = Routing::new(router, clock.clone(), exchange.is_some());
        routing.set_channels(&directory.load(), &runtime, Part::WHOLE);
        Ok(Arc::new(Self {
            routing,
            writer: Writer::start(store.clone(), clock.clone()),
            serials: Serials::new(store.clone()),
            queue,
            exchange,
            leaving: AtomicBool::new(false),
            recent: Recent::default(),
            feeds: Feeds::default(),
            in_flight: InFlight::default(),
            webhook_changes: tokio::sync::Mutex::default(),
            doors: Doors::default(),
            blocklist: Blocklist::load(store.as_ref(), config.opt_out.classes.clone()).await?,
            imports: Imports::default(),
            quiet_hours: QuietHours::from_config(&config.quiet_hours)?,
            quota_day: QuotaDay::in_zone(&config.limits.time_zone)?,
            limit_rules: config.limits.rules.clone().into(),
            webhook_egress: WebhookEgress::new(&config),
            nodes,
            config,
            clock,
            store,
            sealer,
            runtime,
            directory,
            reload: tokio::sync::Mutex::new(()),
        }))
    }

    /// The present picture. Hold it for one request, not longer.
    pub fn directory(&self) -> arc_swap::Guard<Arc<Directory>> {
        self.directory.load()
    }

    /// What an application may not exceed now.
    pub fn limits(&self, application: &Application, now: Timestamp) -> Limits {
        let rules = if application.limits.is_empty() {
            self.limit_rules.clone()
        } else {
            self.limit_rules.iter().chain(&application.limits).cloned().collect()
        };
        let quota = application.daily_quota.map(|most| self.quota_day.claim(application.id, most, now));
        Limits { rules, quota }
    }

    /// Has routing look at the channels anew: a plugin has come, or nodes have.
    pub fn take_up_channels(&self) {
        self.routing.set_channels(&self.directory.load(), &self.runtime, self.nodes.part());
    }

    /// Queues messages that any node may send.
    pub fn queue_up(&self, items: &[QueueItem]) {
        if self.queue.push(items, self.clock.now()) {
            self.nodes.note_missed();
        }
    }

    /// Reads the directory anew, after a change in the store, and has all nodes do so.
    pub async fn reload_directory(&self) -> anyhow::Result<()> {
        self.store.revise(Revised::Directory).await?;
        self.read_directory().await
    }

    /// Reads the directory anew, after a change that another node made.
    pub async fn read_directory(&self) -> anyhow::Result<()> {
        let _turn = self.reload.lock().await;
        let fresh = Directory::load(self.store.as_ref(), &self.sealer, &self.config).await?;
        self.directory.store(Arc::new(fresh));
        self.take_up_channels();
        Ok(())
    }
}

/// Far more than a node publishes; small enough for a version to be a number in JavaScript.
const VERSIONS_PER_MILLISECOND: u64 = 1024;

/// What was known before the restart is known again.
async fn start_router(config: &Config, store: &dyn Store, now: Timestamp) -> anyhow::Result<Router> {
    // Nodes that share a store each count on from a place of their own, so that no two write of the same version.
    let version = if store.is_shared() {
        now.as_millis().cast_unsigned() * VERSIONS_PER_MILLISECOND + rand::random_range(0..VERSIONS_PER_MILLISECOND)
    } else {
        store.last_ranking_version().await?
    };
    let mut router = Router::new(config.routing.clone(), version);
    let states = store.routing_states().await?;
    // What an earlier version of the gateway wrote in other words is learnt anew.
    let saved = states.iter().filter_map(|stored| serde_json::from_str(&stored.state).ok()).collect();
    router.restore(saved, now);
    Ok(router)
}

async fn start_runtime(
    config: &Config,
    clock: &Arc<dyn Clock>,
    directory: Arc<ArcSwap<Directory>>,
) -> anyhow::Result<Arc<Runtime>> {
    let options = RuntimeOptions {
        folder: config.plugin_folder(),
        cache: config.data.dir.join("compiled"),
        compiler: std::env::current_exe()?,
        watch: config.watch_mode(),
        max_calls: config.plugins.max_calls,
        budgets: Budgets::default(),
        egress: EgressOptions {
            addresses: AddressPolicy::allowing(config.egress.allow_networks.clone()),
            connect_timeout: Duration::from_millis(config.egress.connect_timeout_ms),
            ..EgressOptions::default()
        },
        canary: config.plugins.canary.clone(),
        kept: config.data.dir.join("plugins-kept"),
    };
    let accounts = move |provider: &str| {
        let directory = directory.load();
        let of_provider = directory.accounts.values().filter(|entry| entry.account.provider == provider);
        of_provider.map(|entry| (entry.account.name.clone(), entry.settings_for_schema())).collect()
    };
    Runtime::start(options, clock.clone(), Arc::new(accounts)).await
}
