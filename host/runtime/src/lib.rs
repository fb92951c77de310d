//! Runs provider components. The only crate that knows wasmtime.
//!
//! A component is dropped into a folder ([`watch`]), checked before it may serve ([`gate`]), compiled outside this process
//! ([`compile`]), tried on a share of the calls ([`canary`]), and swapped in under load ([`registry`]). Each call gets a fresh instance with bounded time, memory and reach
//! ([`call`]), and speaks HTTP only through the gateway ([`egress`]), which knows whether a request left.
#![warn(missing_docs)]

mod ask;
pub mod call;
pub mod canary;
pub mod compile;
mod convert;
pub mod egress;
mod engine;
pub mod folder;
pub mod gate;
pub mod grants;
mod guest_log;
mod guest_output;
mod imports;
pub mod inspect;
mod kept;
pub mod limits;
pub mod pack;
mod randomness;
mod record;
pub mod registry;
mod state;
pub mod status;
mod succession;
pub mod upstream;
pub mod watch;
#[allow(missing_docs, clippy::all, unused_qualifications, reason = "generated from the WIT")]
mod wit_v0_1;
pub mod workbench;

pub use call::{AccountAccess, CallError, Runtime, RuntimeOptions, Secrets};
pub use canary::{CanaryEvent, CanarySettings};
pub use grants::HostGrant;
pub use registry::Plugin;
pub use status::{FileState, FileStatus, PluginStatus, Step};
