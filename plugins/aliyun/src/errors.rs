//! What each of Aliyun's codes means for the messages of a call. The table is the provider sheet's, §5.

use jixinda_plugin_kit::outcome::{cause, from_send_error, from_status, send_error_cause};
use jixinda_plugin_kit::types::{Cause, Deferral, Outcome, Rejection, Scope};
use jixinda_plugin_kit::verdict::Concerns::{All, One, SignName};
use jixinda_plugin_kit::verdict::Verdict::{self, Fault, Limited, NotTaken, Refused, RefusedHere, Uncertain};
use jixinda_plugin_kit::verdict::{self, Concerns, Context, Pause, Row};

use crate::client::Reply;

/// How long a number that met its limit is left alone; the shortest window of that limit is a minute.
const RECIPIENT_PAUSE: Pause = Pause::Milliseconds(60_000);
/// How long an account that met its request rate is left alone.
const RATE_PAUSE: Pause = Pause::Milliseconds(1_000);
/// The signature's time or nonce, even after signing again.
const STALE_SIGNATURE: Verdict = NotTaken(Deferral::Other, Scope::Account);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("isv.MOBILE_NUMBER_ILLEGAL",          Refused(Rejection::BadRecipient),        One),
    // A bug of ours: the batch was to be split.
    ("isv.MOBILE_COUNT_OVER_LIMIT",        Refused(Rejection::Other),               One),
    ("isv.DOMESTIC_NUMBER_NOT_SUPPORTED",  RefusedHere(Rejection::Unroutable),      One),
    ("isv.SMS_CONTENT_ILLEGAL",            Refused(Rejection::ContentRefused),      One),
    ("isv.BLACK_KEY_CONTROL_LIMIT",        Refused(Rejection::ContentRefused),      One),
    ("isv.PARAM_NOT_SUPPORT_URL",          RefusedHere(Rejection::ContentRefused),  One),
    ("isv.PARAM_LENGTH_LIMIT",             RefusedHere(Rejection::TooLong),         One),
    ("isv.TEMPLATE_MISSING_PARAMETERS",    RefusedHere(Rejection::BadTemplate),     One),
    ("isv.INVALID_JSON_PARAM",             RefusedHere(Rejection::Other),           One),
    ("isv.INVALID_PARAMETERS",             RefusedHere(Rejection::Other),           One),
    ("isv.EXTEND_CODE_ERROR",              RefusedHere(Rejection::Other),           One),
    ("isv.SMS_TEMPLATE_ILLEGAL",           RefusedHere(Rejection::BadTemplate),     All),
    ("isv.SMS_SIGNATURE_ILLEGAL",          RefusedHere(Rejection::BadSignName),     SignName),
    ("isv.SMS_SIGN_ILLEGAL",               RefusedHere(Rejection::BadSignName),     SignName),
    ("isv.SIGN_STATE_ILLEGAL",             RefusedHere(Rejection::BadSignName),     SignName),
    ("isv.SMS_SIGNATURE_SCENE_ILLEGAL",    RefusedHere(Rejection::BadSignName),     SignName),
    ("isv.BUSINESS_LIMIT_CONTROL",         Limited(Scope::Recipient, RECIPIENT_PAUSE), One),
    ("isv.DAY_LIMIT_CONTROL",              Limited(Scope::Account, Pause::NextDay), All),
    ("isv.MONTH_LIMIT_CONTROL",            Limited(Scope::Account, Pause::NextMonth), All),
    ("isv.DENY_IP_RANGE",                  Fault(Deferral::AuthFailed),             All),
    ("isp.RAM_PERMISSION_DENY",            Fault(Deferral::AuthFailed),             All),
    ("isv.OUT_OF_SERVICE",                 Fault(Deferral::NoBalance),              All),
    ("isv.AMOUNT_NOT_ENOUGH",              Fault(Deferral::NoBalance),              All),
    ("isv.PRODUCT_UN_SUBSCRIPT",           Fault(Deferral::AuthFailed),             All),
    ("isv.PRODUCT_UNSUBSCRIBE",            Fault(Deferral::AuthFailed),             All),
    ("isv.ACCOUNT_NOT_EXISTS",             Fault(Deferral::AuthFailed),             All),
    ("isv.ACCOUNT_ABNORMAL",               Fault(Deferral::AuthFailed),             All),
    ("isp.SYSTEM_ERROR",                   Uncertain,                               All),
    ("SignatureDoesNotMatch",              Fault(Deferral::AuthFailed),             All),
    ("InvalidAccessKeyId.NotFound",        Fault(Deferral::AuthFailed),             All),
    ("InvalidAccessKeyId.Inactive",        Fault(Deferral::AuthFailed),             All),
    ("InvalidTimeStamp.Expired",           STALE_SIGNATURE,                         All),
    ("SignatureNonceUsed",                 STALE_SIGNATURE,                         All),
    ("Throttling",                         Limited(Scope::Account, RATE_PAUSE),     All),
    ("Throttling.User",                    Limited(Scope::Account, RATE_PAUSE),     All),
    ("Throttling.Api",                     Limited(Scope::Account, RATE_PAUSE),     All),
    ("ServiceUnavailable",                 Uncertain,                               All),
    ("InternalError",                      Uncertain,                               All),
    ("isv.*",                              RefusedHere(Rejection::Other),           One),
    ("Throttling.*",                       Limited(Scope::Account, RATE_PAUSE),     All),
];

/// The outcome of every message of a call that was not accepted.
pub fn outcome(reply: &Reply, context: Context) -> Outcome {
    match reply {
        Reply::Failed(error) => from_send_error(error),
        Reply::Unreadable(response) => from_status(response),
        Reply::Answered { code, .. } => verdict::decide(look_up(code), cause_of(reply), context),
    }
}

/// The provider's own words.
pub fn cause_of(reply: &Reply) -> Cause {
    match reply {
        Reply::Failed(error) => send_error_cause(error),
        Reply::Unreadable(response) => cause(response.status.to_string(), "the answer is not Aliyun's"),
        Reply::Answered { code, message, .. } => cause(code, message),
    }
}

/// Refused by the API's front for its time stamp or nonce: not taken, and cured by signing again.
pub fn is_stale_signature(code: &str) -> bool {
    look_up(code).0 == STALE_SIGNATURE
}

/// What is in no line may have been taken.
fn look_up(code: &str) -> (Verdict, Concerns) {
    verdict::find(TABLE, code).unwrap_or((Uncertain, All))
}

#[cfg(test)]
mod tests;
