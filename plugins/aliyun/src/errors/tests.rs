//! Every line of the sheet's §5, alone and in a batch.

use jixinda_plugin_kit::http::{Problem, Response, SendError};
use jixinda_plugin_kit::samples::brief;
use serde_json::Value;

use super::*;

/// 2024-01-02T03:04:05Z: 12:55:55 before the day ends in Beijing.
const NOW: u64 = 1_704_164_645_000;
const DAY_LEFT: u32 = 46_555_000;
const MONTH_LEFT: u32 = DAY_LEFT + 29 * 86_400_000;

const ALONE: Context = Context { now: NOW, messages: 1, mixed_sign_names: false };
const BATCH: Context = Context { now: NOW, messages: 2, mixed_sign_names: false };
const MIXED: Context = Context { now: NOW, messages: 2, mixed_sign_names: true };

fn answered(code: &str) -> Reply {
    Reply::Answered { code: code.into(), message: "words".into(), body: Value::Null }
}

fn check(code: &str, alone: &str, batch: &str) {
    assert_eq!(brief(&outcome(&answered(code), ALONE)), alone, "{code} alone");
    assert_eq!(brief(&outcome(&answered(code), BATCH)), batch, "{code} in a batch");
}

#[test]
fn every_line_of_the_table() {
    const TRY_EACH: &str = "deferred Other Batch";
    let day = format!("deferred RateLimited Account {DAY_LEFT}");
    let month = format!("deferred RateLimited Account {MONTH_LEFT}");
    let lines = [
        ("isv.MOBILE_NUMBER_ILLEGAL", "rejected BadRecipient nowhere", TRY_EACH),
        ("isv.MOBILE_COUNT_OVER_LIMIT", "rejected Other nowhere", TRY_EACH),
        ("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "rejected Unroutable elsewhere", TRY_EACH),
        ("isv.SMS_CONTENT_ILLEGAL", "rejected ContentRefused nowhere", TRY_EACH),
        ("isv.BLACK_KEY_CONTROL_LIMIT", "rejected ContentRefused nowhere", TRY_EACH),
        ("isv.PARAM_NOT_SUPPORT_URL", "rejected ContentRefused elsewhere", TRY_EACH),
        ("isv.PARAM_LENGTH_LIMIT", "rejected TooLong elsewhere", TRY_EACH),
        ("isv.TEMPLATE_MISSING_PARAMETERS", "rejected BadTemplate elsewhere", TRY_EACH),
        ("isv.INVALID_JSON_PARAM", "rejected Other elsewhere", TRY_EACH),
        ("isv.INVALID_PARAMETERS", "rejected Other elsewhere", TRY_EACH),
        ("isv.EXTEND_CODE_ERROR", "rejected Other elsewhere", TRY_EACH),
        ("isv.SMS_TEMPLATE_ILLEGAL", "rejected BadTemplate elsewhere", "rejected BadTemplate elsewhere"),
        ("isv.SMS_SIGNATURE_ILLEGAL", "rejected BadSignName elsewhere", "rejected BadSignName elsewhere"),
        ("isv.SMS_SIGN_ILLEGAL", "rejected BadSignName elsewhere", "rejected BadSignName elsewhere"),
        ("isv.SIGN_STATE_ILLEGAL", "rejected BadSignName elsewhere", "rejected BadSignName elsewhere"),
        ("isv.SMS_SIGNATURE_SCENE_ILLEGAL", "rejected BadSignName elsewhere", "rejected BadSignName elsewhere"),
        ("isv.BUSINESS_LIMIT_CONTROL", "deferred RateLimited Recipient 60000", TRY_EACH),
        ("isv.DAY_LIMIT_CONTROL", &day, &day),
        ("isv.MONTH_LIMIT_CONTROL", &month, &month),
        ("isv.DENY_IP_RANGE", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("isp.RAM_PERMISSION_DENY", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("isv.OUT_OF_SERVICE", "deferred NoBalance Account", "deferred NoBalance Account"),
        ("isv.AMOUNT_NOT_ENOUGH", "deferred NoBalance Account", "deferred NoBalance Account"),
        ("isv.PRODUCT_UN_SUBSCRIPT", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("isv.PRODUCT_UNSUBSCRIBE", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("isv.ACCOUNT_NOT_EXISTS", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("isv.ACCOUNT_ABNORMAL", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("isp.SYSTEM_ERROR", "uncertain", "uncertain"),
        ("SignatureDoesNotMatch", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("InvalidAccessKeyId.NotFound", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("InvalidAccessKeyId.Inactive", "deferred AuthFailed Account", "deferred AuthFailed Account"),
        ("InvalidTimeStamp.Expired", "deferred Other Account", "deferred Other Account"),
        ("SignatureNonceUsed", "deferred Other Account", "deferred Other Account"),
        ("Throttling", "deferred RateLimited Account 1000", "deferred RateLimited Account 1000"),
        ("Throttling.User", "deferred RateLimited Account 1000", "deferred RateLimited Account 1000"),
        ("Throttling.Api", "deferred RateLimited Account 1000", "deferred RateLimited Account 1000"),
        ("ServiceUnavailable", "uncertain", "uncertain"),
        ("InternalError", "uncertain", "uncertain"),
    ];
    for (code, alone, batch) in lines {
        check(code, alone, batch);
    }
    let tested: Vec<_> = lines.iter().map(|(code, ..)| *code).collect();
    for (code, ..) in TABLE.iter().filter(|(code, ..)| !code.ends_with('*')) {
        assert!(tested.contains(code), "{code} is in the table but not in this test");
    }
}

#[test]
fn codes_that_are_in_no_table() {
    check("isv.SOMETHING_NEW", "rejected Other elsewhere", "deferred Other Batch");
    check("isp.SOMETHING_NEW", "uncertain", "uncertain");
    check("Throttling.Somehow", "deferred RateLimited Account 1000", "deferred RateLimited Account 1000");
    check("SomethingNew", "uncertain", "uncertain");
}

#[test]
fn a_sign_name_error_over_mixed_sign_names_spoils_the_batch() {
    assert_eq!(brief(&outcome(&answered("isv.SMS_SIGNATURE_ILLEGAL"), MIXED)), "deferred Other Batch");
    assert_eq!(brief(&outcome(&answered("isv.SMS_TEMPLATE_ILLEGAL"), MIXED)), "rejected BadTemplate elsewhere");
}

#[test]
fn answers_that_are_not_aliyuns() {
    let answer = |status, headers| Reply::Unreadable(Response { status, headers, body: Vec::new() });
    let unreadable = |status| brief(&outcome(&answer(status, Vec::new()), ALONE));
    assert_eq!(unreadable(429), "deferred RateLimited Account 1000");
    let asked = answer(429, vec![("Retry-After".to_owned(), "7".to_owned())]);
    assert_eq!(brief(&outcome(&asked, ALONE)), "deferred RateLimited Account 7000");
    assert_eq!(
        (unreadable(200), unreadable(404), unreadable(502)),
        ("uncertain".into(), "uncertain".into(), "uncertain".into())
    );
}

#[test]
fn no_answer_is_uncertain_only_if_the_request_left() {
    let failed =
        |problem, sent| brief(&outcome(&Reply::Failed(SendError { problem, sent, detail: String::new() }), ALONE));
    assert_eq!(failed(Problem::Timeout, true), "uncertain");
    assert_eq!(failed(Problem::Connect, false), "deferred Unreachable Account");
}

#[test]
fn the_providers_own_words_are_kept() {
    let Outcome::Rejected(rejected) = outcome(&answered("isv.SMS_TEMPLATE_ILLEGAL"), ALONE) else { panic!() };
    assert_eq!(rejected.cause, cause("isv.SMS_TEMPLATE_ILLEGAL", "words"));
}
