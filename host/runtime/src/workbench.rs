//! One component on a workbench: for the tools of those who write plugins.
//!
//! It has passed the gateway's gate and runs under the gateway's limits, but no folder is watched, time stands where it is put,
//! randomness repeats itself, and its requests go to an [`Upstream`] of the tool's choice.

use crate::call::{Runtime, RuntimeOptions};
use crate::canary::CanarySettings;
use crate::egress::EgressOptions;
use crate::gate::{self, Refusal};
use crate::limits::Budgets;
use crate::registry::Plugin;
use crate::status::Step;
use crate::upstream::Upstream;
use crate::watch::WatchMode;
use jixinda_domain::Clock;
use jixinda_domain::provider::Descriptor;
use std::path::Path;
use std::sync::Arc;

/// What the component finds around it.
pub struct WorkbenchOptions {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Every call draws the same random bytes; `None` for the machine's own.
    pub seed: Option<u64>,
    /// Where its requests go; `None` for the real world.
    pub upstream: Option<Arc<dyn Upstream>>,
    /// The way out where there is no stand-in.
    pub egress: EgressOptions,
}

/// A component that can be called.
pub struct Workbench {
    /// Calls it.
    pub runtime: Runtime,
    /// The component.
    pub plugin: Arc<Plugin>,
}

impl Workbench {
    /// Takes a component through the gate. `compiler` is run as `compiler compile-plugin`.
    ///
    /// # Errors
    /// With the sentence that the gateway would show.
    pub async fn open(compiler: &Path, bytes: &[u8], options: WorkbenchOptions) -> Result<Self, Refusal> {
        let broken = |error: &dyn std::fmt::Display| {
            Refusal::new(Step::Compile, format!("it could not be looked at: {error:#}"))
        };
        let cache = tempfile::tempdir().map_err(|error| broken(&error))?;
        let now = options.clock.now();
        let runtime_options = RuntimeOptions {
            folder: cache.path().to_owned(),
            cache: cache.path().to_owned(),
            compiler: compiler.to_owned(),
            watch: WatchMode::Events,
            max_calls: 4,
            budgets: Budgets::default(),
            egress: options.egress,
            canary: CanarySettings::default(),
            kept: cache.path().join("kept"),
        };
        let mut runtime = Runtime::unwatched(runtime_options, options.clock, Arc::new(|_| Vec::new()))
            .map_err(|error| broken(&error))?;
        runtime.seed = options.seed;
        if let Some(upstream) = options.upstream {
            runtime.go_out_by(upstream);
        }
        let admitted = gate::admit(&runtime, bytes).await?;
        let plugin = Arc::new(Plugin::new(admitted, 1, "on the workbench".to_owned(), now, 4));
        Ok(Self { runtime, plugin })
    }

    /// Asks it once more to describe itself.
    ///
    /// # Errors
    /// Where it fails.
    pub async fn describe_again(&self) -> Result<Descriptor, Refusal> {
        gate::describe_again(&self.runtime, &self.plugin.admitted).await
    }
}
