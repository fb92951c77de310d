//! The gateway: program `jixinda`. A module may use those listed below it, never above.
//!
//! `cli` → `author` (tools for those who write plugins), `http` → `intake`, `polling` → `receipts`, `notify` → `dispatch` → `routing`, `queue` → `gateway` (what all share) → `directory`,
//! `feeds`, `account_settings`, `webhook_egress`, `seal`, `config`.
#![forbid(unsafe_code)]

mod author;
pub mod cli;
mod http;

mod intake;
mod polling;

mod notify;
mod receipts;

mod dispatch;

mod queue;
mod routing;

mod gateway;

mod account_settings;
mod config;
mod directory;
mod feeds;
mod seal;
mod serial;
mod webhook_egress;
