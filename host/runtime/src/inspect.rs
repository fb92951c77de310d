//! Looks at one component as the gateway would, without serving it: for `jixinda plugin check` and `plugin install`.
//!
//! The gate is the gateway's own, so the sentences are the same. Only accounts are not known here: the gateway checks them when it
//! takes the file.

use crate::call::{Runtime, RuntimeOptions};
use crate::canary::CanarySettings;
use crate::egress::EgressOptions;
use crate::gate::{self, Refusal};
use crate::limits::{Budgets, MAX_FILE_BYTES};
use crate::status::Step;
use crate::watch::WatchMode;
use jixinda_domain::clock::SystemClock;
use jixinda_domain::provider::Descriptor;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a component that passes the gate is.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Lower hex SHA-256.
    pub sha256: String,
    /// Bytes of the file.
    pub size: usize,
    /// What it says of itself.
    pub descriptor: Descriptor,
    /// The optional interfaces that it offers: `callbacks`, `polling`, `lookup`, `balance`.
    pub interfaces: Vec<&'static str>,
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// Bytes of memory that it has from the start.
    pub memory_minimum: u64,
    /// How long compiling took.
    pub compile_time: Duration,
}

/// Takes a component through the whole gate. `compiler` is run as `compiler compile-plugin`.
///
/// # Errors
/// With the sentence that the gateway would show.
pub async fn inspect(compiler: &Path, bytes: &[u8]) -> Result<Inspection, Refusal> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Refusal::new(Step::Limits, format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20)));
    }
    gate::check_bytes(bytes)?;
    // A cache of its own, so that compiling is measured; it ends with this look.
    let cache = tempfile::tempdir().map_err(|error| broken(&error))?;
    let options = RuntimeOptions {
        folder: cache.path().to_owned(),
        cache: cache.path().to_owned(),
        compiler: compiler.to_owned(),
        watch: WatchMode::Events,
        max_calls: 1,
        budgets: Budgets::default(),
        egress: EgressOptions::default(),
        canary: CanarySettings::default(),
        kept: cache.path().join("kept"),
    };
    let runtime =
        Runtime::unwatched(options, Arc::new(SystemClock), Arc::new(|_| Vec::new())).map_err(|error| broken(&error))?;
    let sha256 = gate::sha256(bytes);
    let start = Instant::now();
    let component = gate::load(&runtime.engine, &runtime.compiler, &sha256, bytes).await?;
    let compile_time = start.elapsed();
    let admitted = gate::admit(&runtime, bytes).await?;
    let kind = component.component_type();
    Ok(Inspection {
        sha256,
        size: bytes.len(),
        interfaces: admitted.interfaces(),
        imports: kind.imports(&runtime.engine).map(|(name, _)| name.to_owned()).collect(),
        exports: kind.exports(&runtime.engine).map(|(name, _)| name.to_owned()).collect(),
        memory_minimum: component.resources_required().and_then(|wants| gate::memory_minimum(&wants)).unwrap_or(0),
        descriptor: admitted.descriptor,
        compile_time,
    })
}

/// This machine's fault, not the file's.
fn broken(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(Step::Compile, format!("it could not be looked at: {error:#}"))
}
