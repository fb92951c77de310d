//! Calling a plugin: a fresh instance for each call, bounded in time, memory and reach, on a runtime of its own.

use crate::canary::{CanarySettings, Events, Evidence};
use crate::compile::Compiler;
use crate::convert;
use crate::egress::{Egress, EgressOptions};
use crate::engine::serving_engine;
use crate::gate;
use crate::grants::HostGrant;
use crate::guest_log::{GuestLog, Redactor};
use crate::limits::{Budgets, CallBudget};
use crate::randomness::Randomness;
use crate::registry::{Plugin, Registry};
use crate::state::{CallState, Reach, store};
use crate::status::{FileStatus, PluginStatus};
use crate::upstream::{Upstream, WayOut};
use crate::watch::{self, WatchMode};
use crate::wit_v0_1::exports::jixinda::provider::messaging;
use crate::wit_v0_1::jixinda::provider::types;
use futures_util::future::BoxFuture;
use jixinda_domain::provider::{CallRef, OutgoingMessage};
use jixinda_domain::{Cause, Clock, Deferral, Outcome, Rejection, Scope};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use wasmtime::component::{Instance, Linker};
use wasmtime::{Engine, Store};

/// Secret settings of an account, by property name.
pub type Secrets = BTreeMap<String, String>;

/// Everything a plugin needs of an account, in the form that calls use.
pub struct AccountAccess {
    id: String,
    config: String,
    callback_url: Option<String>,
    grants: Arc<[HostGrant]>,
    secrets: Arc<Secrets>,
    pub(crate) redactor: Arc<Redactor>,
}

impl AccountAccess {
    /// `config` is a JSON object without the secrets.
    pub fn new(
        id: String,
        config: String,
        callback_url: Option<String>,
        grants: Vec<HostGrant>,
        secrets: Secrets,
    ) -> Self {
        let redactor = Arc::new(Redactor::new(&secrets));
        Self { id, config, callback_url, grants: grants.into(), secrets: Arc::new(secrets), redactor }
    }

    /// Removes this account's secrets from a text that is shown to people.
    pub fn scrub(&self, text: &str) -> String {
        self.redactor.scrub(text)
    }

    pub(crate) fn failure(&self, failure: types::Failure) -> CallError {
        CallError::Failure(self.redactor.cause(convert::failure(failure)))
    }

    pub(crate) fn to_wit(&self) -> types::Account {
        types::Account { id: self.id.clone(), config: self.config.clone(), callback_url: self.callback_url.clone() }
    }
}

/// A call that brought nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// No plugin of that name serves.
    #[error("no plugin serves the provider {0}")]
    NoPlugin(String),
    /// The plugin does not have that interface.
    #[error("the plugin of {0} does not offer {1}")]
    Unsupported(String, &'static str),
    /// The plugin failed: trap, budget, timeout.
    #[error("plugin fault: {0}")]
    Fault(String),
    /// The plugin or the provider said no.
    #[error("{}: {}", .0.code, .0.detail)]
    Failure(Cause),
}

/// How the runtime is set up.
pub struct RuntimeOptions {
    /// The plugin folder.
    pub folder: PathBuf,
    /// Where compiled components are kept.
    pub cache: PathBuf,
    /// Run as `program compile-plugin`.
    pub compiler: PathBuf,
    /// How the folder is watched.
    pub watch: WatchMode,
    /// Calls in flight at most, over all plugins.
    pub max_calls: u32,
    /// What each kind of call may use.
    pub budgets: Budgets,
    /// The way out.
    pub egress: EgressOptions,
    /// How a new generation is tried.
    pub canary: CanarySettings,
    /// Where the bytes of what serves are kept, and what was rolled back.
    pub kept: PathBuf,
}

/// The settings of existing accounts, for the gate to check a new plugin against: (account name, settings with secrets).
pub type AccountConfigs = Arc<dyn Fn(&str) -> Vec<(String, serde_json::Value)> + Send + Sync>;

/// Runs provider components.
pub struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<CallState>,
    pub(crate) compiler: Compiler,
    pub(crate) registry: Registry,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) accounts: AccountConfigs,
    pub(crate) files: Mutex<Vec<FileStatus>>,
    pub(crate) options: RuntimeOptions,
    /// Wakes the watcher.
    pub(crate) rescan: Arc<watch::Wake>,
    pub(crate) canaries: Events,
    pub(crate) guests: Guests,
    way_out: WayOut,
    /// Makes the random bytes of every call the same; only on a workbench.
    pub(crate) seed: Option<u64>,
    permits: Arc<Semaphore>,
}

