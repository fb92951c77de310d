//! What the operator is shown of the plugin folder: what serves, what stands by, what was refused and why.

use crate::canary::CanaryStatus;
use jixinda_domain::Timestamp;
use serde::Serialize;

/// Where a file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It cannot be read.
    Read,
    /// It ends too early: perhaps it is still being written.
    Incomplete,
    /// Its bytes are no component.
    Format,
    /// It asks for or offers what the provider interface does not have.
    World,
    /// It wants more than a plugin may have.
    Limits,
    /// It could not be compiled.
    Compile,
    /// It does not describe itself as it must.
    Describe,
    /// The settings of existing accounts would no longer fit it.
    Accounts,
    /// Its provider id and version are taken by another file.
    Identity,
}

/// One file of the plugin folder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileStatus {
    /// Its name.
    pub file: String,
    /// Lower hex SHA-256 of the content last read.
    pub sha256: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub state: FileState,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FileState {
    /// New calls go to it.
    Serving {
        /// The provider that it speaks for.
        provider: String,
        /// Its version.
        version: String,
        /// Counts swaps since the start.
        generation: u64,
    },
    /// A higher version of the same provider serves.
    Standby {
        /// The provider that it speaks for.
        provider: String,
        /// Its version.
        version: String,
    },
    /// It is tried: it takes a share of the calls.
    Canary {
        /// The provider that it speaks for.
        provider: String,
        /// Its version.
        version: String,
        /// Counts swaps since the start.
        generation: u64,
        /// Of the provider's `send` calls.
        share: f64,
    },
    /// It was tried and taken back, and does not come back by itself: a new content or an operator's word starts anew.
    RolledBack {
        /// The provider that it speaks for.
        provider: String,
        /// Its version.
        version: String,
        /// Why, in numbers.
        reason: String,
        /// When.
        at: Timestamp,
        /// The generation of the same file that goes on serving.
        still_serving: Option<String>,
    },
    /// It was refused. Where an earlier content of it serves, that goes on.
    Refused {
        /// Where.
        step: Step,
        /// Why, in one sentence.
        reason: String,
        /// When.
        at: Timestamp,
        /// The generation of the same file that goes on serving.
        still_serving: Option<String>,
    },
    /// It is not a plugin by its name or kind.
    Ignored {
        /// Why.
        reason: String,
    },
    /// It has changed and is waited for to settle.
    Settling,
}

/// One provider that serves.
#[derive(Clone, Debug, Serialize)]
pub struct PluginStatus {
    /// Its key.
    pub provider: String,
    /// For people.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Counts swaps since the start.
    pub generation: u64,
    /// Which file.
    pub file: String,
    /// Lower hex SHA-256.
    pub sha256: String,
    /// When it passed the gate.
    pub since: Timestamp,
    /// What it can do: `callbacks`, `polling`, `lookup`, `balance`.
    pub interfaces: Vec<&'static str>,
    /// Hosts that it wants to reach.
    pub hosts: Vec<String>,
    /// Calls in flight.
    pub calls: usize,
    /// The generation that is tried beside it.
    pub canary: Option<CanaryStatus>,
}
