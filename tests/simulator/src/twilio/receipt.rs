//! The status callback: one message a call.
//!
//! A number as a text's error code makes it undelivered; a word is taken as its status, so that a fault may say `sent` or
//! `failed`.

use super::answer::is_service;
use super::options::TwilioOptions;
use crate::account::Account;
use crate::form;
use crate::push::{PushBody, Receipt};

/// Fields by name; an error code only where there is one.
pub(super) fn body(account: &Account, receipts: &[Receipt]) -> PushBody {
    let Some(receipt) = receipts.first() else { return PushBody::form(String::new()) };
    let options: TwilioOptions = account.options();
    let sender = receipt.call.sender.as_deref().filter(|sender| !is_service(sender)).unwrap_or(&options.sender);
    let (sid, failure) = (receipt.provider_id(), receipt.err_code.as_deref());
    let (status, error_code) = (status(failure), error_code(failure).map(|code| code.to_string()));
    PushBody::form(form::write([
        ("AccountSid", Some(account.key.as_str())),
        ("ApiVersion", Some("2010-04-01")),
        ("ErrorCode", error_code.as_deref()),
        ("From", Some(sender)),
        ("MessageSid", Some(&sid)),
        ("MessageStatus", Some(status)),
        ("SmsSid", Some(&sid)),
        ("SmsStatus", Some(status)),
        ("To", Some(&receipt.text.number)),
    ]))
}

/// The status that a text has with this error code.
pub(super) fn status(failure: Option<&str>) -> &str {
    match failure {
        None => "delivered",
        Some(code) if code.parse::<i64>().is_ok() => "undelivered",
        Some(status) => status,
    }
}

/// A failure without a code of its own is an unknown one.
pub(super) fn error_code(failure: Option<&str>) -> Option<i64> {
    match failure? {
        "failed" | "undelivered" => Some(30_008),
        code => code.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::CallRecord;
    use crate::wire::{Provider, Text};

    #[test]
    fn a_receipt_reads_like_the_providers() {
        let account = Account::new(Provider::Twilio, "AC00000000000000000000000000000001", "token");
        let call = CallRecord { sender: Some("+15550000001".into()), ..CallRecord::example(Provider::Twilio, 1) };
        let text = Text { number: "+8613800000000".to_owned(), ..Text::default() };
        let expected = "AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01&From=%2B15550000001\
            &MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered\
            &SmsSid=SM00000000000000000000000000000001&SmsStatus=delivered&To=%2B8613800000000";
        assert_eq!(body(&account, &[Receipt::example(call, text)]).body, expected);
    }

    #[test]
    fn a_failure_is_a_number_or_a_status() {
        let told = |failure| (status(failure), error_code(failure));
        assert_eq!(told(Some("30003")), ("undelivered", Some(30_003)));
        assert_eq!(told(Some("failed")), ("failed", Some(30_008)));
        assert_eq!(told(Some("sent")), ("sent", None));
        assert_eq!(told(None), ("delivered", None));
    }
}
