//! Fetching what is new. Reading is taken to be destructive, and the answers are plain text.

use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::Failure;

use crate::client::{Client, Function, unreadable};
use crate::{inbound, receipt};

/// Nothing is documented; it is as long as other vendors ask for.
const PAUSE_MS: u32 = 10_000;

pub fn poll(client: &Client, feed: &str) -> Result<Page, Failure> {
    let function = match feed {
        "receipts" => Function::Receipts,
        "inbound" => Function::Inbound,
        other => return Err(Failure::Unsupported(format!("there is no feed {other}"))),
    };
    let response = client.ask(function, Vec::new())?;
    let text = String::from_utf8_lossy(&response.body);
    let (mut receipts, mut texts) = (Vec::new(), Vec::new());
    let unread = if function == Function::Receipts {
        let unread;
        (receipts, unread) = receipt::read_all(&text);
        unread
    } else {
        let unread;
        (texts, unread) = inbound::read_all(&text);
        unread
    };
    let is_empty = receipts.is_empty() && texts.is_empty();
    if unread > 0 && is_empty {
        return Err(unreadable(&response));
    }
    if unread > 0 {
        client.gateway.log(Level::Warn, "skipped records of a pull", &[("records", &unread.to_string())]);
    }
    Ok(Page { receipts, inbound: texts, cursor: None, more: !is_empty, wait_ms: is_empty.then_some(PAUSE_MS) })
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::http::Problem;
    use jixinda_plugin_kit::samples::body;

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn both_feeds_of_both_families() {
        for (family, report, reply) in [("1", "qryReport", "receiveSms"), ("2", "qryReport2", "receiveSms2")] {
            let gateway = gateway()
                .answer(200, "9000,13800000000,1;rubbish")
                .answer(200, "")
                .answer(200, "签$$$$13800000000$$$$T$$$$2024-01-02 11:10:00");
            let account = account(&format!(r#","family":"{family}""#));
            let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
            let page = poll(&client, "receipts").unwrap();
            assert_eq!((page.receipts.len(), page.more, page.wait_ms), (1, true, None));
            let page = poll(&client, "receipts").unwrap();
            assert_eq!((page.receipts.len(), page.more, page.wait_ms), (0, false, Some(10_000)));
            assert_eq!(poll(&client, "inbound").unwrap().inbound[0].text, "T");
            let requests = gateway.requests();
            assert!(requests[0].url.ends_with(report) && requests[2].url.ends_with(reply));
            assert!(body(&requests[0]).starts_with("accName=acct01&"));
            assert!(gateway.logs()[0].contains("skipped"));
        }
    }

    #[test]
    fn another_answer_is_a_failure() {
        let gateway = gateway().answer(200, "密码错误").answer(500, "").fail(Problem::Timeout, true);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        for code in ["200", "500", "timeout"] {
            assert!(matches!(poll(&client, "receipts"), Err(Failure::Upstream(cause)) if cause.code == code));
        }
        assert!(matches!(poll(&client, "novelties"), Err(Failure::Unsupported(_))));
    }
}
