//! What each of Tencent's codes means, for a request and for a number. The table is the provider sheet's, §5; codes that it
//! gives by their beginning stand here by it, after the exact ones.

use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::outcome::{cause, from_send_error, from_status, send_error_cause, uncertain};
use jixinda_plugin_kit::types::{Cause, Deferral, Outcome, Rejection, Scope};
use jixinda_plugin_kit::verdict::Concerns::{All, One};
use jixinda_plugin_kit::verdict::Verdict::{self, Fault, Limited, Refused, RefusedHere, Uncertain};
use jixinda_plugin_kit::verdict::{self, Concerns, Context, Pause, Row};

use crate::client::{Client, Reply};

const HALF_MINUTE: Pause = Pause::Milliseconds(30_000);
const HOUR: Pause = Pause::Milliseconds(3_600_000);
const SECOND: Pause = Pause::Milliseconds(1_000);
/// Marketing may be sent from eight in the morning on.
const MORNING: Pause = Pause::Hour(8);

const BLOCKED: &str = "FailedOperation.PhoneNumberInBlacklist";

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("FailedOperation.ContainSensitiveWord",                     Refused(Rejection::ContentRefused),    All),
    ("InvalidParameter.DirtyWordFound",                          Refused(Rejection::ContentRefused),    All),
    (BLOCKED,                                                    Refused(Rejection::RecipientBlocked),  One),
    ("InvalidParameterValue.IncorrectPhoneNumber",               Refused(Rejection::BadRecipient),      One),
    ("FailedOperation.PhoneNumberParseFail",                     Refused(Rejection::BadRecipient),      One),
    ("MissingParameter.EmptyPhoneNumberSet",                     Refused(Rejection::BadRecipient),      One),
    ("FailedOperation.SignatureIncorrectOrUnapproved",           RefusedHere(Rejection::BadSignName),   All),
    ("FailedOperation.MissingSignature",                         RefusedHere(Rejection::BadSignName),   All),
    ("FailedOperation.TemplateIncorrectOrUnapproved",            RefusedHere(Rejection::BadTemplate),   All),
    ("FailedOperation.TemplateUnapprovedOrNotExist",             RefusedHere(Rejection::BadTemplate),   All),
    ("FailedOperation.TemplateIdNotExist",                       RefusedHere(Rejection::BadTemplate),   All),
    // The parameters of these messages, not the template: its binding stays.
    ("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", RefusedHere(Rejection::Other),         All),
    ("InvalidParameterValue.TemplateParameterFormatError",       RefusedHere(Rejection::Other),         All),
    ("InvalidParameterValue.TemplateParameterLengthLimit",       RefusedHere(Rejection::TooLong),       All),
    ("InvalidParameterValue.ContentLengthLimit",                 RefusedHere(Rejection::TooLong),       All),
    ("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", RefusedHere(Rejection::ContentRefused), All),
    ("FailedOperation.MarketingSendTimeConstraint",              Limited(Scope::Message, MORNING),      All),
    ("UnsupportedOperation.*",                                   RefusedHere(Rejection::Unroutable),    One),
    ("UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny", RefusedHere(Rejection::Other),   All),
    ("LimitExceeded.PhoneNumberThirtySecondLimit",               Limited(Scope::Recipient, HALF_MINUTE), One),
    ("LimitExceeded.PhoneNumberOneHourLimit",                    Limited(Scope::Recipient, HOUR),       One),
    ("LimitExceeded.PhoneNumberDailyLimit",                      Limited(Scope::Recipient, Pause::NextDay), One),
    ("LimitExceeded.PhoneNumberSameContentDailyLimit",           Limited(Scope::Recipient, Pause::NextDay), One),
    ("LimitExceeded.DeliveryFrequencyLimit",                     Limited(Scope::Recipient, HALF_MINUTE), One),
    ("LimitExceeded.AppDailyLimit",                              Limited(Scope::Account, Pause::NextDay), All),
    ("LimitExceeded.AppMainlandChinaDailyLimit",                 Limited(Scope::Account, Pause::NextDay), All),
    ("LimitExceeded.AppGlobalDailyLimit",                        Limited(Scope::Account, Pause::NextDay), All),
    ("LimitExceeded.DailyLimit",                                 Limited(Scope::Account, Pause::NextDay), All),
    ("LimitExceeded.AppCountryOrRegionDailyLimit",               Limited(Scope::Account, Pause::NextDay), All),
    ("LimitExceeded.GlobalSmsSendingRateLimit",                  Limited(Scope::Account, SECOND),       All),
    ("LimitExceeded.AppCountryOrRegionInBlacklist",              RefusedHere(Rejection::Unroutable),    All),
    ("LimitExceeded.PhoneNumberCountLimit",                      RefusedHere(Rejection::Other),         One),
    ("RequestLimitExceeded*",                                    Limited(Scope::Account, SECOND),       All),
    ("FailedOperation.InsufficientBalanceInSmsPackage",          Fault(Deferral::NoBalance),            All),
    ("UnauthorizedOperation.ServiceSuspendDueToArrears",         Fault(Deferral::NoBalance),            All),
    ("UnauthorizedOperation.RequestIpNotInWhitelist",            Fault(Deferral::AuthFailed),           All),
    ("UnauthorizedOperation.RequestPermissionDeny",              Fault(Deferral::AuthFailed),           All),
    ("UnauthorizedOperation.SdkAppIdIsDisabled",                 Fault(Deferral::AuthFailed),           All),
    ("UnauthorizedOperation.SmsSdkAppIdVerifyFail",              Fault(Deferral::AuthFailed),           All),
    ("InvalidParameterValue.SdkAppIdNotExist",                   Fault(Deferral::AuthFailed),           All),
    ("AuthFailure*",                                             Fault(Deferral::AuthFailed),           All),
    ("InternalError.SigVerificationFail",                        Fault(Deferral::AuthFailed),           All),
    ("InternalError.SigFieldMissing",                            Fault(Deferral::AuthFailed),           All),
    // Our clock: a person must look.
    ("InternalError.RequestTimeException",                       Fault(Deferral::AuthFailed),           All),
    ("InternalError*",                                           Uncertain,                             All),
    ("FailedOperation.OtherError",                               Uncertain,                             All),
    ("FailedOperation.FailResolvePacket",                        Uncertain,                             All),
    ("FailedOperation.JsonParseFail",                            Uncertain,                             All),
    ("InvalidParameter*",                                        RefusedHere(Rejection::Other),         One),
];

