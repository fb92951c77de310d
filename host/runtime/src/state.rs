//! What one call carries with it: its budget, its reach, its record, and an empty WASI world.

use crate::call::Secrets;
use crate::grants::HostGrant;
use crate::guest_log::GuestLog;
use crate::guest_output::GuestOutput;
use crate::limits::{self, CallBudget, MAX_RESOURCES, TICK};
use crate::randomness::Randomness;
use crate::record::SendRecord;
use crate::upstream::WayOut;
use crate::wit_v0_1::jixinda::provider::host::Level;
use jixinda_domain::Clock;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder, UpdateDeadline};
use wasmtime_wasi::{HostWallClock, ResourceTable, WasiCtx, WasiCtxView, WasiView};

/// What the imports of one call may do.
pub(crate) struct Reach {
    /// The way out; none while a plugin describes itself.
    pub(crate) way_out: Option<WayOut>,
    /// Where random bytes come from.
    pub(crate) randomness: Randomness,
    /// Hosts of this account.
    pub(crate) grants: Arc<[HostGrant]>,
    /// Secrets of this account.
    pub(crate) secrets: Arc<Secrets>,
    /// Time for the guest; none while it describes itself.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    /// The log, scrubbed of those secrets.
    pub(crate) log: GuestLog,
}

/// The state of one call.
pub(crate) struct CallState {
    pub(crate) reach: Reach,
    pub(crate) record: SendRecord,
    pub(crate) http_left: u32,
    pub(crate) deadline: Instant,
    /// Processor ticks used, and one for each host call that outlived a tick.
    ticks: u64,
    limits: StoreLimits,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl CallState {
    /// What remains of the call's time.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// A host call suspends the guest, and the epoch moves on meanwhile: that tick is not the guest's.
    pub(crate) fn forgive_tick(&mut self) {
        self.ticks = self.ticks.saturating_sub(1);
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A fresh store for one call. Dropped after it, whatever happened.
pub(crate) fn store(engine: &Engine, reach: Reach, budget: CallBudget, messages: usize) -> Store<CallState> {
    let mut table = ResourceTable::new();
    table.set_max_capacity(MAX_RESOURCES);
    let wasi = empty_wasi(&reach);
    let state = CallState {
        reach,
        record: SendRecord::new(messages),
        http_left: budget.http_requests,
        deadline: Instant::now() + budget.wall,
        ticks: 0,
        limits: StoreLimitsBuilder::new()
            .memory_size(budget.memory)
            .table_elements(limits::MAX_TABLE_ELEMENTS)
            .instances(limits::MAX_CORE_INSTANCES as usize)
            .memories(limits::MAX_MEMORIES as usize)
            .tables(limits::MAX_TABLES as usize)
            .trap_on_grow_failure(true)
            .build(),
        wasi,
        table,
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limits);
    store.set_hostcall_fuel(limits::HOSTCALL_BYTES);
    store.set_epoch_deadline(1);
    let allowed = u64::try_from(budget.cpu.as_millis() / TICK.as_millis()).unwrap_or(u64::MAX);
    store.epoch_deadline_callback(move |mut context| {
        let state = context.data_mut();
        state.ticks += 1;
        if state.ticks > allowed {
            return Ok(UpdateDeadline::Interrupt);
        }
        // The built-in yield puts the guest at the front of tokio's queue again (wasmtime#10667).
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}

/// Everything of WASI 0.2 is there to link against, and nothing is granted: no files, no environment, no sockets. Output goes
/// to the log.
fn empty_wasi(reach: &Reach) -> WasiCtx {
    let mut wasi = WasiCtx::builder();
    wasi.allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(64 << 10)
        .stdout(GuestOutput::new(reach.log.clone(), Level::Info))
        .stderr(GuestOutput::new(reach.log.clone(), Level::Warn));
    // On a workbench, a standard library that asks WASI must be told the same as one that asks us.
    if let (Some(secure), Some(insecure), Some(clock)) =
        (reach.randomness.fork(), reach.randomness.fork(), &reach.clock)
    {
        wasi.secure_random(secure).insecure_random(insecure).insecure_random_seed(0);
        wasi.wall_clock(WorkbenchClock(clock.clone()));
    }
    wasi.build()
}

/// The workbench's time, as WASI asks for it.
struct WorkbenchClock(Arc<dyn Clock>);

impl HostWallClock for WorkbenchClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().as_millis()).unwrap_or(0))
    }
}
