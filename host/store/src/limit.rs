//! What an acceptance may not exceed: sliding windows and a daily quota, judged in the transaction that stores it, so that two requests
//! never race and a restart forgets nothing.

use jixinda_domain::{ApplicationId, LimitRule, Timestamp};
use std::sync::Arc;

/// The limits of one acceptance.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Sliding windows.
    pub rules: Arc<[LimitRule]>,
    /// The application's day.
    pub quota: Option<QuotaClaim>,
}

/// A day's quota of an application.
#[derive(Clone, Debug)]
pub struct QuotaClaim {
    /// Whose.
    pub application_id: ApplicationId,
    /// Which day, for example `2026-11-24`.
    pub day: String,
    /// When the next one begins.
    pub ends_at: Timestamp,
    /// Texts at most.
    pub most: u64,
}

/// A message that may not be accepted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Its place in the acceptance.
    pub index: usize,
    /// What it exceeds.
    pub limit: ExceededLimit,
    /// When there is room again, at the earliest.
    pub until: Timestamp,
}

/// What was exceeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExceededLimit {
    /// A sliding window.
    Rule(LimitRule),
    /// The day's quota of this many texts.
    Quota(u64),
}
