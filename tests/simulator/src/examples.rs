//! Records to start from in the unit tests of what providers push.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::mailbox::ArrivedText;
use crate::memory::CallRecord;
use crate::push::{InboundText, Part, Receipt};
use crate::wire::{Provider, Text};

impl CallRecord {
    /// Taken by nobody in particular, long ago.
    pub(crate) fn example(provider: Provider, id: u64) -> Self {
        let answered = AtomicBool::new(true);
        Self { id, provider, account: "key".into(), sender: None, callback: None, at_ms: 0, answered, refusal: None }
    }
}

impl Text {
    /// To the usual number.
    pub(crate) fn example() -> Self {
        Self { number: "13800000000".to_owned(), ..Self::default() }
    }
}

impl Receipt {
    /// Of a delivered text in one part.
    pub(crate) fn example(call: CallRecord, text: Text) -> Self {
        let part = Part { number: 1, total: 1 };
        Self { call: Arc::new(call), position: 0, text, part, report_ms: 0, err_code: None }
    }
}

impl ArrivedText {
    /// From the usual number, in one part.
    pub(crate) fn example(content: &str) -> Self {
        let (account, number) = ("key".to_owned(), "13800000000".to_owned());
        let text = InboundText { account, number, content: content.to_owned(), dest_code: None };
        Self { id: 1, at_ms: 0, text: Arc::new(text), content: content.into(), part: Part { number: 1, total: 1 } }
    }
}
