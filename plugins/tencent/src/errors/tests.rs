//! Every line of the sheet's §5, as a number's code and as the code of a request for two.

use jixinda_plugin_kit::samples::{NOW, brief};

use super::*;
use crate::testing::{account, gateway};

/// 2024-01-02T03:04:05Z: 12:55:55 before the day ends in Beijing.
const DAY_LEFT: u32 = 46_555_000;

fn told(settings: &str, code: &str) -> (String, String) {
    let (gateway, account) = (gateway(), account(settings));
    let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
    let refused = Reply::Refused { code: code.into(), message: String::new() };
    (brief(&of_number(&client, cause(code, ""), NOW)), brief(&of_request(&client, &refused, Context::of(NOW, 2))))
}

#[test]
fn every_line_of_the_table() {
    const ONE: bool = true;
    const ALL: bool = false;
    let recipient_today = format!("deferred RateLimited Recipient {DAY_LEFT}");
    let account_today = format!("deferred RateLimited Account {DAY_LEFT}");
    let until_morning = format!("deferred RateLimited Message {}", DAY_LEFT + 8 * 3_600_000);
    let lines: &[(&str, &str, bool)] = &[
        ("FailedOperation.ContainSensitiveWord", "rejected ContentRefused nowhere", ALL),
        ("InvalidParameter.DirtyWordFound", "rejected ContentRefused nowhere", ALL),
        ("FailedOperation.PhoneNumberInBlacklist", "rejected RecipientBlocked nowhere", ONE),
        ("InvalidParameterValue.IncorrectPhoneNumber", "rejected BadRecipient nowhere", ONE),
        ("FailedOperation.PhoneNumberParseFail", "rejected BadRecipient nowhere", ONE),
        ("MissingParameter.EmptyPhoneNumberSet", "rejected BadRecipient nowhere", ONE),
        ("FailedOperation.SignatureIncorrectOrUnapproved", "rejected BadSignName elsewhere", ALL),
        ("FailedOperation.MissingSignature", "rejected BadSignName elsewhere", ALL),
        ("FailedOperation.TemplateIncorrectOrUnapproved", "rejected BadTemplate elsewhere", ALL),
        ("FailedOperation.TemplateUnapprovedOrNotExist", "rejected BadTemplate elsewhere", ALL),
        ("FailedOperation.TemplateIdNotExist", "rejected BadTemplate elsewhere", ALL),
        ("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "rejected Other elsewhere", ALL),
        ("InvalidParameterValue.TemplateParameterFormatError", "rejected Other elsewhere", ALL),
        ("InvalidParameterValue.TemplateParameterLengthLimit", "rejected TooLong elsewhere", ALL),
        ("InvalidParameterValue.ContentLengthLimit", "rejected TooLong elsewhere", ALL),
        ("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", "rejected ContentRefused elsewhere", ALL),
        ("FailedOperation.MarketingSendTimeConstraint", &until_morning, ALL),
        ("UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber", "rejected Unroutable elsewhere", ONE),
        ("UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny", "rejected Other elsewhere", ALL),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", "deferred RateLimited Recipient 30000", ONE),
        ("LimitExceeded.PhoneNumberOneHourLimit", "deferred RateLimited Recipient 3600000", ONE),
        ("LimitExceeded.PhoneNumberDailyLimit", &recipient_today, ONE),
        ("LimitExceeded.PhoneNumberSameContentDailyLimit", &recipient_today, ONE),
        ("LimitExceeded.DeliveryFrequencyLimit", "deferred RateLimited Recipient 30000", ONE),
        ("LimitExceeded.AppDailyLimit", &account_today, ALL),
        ("LimitExceeded.AppMainlandChinaDailyLimit", &account_today, ALL),
        ("LimitExceeded.AppGlobalDailyLimit", &account_today, ALL),
        ("LimitExceeded.DailyLimit", &account_today, ALL),
        ("LimitExceeded.AppCountryOrRegionDailyLimit", &account_today, ALL),
        ("LimitExceeded.GlobalSmsSendingRateLimit", "deferred RateLimited Account 1000", ALL),
        ("LimitExceeded.AppCountryOrRegionInBlacklist", "rejected Unroutable elsewhere", ALL),
        ("LimitExceeded.PhoneNumberCountLimit", "rejected Other elsewhere", ONE),
        ("RequestLimitExceeded", "deferred RateLimited Account 1000", ALL),
        ("RequestLimitExceeded.UinLimitExceeded", "deferred RateLimited Account 1000", ALL),
        ("FailedOperation.InsufficientBalanceInSmsPackage", "deferred NoBalance Account", ALL),
        ("UnauthorizedOperation.ServiceSuspendDueToArrears", "deferred NoBalance Account", ALL),
        ("UnauthorizedOperation.RequestIpNotInWhitelist", "deferred AuthFailed Account", ALL),
        ("UnauthorizedOperation.RequestPermissionDeny", "deferred AuthFailed Account", ALL),
        ("UnauthorizedOperation.SdkAppIdIsDisabled", "deferred AuthFailed Account", ALL),
        ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "deferred AuthFailed Account", ALL),
        ("InvalidParameterValue.SdkAppIdNotExist", "deferred AuthFailed Account", ALL),
        ("AuthFailure.SignatureFailure", "deferred AuthFailed Account", ALL),
        ("InternalError.SigVerificationFail", "deferred AuthFailed Account", ALL),
        ("InternalError.SigFieldMissing", "deferred AuthFailed Account", ALL),
        ("InternalError.RequestTimeException", "deferred AuthFailed Account", ALL),
        ("InternalError.Timeout", "uncertain", ALL),
        ("InternalError.SendAndRecvFail", "uncertain", ALL),
        ("InternalError.OtherError", "uncertain", ALL),
        ("FailedOperation.OtherError", "uncertain", ALL),
        ("FailedOperation.FailResolvePacket", "uncertain", ALL),
        ("FailedOperation.JsonParseFail", "uncertain", ALL),
        ("InvalidParameterValue.Novelty", "rejected Other elsewhere", ONE),
        ("Novelty", "rejected Other elsewhere", ONE),
    ];
    for (code, of_number, is_of_one) in lines {
        let of_request = if *is_of_one { "deferred Other Batch" } else { of_number };
        assert_eq!(told("", code), ((*of_number).to_owned(), of_request.to_owned()), "{code}");
    }
    let untested = |code: &str| !code.ends_with('*') && lines.iter().all(|(tested, ..)| *tested != code);
    assert_eq!(TABLE.iter().map(|row| row.0).find(|code| untested(code)), None);
}

#[test]
fn whether_a_blocked_number_is_final_can_be_set() {
    let (of_number, _) = told(r#","blocklist_is_global":false"#, BLOCKED);
    assert_eq!(of_number, "rejected RecipientBlocked elsewhere");
}
