//! Every line of the sheet's §5.

use jixinda_plugin_kit::http::Problem;
use jixinda_plugin_kit::samples::{NOW, brief};
use serde_json::json;

use super::*;

const AUTH: &str = "deferred AuthFailed Account";
const BALANCE: &str = "deferred NoBalance Account";
const TRY_EACH: &str = "deferred Other Batch";
const ELSEWHERE: &str = "rejected Other elsewhere";
const VOLUME: &str = "deferred RateLimited Account 60000";

fn answered(status: u16, body: &Value, messages: usize) -> String {
    let response = Response { status, headers: Vec::new(), body: body.to_string().into_bytes() };
    brief(&of_request(&Ok(response.clone()), &response.json(), messages, NOW))
}

#[test]
fn every_line_of_a_request() {
    let lines = [
        ("E000000", "uncertain", "uncertain"),
        ("E000001", AUTH, AUTH),
        ("E000008", AUTH, AUTH),
        ("E000020", AUTH, AUTH),
        ("E000025", AUTH, AUTH),
        ("E000027", AUTH, AUTH),
        ("E000040", AUTH, AUTH),
        ("E000045", AUTH, AUTH),
        ("E000101", AUTH, AUTH),
        ("E000102", AUTH, AUTH),
        ("E000103", AUTH, AUTH),
        ("E000104", AUTH, AUTH),
        ("E000105", AUTH, AUTH),
        ("E000106", AUTH, AUTH),
        ("E000109", AUTH, AUTH),
        ("E000110", AUTH, AUTH),
        ("E000111", AUTH, AUTH),
        ("E000112", BALANCE, BALANCE),
        ("E000199", AUTH, AUTH),
        ("E000503", ELSEWHERE, TRY_EACH),
        ("E000510", ELSEWHERE, TRY_EACH),
        ("E000620", AUTH, AUTH),
        ("E000623", VOLUME, VOLUME),
        ("E000628", "rejected Unroutable elsewhere", TRY_EACH),
        ("E000629", BALANCE, BALANCE),
        ("E000699", VOLUME, VOLUME),
        ("E999999", "uncertain", "uncertain"),
    ];
    for (code, alone, batch) in lines {
        let body = json!({"code": code, "description": "words"});
        assert_eq!(answered(200, &body, 1), alone, "{code} alone");
        assert_eq!(answered(200, &body, 2), batch, "{code} in a batch");
    }
    let untested = |code: &str| !code.ends_with('*') && lines.iter().all(|(tested, ..)| *tested != code);
    assert_eq!(REQUEST.iter().map(|row| row.0).find(|code| untested(code)), None);
}

#[test]
fn every_line_of_a_number() {
    let lines = [
        ("E200015", "deferred RateLimited Account 5000"),
        ("E200018", "rejected BadSignName elsewhere"),
        ("E200024", "rejected Unroutable elsewhere"),
        ("E200025", "rejected Unroutable elsewhere"),
        ("E200026", "rejected Unroutable elsewhere"),
        ("E200027", "rejected Unroutable elsewhere"),
        ("E200028", ELSEWHERE),
        ("E200029", "rejected BadTemplate elsewhere"),
        ("E200030", "rejected BadTemplate elsewhere"),
        ("E200031", ELSEWHERE),
        ("E200032", "rejected BadTemplate elsewhere"),
        ("E200033", "rejected BadTemplate elsewhere"),
        ("E200034", "uncertain"),
        ("E200035", "uncertain"),
        ("E200036", AUTH),
        ("E200037", ELSEWHERE),
        ("E200038", "uncertain"),
        ("E200041", "rejected Duplicate nowhere"),
        ("E200051", ELSEWHERE),
        ("E200099", "uncertain"),
    ];
    for (code, expected) in lines {
        assert_eq!(brief(&of_number(code, NOW)), expected, "{code}");
    }
    let untested = |code: &str| lines.iter().all(|(tested, _)| *tested != code);
    assert_eq!(NUMBER.iter().map(|row| row.0).find(|code| untested(code)), None);
}

#[test]
fn answers_without_a_code() {
    assert_eq!((answered(401, &json!("x"), 2), answered(403, &json!({}), 1)), (AUTH.into(), AUTH.into()));
    assert_eq!(answered(429, &json!({}), 2), "deferred RateLimited Account 1000");
    for status in [200, 400, 404, 500, 502] {
        assert_eq!(answered(status, &json!([]), 1), "uncertain", "{status}");
    }
    assert_eq!(answered(200, &json!({"code": "000000"}), 1), "uncertain");
}

#[test]
fn no_answer_is_uncertain_only_if_the_request_left() {
    let failed = |problem, sent| {
        brief(&of_request(&Err(SendError { problem, sent, detail: String::new() }), &Value::Null, 2, NOW))
    };
    assert_eq!(failed(Problem::Timeout, true), "uncertain");
    assert_eq!(failed(Problem::Connect, false), "deferred Unreachable Account");
}

#[test]
fn a_limit_heeds_retry_after() {
    let headers = vec![("Retry-After".into(), "9".into())];
    let response = Response { status: 200, headers, body: br#"{"code":"E000623"}"#.to_vec() };
    assert_eq!(
        brief(&of_request(&Ok(response.clone()), &response.json(), 1, NOW)),
        "deferred RateLimited Account 9000"
    );
}
