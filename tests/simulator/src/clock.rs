//! The system's time in the one unit the simulator counts in.
//!
//! The simulator plays a stranger to the gateway, so it reads the real clock; how a provider writes a date is in its own folder.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch, UTC.
pub(crate) fn now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
