//! Fetching what is new, for accounts that Tencent has enabled for it. Reading is taken to be destructive.

use jixinda_plugin_kit::polling::Page;
use jixinda_plugin_kit::types::Failure;
use serde_json::{Value, json};

use crate::client::Client;
use crate::{inbound, receipt};

/// The most that one pull gives.
const MOST: usize = 100;
/// Nothing is documented; it is as long as other vendors ask for.
const PAUSE_MS: u32 = 5_000;

pub fn poll(client: &Client, feed: &str) -> Result<Page, Failure> {
    let action = match feed {
        "receipts" => "PullSmsSendStatus",
        "inbound" => "PullSmsReplyStatus",
        other => return Err(Failure::Unsupported(format!("there is no feed {other}"))),
    };
    let response = client.ask(action, json!({"Limit": MOST, "SmsSdkAppId": client.config.sdk_app_id}))?;
    let elements = elements(&response);
    let more = elements.len() >= MOST;
    Ok(Page {
        receipts: elements.iter().filter_map(receipt::pulled).collect(),
        inbound: elements.iter().filter_map(inbound::pulled).collect(),
        cursor: None,
        more,
        wait_ms: (!more).then_some(PAUSE_MS),
    })
}

/// An answer of the pulls has one list, whatever its name.
pub fn elements(response: &Value) -> &[Value] {
    let members = response.as_object().into_iter().flatten();
    members.filter_map(|(_, member)| member.as_array()).next().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::{body, header};

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn both_feeds_are_pulled() {
        let status = json!({"SerialNo": "s", "PhoneNumber": "+8613800000000", "ReportStatus": "SUCCESS"});
        let full: Vec<_> = (0..100).map(|_| &status).collect();
        let gateway = gateway()
            .answer(200, &json!({"Response": {"PullSmsSendStatusSet": full, "RequestId": "r"}}).to_string())
            .answer(200, r#"{"Response":{"PullSmsReplyStatusSet":[{"CountryCode":"86","PhoneNumber":"+8613800000000","ReplyContent":"T"}]}}"#);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        let page = poll(&client, "receipts").unwrap();
        assert_eq!((page.receipts.len(), page.more, page.wait_ms), (100, true, None));
        let page = poll(&client, "inbound").unwrap();
        assert_eq!((page.inbound.len(), page.more, page.wait_ms), (1, false, Some(5_000)));
        let request = &gateway.requests()[0];
        assert_eq!(header(request, "x-tc-action"), Some("PullSmsSendStatus"));
        assert_eq!(body(request), r#"{"Limit":100,"SmsSdkAppId":"1400000000"}"#);
        assert_eq!(header(&gateway.requests()[1], "x-tc-action"), Some("PullSmsReplyStatus"));
    }

    #[test]
    fn an_account_that_may_not_is_told_so() {
        let gateway = gateway().answer(200, r#"{"Response":{"Error":{"Code":"UnauthorizedOperation","Message":"m"}}}"#);
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert!(
            matches!(poll(&client, "receipts"), Err(Failure::Upstream(cause)) if cause.code == "UnauthorizedOperation")
        );
        assert!(matches!(poll(&client, "novelties"), Err(Failure::Unsupported(_))));
    }
}
