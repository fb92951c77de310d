//! Every line of the sheet's §5, alone and in a batch, of both generations.

use jixinda_plugin_kit::samples::{NOW, brief};
use jixinda_plugin_kit::types::Account;
use serde_json::json;

use super::*;
use crate::testing::{gateway, v1, v2};

fn told(account: &Account, code: &str) -> (String, String) {
    let gateway = gateway();
    let client = Client::open(&gateway, account).unwrap_or_else(|_| panic!("opens"));
    let of = |messages| brief(&outcome(&client, code, &json!({"msg": "words"}), Context::of(NOW, messages)));
    (of(1), of(2))
}

fn check(account: &Account, table: &[Row], lines: &[(&str, &str, &str)]) {
    for (code, alone, batch) in lines {
        assert_eq!(told(account, code), ((*alone).to_owned(), (*batch).to_owned()), "{code}");
    }
    let untested = |code: &str| lines.iter().all(|(tested, ..)| *tested != code);
    assert_eq!(table.iter().map(|row| row.0).find(|code| untested(code)), None);
}

#[test]
fn every_line_of_the_new_generation() {
    const TRY_EACH: &str = "deferred Other Batch";
    const ELSEWHERE: &str = "rejected Other elsewhere";
    const AUTH: &str = "deferred AuthFailed Account";
    check(
        &v2(""),
        V2,
        &[
            ("1", AUTH, AUTH),
            ("15", "deferred NoBalance Account", "deferred NoBalance Account"),
            ("100", "uncertain", "uncertain"),
            ("10001", ELSEWHERE, ELSEWHERE),
            ("10002", ELSEWHERE, TRY_EACH),
            ("10003", ELSEWHERE, TRY_EACH),
            ("10006", AUTH, AUTH),
            ("10007", "deferred RateLimited Account 10000", "deferred RateLimited Account 10000"),
            ("10008", "deferred RateLimited Account 60000", "deferred RateLimited Account 60000"),
            ("10009", "uncertain", "uncertain"),
            ("77777", "uncertain", "uncertain"),
        ],
    );
}

#[test]
fn every_line_of_the_old_generation() {
    const TEMPLATE: &str = "rejected BadTemplate elsewhere";
    check(&v1(""), V1, &[("10008", TEMPLATE, TEMPLATE), ("10007", "rejected Other elsewhere", "deferred Other Batch")]);
}
