//! The gateway: program `jixinda`. A module may use those listed below it, never above.
//!
//! `cli` → `http` → `intake`, `receipts` → `dispatch` → `routing`, `queue` → `gateway` (what all share) → `directory`, `seal`, `config`.
#![forbid(unsafe_code)]

pub mod cli;
mod http;

mod intake;
mod receipts;

mod dispatch;

mod queue;
mod routing;

mod gateway;

mod config;
mod directory;
mod seal;
mod serial;
