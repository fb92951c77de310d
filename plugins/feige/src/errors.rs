//! What each of Feige's codes means for the messages of a call. The tables are the provider sheet's, §5: one for each
//! generation, for the same number means different things in them.

use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::outcome::{cause, uncertain};
use jixinda_plugin_kit::types::{Deferral, Outcome, Rejection, Scope};
use jixinda_plugin_kit::verdict::Concerns::{All, One};
use jixinda_plugin_kit::verdict::Verdict::{Fault, Limited, RefusedHere, Uncertain};
use jixinda_plugin_kit::verdict::{self, Context, Pause, Row};
use serde_json::Value;

use crate::client::Client;
use crate::config::Version;

/// Two hundred calls a minute are allowed.
const CALLS_PAUSE: Pause = Pause::Milliseconds(10_000);
const FLOW_PAUSE: Pause = Pause::Milliseconds(60_000);

/// Of the new generation. 10004 and 10005 say that nothing is waiting to be pulled: see [`NOTHING_WAITING`].
#[rustfmt::skip]
const V2: &[Row] = &[
    ("1",     Fault(Deferral::AuthFailed),          All),
    ("15",    Fault(Deferral::NoBalance),           All),
    ("100",   Uncertain,                            All),
    ("10001", RefusedHere(Rejection::Other),        All),
    // Which parameter is wrong nobody says; of several numbers it may be one.
    ("10002", RefusedHere(Rejection::Other),        One),
    ("10003", RefusedHere(Rejection::Other),        One),
    ("10006", Fault(Deferral::AuthFailed),          All),
    ("10007", Limited(Scope::Account, CALLS_PAUSE), All),
    ("10008", Limited(Scope::Account, FLOW_PAUSE),  All),
    ("10009", Uncertain,                            All),
];

/// Of the old generation; only one of its codes is known.
const V1: &[Row] = &[("10008", RefusedHere(Rejection::BadTemplate), All)];

/// Codes of the new generation that are no failure of a pull.
pub const NOTHING_WAITING: [&str; 2] = ["10004", "10005"];

/// The outcome of every message of a call that was not accepted.
pub fn outcome(client: &Client, code: &str, body: &Value, context: Context) -> Outcome {
    let table = match client.config.api_version {
        Version::V1 => V1,
        Version::V2 => V2,
    };
    let told = verdict::find(table, code).unwrap_or_else(|| {
        client.gateway.log(Level::Warn, "Feige refused with a code that is not known here", &[("code", code)]);
        match client.config.api_version {
            // Whatever is not zero is a refusal.
            Version::V1 => (RefusedHere(Rejection::Other), One),
            Version::V2 => (Uncertain, All),
        }
    });
    verdict::decide(told, client.cause_of(code, body), context)
}

/// Every message has an answer by now; were one forgotten, it must not be sent again.
pub fn not_asked() -> Outcome {
    uncertain(cause("no-answer", "the call says nothing of this message"))
}

#[cfg(test)]
mod tests;
