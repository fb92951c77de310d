//! One report, pulled or pushed, as a receipt (回执).

use jixinda_plugin_kit::types::{Part, Receipt, ReceiptStatus};
use jixinda_plugin_kit::{json, number, outcome, receipt};
use serde_json::Value;

use crate::config::Config;
use crate::message_id::MessageId;

/// A report on delivery; the other kind tells of rich messages that were opened.
const DELIVERY: &str = "1";

/// None where the item is no report on delivery, or does not say of what.
pub fn read(item: &Value, config: &Config) -> Option<Receipt> {
    if json::text(item, "rpttype").is_some_and(|kind| kind != DELIVERY) {
        return None;
    }
    let status = json::text(item, "status")?;
    let part = part(item);
    let id = json::text(item, "msgid").and_then(|id| MessageId::read(&id));
    let code = json::text(item, "errcode").unwrap_or_else(|| status.clone());
    let words = config.charset().decode(&json::text(item, "errdesc").unwrap_or_default());
    let receipt = Receipt {
        // The parts of a long text have ids of their own, of which the first is the message's.
        upstream_id: id.map(|id| id.of_whole(part.as_ref().map_or(1, |part| part.number)).text()),
        recipient: recipient(item),
        at: json::text(item, "rtime").and_then(|time| config.zone().parse_instant(&time)),
        segments: part.as_ref().map(|part| part.total),
        part: part.filter(|part| part.total > 1),
        cause: Some(outcome::cause(&*code, words)),
        ..receipt::of(meaning(&status, &code))
    };
    let receipt = receipt.referring(json::text(item, "custid").as_deref());
    receipt.names_a_message().then_some(receipt)
}

/// Which part of how many.
pub fn part(item: &Value) -> Option<Part> {
    let number = |key: &str| json::integer(item, key).and_then(|number| u32::try_from(number).ok());
    Some(Part { number: number("pknum")?, total: number("pktotal")? })
}

/// A number from abroad stands with "00" in front, or with its country code in a field beside it.
pub fn recipient(item: &Value) -> Option<String> {
    let mobile = json::text(item, "mobile")?;
    let country = json::text(item, "countrycode").unwrap_or_default();
    let country = country.trim_start_matches(['+', '0']);
    let is_whole = mobile.starts_with(['0', '+']) || country.is_empty() || country == "86";
    if is_whole {
        return number::e164(&mobile);
    }
    let subscriber = mobile.strip_prefix(country).unwrap_or(&mobile);
    number::e164(&format!("+{country}{subscriber}"))
}

fn meaning(status: &str, code: &str) -> ReceiptStatus {
    match (status, code) {
        ("0", _) => ReceiptStatus::Delivered,
        (_, "EXPIRED") => ReceiptStatus::Expired,
        _ => ReceiptStatus::Undelivered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;

    /// The sheet's report, with one field more (a later field of the same name counts).
    fn read_with(more: &str) -> Option<Receipt> {
        let report = format!(
            r#"{{"msgid":9223372036800000001,"custid":"msg_1","pknum":1,"pktotal":1,"mobile":"13800000000",
                "countrycode":"","spno":"1069000000","exno":"0006","stime":"2024-01-02 11:04:05",
                "rtime":"2024-01-02 11:04:09","status":0,"errcode":"DELIVRD","errdesc":"success","exdata":"",
                "smstype":"0","rpttype":"1"{more}}}"#
        );
        read(&json::parse(report.as_bytes()), &Config::read(&account("")).unwrap())
    }

    #[test]
    fn every_field_finds_its_place() {
        let expected = Receipt {
            upstream_id: Some("9223372036800000001".into()),
            message_id: Some("msg_1".into()),
            recipient: Some("+8613800000000".into()),
            cause: Some(outcome::cause("DELIVRD", "success")),
            at: Some(1_704_164_649_000),
            segments: Some(1),
            ..receipt::of(ReceiptStatus::Delivered)
        };
        assert_eq!(read_with(""), Some(expected));
    }

    #[test]
    fn a_part_leads_back_to_the_message() {
        // 9223372036800000001 + 2^34 does not fit a signed number.
        let receipt = read_with(r#","msgid":-9223372019729682431,"pknum":2,"pktotal":2"#).unwrap();
        assert_eq!(receipt.part, Some(Part { number: 2, total: 2 }));
        let whole = MessageId::read("-9223372019729682431").unwrap().of_whole(2).text();
        assert_eq!(receipt.upstream_id, Some(whole));
    }

    #[test]
    fn failures_and_kinds() {
        let status = |more: &str| read_with(more).map(|receipt| receipt.status);
        assert_eq!(status(r#","status":"2","errcode":"UNDELIV""#), Some(ReceiptStatus::Undelivered));
        assert_eq!(status(r#","status":1,"errcode":"EXPIRED""#), Some(ReceiptStatus::Expired));
        assert_eq!(status(r#","rpttype":"2""#), None);
        assert_eq!(status(r#","rpttype":1"#), Some(ReceiptStatus::Delivered));
        assert_eq!(read_with(r#","custid":"cal_1""#).unwrap().batch_id.as_deref(), Some("cal_1"));
        assert_eq!(read_with(r#","errdesc":"%E9%AA%8C""#).unwrap().cause.unwrap().detail, "验");
    }

    #[test]
    fn numbers_from_abroad_in_each_form() {
        let recipient = |more: &str| read_with(more).unwrap().recipient;
        for more in [
            r#","mobile":"006580000000""#,
            r#","mobile":"80000000","countrycode":"65""#,
            r#","mobile":"6580000000","countrycode":"0065""#,
        ] {
            assert_eq!(recipient(more).as_deref(), Some("+6580000000"), "{more}");
        }
        assert_eq!(recipient(r#","mobile":"008613800000000","countrycode":"86""#).as_deref(), Some("+8613800000000"));
    }
}
