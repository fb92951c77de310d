//! One text as it is kept, and as it is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wire::{Provider, Text};
use crate::world::call_time_ms;

/// What the texts of one request share.
#[derive(Debug)]
pub(crate) struct CallRecord {
    pub(crate) id: u64,
    pub(crate) provider: Provider,
    pub(crate) account: Arc<str>,
    /// Whom its texts come from, where the request says so.
    pub(crate) sender: Option<Arc<str>>,
    /// The URL for its receipts, where the request names one.
    pub(crate) callback: Option<Arc<str>>,
    pub(crate) at_ms: i64,
    /// Set only when the good answer leaves.
    pub(crate) answered: AtomicBool,
    /// Why nothing was taken.
    pub(crate) refusal: Option<String>,
}

impl CallRecord {
    pub(crate) fn taken(&self) -> bool {
        self.refusal.is_none()
    }

    /// Whether this text of it was taken.
    pub(crate) fn took(&self, text: &Text) -> bool {
        self.taken() && text.refusal.is_none()
    }
}

/// One received text.
#[derive(Debug)]
pub(crate) struct TextRecord {
    pub(super) call: Arc<CallRecord>,
    pub(super) position: usize,
    pub(super) text: Text,
    pub(super) fate: Fate,
}

/// What becomes of a text after it is taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fate {
    /// When it is known.
    pub(crate) report_at_ms: i64,
    /// Why it was not delivered.
    pub(crate) err_code: Option<Arc<str>>,
}

/// One received text, as tests see it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ReceivedText {
    /// Whose wire it came over.
    pub provider: Provider,
    /// The account's key; `None` where only counts are remembered.
    pub account: Option<String>,
    /// As the request named it.
    pub number: String,
    /// The provider's template code; empty where the text came in full.
    pub template: String,
    /// The 【brand】, or the provider's code for it.
    pub sign_name: String,
    /// Template parameters: a JSON object, or an array where they are numbered.
    pub params: Value,
    /// The text in full, where it is known.
    pub text: Option<String>,
    /// Whom it comes from, where the request says so.
    pub sender: Option<String>,
    /// The suffix of the sender's number.
    pub extend_code: Option<String>,
    /// The gateway's reference.
    pub out_id: Option<String>,
    /// More that the provider carries back.
    pub extra: Option<String>,
    /// The URL for its receipt, where the request names one.
    pub callback_url: Option<String>,
    /// Billed parts.
    pub parts: u32,
    /// The provider's id; `None` for a refused text.
    pub biz_id: Option<String>,
    /// Its place in the request, from 0.
    pub position: usize,
    /// When it arrived, UTC milliseconds.
    pub at_ms: i64,
    /// The good answer was handed to the connection.
    pub answered: bool,
    /// It will be delivered (or fail) whatever was answered.
    pub taken: bool,
    /// The code it was refused with, alone or with its whole request.
    pub refusal: Option<String>,
    /// When its fate is known, UTC milliseconds.
    pub report_at_ms: i64,
    /// Why it is not delivered.
    pub err_code: Option<String>,
}

impl ReceivedText {
    /// What can be told of a taken text whose details were not kept.
    pub(super) fn derived(number: &str, provider: Provider, call: u64) -> Self {
        Self {
            provider,
            account: None,
            number: number.to_owned(),
            template: String::new(),
            sign_name: String::new(),
            params: Value::Null,
            text: None,
            sender: None,
            extend_code: None,
            out_id: None,
            extra: None,
            callback_url: None,
            parts: 1,
            biz_id: Some(provider.wire().provider_id(call, 0)),
            position: 0,
            at_ms: call_time_ms(call),
            answered: true,
            taken: true,
            refusal: None,
            report_at_ms: call_time_ms(call),
            err_code: None,
        }
    }
}

impl From<&TextRecord> for ReceivedText {
    fn from(record: &TextRecord) -> Self {
        let TextRecord { call, position, text, fate } = record;
        let taken = call.took(text);
        Self {
            provider: call.provider,
            account: Some(call.account.to_string()),
            number: text.number.clone(),
            template: text.template.to_string(),
            sign_name: text.sign_name.to_string(),
            params: serde_json::from_str(&text.params).unwrap_or_default(),
            text: owned(&text.content),
            sender: owned(&call.sender),
            extend_code: owned(&text.extend_code),
            out_id: owned(&text.out_id),
            extra: owned(&text.extra),
            callback_url: owned(&call.callback),
            parts: text.parts,
            biz_id: taken.then(|| call.provider.wire().provider_id(call.id, *position)),
            position: *position,
            at_ms: call.at_ms,
            answered: call.answered.load(Relaxed),
            taken,
            refusal: call.refusal.clone().or_else(|| owned(&text.refusal)),
            report_at_ms: fate.report_at_ms,
            err_code: owned(&fate.err_code),
        }
    }
}

fn owned(text: &Option<Arc<str>>) -> Option<String> {
    text.as_deref().map(str::to_owned)
}
