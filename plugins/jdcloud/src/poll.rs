//! Asking for inbound texts: `reply` gives a whole day, again at every question. The cursor is the day that was asked for
//! last; a day is asked for once more after it has ended.

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::json;
use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::Failure;
use serde_json::json;

use crate::client::{Client, Operation, Reply};
use crate::{errors, inbound};

const DAY_MS: u64 = 24 * 3_600_000;
/// A gateway that stood still for longer does not read further back.
const DAYS_BACK: u64 = 7;

pub fn poll(client: &Client, feed: &str, cursor: Option<&str>) -> Result<Page, Failure> {
    if feed != "inbound" {
        return Err(Failure::Unsupported(format!("there is no feed {feed}")));
    }
    let Some(app_id) = client.config.app_id.as_deref().filter(|id| !id.is_empty()) else {
        return Err(Failure::BadConfig("app_id is not set: inbound texts cannot be asked for".into()));
    };
    let now = client.gateway.now();
    let today = Zone::CHINA.format_date(now);
    let oldest = Zone::CHINA.format_date(now.saturating_sub(DAYS_BACK * DAY_MS));
    // Days in this form sort like texts.
    let day = cursor.filter(|day| is_day(day)).map_or(&*today, |day| day.clamp(&*oldest, &*today)).to_owned();
    let body = json!({"appId": app_id, "dataDate": day});
    let replies = client.call_all(&[Operation { name: "reply", body, carries: Vec::new() }]);
    let texts = match replies.first() {
        Some(Reply::Done(result)) => json::items(result, "data").iter().filter_map(inbound::read).collect(),
        Some(other) => return Err(Failure::Upstream(errors::cause_of(other))),
        None => return Err(Failure::Internal("a request without an answer".into())),
    };
    let has_ended = day < today;
    let next = if has_ended { following(&day).unwrap_or(today) } else { today };
    let wait_ms = (!has_ended).then(|| client.config.inbound_every_seconds.saturating_mul(1000));
    Ok(Page { receipts: Vec::new(), inbound: texts, cursor: Some(next), more: has_ended, wait_ms })
}

fn is_day(text: &str) -> bool {
    Zone::CHINA.parse_instant(&format!("{text} 00:00:00")).is_some()
}

fn following(day: &str) -> Option<String> {
    let start = Zone::CHINA.parse_instant(&format!("{day} 00:00:00"))?;
    Some(Zone::CHINA.format_date(start + DAY_MS))
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::fake::FakeGateway;
    use jixinda_plugin_kit::samples::body;

    use super::*;
    use crate::testing::{account, gateway};

    const ONE: &str = r#"{"result":{"status":true,"data":[{"phoneNum":"13800000000","dataTime":"2024-01-02 11:10:00","content":"T"},{}]}}"#;

    fn poll_over(gateway: &FakeGateway, cursor: Option<&str>) -> Page {
        let account = account("");
        poll(&Client::open(gateway, &account).unwrap_or_else(|_| panic!("opens")), "inbound", cursor).unwrap()
    }

    #[test]
    fn today_is_asked_for_again_and_again() {
        let gateway = gateway().answer(200, ONE).answer(200, ONE);
        let page = poll_over(&gateway, None);
        assert_eq!((page.inbound.len(), page.cursor.as_deref(), page.more), (1, Some("2024-01-02"), false));
        assert_eq!(page.wait_ms, Some(60_000));
        assert_eq!(poll_over(&gateway, Some("2024-01-02")), page, "with the same ids");
        assert!(body(&gateway.requests()[0]).contains(r#""dataDate":"2024-01-02""#));
    }

    #[test]
    fn a_day_that_has_ended_is_read_to_its_end() {
        let gateway = gateway().answer(200, ONE).answer(200, ONE);
        let page = poll_over(&gateway, Some("2023-12-31"));
        assert!(body(&gateway.requests()[0]).contains(r#""dataDate":"2023-12-31""#));
        assert_eq!((page.cursor.as_deref(), page.more, page.wait_ms), (Some("2024-01-01"), true, None));
        // Too far back, in the future, or no day at all.
        poll_over(&gateway, Some("2001-01-01"));
        assert!(body(&gateway.requests()[1]).contains(r#""dataDate":"2023-12-26""#));
        for odd in ["2099-01-01", "rubbish", ""] {
            let gateway = crate::testing::gateway().answer(200, ONE);
            assert_eq!(poll_over(&gateway, Some(odd)).cursor.as_deref(), Some("2024-01-02"), "{odd}");
        }
    }

    #[test]
    fn without_app_id_or_answer_it_fails() {
        let gateway = gateway().answer(401, r#"{"error":{"code":401,"status":"UNAUTHENTICATED","message":"m"}}"#);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert!(
            matches!(poll(&client, "inbound", None), Err(Failure::Upstream(cause)) if cause.code == "UNAUTHENTICATED")
        );
        assert!(matches!(poll(&client, "receipts", None), Err(Failure::Unsupported(_))));
        let without = jixinda_plugin_kit::samples::account(r#"{"access_key_id":"x"}"#);
        let client = Client::open(&gateway, &without).unwrap_or_else(|_| panic!("opens"));
        assert!(matches!(poll(&client, "inbound", None), Err(Failure::BadConfig(_))));
    }
}
