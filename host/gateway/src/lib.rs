//! The gateway: program `jixinda`. A module may use those listed below it, never above.
//!
//! `cli` → `author` (tools for those who write plugins), `http` → `intake`, `parked`, `polling` → `receipts`, `notify`, `retention` → `dispatch` → `routing`, `queue` → `gateway` (what all share) → `directory`,
//! `feeds`, `quiet_hours`, `quota_day`, `account_settings`, `blocklist`, `doors`, `in_flight`, `webhook_egress`, `seal`, `config`.
#![forbid(unsafe_code)]

mod author;
pub mod cli;
mod http;

mod intake;
mod parked;
mod polling;

mod notify;
mod receipts;
mod retention;

mod dispatch;

mod nodes;
mod queue;
mod role;
mod routing;

mod gateway;

#[cfg(test)]
mod examples;

mod account_settings;
mod blocklist;
mod config;
mod conversions;
mod directory;
mod doors;
mod feeds;
mod in_flight;
mod quiet_hours;
mod quota_day;
mod seal;
mod serial;
mod webhook_egress;
