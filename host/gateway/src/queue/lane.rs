//! One lane: what is known of the waiting ids of one class of one application, a window on the store's status index.

use jixinda_domain::{MessageId, Timestamp};

#[derive(Default)]
pub struct Lane {
    /// Known ids: they wait for their turn or their time, or are in somebody's hands.
    pub held: usize,
    /// Whether all that waits in the store is known here. While it is not, new ids are left to the store, so that they do not
    /// overtake older ones there.
    pub complete: bool,
    /// Whether something was left to the store since it was last asked.
    pub missed: bool,
    /// The last place of the status index that was read.
    pub cursor: Option<(Timestamp, MessageId)>,
}
