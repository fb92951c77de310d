//! Fetching what is new. Reading is taken to be destructive.

use jixinda_plugin_kit::json;
use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::Failure;
use serde_json::Value;

use crate::api::{Field, Function};
use crate::client::Client;
use crate::config::Version;
use crate::errors::NOTHING_WAITING;
use crate::{inbound, receipt};

/// The most that one pull gives.
const MOST_V1: usize = 20;
const MOST_V2: usize = 200;
/// How often receipts and inbound texts may be asked for.
const RECEIPTS_PAUSE_MS: u32 = 5_000;
const INBOUND_PAUSE_MS: u32 = 10_000;
/// The list's name is UNCONFIRMED for all but the old generation's receipts.
const LISTS: [&str; 5] = ["data", "list", "Rep", "Mo", "Data"];

pub fn poll(client: &Client, feed: &str) -> Result<Page, Failure> {
    let (function, pause) = match feed {
        "receipts" => (Function::Receipts, RECEIPTS_PAUSE_MS),
        "inbound" => (Function::Inbound, INBOUND_PAUSE_MS),
        other => return Err(Failure::Unsupported(format!("there is no feed {other}"))),
    };
    let most = if client.config.api_version == Version::V1 { MOST_V1 } else { MOST_V2 };
    let (code, body) = client.ask(function, vec![(Field::Count, most.to_string())])?;
    let is_empty = client.config.api_version == Version::V2 && NOTHING_WAITING.contains(&&*code);
    if code != "0" && !is_empty {
        return Err(Failure::Upstream(client.cause_of(&code, &body)));
    }
    let items = list(&body);
    let (mut receipts, mut texts) = (Vec::new(), Vec::new());
    if function == Function::Receipts {
        receipts.extend(items.iter().filter_map(receipt::read));
    } else {
        texts.extend(items.iter().filter_map(inbound::read));
    }
    // Even where more is waiting, the vendor wants to be asked no more often.
    Ok(Page { receipts, inbound: texts, cursor: None, more: false, wait_ms: Some(pause) })
}

fn list(body: &Value) -> &[Value] {
    LISTS.iter().map(|name| json::items(body, name)).find(|items| !items.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::{body, field};

    use super::*;
    use crate::testing::{gateway, v1, v2};

    #[test]
    fn the_new_generation_under_either_name() {
        for name in ["data", "list"] {
            let answer = format!(
                r#"{{"code":0,"msg":"OK","{name}":[{{"msg_no":"1","mobile":"13800000000","status":"DELIVRD"}},{{}}]}}"#
            );
            let (gateway, account) = (gateway().answer(200, &answer), v2(""));
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            let page = poll(&client, "receipts").unwrap();
            assert_eq!((page.receipts.len(), page.more, page.wait_ms), (1, false, Some(5_000)));
            let request = &gateway.requests()[0];
            assert_eq!(request.url, "https://api.4321.sh/sms/report");
            assert_eq!(body(request), r#"{"apikey":"key0001","secret":"secret0001","count":"200"}"#);
            assert_eq!(request.carries, Some(vec![]));
        }
    }

    #[test]
    fn nothing_waiting_is_no_failure() {
        for (feed, code) in [("receipts", 10004), ("inbound", 10005)] {
            let gateway = gateway().answer(200, &format!(r#"{{"code":{code},"msg":"m"}}"#));
            let account = v2("");
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            let page = poll(&client, feed).unwrap();
            assert!(page.receipts.is_empty() && page.inbound.is_empty());
        }
    }

    #[test]
    fn inbound_texts_are_at_the_data_host() {
        let gateway =
            gateway().answer(200, r#"{"code":0,"data":[{"time":1704165000,"mobile":"13800000000","content":"T"}]}"#);
        let account = v2("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert_eq!(poll(&client, "inbound").unwrap().inbound.len(), 1);
        assert_eq!(gateway.requests()[0].url, "https://data.4321.sh/sms/mo");
    }

    #[test]
    fn the_old_generation() {
        let answer = r#"{"Rep":[{"SendID":"1","Status":"DELIVRD","Times":1704164649,"Mobile":"13800000000"}],"Code":0,"Message":"OK"}"#;
        let gateway = gateway().answer(200, answer).answer(200, r#"{"Code":10004,"Message":"m"}"#);
        let account = v1(r#","v1_report_path":"/ReportMo/Rep""#);
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert_eq!(poll(&client, "receipts").unwrap().receipts.len(), 1);
        let request = &gateway.requests()[0];
        assert_eq!(request.url, "http://api.feige.ee/ReportMo/Rep");
        assert_eq!(field(request, "Count").as_deref(), Some("20"));
        // What its 10004 means nobody has told.
        assert!(matches!(poll(&client, "inbound"), Err(Failure::Upstream(cause)) if cause.code == "10004"));
        assert!(matches!(poll(&client, "novelties"), Err(Failure::Unsupported(_))));
    }
}
