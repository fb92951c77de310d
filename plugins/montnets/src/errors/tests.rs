//! Every line of the sheet's §5, alone and in a batch.

use jixinda_plugin_kit::samples::{NOW, brief};
use serde_json::json;

use super::*;
use crate::testing::{account, gateway};

fn told(code: &str, messages: usize) -> String {
    let (gateway, account) = (gateway(), account(""));
    let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
    brief(&outcome(&client, code, &json!({"desc": "words"}), Context::of(NOW, messages)))
}

#[test]
fn every_line_of_the_table() {
    const TRY_EACH: &str = "deferred Other Batch";
    const AUTH: &str = "deferred AuthFailed Account";
    const ELSEWHERE: &str = "rejected Other elsewhere";
    const TEMPLATE: &str = "rejected BadTemplate elsewhere";
    let lines = [
        ("100001", AUTH, AUTH),
        ("100002", AUTH, AUTH),
        ("100003", "deferred NoBalance Account", "deferred NoBalance Account"),
        ("100004", ELSEWHERE, TRY_EACH),
        ("100011", "rejected TooLong nowhere", TRY_EACH),
        ("100012", "rejected BadRecipient nowhere", TRY_EACH),
        ("100014", ELSEWHERE, TRY_EACH),
        ("100029", "uncertain", "uncertain"),
        ("100056", "deferred RateLimited Account 1000", "deferred RateLimited Account 1000"),
        ("100057", AUTH, AUTH),
        ("100058", TEMPLATE, TEMPLATE),
        ("100059", TEMPLATE, TRY_EACH),
        ("100060", ELSEWHERE, TRY_EACH),
        ("100070", AUTH, AUTH),
        ("100091", ELSEWHERE, TRY_EACH),
        ("100098", ELSEWHERE, TRY_EACH),
        ("100100", ELSEWHERE, ELSEWHERE),
        ("100101", "rejected BadSignName elsewhere", TRY_EACH),
        ("100106", "rejected Other nowhere", TRY_EACH),
        ("100252", ELSEWHERE, ELSEWHERE),
        ("100253", TEMPLATE, TEMPLATE),
        ("100266", TEMPLATE, TEMPLATE),
        ("100267", AUTH, AUTH),
        ("100502", TEMPLATE, TEMPLATE),
        ("100801", ELSEWHERE, TRY_EACH),
        ("100907", "uncertain", "uncertain"),
        ("100901", ELSEWHERE, TRY_EACH),
        ("100999", "uncertain", "uncertain"),
        ("123456", ELSEWHERE, TRY_EACH),
    ];
    for (digits, alone, batch) in lines {
        for code in [format!("-{digits}"), digits.to_owned()] {
            assert_eq!(told(&code, 1), alone, "{code} alone");
            assert_eq!(told(&code, 2), batch, "{code} in a batch");
        }
    }
    let untested = |code: &str| !code.ends_with('*') && lines.iter().all(|(tested, ..)| *tested != code);
    assert_eq!(TABLE.iter().map(|row| row.0).find(|code| untested(code)), None);
}

#[test]
fn what_is_no_number_may_have_been_taken() {
    for code in ["ok", "-", "--", "0x1"] {
        assert_eq!(told(code, 1), "uncertain", "{code}");
    }
}
