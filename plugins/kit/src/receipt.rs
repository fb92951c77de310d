//! Receipts (回执) and inbound texts (上行) to begin from, and the references of ours that providers carry back.

use crate::types::{Inbound, Receipt, ReceiptStatus};

/// A receipt that says nothing yet but what happened.
#[must_use]
pub fn of(status: ReceiptStatus) -> Receipt {
    Receipt {
        upstream_id: None,
        message_id: None,
        serial: None,
        batch_id: None,
        batch_serial: None,
        recipient: None,
        part: None,
        status,
        cause: None,
        at: None,
        segments: None,
        price: None,
    }
}

/// An inbound text of which only sender and text are known.
pub fn inbound(sender: impl Into<String>, text: impl Into<String>) -> Inbound {
    Inbound {
        upstream_id: None,
        sender: sender.into(),
        recipient: None,
        extension: None,
        sign_name: None,
        text: text.into(),
        part: None,
        at: None,
        extra: Vec::new(),
    }
}

/// Which messages a reference of ours names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// One message.
    Message(&'a str),
    /// All of one call of `send`; a number is needed to tell which.
    Batch(&'a str),
}

/// What to give a provider that knows one reference a request: the message's id where the request carries one
/// message, else the batch's.
#[must_use]
pub fn reference<'a>(messages: &[&'a str], batch: &'a str) -> &'a str {
    match messages {
        [one] => one,
        _ => batch,
    }
}

impl<'a> Reference<'a> {
    /// Reads what [`reference`] wrote; none where it is empty.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        match text.trim() {
            "" => None,
            message if message.starts_with("msg_") => Some(Self::Message(message)),
            batch => Some(Self::Batch(batch)),
        }
    }
}

impl Receipt {
    /// Names our message, or our call, by what the provider carried back.
    #[must_use]
    pub fn referring(mut self, text: Option<&str>) -> Self {
        match text.and_then(Reference::read) {
            Some(Reference::Message(id)) => self.message_id = Some(id.to_owned()),
            Some(Reference::Batch(id)) => self.batch_id = Some(id.to_owned()),
            None => {}
        }
        self
    }

    /// Whether it says which message it is about.
    #[must_use]
    pub fn names_a_message(&self) -> bool {
        let ids = [&self.upstream_id, &self.message_id, &self.serial, &self.batch_id, &self.batch_serial];
        self.recipient.is_some() || ids.into_iter().any(Option::is_some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_goes_out_and_comes_back() {
        assert_eq!(reference(&["msg_1"], "cal_1"), "msg_1");
        assert_eq!(reference(&["msg_1", "msg_2"], "cal_1"), "cal_1");
        let receipt = of(ReceiptStatus::Delivered).referring(Some("msg_1"));
        assert_eq!((receipt.message_id.as_deref(), receipt.batch_id.as_deref()), (Some("msg_1"), None));
        let receipt = of(ReceiptStatus::Delivered).referring(Some("cal_1"));
        assert_eq!((receipt.message_id.as_deref(), receipt.batch_id.as_deref()), (None, Some("cal_1")));
    }

    #[test]
    fn a_receipt_without_any_name_is_known_as_such() {
        assert!(!of(ReceiptStatus::Delivered).referring(Some("")).referring(None).names_a_message());
        assert!(Receipt { serial: Some("1".into()), ..of(ReceiptStatus::Delivered) }.names_a_message());
    }
}
