//! One status report as a receipt (回执). A code of the send's answer can come here too, long after the platform said
//! that it took the message.

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::types::{Part, Receipt, ReceiptStatus};
use jixinda_plugin_kit::{number, outcome, receipt};

/// None where it is no report, or does not say of what. `field` reads one of its fields.
pub fn read(field: impl Fn(&str) -> Option<String>) -> Option<Receipt> {
    let status = field("status")?;
    let number = |name: &str| field(name).and_then(|text| text.trim().parse::<u32>().ok());
    let total = number("total");
    let (meaning, words) = meaning(&status);
    let detail = match field("orgCode") {
        Some(code) => format!("{words} ({code})").trim().to_owned(),
        None => words.to_owned(),
    };
    let receipt = Receipt {
        upstream_id: field("smsMsgId"),
        recipient: field("to").and_then(|written| number::e164(&written)),
        part: total.filter(|&total| total > 1).and_then(|total| Some(Part { number: number("sequence")?, total })),
        cause: Some(outcome::cause(status, detail)),
        at: field("updateTime").and_then(|time| Zone::UTC.parse_instant(&time)),
        segments: total,
        ..receipt::of(meaning)
    };
    let receipt = receipt.referring(field("extend").as_deref());
    receipt.names_a_message().then_some(receipt)
}

/// What a status means, and in which words the sheet explains it.
fn meaning(status: &str) -> (ReceiptStatus, &'static str) {
    use ReceiptStatus::{Delivered, Enroute, Expired, Rejected, Undelivered, Unknown};
    match status {
        "DELIVRD" => (Delivered, ""),
        "EXPIRED" => (Expired, ""),
        "ACCEPTD" => (Enroute, "the carrier has it"),
        "UNKNOWN" => (Unknown, ""),
        "UNDELIV" | "REJECTD" | "DELETED" => (Undelivered, ""),
        "LIMIT" | "MILIMIT" | "BEYONDN" | "CTLIMIT" => (Rejected, "too many texts for this number"),
        "KEYWORD" => (Rejected, "a forbidden word"),
        "BLACK" | "TDBLACK" | "TSBLACK" | "MBBLACK" => (Rejected, "the number is on a blocklist"),
        "SC:0016" => (Rejected, "the number has unsubscribed"),
        "SC:0017" => (Rejected, "the template is not registered"),
        "SC:0018" => (Rejected, "the sign name is not registered"),
        status if status.starts_with("SC:") => (Rejected, "the sign name or the template was refused"),
        status if status.starts_with("MK:") || status.starts_with("MN:") => {
            (Undelivered, "the number is absent, off or invalid")
        }
        status if status.starts_with("E200") => (Rejected, "refused after it was taken"),
        _ => (Undelivered, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_pairs(pairs: &[(&str, &str)]) -> Option<Receipt> {
        read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn every_field_finds_its_place() {
        let receipt = read_pairs(&[
            ("sequence", "2"),
            ("total", "3"),
            ("orgCode", "000"),
            ("updateTime", "2024-01-02T03:04:09Z"),
            ("source", "2"),
            ("smsMsgId", "00000000-1111-2222-3333-444444444444_0"),
            ("status", "DELIVRD"),
            ("extend", "cal_1"),
            ("to", "+8613800000000"),
        ]);
        let expected = Receipt {
            upstream_id: Some("00000000-1111-2222-3333-444444444444_0".into()),
            batch_id: Some("cal_1".into()),
            recipient: Some("+8613800000000".into()),
            part: Some(Part { number: 2, total: 3 }),
            cause: Some(outcome::cause("DELIVRD", "(000)")),
            at: Some(1_704_164_649_000),
            segments: Some(3),
            ..receipt::of(ReceiptStatus::Delivered)
        };
        assert_eq!(receipt, Some(expected));
    }

    #[test]
    fn each_status_has_its_word() {
        use ReceiptStatus::{Delivered, Enroute, Expired, Rejected, Undelivered, Unknown};
        for (word, status) in [
            ("DELIVRD", Delivered),
            ("EXPIRED", Expired),
            ("ACCEPTD", Enroute),
            ("UNKNOWN", Unknown),
            ("UNDELIV", Undelivered),
            ("REJECTD", Undelivered),
            ("DELETED", Undelivered),
            ("E200015", Rejected),
            ("E200030", Rejected),
            ("E200051", Rejected),
            ("LIMIT", Rejected),
            ("MILIMIT", Rejected),
            ("BEYONDN", Rejected),
            ("CTLIMIT", Rejected),
            ("KEYWORD", Rejected),
            ("BLACK", Rejected),
            ("TDBLACK", Rejected),
            ("TSBLACK", Rejected),
            ("MBBLACK", Rejected),
            ("SC:0013", Rejected),
            ("SC:0016", Rejected),
            ("SC:0018", Rejected),
            ("MK:0001", Undelivered),
            ("MN:0012", Undelivered),
            ("WHATEVER", Undelivered),
        ] {
            let receipt = read_pairs(&[("status", word), ("smsMsgId", "i")]).unwrap();
            assert_eq!((receipt.status, receipt.cause.unwrap().code.as_str()), (status, word));
        }
    }

    #[test]
    fn what_names_no_message_is_no_receipt() {
        assert_eq!(read_pairs(&[("status", "DELIVRD")]), None);
        assert_eq!(read_pairs(&[("smsMsgId", "i")]), None);
    }
}
