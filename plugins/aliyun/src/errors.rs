//! What each of Aliyun's codes means for the messages of a call. The table is the provider sheet's, §5.

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::outcome::{cause, deferred, deferred_for, from_send_error, rejected, uncertain};
use jixinda_plugin_kit::types::{Cause, Deferral, Outcome, Rejection, Scope};

use crate::client::Reply;

/// What a code says about the message, before it is known how many the call held.
#[derive(Clone, Copy)]
enum Verdict {
    /// No channel will do.
    RejectMessage(Rejection),
    /// This channel will not do.
    RejectChannel(Rejection),
    /// Too many for this number lately.
    RecipientLimit,
    /// The account's own quota, until the next day or month in Beijing.
    DayLimit,
    MonthLimit,
    /// Too many requests a second.
    RequestRate,
    /// The account cannot send at all.
    Fault(Deferral),
    /// The signature's time or nonce, even after signing again.
    StaleSignature,
    /// May have been taken.
    Uncertain,
}

/// Whom of a batch a code concerns.
#[derive(Clone, Copy, PartialEq)]
enum Concerns {
    /// One of its messages, and nobody says which.
    One,
    /// All that share the sign name, which a batch may mix.
    SignName,
    /// All: the template is the same, or it is about the account or the request.
    All,
}

use Concerns::{All, One, SignName};
use Verdict::{Fault, RejectChannel, RejectMessage};

#[rustfmt::skip]
const TABLE: &[(&str, Verdict, Concerns)] = &[
    ("isv.MOBILE_NUMBER_ILLEGAL",         RejectMessage(Rejection::BadRecipient),   One),
    // A bug of ours: the batch was to be split.
    ("isv.MOBILE_COUNT_OVER_LIMIT",       RejectMessage(Rejection::Other),          One),
    ("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", RejectChannel(Rejection::Unroutable),     One),
    ("isv.SMS_CONTENT_ILLEGAL",           RejectMessage(Rejection::ContentRefused), One),
    ("isv.BLACK_KEY_CONTROL_LIMIT",       RejectMessage(Rejection::ContentRefused), One),
    ("isv.PARAM_NOT_SUPPORT_URL",         RejectChannel(Rejection::ContentRefused), One),
    ("isv.PARAM_LENGTH_LIMIT",            RejectChannel(Rejection::TooLong),        One),
    ("isv.TEMPLATE_MISSING_PARAMETERS",   RejectChannel(Rejection::BadTemplate),    One),
    ("isv.INVALID_JSON_PARAM",            RejectChannel(Rejection::Other),          One),
    ("isv.INVALID_PARAMETERS",            RejectChannel(Rejection::Other),          One),
    ("isv.EXTEND_CODE_ERROR",             RejectChannel(Rejection::Other),          One),
    ("isv.SMS_TEMPLATE_ILLEGAL",          RejectChannel(Rejection::BadTemplate),    All),
    ("isv.SMS_SIGNATURE_ILLEGAL",         RejectChannel(Rejection::BadSignName),    SignName),
    ("isv.SMS_SIGN_ILLEGAL",              RejectChannel(Rejection::BadSignName),    SignName),
    ("isv.SIGN_STATE_ILLEGAL",            RejectChannel(Rejection::BadSignName),    SignName),
    ("isv.SMS_SIGNATURE_SCENE_ILLEGAL",   RejectChannel(Rejection::BadSignName),    SignName),
    ("isv.BUSINESS_LIMIT_CONTROL",        Verdict::RecipientLimit,                  One),
    ("isv.DAY_LIMIT_CONTROL",             Verdict::DayLimit,                        All),
    ("isv.MONTH_LIMIT_CONTROL",           Verdict::MonthLimit,                      All),
    ("isv.DENY_IP_RANGE",                 Fault(Deferral::AuthFailed),              All),
    ("isp.RAM_PERMISSION_DENY",           Fault(Deferral::AuthFailed),              All),
    ("isv.OUT_OF_SERVICE",                Fault(Deferral::NoBalance),               All),
    ("isv.AMOUNT_NOT_ENOUGH",             Fault(Deferral::NoBalance),               All),
    ("isv.PRODUCT_UN_SUBSCRIPT",          Fault(Deferral::AuthFailed),              All),
    ("isv.PRODUCT_UNSUBSCRIBE",           Fault(Deferral::AuthFailed),              All),
    ("isv.ACCOUNT_NOT_EXISTS",            Fault(Deferral::AuthFailed),              All),
    ("isv.ACCOUNT_ABNORMAL",              Fault(Deferral::AuthFailed),              All),
    ("isp.SYSTEM_ERROR",                  Verdict::Uncertain,                       All),
    ("SignatureDoesNotMatch",             Fault(Deferral::AuthFailed),              All),
    ("InvalidAccessKeyId.NotFound",       Fault(Deferral::AuthFailed),              All),
    ("InvalidAccessKeyId.Inactive",       Fault(Deferral::AuthFailed),              All),
    ("InvalidTimeStamp.Expired",          Verdict::StaleSignature,                  All),
    ("SignatureNonceUsed",                Verdict::StaleSignature,                  All),
    ("Throttling",                        Verdict::RequestRate,                     All),
    ("Throttling.User",                   Verdict::RequestRate,                     All),
    ("Throttling.Api",                    Verdict::RequestRate,                     All),
    ("ServiceUnavailable",                Verdict::Uncertain,                       All),
    ("InternalError",                     Verdict::Uncertain,                       All),
];

