//! What the platform pushes: a status report as a form, several as JSON (the application's choice), or an inbound text.
//! The unguessable callback URL is the protection; an application can also sign its pushes, and then they are verified.

use jixinda_plugin_kit::callback::{events, refuse, reply};
use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::host::Level;
use jixinda_plugin_kit::types::Account;
use jixinda_plugin_kit::{Gateway, json};

use crate::auth::aksk;
use crate::config::Config;
use crate::{inbound, receipt};

/// The content of an answer is ignored; 401 refuses a push that is not authenticated.
pub fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
    let refusal = |status, reason: &str| refuse(reason, reply(status, "text/plain", reason));
    if !call.is_post() {
        return Err(refusal(405, "not a POST"));
    }
    let config = Config::read(account).map_err(|_| refusal(500, "the account's config cannot be read"))?;
    if config.verify_callbacks {
        let credentials = config.credentials(gateway).map_err(|_| refusal(500, "the account has no secret"))?;
        let url = call.url(account.callback_url.as_deref().unwrap_or_default());
        aksk::verify(&credentials, call, &url, gateway.now()).map_err(|reason| refusal(401, reason))?;
    }
    let mut events = events(reply(200, "text/plain", "ok"));
    if call.body.trim_ascii_start().starts_with(b"{") {
        let body = json::parse(&call.body);
        let items = body.get("statusReportList").and_then(|list| list.as_array());
        let items = items.ok_or_else(|| refusal(400, "the JSON has no statusReportList"))?;
        events.receipts = items.iter().filter_map(|item| receipt::read(|name| json::text(item, name))).collect();
        if events.receipts.len() < items.len() {
            gateway.log(Level::Warn, "skipped status reports that name no message", &[]);
        }
        return Ok(events);
    }
    let form = call.form();
    if let Some(receipt) = receipt::read(|name| form.get(name).map(str::to_owned)) {
        events.receipts.push(receipt);
    } else if let Some(inbound) = inbound::read(&form, &config) {
        events.inbound.push(inbound);
    } else {
        return Err(refusal(400, "neither a status report nor an inbound text"));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples;
    use jixinda_plugin_kit::types::ReceiptStatus;

    use super::*;
    use crate::testing::{account, gateway};

    const FORM: &str = "application/x-www-form-urlencoded";
    const REPORT: &str = "sequence=1&total=1&orgCode=000&updateTime=2024-01-02T03%3A04%3A09Z&source=2&\
        smsMsgId=00000000-1111-2222-3333-444444444444_0&status=DELIVRD&extend=msg_1&to=%2B8613800000000";
    const UPLINK: &str =
        "smsMsgId=aaaaaaaa-0000-0000-0000-000000000001&from=%2B8613800000000&to=88200000000000012&body=T";

    fn push(content_type: &str, body: &str) -> Result<Events, Refusal> {
        parse(&gateway(), &account(""), &samples::call(content_type, body))
    }

    #[test]
    fn a_form_is_one_report() {
        let events = push(FORM, REPORT).unwrap();
        assert_eq!((events.receipts.len(), events.reply.status), (1, 200));
        let receipt = &events.receipts[0];
        assert_eq!((receipt.status, receipt.message_id.as_deref()), (ReceiptStatus::Delivered, Some("msg_1")));
        assert_eq!(receipt.part, None);
        assert_eq!(push(FORM, REPORT).unwrap().receipts, events.receipts, "the same call gives the same events");
    }

    #[test]
    fn json_is_a_list_of_reports() {
        let body = r#"{"statusReportList":[
            {"smsMsgId":"a_0","status":"E200030","total":"2","sequence":"1","extend":"cal_1","to":"+8613800000000"},
            {"smsMsgId":"b_0","status":"EXPIRED"}, {"novelty":1}, 7]}"#;
        let events = push("application/json", body).unwrap();
        let statuses: Vec<_> = events.receipts.iter().map(|receipt| receipt.status).collect();
        assert_eq!(statuses, [ReceiptStatus::Rejected, ReceiptStatus::Expired]);
    }

    #[test]
    fn an_uplink_is_an_inbound_text() {
        let inbound = &push(FORM, UPLINK).unwrap().inbound[0];
        assert_eq!(inbound.upstream_id.as_deref(), Some("aaaaaaaa-0000-0000-0000-000000000001"));
        assert_eq!((inbound.sender.as_str(), inbound.text.as_str()), ("+8613800000000", "T"));
        assert_eq!(
            (inbound.recipient.as_deref(), inbound.extension.as_deref()),
            (Some("88200000000000012"), Some("0012"))
        );
    }

    #[test]
    fn rubbish_is_refused() {
        for body in ["", "{", "{}", "a=b", "status=DELIVRD", r#"{"statusReportList":7}"#] {
            assert_eq!(push(FORM, body).unwrap_err().reply.status, 400, "{body}");
        }
        let get = Call { method: "GET".into(), ..samples::call(FORM, REPORT) };
        assert_eq!(parse(&gateway(), &account(""), &get).unwrap_err().reply.status, 405);
    }

    #[test]
    fn where_pushes_are_signed_a_forged_one_is_refused() {
        let account = account(r#","verify_callbacks":true"#);
        let mut call = samples::call(FORM, REPORT);
        assert_eq!(parse(&gateway(), &account, &call).unwrap_err().reply.status, 401);
        let url = account.callback_url.clone().unwrap();
        call.headers.extend(aksk::headers(&crate::auth::example(), &url, FORM, REPORT.as_bytes(), "20240102T030405Z"));
        assert_eq!(parse(&gateway(), &account, &call).unwrap().receipts.len(), 1);
        let elsewhere = Call { path: "other".into(), ..call };
        assert_eq!(parse(&gateway(), &account, &elsewhere).unwrap_err().reply.status, 401);
    }
}
