//! Pushes, genuine and forged.

use jixinda_plugin_kit::encoding::form;
use jixinda_plugin_kit::samples;

use super::*;
use crate::testing::{account, gateway};

const RPTS: &str = r#"[{"msgid":9223372036800000001,"custid":"msg_1","pknum":1,"pktotal":1,"mobile":"13800000000","status":0,"errcode":"DELIVRD"},{"novelty":1}]"#;

fn fields(command: &str, list: (&str, &str)) -> Vec<(String, String)> {
    let pwd = auth::push_pwd("J10003", "111111", "0102110405");
    [("userid", "J10003"), ("pwd", &pwd), ("timestamp", "0102110405"), ("cmd", command), ("seqid", "12"), list]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn push_to(account: &Account, fields: &[(String, String)]) -> Result<Events, Refusal> {
    let body = form(fields.iter().map(|(name, value)| (name, value)));
    parse(&gateway(), account, &samples::call("application/x-www-form-urlencoded", body))
}

fn push(fields: &[(String, String)]) -> Result<Events, Refusal> {
    push_to(&account(""), fields)
}

fn set(fields: &mut [(String, String)], name: &str, value: &str) {
    for field in fields.iter_mut().filter(|field| field.0 == name) {
        field.1 = value.to_owned();
    }
}

#[test]
fn receipts_are_read_and_answered_with_their_number() {
    let events = push(&fields("RPT_REQ", ("rpts", RPTS))).unwrap();
    assert_eq!(events.receipts.len(), 1);
    assert_eq!(events.receipts[0].message_id.as_deref(), Some("msg_1"));
    assert_eq!(events.reply.body, br#"{"cmd":"RPT_RESP","seqid":12,"result":0}"#);
    assert_eq!(push(&fields("RPT_REQ", ("rpts", RPTS))).unwrap(), events, "the same call gives the same events");
}

#[test]
fn inbound_texts_are_read_and_answered_with_their_number() {
    let mos = r#"[{"msgid":5,"mobile":"13800000000","exno":"0006","content":"%E9%80%80"}]"#;
    let mut fields = fields("MO_REQ", ("mos", mos));
    set(&mut fields, "seqid", "a\"b");
    let events = push(&fields).unwrap();
    assert_eq!(events.inbound[0].text, "退");
    assert_eq!(events.reply.body, br#"{"cmd":"MO_RESP","seqid":"a\"b","result":0}"#);
}

#[test]
fn a_forged_push_is_refused() {
    for (name, value) in
        [("pwd", "26dad7f364507df18f3841cc9c4ff94d"), ("userid", "J10004"), ("timestamp", ""), ("pwd", "")]
    {
        let mut fields = fields("RPT_REQ", ("rpts", RPTS));
        set(&mut fields, name, value);
        let refusal = push(&fields).unwrap_err();
        assert_eq!(refusal.reply.status, 401, "{name}");
        assert_eq!(refusal.reply.body, br#"{"cmd":"RPT_RESP","seqid":12,"result":100999}"#);
        let trusting = account(r#","verify_callbacks":false"#);
        assert_eq!(push_to(&trusting, &fields).unwrap().receipts.len(), 1);
    }
}

#[test]
fn a_push_has_a_password_of_its_own_where_one_is_agreed() {
    let body = form(fields("RPT_REQ", ("rpts", RPTS)));
    let call = samples::call("application/x-www-form-urlencoded", body);
    let agreed = gateway().secret("push_password", "other");
    assert_eq!(parse(&agreed, &account(""), &call).unwrap_err().reply.status, 401);
    // An account with an apikey has no password; without an agreed one nothing can be checked.
    let nothing = jixinda_plugin_kit::fake::FakeGateway::default().secret("apikey", "k");
    assert_eq!(parse(&nothing, &account(r#","auth":"apikey""#), &call).unwrap_err().reply.status, 401);
}

#[test]
fn rubbish_is_refused() {
    for rubbish in ["", "{", "{}", "7"] {
        assert_eq!(push(&fields("RPT_REQ", ("rpts", rubbish))).unwrap_err().reply.status, 400, "{rubbish}");
    }
    assert_eq!(push(&fields("NEW_REQ", ("rpts", RPTS))).unwrap_err().reply.status, 400);
    assert_eq!(push(&[]).unwrap_err().reply.status, 400);
}