impl Runtime {
    /// Sets up the engine, loads what is in the folder, and goes on watching it.
    ///
    /// # Errors
    /// Where the engine, the cache or the folder cannot be had. A plugin that cannot be loaded is no error: it is shown as refused.
    pub async fn start(
        options: RuntimeOptions,
        clock: Arc<dyn Clock>,
        accounts: AccountConfigs,
    ) -> anyhow::Result<Arc<Self>> {
        std::fs::create_dir_all(&options.folder)?;
        let runtime = Arc::new(Self::unwatched(options, clock, accounts)?);
        watch::start(&runtime).await;
        Ok(runtime)
    }

    /// A runtime that looks at no folder: enough to put one component through the gate.
    pub(crate) fn unwatched(
        options: RuntimeOptions,
        clock: Arc<dyn Clock>,
        accounts: AccountConfigs,
    ) -> anyhow::Result<Self> {
        let engine = serving_engine(options.max_calls).map_err(setup)?;
        Ok(Self {
            linker: gate::linker(&engine).map_err(setup)?,
            compiler: Compiler::new(options.compiler.clone(), &options.cache)?,
            registry: Registry::new(),
            way_out: WayOut::Internet(Egress::new(options.egress.clone())),
            seed: None,
            permits: Arc::new(Semaphore::new(options.max_calls as usize)),
            guests: Guests::new()?,
            files: Mutex::default(),
            rescan: Arc::default(),
            canaries: Events::default(),
            engine,
            clock,
            accounts,
            options,
        })
    }

    /// The plugin that serves a provider now. A `send` asks [`plugin_for_send`](Self::plugin_for_send).
    pub fn plugin(&self, provider: &str) -> Option<Arc<Plugin>> {
        self.registry.get(provider)
    }

    /// All that serve.
    pub fn plugins(&self) -> Vec<PluginStatus> {
        self.registry.all()
    }

