//! One row of a day's replies as an inbound text (上行). Rows have no id and the day is told again at every question, so
//! each gets an id made of what it says.

use jixinda_plugin_kit::canonical::hashed;
use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::types::Inbound;
use jixinda_plugin_kit::{json, number, receipt};
use serde_json::Value;

/// None where the row is no inbound text. An empty text is one.
pub fn read(row: &Value) -> Option<Inbound> {
    let text = row.get("content")?.as_str()?;
    let (number, time) = (json::text(row, "phoneNum")?, json::text(row, "dataTime").unwrap_or_default());
    let id = hashed(format!("{number}\n{time}\n{text}").as_bytes());
    Some(Inbound {
        upstream_id: id.get(..32).map(str::to_owned),
        at: Zone::CHINA.parse_instant(&time),
        ..receipt::inbound(number::e164(&number)?, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_row(more: &str) -> Option<Inbound> {
        read(&json::parse(format!(r#"{{"appId":"app0001","signId":"qm_1"{more}}}"#).as_bytes()))
    }

    #[test]
    fn every_field_finds_its_place_and_the_id_is_the_rows_own() {
        let row = r#","phoneNum":"13800000000","dataTime":"2024-01-02 11:10:00","content":"T""#;
        let inbound = read_row(row).unwrap();
        assert_eq!((inbound.sender.as_str(), inbound.text.as_str()), ("+8613800000000", "T"));
        assert_eq!(inbound.at, Some(1_704_165_000_000));
        assert_eq!(inbound.upstream_id, read_row(row).unwrap().upstream_id);
        assert_eq!(inbound.upstream_id.as_deref().map(str::len), Some(32));
        for other in [row.replace("11:10:00", "11:10:01"), row.replace('T', "U"), row.replace("0000\"", "0001\"")] {
            assert_ne!(inbound.upstream_id, read_row(&other).unwrap().upstream_id, "{other}");
        }
    }

    #[test]
    fn without_text_or_sender_it_is_none() {
        assert_eq!(read_row(r#","phoneNum":"13800000000""#), None);
        assert_eq!(read_row(r#","content":"T""#), None);
    }
}
