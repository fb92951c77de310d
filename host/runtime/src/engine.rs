//! The wasmtime engine: one configuration for the serving process and the compiling one, pooled where the machine allows it.

use crate::limits::{MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES, MEMORY_CEILING, TICK};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// Settings that decide what compiled code looks like. The compiler process and the server must agree on them; pooling does not
/// affect compiled code.
fn base_config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    // Not ready for production in 48, and timeouts inside it do not work (wasmtime#11871).
    config.concurrency_support(false);
    config.epoch_interruption(true);
    config.wasm_memory64(false);
    config.max_wasm_stack(512 << 10);
    config.async_stack_size(1 << 20);
    config.generate_address_map(true);
    config.cranelift_opt_level(OptLevel::Speed);
    config
}

/// An engine that only compiles.
pub(crate) fn compiling_engine() -> wasmtime::Result<Engine> {
    Engine::new(&base_config())
}

/// The engine that serves, with room for `calls` at a time. Starts the thread that moves its epoch.
pub(crate) fn serving_engine(calls: u32) -> wasmtime::Result<Engine> {
    let mut config = base_config();
    if pool_fits() {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(calls)));
    } else {
        tracing::warn!(
            "this machine does not let a process reserve 4 TiB of addresses: components run without the instance pool, several times slower"
        );
    }
    let engine = Engine::new(&config)?;
    tick(&engine)?;
    Ok(engine)
}

fn pool(calls: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_memories(calls * 2)
        .total_tables(calls * 4)
        .total_core_instances(calls * 16)
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_memory_size(MEMORY_CEILING)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_component_instance_size(10 << 20)
        .max_core_instance_size(10 << 20)
        .max_tables_per_module(MAX_TABLES)
        .max_memories_per_module(1)
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(64 << 10)
        .decommit_batch_size(16);
    pool
}

/// Whether the kernel grants the address space that a pool reserves (as `wasmtime serve`, Spin and wasmCloud probe it).
fn pool_fits() -> bool {
    let mut config = Config::new();
    config.wasm_memory64(true);
    config.memory_reservation(1 << 42);
    let Ok(engine) = Engine::new(&config) else { return false };
    let mut store = wasmtime::Store::new(&engine, ());
    let wanted = wasmtime::MemoryType::new64(0, Some(1 << 26));
    wasmtime::Memory::new(&mut store, wanted).is_ok()
}

/// A thread of its own, so that a guest that spins on every worker cannot stop the clock that interrupts it.
fn tick(engine: &Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new().name("epoch".to_owned()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    })?;
    Ok(())
}