/// The outcome of every message of a call whose answer names no numbers.
pub fn of_request(client: &Client, reply: &Reply, context: Context) -> Outcome {
    match reply {
        Reply::Failed(error) => from_send_error(error),
        Reply::Unreadable(response) => from_status(response),
        Reply::Refused { code, .. } => verdict::decide(look_up(client, code), cause_of(reply), context),
        Reply::Done(_) => uncertain(cause_of(reply)),
    }
}

/// The outcome of a number that was not accepted.
pub fn of_number(client: &Client, cause: Cause, now: u64) -> Outcome {
    verdict::decide(look_up(client, &cause.code), cause, Context::alone(now))
}

/// The provider's own words.
pub fn cause_of(reply: &Reply) -> Cause {
    match reply {
        Reply::Done(_) => cause("no-status", ""),
        Reply::Failed(error) => send_error_cause(error),
        Reply::Unreadable(response) => cause(response.status.to_string(), "the answer is not Tencent's"),
        Reply::Refused { code, message } => cause(code, message),
    }
}

fn look_up(client: &Client, code: &str) -> (Verdict, Concerns) {
    if code == BLOCKED && !client.config.blocklist_is_global {
        return (RefusedHere(Rejection::RecipientBlocked), One);
    }
    verdict::find(TABLE, code).unwrap_or_else(|| {
        client.gateway.log(Level::Warn, "Tencent refused with a code that is not known here", &[("code", code)]);
        (RefusedHere(Rejection::Other), One)
    })
}

#[cfg(test)]
mod tests;
