//! Replies as inbound texts (上行): records joined with `####`, parts with `$$$$`. People may write either, so a record that
//! is too short goes on in the next one, and what is too long is all text.

use jixinda_plugin_kit::canonical::hashed;
use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::types::Inbound;
use jixinda_plugin_kit::{number, receipt, sign_name};

const RECORDS: &str = "####";
const PARTS: &str = "$$$$";

/// All that can be read, and how many records could not.
pub fn read_all(text: &str) -> (Vec<Inbound>, usize) {
    let (mut found, mut unread, mut pending) = (Vec::new(), 0, String::new());
    for piece in text.split(RECORDS) {
        if !pending.is_empty() {
            pending.push_str(RECORDS);
        }
        pending.push_str(piece);
        if pending.matches(PARTS).count() >= 3 {
            match read(&std::mem::take(&mut pending)) {
                Some(inbound) => found.push(inbound),
                None => unread += 1,
            }
        }
    }
    unread += usize::from(!pending.trim().is_empty());
    (found, unread)
}

/// There is no id; the same record is always given the same one.
fn read(record: &str) -> Option<Inbound> {
    let (sign, rest) = record.split_once(PARTS)?;
    let (sender, rest) = rest.split_once(PARTS)?;
    let (text, time) = rest.rsplit_once(PARTS)?;
    let sign = sign_name::bare(sign);
    Some(Inbound {
        upstream_id: hashed(record.trim().as_bytes()).get(..32).map(str::to_owned),
        sign_name: Some(sign.to_owned()).filter(|sign| !sign.is_empty()),
        at: Zone::CHINA.parse_instant(time),
        ..receipt::inbound(number::e164(sender)?, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_whatever_people_write() {
        let text = "【示例签名】$$$$13800000000$$$$T$$$$2024-01-02 11:10:00####\
                    示例签名$$$$13800000001$$$$a####b$$$$c$$$$2024-01-02 11:10:01####x$$$$y$$$$z$$$$####rest";
        let (texts, unread) = read_all(text);
        assert_eq!(unread, 2);
        assert_eq!((texts[0].sender.as_str(), texts[0].text.as_str()), ("+8613800000000", "T"));
        assert_eq!((texts[0].sign_name.as_deref(), texts[0].at), (Some("示例签名"), Some(1_704_165_000_000)));
        assert_eq!((texts[1].text.as_str(), texts[1].sign_name.as_deref()), ("a####b$$$$c", Some("示例签名")));
        assert_ne!(texts[0].upstream_id, texts[1].upstream_id);
        assert_eq!(read_all(text), (texts, unread));
        assert_eq!(read_all(" "), (vec![], 0));
    }
}
