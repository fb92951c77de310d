//! Lookups against a scripted gateway.

use jixinda_plugin_kit::fake::FakeGateway;
use jixinda_plugin_kit::http::Problem;
use serde_json::json;

use super::*;
use crate::testing::{NOW, batch, gateway, param, usual_account};

fn sent(n: u32) -> Sent {
    Sent {
        id: format!("msg_{n}"),
        serial: n.to_string(),
        batch: batch(),
        upstream_id: None,
        recipient: format!("+861380000000{n}"),
        at: NOW,
    }
}

fn page(total: u32, rows: &[Value]) -> String {
    json!({"Code": "OK", "TotalCount": total, "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}}).to_string()
}

fn row(out_id: &str, status: u32) -> Value {
    json!({"PhoneNum": "13800000000", "SendStatus": status, "ErrCode": "CODE", "OutId": out_id,
           "ReceiveDate": "2024-01-02 11:04:09"})
}

fn ask(gateway: &FakeGateway, messages: &[Sent]) -> Vec<Fate> {
    let account = usual_account();
    let client = Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens"));
    let fates = query(&client, messages);
    assert!(gateway.is_exhausted());
    fates
}

/// The status found for one message among these rows.
fn status_of(rows: &[Value]) -> Option<ReceiptStatus> {
    match &ask(&gateway().answer(200, &page(1, rows)), &[sent(0)])[0] {
        Fate::Known(receipt) => Some(receipt.status),
        _ => None,
    }
}

#[test]
fn a_question_hands_nothing_over() {
    let gateway = gateway().answer(200, &page(0, &[]));
    ask(&gateway, &[Sent { upstream_id: Some("9^0".into()), ..sent(0) }]);
    let request = &gateway.requests()[0];
    assert_eq!(request.carries, Some(vec![]));
    for (name, value) in [
        ("PhoneNumber", "13800000000"),
        ("SendDate", "20240102"),
        ("PageSize", "50"),
        ("CurrentPage", "1"),
        ("BizId", "9^0"),
    ] {
        assert_eq!(param(request, name).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn each_status_has_its_word() {
    assert_eq!(status_of(&[row("msg_0", 1)]), Some(ReceiptStatus::Enroute));
    assert_eq!(status_of(&[row("msg_0", 2)]), Some(ReceiptStatus::Undelivered));
    assert_eq!(status_of(&[row("msg_0", 3)]), Some(ReceiptStatus::Delivered));
    assert_eq!(status_of(&[row("msg_0", 9)]), Some(ReceiptStatus::Unknown));
    assert_eq!(status_of(&[row("msg_0", 2), row("msg_0", 3)]), Some(ReceiptStatus::Delivered));
}

#[test]
fn a_message_is_known_by_its_own_or_its_batchs_id_or_the_biz_id() {
    assert_eq!(status_of(&[row("cal_1", 3)]), Some(ReceiptStatus::Delivered));
    assert_eq!(status_of(&[row("msg_7", 3)]), None);
    let by_biz_id = Sent { upstream_id: Some("9^0".into()), ..sent(0) };
    let fates = ask(&gateway().answer(200, &page(1, &[row("", 3)])), &[by_biz_id]);
    assert!(matches!(&fates[0], Fate::Known(receipt) if receipt.at == Some(1_704_164_649_000)));
    // The batch's id, but somebody else's number.
    let fates = ask(&gateway().answer(200, &page(1, &[row("cal_1", 3)])), &[sent(1)]);
    assert_eq!(fates, [Fate::Absent]);
}

#[test]
fn absent_needs_a_clear_answer() {
    let fates = ask(
        &gateway()
            .answer(200, &page(0, &[]))
            .answer(200, r#"{"Code":"isp.SYSTEM_ERROR"}"#)
            .fail(Problem::Timeout, true),
        &[sent(0), sent(1), sent(2)],
    );
    assert_eq!(fates[0], Fate::Absent);
    assert_eq!(fates[1], Fate::Unsettled(outcome::cause("isp.SYSTEM_ERROR", "")));
    assert!(matches!(fates[2], Fate::Unsettled(_)));
}

#[test]
fn pages_are_turned_until_it_is_found() {
    let gateway = gateway().answer(200, &page(60, &[row("msg_7", 3)])).answer(200, &page(60, &[row("msg_0", 1)]));
    assert!(matches!(&ask(&gateway, &[sent(0)])[0], Fate::Known(_)));
    assert_eq!(param(&gateway.requests()[1], "CurrentPage").as_deref(), Some("2"));
}

#[test]
fn pages_are_not_turned_for_ever() {
    let full = page(999, &[row("msg_7", 3)]);
    let gateway = gateway().answer(200, &full).answer(200, &full).answer(200, &full).answer(200, &full);
    assert!(matches!(&ask(&gateway, &[sent(0)])[0], Fate::Unsettled(cause) if cause.code == "too-many-pages"));
}

#[test]
fn near_midnight_both_days_are_asked() {
    let at = Zone::CHINA.parse_instant("2024-01-02 23:50:00").unwrap();
    let gateway = gateway().answer(200, &page(0, &[])).answer(200, &page(1, &[row("msg_0", 3)]));
    assert!(matches!(ask(&gateway, &[Sent { at, ..sent(0) }])[0], Fate::Known(_)));
    let days: Vec<_> = gateway.requests().iter().map(|request| param(request, "SendDate").unwrap()).collect();
    assert_eq!(days, ["20240102", "20240103"]);
}