    /// All files of the folder and what became of them.
    pub fn files(&self) -> Vec<FileStatus> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts changes of who serves.
    pub fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.registry.changes()
    }

    /// Looks at the folder now instead of at the next event, and gives every refused file another chance: settings of
    /// accounts may have changed, or the compiler may have been short of memory.
    pub fn look_again(&self) {
        self.rescan.ask();
    }

    /// The folder that is watched.
    pub fn folder(&self) -> &std::path::Path {
        &self.options.folder
    }

    /// Hands messages to a provider. Answers exactly one outcome a message, in their order, whatever the plugin does.
    pub async fn send(
        &self,
        plugin: &Arc<Plugin>,
        account: &AccountAccess,
        call: &CallRef,
        messages: &[OutgoingMessage],
    ) -> Vec<Outcome> {
        let counted = self.registry.tally(plugin).map(|tally| tally.count(plugin.generation));
        let (wit_account, batch) = (account.to_wit(), convert::batch(call));
        let outgoing: Vec<types::Message> = messages.iter().map(convert::message).collect();
        let budget = self.options.budgets.send;
        let store = store(&self.engine, self.reach(plugin, account), budget, messages.len());
        let held = plugin.clone();
        let (store, answer) = self
            .run(plugin, budget, store, |store, instance| {
                Box::pin(async move {
                    let guest = held.admitted.messaging.load(&mut *store, &instance)?;
                    guest.call_send(store, &wit_account, &batch, &outgoing).await
                })
            })
            .await;
        let Some(state) = store.as_ref().map(Store::data) else {
            return vec![not_started(answer.err()); messages.len()];
        };
        let record = &state.record;
        let mut fault = false;
        let outcomes = match answer {
            Ok(Ok(outcomes)) if outcomes.len() == messages.len() => {
                record.judge(outcomes.into_iter().map(convert::outcome).collect())
            }
            Ok(Ok(outcomes)) => {
                let detail = format!("the plugin answered {} outcomes for {} messages", outcomes.len(), messages.len());
                tracing::warn!(plugin = %plugin.label, "{detail}");
                fault = true;
                record.without_answer(&Cause::new("wrong-outcome-count", detail))
            }
            // Nothing was handed over, it says; a plugin that lost its way knows less than the record.
            Ok(Err(failure @ messaging::Failure::Internal(_))) if record.anything_answered() => {
                record.without_answer(&convert::failure(failure))
            }
            Ok(Err(failure)) => record.judge(vec![failed(failure); messages.len()]),
            Err(error) => {
                fault = true;
                record.without_answer(&Cause::new("plugin-fault", error.to_string()))
            }
        };
        // A call that never began tells nothing of its plugin, and is not counted.
        if let Some(counted) = counted {
            self.report_canary(&counted, Evidence::of_call(&outcomes, fault));
        }
        outcomes.into_iter().map(|outcome| account.redactor.outcome(outcome)).collect()
    }

    pub(crate) fn reach(&self, plugin: &Plugin, account: &AccountAccess) -> Reach {
        Reach {
            way_out: Some(self.way_out.clone()),
            randomness: Randomness::new(self.seed),
            grants: account.grants.clone(),
            secrets: account.secrets.clone(),
            clock: Some(self.clock.clone()),
            log: GuestLog {
                bucket: plugin.log.clone(),
                redactor: account.redactor.clone(),
                plugin: plugin.label.clone(),
                clock: Some(self.clock.clone()),
            },
        }
    }

    /// Sends requests to a stand-in instead of the world.
    pub(crate) fn go_out_by(&mut self, upstream: Arc<dyn Upstream>) {
        self.way_out = WayOut::StandIn(upstream);
    }

    /// Reach for a plugin that only describes itself: nothing answers.
    pub(crate) fn no_reach(&self) -> Reach {
        Reach {
            way_out: None,
            randomness: Randomness::System,
            grants: Arc::default(),
            secrets: Arc::default(),
            clock: None,
            log: GuestLog::default(),
        }
    }

    /// Runs one call on the guests' runtime. The store comes back for its record; it is `None` where the call never began.
    pub(crate) async fn run<T, F>(
        &self,
        plugin: &Arc<Plugin>,
        budget: CallBudget,
        mut store: Store<CallState>,
        call: F,
    ) -> (Option<Store<CallState>>, Result<T, CallError>)
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Store<CallState>, Instance) -> BoxFuture<'a, wasmtime::Result<T>> + Send + 'static,
    {
        let in_flight = plugin.enter();
        let (own, all) = (plugin.permits.clone(), self.permits.clone());
        let (pre, label) = (plugin.admitted.pre.clone(), plugin.label.clone());
        // Dropped with this future: a caller that gives up leaves neither an instance nor a request behind.
        let task = AbortOnDropHandle::new(self.guests.spawn(async move {
            let _in_flight = in_flight;
            let Ok(permits) =
                tokio::time::timeout(budget.wall, async { (own.acquire_owned().await, all.acquire_owned().await) })
                    .await
            else {
                return (None, Err(CallError::Fault("too many calls are in flight".to_owned())));
            };
            store.data_mut().deadline = std::time::Instant::now() + budget.wall;
            let answer = tokio::time::timeout(budget.wall, async {
                let instance = pre.instantiate_async(&mut store).await?;
                call(&mut store, instance).await
            })
            .await;
            drop(permits);
            let answer = match answer {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => Err(CallError::Fault(gate::fault_words(&error))),
                Err(_) => Err(CallError::Fault(format!("it took longer than {:?}", budget.wall))),
            };
            if let Err(fault) = &answer {
                let fault = store.data().reach.log.redactor.scrub(&fault.to_string());
                tracing::warn!(plugin = %label, %fault, "a call of a plugin failed");
            }
            (Some(store), answer)
        }));
        match task.await {
            Ok(ended) => ended,
            Err(error) => (None, Err(CallError::Fault(format!("the call was lost: {error}")))),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.rescan.look();
    }
}

fn setup(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("the component runtime cannot be set up: {error:#}")
}

fn failed(failure: messaging::Failure) -> Outcome {
    let unsupported = matches!(failure, messaging::Failure::Unsupported(_));
    let misconfigured = matches!(failure, messaging::Failure::BadConfig(_));
    let cause = convert::failure(failure);
    if unsupported {
        return Outcome::Rejected { reason: Rejection::Other, elsewhere: true, cause };
    }
    let reason = if misconfigured { Deferral::AuthFailed } else { Deferral::UpstreamBusy };
    Outcome::Deferred { reason, scope: Scope::Account, cause, retry_after_ms: None }
}

fn not_started(error: Option<CallError>) -> Outcome {
    let detail = error.map_or_else(|| "the call did not begin".to_owned(), |error| error.to_string());
    Outcome::Deferred {
        reason: Deferral::Other,
        scope: Scope::Account,
        cause: Cause::new("plugin-busy", detail),
        retry_after_ms: Some(1000),
    }
}

/// The guests' own tokio runtime: a guest that spins between two ticks delays other guests, never the gateway.
pub(crate) struct Guests(Option<tokio::runtime::Runtime>);

impl Guests {
    fn new() -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).max(2);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("guest")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.0.as_ref().expect("present until it is dropped").spawn(task)
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
