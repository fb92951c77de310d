//! What each of Montnets's result codes means for the messages of a request. The table is the provider sheet's, §5. The
//! vendor's document leaves out the minus in places; here it does not count.

use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::types::{Deferral, Outcome, Rejection, Scope};
use jixinda_plugin_kit::verdict::Concerns::{All, One};
use jixinda_plugin_kit::verdict::Verdict::{Fault, Limited, Refused, RefusedHere, Uncertain};
use jixinda_plugin_kit::verdict::{self, Context, Pause, Row};
use serde_json::Value;

use crate::client::Client;

/// How long an account that has too many connections is left alone.
const CONNECTIONS_PAUSE: Pause = Pause::Milliseconds(1_000);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("100001", Fault(Deferral::AuthFailed),            All),
    // Repeatedly; the account may be locked for a time, so nothing more is tried with it.
    ("100002", Fault(Deferral::AuthFailed),            All),
    ("100003", Fault(Deferral::NoBalance),             All),
    ("100004", RefusedHere(Rejection::Other),          One),
    ("100011", Refused(Rejection::TooLong),            One),
    ("100012", Refused(Rejection::BadRecipient),       One),
    ("100014", RefusedHere(Rejection::Other),          One),
    ("100029", Uncertain,                              All),
    ("100056", Limited(Scope::Account, CONNECTIONS_PAUSE), All),
    ("100057", Fault(Deferral::AuthFailed),            All),
    ("100058", RefusedHere(Rejection::BadTemplate),    All),
    ("100059", RefusedHere(Rejection::BadTemplate),    One),
    ("100060", RefusedHere(Rejection::Other),          One),
    ("100070", Fault(Deferral::AuthFailed),            All),
    // 100091 to 100098: the request cannot be parsed.
    ("10009*", RefusedHere(Rejection::Other),          One),
    ("100100", RefusedHere(Rejection::Other),          All),
    ("100101", RefusedHere(Rejection::BadSignName),    One),
    ("100106", Refused(Rejection::Other),              One),
    ("100252", RefusedHere(Rejection::Other),          All),
    ("100267", Fault(Deferral::AuthFailed),            All),
    // 100253 to 100266: the management of templates.
    ("10025*", RefusedHere(Rejection::BadTemplate),    All),
    ("10026*", RefusedHere(Rejection::BadTemplate),    All),
    ("100502", RefusedHere(Rejection::BadTemplate),    All),
    // Short links, and the looking up of numbers.
    ("1008*",  RefusedHere(Rejection::Other),          One),
    ("100907", Uncertain,                              All),
    ("100999", Uncertain,                              All),
    ("1009*",  RefusedHere(Rejection::Other),          One),
];

/// The outcome of every message of a request that was not accepted.
pub fn outcome(client: &Client, code: &str, body: &Value, context: Context) -> Outcome {
    let cause = client.cause_of(code, body);
    let digits = code.trim().trim_start_matches('-');
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // The vendor's codes are numbers; whoever speaks here, nobody knows what became of the request.
        return Uncertain.outcome(cause, context.now);
    }
    let told = verdict::find(TABLE, digits).unwrap_or_else(|| {
        client.gateway.log(
            Level::Warn,
            "Montnets refused with a code that its documents do not have",
            &[("code", code)],
        );
        (RefusedHere(Rejection::Other), One)
    });
    verdict::decide(told, cause, context)
}

#[cfg(test)]
mod tests;
