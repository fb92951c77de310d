//! What Twilio calls us with: the status of a message of ours, or a text to one of our numbers. Both are signed.

use jixinda_plugin_kit::callback::{Form, events, refuse, reply};
use jixinda_plugin_kit::callbacks::{Call, Events, Refusal};
use jixinda_plugin_kit::encoding::parse_form;
use jixinda_plugin_kit::types::Account;
use jixinda_plugin_kit::{Gateway, settings};

use crate::auth::{self, Keys};
use crate::config::Config;
use crate::{inbound, receipt};

/// In the query of a status callback's URL: our id of the message.
pub const MESSAGE: &str = "message";
/// An answer that says nothing to the person who wrote.
const NO_ANSWER: &str = "<Response/>";

pub fn parse(gateway: &dyn Gateway, account: &Account, call: &Call) -> Result<Events, Refusal> {
    let refusal = |status, reason: &str| refuse(reason, reply(status, "text/plain", reason));
    if !call.is_post() {
        return Err(refusal(405, "not a POST"));
    }
    let config = Config::read(account).map_err(|_| refusal(500, "the account's config cannot be read"))?;
    if config.verify_callbacks {
        let auth_token = settings::secret(gateway, "auth_token").map_err(|_| refusal(500, "there is no auth_token"))?;
        let keys = Keys { auth_token, webhook_key: settings::optional_secret(gateway, "webhook_key") };
        let url = call.url(account.callback_url.as_deref().unwrap_or_default());
        auth::verify(&keys, call, &url).map_err(|reason| refusal(403, reason))?;
    }
    let form = call.form();
    let mut events = events(reply(200, "text/xml", NO_ANSWER));
    // Only an inbound text has a body; it has a status too ("received").
    if let Some(inbound) = inbound::read(&form) {
        events.inbound.push(inbound);
    } else if let Some(receipt) = receipt::read(|name| form.get(name).map(str::to_owned), message_of(call)) {
        events.receipts.push(receipt);
    } else {
        return Err(refusal(400, "neither a status nor an inbound text"));
    }
    Ok(events)
}

fn message_of(call: &Call) -> Option<String> {
    Form(parse_form(&call.query)).get(MESSAGE).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::digest::hmac_sha1;
    use jixinda_plugin_kit::encoding::base64;
    use jixinda_plugin_kit::samples;
    use jixinda_plugin_kit::types::ReceiptStatus;

    use super::*;
    use crate::testing::{STATUS, account, gateway};

    const FORM: &str = "application/x-www-form-urlencoded";

    /// A call signed over its URL and its fields, which must come sorted.
    fn signed(query: &str, body: &str) -> Call {
        let mut call = samples::call(FORM, body);
        call.query = query.into();
        let mut text = call.url("https://gw.example.com/cb/acc_1/token");
        for (name, value) in parse_form(body) {
            text = text + &name + &value;
        }
        let signature = base64(&hmac_sha1(b"twilioAuthTokenExample", text.as_bytes()));
        call.headers.push(("X-Twilio-Signature".into(), signature));
        call
    }

    #[test]
    fn a_status_finds_its_message_by_the_url() {
        let call = signed("message=msg_1", STATUS);
        let events = parse(&gateway(), &account(""), &call).unwrap();
        let receipt = &events.receipts[0];
        assert_eq!((receipt.status, receipt.message_id.as_deref()), (ReceiptStatus::Delivered, Some("msg_1")));
        assert_eq!(receipt.upstream_id.as_deref(), Some("SM00000000000000000000000000000001"));
        assert_eq!(events.reply.status, 200);
        assert_eq!(parse(&gateway(), &account(""), &call).unwrap(), events, "the same call gives the same events");
    }

    #[test]
    fn an_inbound_text_is_answered_with_silence() {
        let body = "AccountSid=AC1&Body=T+1&From=%2B8613800000000&MessageSid=SM9&NumMedia=1&SmsStatus=received&To=%2B15550000001";
        let events = parse(&gateway(), &account(""), &signed("", body)).unwrap();
        let inbound = &events.inbound[0];
        assert_eq!((inbound.sender.as_str(), inbound.text.as_str()), ("+8613800000000", "T 1"));
        assert_eq!((inbound.upstream_id.as_deref(), inbound.recipient.as_deref()), (Some("SM9"), Some("+15550000001")));
        assert_eq!(inbound.extra, [("media".to_owned(), "1".to_owned())]);
        assert_eq!(events.reply.body, b"<Response/>");
        assert_eq!(events.reply.headers, [("content-type".to_owned(), "text/xml".to_owned())]);
    }

    #[test]
    fn a_forged_call_is_refused() {
        let forged = Call { query: "message=msg_2".into(), ..signed("message=msg_1", STATUS) };
        for call in [forged, samples::call(FORM, STATUS)] {
            assert_eq!(parse(&gateway(), &account(""), &call).unwrap_err().reply.status, 403);
            let trusting = account(r#","verify_callbacks":false"#);
            assert_eq!(parse(&gateway(), &trusting, &call).unwrap().receipts.len(), 1);
        }
    }

    #[test]
    fn rubbish_is_refused() {
        for body in ["", "a=b", "MessageStatus=sent"] {
            assert_eq!(parse(&gateway(), &account(""), &signed("", body)).unwrap_err().reply.status, 400, "{body}");
        }
        let get = Call { method: "GET".into(), ..signed("", STATUS) };
        assert_eq!(parse(&gateway(), &account(""), &get).unwrap_err().reply.status, 405);
    }
}
