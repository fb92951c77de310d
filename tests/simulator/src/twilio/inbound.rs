//! An inbound text: a form to the callback, signed like a status.

use super::options::TwilioOptions;
use crate::account::Account;
use crate::form;
use crate::mailbox::ArrivedText;
use crate::push::PushBody;
use crate::segments;
use crate::wire::Provider;

/// Numbers are whole; a test may have left the country of a mainland one out.
pub(super) fn body(account: &Account, arrived: &ArrivedText) -> PushBody {
    let options: TwilioOptions = account.options();
    let sid = Provider::Twilio.wire().provider_id(arrived.id, 0);
    let from = &arrived.text.number;
    let from = if from.starts_with('+') { from.clone() } else { format!("+86{from}") };
    let segments = segments::gsm(&arrived.content).to_string();
    PushBody::form(form::write([
        ("AccountSid", Some(account.key.as_str())),
        ("ApiVersion", Some("2010-04-01")),
        ("Body", Some(&arrived.content)),
        ("From", Some(&from)),
        ("MessageSid", Some(&sid)),
        ("NumMedia", Some("0")),
        ("NumSegments", Some(&segments)),
        ("SmsMessageSid", Some(&sid)),
        ("SmsSid", Some(&sid)),
        ("SmsStatus", Some("received")),
        ("To", Some(&options.sender)),
    ]))
}
