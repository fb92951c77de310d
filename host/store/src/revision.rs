//! Remembers that something changed which nodes keep in memory: one number for each such thing, read by all of them several times a
//! second.

use crate::Result;
use async_trait::async_trait;
use jixinda_domain::Timestamp;

/// How often each thing has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// Applications, accounts, channels and whatever else makes up the directory.
    pub directory: u64,
    /// The blocklist and the opt-outs.
    pub blocklist: u64,
    /// Messages were queued that no worker has been told of.
    pub queue: u64,
}

/// Something that nodes keep in memory and that is changed without a trace of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revised {
    /// The directory.
    Directory,
    /// The queue.
    Queue,
}

impl Revised {
    /// The word for it in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Queue => "queue",
        }
    }
}

/// What happened to some numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlocklistChange {
    /// They were listed.
    Blocked(Vec<u64>),
    /// They no longer are.
    Unblocked(Vec<u64>),
    /// Their opt-outs are others now.
    OptOuts(Vec<u64>),
}

/// Changes since a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlocklistNews {
    /// In order, each with its revision. Later ones may follow.
    pub changes: Vec<(u64, BlocklistChange)>,
    /// Some of what was asked for is forgotten: the whole list is to be read anew.
    pub gap: bool,
}

/// Revisions.
#[async_trait]
pub trait RevisionStore: Send + Sync {
    /// All of them.
    async fn revisions(&self) -> Result<Revisions>;

    /// Tells all nodes that something is another now; answers its revision.
    async fn revise(&self, what: Revised) -> Result<u64>;

    /// What happened to the blocklist and the opt-outs after a revision, at most `limit` changes.
    async fn blocklist_changes(&self, after: u64, limit: u32) -> Result<BlocklistNews>;

    /// Forgets changes of the blocklist before a moment.
    async fn forget_blocklist_changes(&self, before: Timestamp) -> Result<()>;
}
