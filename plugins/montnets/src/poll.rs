//! Fetching what is new. Reading is destructive: what an answer holds is handed over once.

use jixinda_plugin_kit::json;
use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::Failure;

use crate::client::{Client, Fields};
use crate::config::Function;
use crate::{inbound, receipt};

/// The most that one pull gives.
const RECEIPTS: u32 = 500;
const INBOUND: u32 = 200;
/// The vendor asks to wait so long after an empty list.
const PAUSE_MS: u32 = 5_000;

pub fn poll(client: &Client, feed: &str) -> Result<Page, Failure> {
    let (function, most, list) = match feed {
        "receipts" => (Function::Receipts, RECEIPTS, "rpts"),
        "inbound" => (Function::Inbound, INBOUND, "mos"),
        other => return Err(Failure::Unsupported(format!("there is no feed {other}"))),
    };
    let mut fields = Fields::new();
    fields.insert("retsize".into(), most.into());
    let body = client.ask(function, fields)?;
    let items = json::items(&body, list);
    let (mut receipts, mut texts) = (Vec::new(), Vec::new());
    if function == Function::Receipts {
        receipts.extend(items.iter().filter_map(|item| receipt::read(item, &client.config)));
    } else {
        texts.extend(items.iter().filter_map(|item| inbound::read(item, &client.config)));
    }
    let is_empty = items.is_empty();
    Ok(Page { receipts, inbound: texts, cursor: None, more: !is_empty, wait_ms: is_empty.then_some(PAUSE_MS) })
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::http::Problem;
    use jixinda_plugin_kit::samples::body;

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn receipts_are_pulled_until_none_is_left() {
        let gateway = gateway()
            .answer(200, r#"{"result":0,"rpts":[{"msgid":1,"custid":"msg_1","mobile":"13800000000","status":0},7]}"#)
            .answer(200, r#"{"result":0,"rpts":[]}"#);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let page = poll(&client, "receipts").unwrap();
        assert_eq!((page.receipts.len(), page.more, page.wait_ms), (1, true, None));
        let page = poll(&client, "receipts").unwrap();
        assert_eq!((page.receipts.len(), page.more, page.wait_ms), (0, false, Some(5_000)));
        let request = &gateway.requests()[0];
        assert!(request.url.ends_with("/get_rpt") && body(request).contains(r#""retsize":500"#));
        assert_eq!(request.carries, Some(vec![]));
    }

    #[test]
    fn inbound_texts_are_pulled_likewise() {
        let gateway =
            gateway().answer(200, r#"{"result":"0","mos":[{"msgid":1,"mobile":"13800000000","content":"T"}]}"#);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert_eq!(poll(&client, "inbound").unwrap().inbound[0].text, "T");
        assert!(gateway.requests()[0].url.ends_with("/get_mo"));
    }

    #[test]
    fn a_failure_is_told_and_nothing_is_pulled_twice() {
        let gateway = gateway().answer(200, r#"{"result":-100057}"#).fail(Problem::Timeout, true);
        let account = account(r#","spare_hosts":["http://b.example.com:1"]"#);
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert!(matches!(poll(&client, "receipts"), Err(Failure::Upstream(cause)) if cause.code == "-100057"));
        assert!(matches!(poll(&client, "receipts"), Err(Failure::Upstream(cause)) if cause.code == "timeout"));
        assert!(matches!(poll(&client, "novelties"), Err(Failure::Unsupported(_))));
    }
}
