//! Remembers opt-outs (退订): who wants no more texts of an application under a sign name.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::{ApplicationId, InboundId, MessageClass, SignNameId, Timestamp};
use std::sync::Arc;

/// 退订: a person's word that they want no more texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// Whose word: the digits of the number's E.164 form.
    pub number: u64,
    /// Of which application; `None` for all, where nobody knows whose text was answered.
    pub application_id: Option<ApplicationId>,
    /// Under which sign name; `None` for all.
    pub sign_name_id: Option<SignNameId>,
    /// What they wrote.
    pub word: String,
    /// In which text.
    pub inbound_id: InboundId,
    /// When.
    pub created_at: Timestamp,
}

/// What an inbound text asks for, where it is an opt-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOutWish {
    /// Whose word.
    pub number: u64,
    /// What they wrote.
    pub word: String,
    /// The sign name that they answered, where the provider says so; else that of the text which they answered counts.
    pub sign_name_id: Option<SignNameId>,
    /// What an opt-out concerns: the last text of these classes to them is the one they answered, or else the last of any.
    pub classes: Arc<[MessageClass]>,
}

/// Opt-outs.
#[async_trait]
pub trait OptOutStore: Send + Sync {
    /// A page of them, by number, beyond `after`; all of one number are on one page.
    async fn opt_outs(&self, after: u64, limit: u32) -> Result<Vec<OptOut>>;
    /// Those of one number.
    async fn opt_outs_of(&self, number: u64) -> Result<Vec<OptOut>>;
    /// Forgets those of one number, because the person asked for texts again; answers how many that were.
    async fn delete_opt_outs(&self, number: u64, now: Timestamp) -> Result<u64>;
}
