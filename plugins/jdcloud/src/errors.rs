//! What JD Cloud's refusals mean for the messages of a call. The table is the provider sheet's, §5; the vendor's own list of
//! codes was not available to it.

use jixinda_plugin_kit::Gateway;
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::outcome::{self, cause, from_send_error, from_status, heeding, send_error_cause};
use jixinda_plugin_kit::types::{Cause, Deferral, Outcome, Rejection, Scope};
use jixinda_plugin_kit::verdict::Concerns::{All, One};
use jixinda_plugin_kit::verdict::Verdict::{self, Fault, Limited, RefusedHere, Uncertain};
use jixinda_plugin_kit::verdict::{self, Concerns, Context, Pause, Row};

use crate::client::Reply;

/// How long a number that met its limit is left alone: the shortest window.
const RECIPIENT_PAUSE: Pause = Pause::Milliseconds(30_000);
const RATE_PAUSE: Pause = Pause::Milliseconds(1_000);

/// An operation's own codes.
const CODES: &[Row] = &[("11572106", Fault(Deferral::NoBalance), All)];
/// An operation that says this in its words speaks of a limit per number: a heuristic, UNCONFIRMED.
const FREQUENCY_WORDS: [&str; 3] = ["频率", "上限", "限流"];

/// The front's refusals, by the name of their status.
#[rustfmt::skip]
const FRONT: &[Row] = &[
    ("INVALID_ARGUMENT",  RefusedHere(Rejection::Other),        One),
    ("UNAUTHENTICATED",   Fault(Deferral::AuthFailed),          All),
    ("PERMISSION_DENIED", Fault(Deferral::AuthFailed),          All),
    ("INTERNAL",          Uncertain,                            All),
    // And by its number, where the name is another.
    ("400",               RefusedHere(Rejection::Other),        One),
    ("401",               Fault(Deferral::AuthFailed),          All),
    ("403",               Fault(Deferral::AuthFailed),          All),
    // A wrong region or path.
    ("404",               Fault(Deferral::AuthFailed),          All),
    ("429",               Limited(Scope::Account, RATE_PAUSE),  All),
    ("5*",                Uncertain,                            All),
];

/// The outcome of every message of a call that was not accepted.
pub fn outcome(gateway: &dyn Gateway, reply: &Reply, context: Context) -> Outcome {
    match reply {
        Reply::Done(_) => not_asked(),
        Reply::Failed(error) => from_send_error(error),
        Reply::Unreadable(response) => from_status(response),
        Reply::Refused { code, message } => {
            let told = of_operation(gateway, code, message);
            verdict::decide(told, cause_of(reply), context)
        }
        Reply::Turned { response, name, .. } => {
            let by_status = || verdict::find(FRONT, &response.status.to_string());
            let told = verdict::find(FRONT, name).or_else(by_status).unwrap_or((Uncertain, All));
            heeding(verdict::decide(told, cause_of(reply), context), response)
        }
    }
}

/// The provider's own words.
pub fn cause_of(reply: &Reply) -> Cause {
    match reply {
        Reply::Done(_) => cause("ok", ""),
        Reply::Failed(error) => send_error_cause(error),
        Reply::Unreadable(response) => cause(response.status.to_string(), "the answer is not JD Cloud's"),
        Reply::Refused { code, message } => cause(code, message),
        Reply::Turned { response, name, message } if name.is_empty() => cause(response.status.to_string(), message),
        Reply::Turned { name, message, .. } => cause(name, message),
    }
}

/// Every message has an answer by now; were one forgotten, it must not be sent again.
pub fn not_asked() -> Outcome {
    outcome::uncertain(cause("no-answer", "the call says nothing of this message"))
}

fn of_operation(gateway: &dyn Gateway, code: &str, message: &str) -> (Verdict, Concerns) {
    if let Some(known) = verdict::find(CODES, code) {
        return known;
    }
    if FREQUENCY_WORDS.iter().any(|word| message.contains(word)) {
        return (Limited(Scope::Recipient, RECIPIENT_PAUSE), One);
    }
    gateway.log(Level::Warn, "JD Cloud refused with a code that no document has", &[("code", code)]);
    (RefusedHere(Rejection::Other), One)
}

#[cfg(test)]
mod tests;
