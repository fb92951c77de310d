//! [`News`]: what a provider told us at one time, stored together or not at all.

use crate::{FeedPosition, NewReceipt, StoredInbound};

/// What one callback, one page of a feed, or one lookup told.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// What became of our messages.
    pub receipts: Vec<NewReceipt>,
    /// What people wrote.
    pub inbound: Vec<StoredInbound>,
    /// How far the feed has been read with this, where it was one.
    pub position: Option<FeedPosition>,
}
