//! Every line of the sheet's §5, alone and in a batch.

use jixinda_plugin_kit::http::{Problem, Response, SendError};
use jixinda_plugin_kit::samples::{NOW, brief};

use super::*;
use crate::testing::gateway;

const AUTH: &str = "deferred AuthFailed Account";
const TRY_EACH: &str = "deferred Other Batch";

fn told(reply: &Reply) -> (String, String) {
    let of = |messages| brief(&outcome(&gateway(), reply, Context::of(NOW, messages)));
    (of(1), of(2))
}

fn both(alone: &str, batch: &str) -> (String, String) {
    (alone.to_owned(), batch.to_owned())
}

#[test]
fn every_line_of_an_operation() {
    for (code, message, alone, batch) in [
        ("11572106", "", "deferred NoBalance Account", "deferred NoBalance Account"),
        ("11570000", "超出频率", "deferred RateLimited Recipient 30000", TRY_EACH),
        ("11570000", "已达上限", "deferred RateLimited Recipient 30000", TRY_EACH),
        ("", "限流", "deferred RateLimited Recipient 30000", TRY_EACH),
        ("11570000", "words", "rejected Other elsewhere", TRY_EACH),
    ] {
        let reply = Reply::Refused { code: code.into(), message: message.into() };
        assert_eq!(told(&reply), both(alone, batch), "{code} {message}");
    }
}

#[test]
fn every_line_of_the_front() {
    for (status, name, alone, batch) in [
        (400, "INVALID_ARGUMENT", "rejected Other elsewhere", TRY_EACH),
        (400, "", "rejected Other elsewhere", TRY_EACH),
        (401, "UNAUTHENTICATED", AUTH, AUTH),
        (401, "SOMETHING_NEW", AUTH, AUTH),
        (403, "PERMISSION_DENIED", AUTH, AUTH),
        (404, "NOT_FOUND", AUTH, AUTH),
        (429, "QUOTA", "deferred RateLimited Account 1000", "deferred RateLimited Account 1000"),
        (500, "INTERNAL", "uncertain", "uncertain"),
        (503, "UNAVAILABLE", "uncertain", "uncertain"),
        (418, "TEAPOT", "uncertain", "uncertain"),
    ] {
        let response = Response { status, headers: vec![], body: vec![] };
        let reply = Reply::Turned { response, name: name.into(), message: String::new() };
        assert_eq!(told(&reply), both(alone, batch), "{status} {name}");
    }
}

#[test]
fn other_answers_and_none() {
    let unreadable = |status| told(&Reply::Unreadable(Response { status, headers: vec![], body: vec![] })).0;
    assert_eq!((unreadable(200), unreadable(429)), ("uncertain".into(), "deferred RateLimited Account 1000".into()));
    let failed = |problem, sent| told(&Reply::Failed(SendError { problem, sent, detail: String::new() })).1;
    assert_eq!(failed(Problem::Timeout, true), "uncertain");
    assert_eq!(failed(Problem::Tls, false), "deferred Unreachable Account");
}

#[test]
fn an_unknown_code_is_logged() {
    let gateway = gateway();
    outcome(&gateway, &Reply::Refused { code: "7".into(), message: "m".into() }, Context::alone(NOW));
    assert!(gateway.logs()[0].contains(r#"("code", "7")"#));
}
