//! What each of Huawei's codes means: those of a request, and those of one number. The tables are the provider sheet's, §5.

use jixinda_plugin_kit::Gateway;
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::http::{Response, SendError};
use jixinda_plugin_kit::json;
use jixinda_plugin_kit::outcome::{self, cause, from_send_error, from_status, heeding};
use jixinda_plugin_kit::types::{Deferral, Outcome, Rejection, Scope};
use jixinda_plugin_kit::verdict::Concerns::{All, One};
use jixinda_plugin_kit::verdict::Verdict::{Fault, Limited, Refused, RefusedHere, Uncertain};
use jixinda_plugin_kit::verdict::{self, Context, Pause, Row};
use serde_json::Value;

/// Taken, as a request and as a number.
pub const OK: &str = "000000";

/// How long an account that met its volume, or has too much waiting, is left alone. No figure is documented.
const VOLUME_PAUSE: Pause = Pause::Milliseconds(60_000);
const WAITING_PAUSE: Pause = Pause::Milliseconds(5_000);

/// Codes of a request. What says that we or our credentials are wrong pauses the account, so that a person looks.
#[rustfmt::skip]
const REQUEST: &[Row] = &[
    // Also seen for malformed requests, so nobody knows.
    ("E000000", Uncertain,                          All),
    // E000001 to E000008: the Authorization header. E000020 to E000027: X-WSSE.
    ("E00000*", Fault(Deferral::AuthFailed),        All),
    ("E00002*", Fault(Deferral::AuthFailed),        All),
    ("E000040", Fault(Deferral::AuthFailed),        All),
    ("E000045", Fault(Deferral::AuthFailed),        All),
    ("E000101", Fault(Deferral::AuthFailed),        All),
    ("E000102", Fault(Deferral::AuthFailed),        All),
    ("E000103", Fault(Deferral::AuthFailed),        All),
    ("E000104", Fault(Deferral::AuthFailed),        All),
    ("E000105", Fault(Deferral::AuthFailed),        All),
    ("E000106", Fault(Deferral::AuthFailed),        All),
    ("E000109", Fault(Deferral::AuthFailed),        All),
    ("E000110", Fault(Deferral::AuthFailed),        All),
    ("E000111", Fault(Deferral::AuthFailed),        All),
    // Frozen: arrears or a violation, and nobody says which.
    ("E000112", Fault(Deferral::NoBalance),         All),
    ("E0001*",  Fault(Deferral::AuthFailed),        All),
    // A parameter's form. Numbers are E.164 by the time they come here, so it is a template's parameter.
    ("E000503", RefusedHere(Rejection::Other),      One),
    // Whose status is not in the answer: as E200037.
    ("E000510", RefusedHere(Rejection::Other),      One),
    ("E000620", Fault(Deferral::AuthFailed),        All),
    ("E000623", Limited(Scope::Account, VOLUME_PAUSE), All),
    ("E000628", RefusedHere(Rejection::Unroutable), One),
    ("E000629", Fault(Deferral::NoBalance),         All),
    ("E0006*",  Limited(Scope::Account, VOLUME_PAUSE), All),
];

/// Codes of one number.
#[rustfmt::skip]
const NUMBER: &[Row] = &[
    ("E200015", Limited(Scope::Account, WAITING_PAUSE), All),
    ("E200018", RefusedHere(Rejection::BadSignName), All),
    ("E200024", RefusedHere(Rejection::Unroutable),  All),
    ("E200025", RefusedHere(Rejection::Unroutable),  All),
    ("E200026", RefusedHere(Rejection::Unroutable),  All),
    ("E200027", RefusedHere(Rejection::Unroutable),  All),
    // The parameters of this message, not the template: its binding stays.
    ("E200028", RefusedHere(Rejection::Other),       All),
    ("E200029", RefusedHere(Rejection::BadTemplate), All),
    ("E200030", RefusedHere(Rejection::BadTemplate), All),
    ("E200031", RefusedHere(Rejection::Other),       All),
    ("E200032", RefusedHere(Rejection::BadTemplate), All),
    ("E200033", RefusedHere(Rejection::BadTemplate), All),
    ("E200034", Uncertain,                           All),
    ("E200035", Uncertain,                           All),
    ("E200036", Fault(Deferral::AuthFailed),         All),
    ("E200037", RefusedHere(Rejection::Other),       All),
    ("E200038", Uncertain,                           All),
    // The first copy went out.
    ("E200041", Refused(Rejection::Duplicate),       All),
    ("E200051", RefusedHere(Rejection::Other),       All),
];

/// The outcome of the numbers that an answer does not name.
pub fn of_request(answer: &Result<Response, SendError>, body: &Value, messages: usize, now: u64) -> Outcome {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return from_send_error(error),
    };
    let Some(code) = json::text(body, "code") else {
        return match response.status {
            // The sheet: 401 and 403 are refusals of the caller.
            401 | 403 => outcome::deferred(
                Deferral::AuthFailed,
                Scope::Account,
                cause(response.status.to_string(), "refused without a code"),
            ),
            _ => from_status(response),
        };
    };
    if code == OK {
        return outcome::uncertain(cause("no-status", "the answer does not name this number"));
    }
    let told = verdict::find(REQUEST, &code).unwrap_or((Uncertain, All));
    let cause = cause(code, json::text(body, "description").unwrap_or_default());
    heeding(verdict::decide(told, cause, Context::of(now, messages)), response)
}

/// The outcome of a number that was not accepted.
pub fn of_number(status: &str, now: u64) -> Outcome {
    let told = verdict::find(NUMBER, status).unwrap_or((Uncertain, All));
    verdict::decide(told, cause(status, ""), Context::alone(now))
}

/// Two forms of the digest are in use, and this code is what the wrong one gets.
pub fn suggest_other_digest(gateway: &dyn Gateway) {
    gateway.log(
        Level::Error,
        "Huawei refuses the password digest (E000105): check app_secret, else set wsse_digest to its other value",
        &[],
    );
}

#[cfg(test)]
mod tests;