/// How long a number that met its limit is left alone; the shortest window of that limit is a minute.
const RECIPIENT_PAUSE_MS: u32 = 60_000;
/// How long an account that met its request rate is left alone.
const RATE_PAUSE_MS: u32 = 1_000;

/// What the meaning of a code depends on besides the code.
#[derive(Clone, Copy)]
pub struct Context {
    pub now: u64,
    /// How many messages the call held.
    pub messages: usize,
    /// Whether they bore different sign names.
    pub mixed_sign_names: bool,
}

/// The outcome of every message of a call that was not accepted.
pub fn outcome(reply: &Reply, context: Context) -> Outcome {
    match reply {
        Reply::Failed(error) => from_send_error(error),
        Reply::Unreadable { status: 429 } => {
            decide(Verdict::RequestRate, All, cause("429", "HTTP 429 Too Many Requests"), context)
        }
        Reply::Unreadable { .. } => uncertain(cause_of(reply)),
        Reply::Answered { code, .. } => {
            let (verdict, concerns) = look_up(code);
            decide(verdict, concerns, cause_of(reply), context)
        }
    }
}

/// The provider's own words.
pub fn cause_of(reply: &Reply) -> Cause {
    match reply {
        Reply::Failed(error) => jixinda_plugin_kit::outcome::send_error_cause(error),
        Reply::Unreadable { status } => cause(status.to_string(), "the answer is not Aliyun's"),
        Reply::Answered { code, message, .. } => cause(code, message),
    }
}

/// Refused by the API's front for its time stamp or nonce: not taken, and cured by signing again.
pub fn is_stale_signature(code: &str) -> bool {
    matches!(look_up(code), (Verdict::StaleSignature, _))
}

fn look_up(code: &str) -> (Verdict, Concerns) {
    if let Some((_, verdict, concerns)) = TABLE.iter().find(|(name, ..)| *name == code) {
        return (*verdict, *concerns);
    }
    if code.starts_with("isv.") {
        return (RejectChannel(Rejection::Other), One);
    }
    if code.starts_with("Throttling.") {
        return (Verdict::RequestRate, All);
    }
    (Verdict::Uncertain, All)
}

fn decide(verdict: Verdict, concerns: Concerns, cause: Cause, context: Context) -> Outcome {
    let spoilt = match concerns {
        One => context.messages > 1,
        SignName => context.mixed_sign_names,
        All => false,
    };
    if spoilt {
        return deferred(Deferral::Other, Scope::Batch, cause);
    }
    let limited = |scope, pause| deferred_for(Deferral::RateLimited, scope, cause.clone(), pause);
    match verdict {
        RejectMessage(reason) => rejected(reason, false, cause),
        RejectChannel(reason) => rejected(reason, true, cause),
        Verdict::RecipientLimit => limited(Scope::Recipient, RECIPIENT_PAUSE_MS),
        Verdict::DayLimit => limited(Scope::Account, saturate(Zone::CHINA.until_next_day(context.now))),
        Verdict::MonthLimit => limited(Scope::Account, saturate(Zone::CHINA.until_next_month(context.now))),
        Verdict::RequestRate => limited(Scope::Account, RATE_PAUSE_MS),
        Fault(reason) => deferred(reason, Scope::Account, cause),
        Verdict::StaleSignature => deferred(Deferral::Other, Scope::Account, cause),
        Verdict::Uncertain => uncertain(cause),
    }
}

fn saturate(milliseconds: u64) -> u32 {
    u32::try_from(milliseconds).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
