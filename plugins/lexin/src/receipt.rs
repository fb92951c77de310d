//! Reports as receipts (回执): `msgId,number,status` and so on. There is no reason and no time.

use jixinda_plugin_kit::types::{Receipt, ReceiptStatus};
use jixinda_plugin_kit::{number, receipt};

/// All that can be read, and how many records could not.
pub fn read_all(text: &str) -> (Vec<Receipt>, usize) {
    let records: Vec<&str> = text.split(';').map(str::trim).filter(|record| !record.is_empty()).collect();
    let receipts: Vec<Receipt> = records.iter().filter_map(|record| read(record)).collect();
    let unread = records.len() - receipts.len();
    (receipts, unread)
}

/// The digits are a message's own or those of its call, and all of ours differ: only one of the two will be found.
fn read(record: &str) -> Option<Receipt> {
    let mut parts = record.split(',').map(str::trim);
    let (digits, recipient, status) = (parts.next()?, number::e164(parts.next()?)?, parts.next()?);
    let digits =
        Some(digits).filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let status = match status {
        "1" => ReceiptStatus::Delivered,
        "0" => ReceiptStatus::Undelivered,
        _ => ReceiptStatus::Unknown,
    };
    Some(Receipt {
        serial: Some(digits.to_owned()),
        batch_serial: Some(digits.to_owned()),
        recipient: Some(recipient),
        ..receipt::of(status)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_rubbish_is_counted() {
        let (receipts, unread) =
            read_all("170416464500001,13800000000,1;9000,13800000001,0; ;x,y;9000,13800000002,7;,,;");
        assert_eq!(unread, 2);
        let expected = Receipt {
            serial: Some("170416464500001".into()),
            batch_serial: Some("170416464500001".into()),
            recipient: Some("+8613800000000".into()),
            ..receipt::of(ReceiptStatus::Delivered)
        };
        assert_eq!(receipts[0], expected);
        assert_eq!((receipts[1].status, receipts[2].status), (ReceiptStatus::Undelivered, ReceiptStatus::Unknown));
        assert_eq!(read_all(""), (vec![], 0));
    }
}
