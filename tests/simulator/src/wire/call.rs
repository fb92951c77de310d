//! What a request asks for, in words that are common to all providers.
//!
//! How an answer reads is the provider's own affair: where it depends on the request, the call carries the function that
//! writes it.

use std::sync::Arc;

use super::Answer;
use crate::account::Account;
use crate::mailbox::ArrivedText;
use crate::memory::{CallRecord, ReceivedText};
use crate::push::Receipt;
use crate::world::World;

/// Writes the answer to a question from what the core has gathered.
pub(crate) type Answering<T> = Box<dyn FnOnce(Vec<T>, &World) -> Answer + Send>;

/// A request that makes sense.
pub(crate) enum Call {
    Send(Submission),
    Lookup(Lookup),
    PollReceipts(Poll<Receipt>),
    PollInbound(Poll<ArrivedText>),
    /// What is left on the account; the answer is known as soon as it is asked.
    Balance(Answer),
}

impl Call {
    pub(crate) fn is_send(&self) -> bool {
        matches!(self, Self::Send(_))
    }
}

/// A send of one or more texts.
#[derive(Default)]
pub(crate) struct Submission {
    pub(crate) texts: Vec<Text>,
    /// Whom they come from, where the request says so.
    pub(crate) sender: Option<Arc<str>>,
    pub(crate) receipts_to: ReceiptsTo,
}

/// Where a submission's receipts go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReceiptsTo {
    /// As the account is set up.
    #[default]
    Account,
    /// To the URL that the request names.
    Url(Arc<str>),
    /// The request asks for none.
    Nowhere,
}

/// One text to one number. What a call's texts share, they share in memory too.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) number: String,
    /// Empty where the text came in full.
    pub(crate) template: Arc<str>,
    pub(crate) sign_name: Arc<str>,
    /// Of the template, as JSON.
    pub(crate) params: Arc<str>,
    /// The text in full, where the simulator knows it.
    pub(crate) content: Option<Arc<str>>,
    pub(crate) extend_code: Option<Arc<str>>,
    /// The gateway's reference.
    pub(crate) out_id: Option<Arc<str>>,
    /// More that the provider carries back.
    pub(crate) extra: Option<Arc<str>>,
    /// Billed parts, at least one.
    pub(crate) parts: u32,
    /// Why this one is not taken although its call is.
    pub(crate) refusal: Option<Arc<str>>,
    /// Why this one will not be delivered although it is taken.
    pub(crate) doom: Option<Arc<str>>,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            number: String::new(),
            template: Arc::default(),
            sign_name: Arc::default(),
            params: Arc::default(),
            content: None,
            extend_code: None,
            out_id: None,
            extra: None,
            parts: 1,
            refusal: None,
            doom: None,
        }
    }
}

/// A submission about to be taken, for whoever writes the answer.
pub(crate) struct Sent<'s> {
    pub(crate) call: &'s CallRecord,
    pub(crate) texts: &'s [Text],
    pub(crate) account: &'s Account,
}

/// A question about texts that were sent.
pub(crate) struct Lookup {
    pub(crate) of: Asked,
    /// Gets all that is known of them, oldest first, and picks what was asked for.
    pub(crate) answer: Answering<ReceivedText>,
}

/// Which texts a lookup is about.
#[derive(Debug)]
pub(crate) enum Asked {
    /// All to one number.
    Number(String),
    /// All of one call.
    Call(u64),
}

/// A question for what is new.
pub(crate) struct Poll<T> {
    pub(crate) limit: usize,
    /// Whoever reads what is new has read it: it is not told again. Otherwise everything is told, as often as it is asked for.
    pub(crate) once: bool,
    pub(crate) only: Box<dyn Fn(&T) -> bool + Send>,
    pub(crate) answer: Answering<T>,
}

impl<T> Poll<T> {
    /// For the next `limit` of what nobody has read.
    pub(crate) fn next(limit: usize, answer: impl FnOnce(Vec<T>, &World) -> Answer + Send + 'static) -> Self {
        Self { limit, once: true, only: Box::new(|_| true), answer: Box::new(answer) }
    }
}
