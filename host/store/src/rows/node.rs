//! Rows of nodes, leases and revisions.

use super::{parse, parse_json, parse_optional};
use crate::{BlocklistChange, Lease, Node, Result, Revisions, StoreError};
use jixinda_domain::Timestamp;
use sqlx::FromRow;

#[derive(FromRow)]
pub(crate) struct NodeRow {
    id: String,
    name: String,
    role: String,
    version: String,
    plugins: String,
    beat: i64,
    started_at: i64,
    seen_at: i64,
}

impl TryFrom<NodeRow> for Node {
    type Error = StoreError;

    fn try_from(row: NodeRow) -> Result<Self> {
        Ok(Self {
            id: parse("nodes", "id", &row.id, &row.id)?,
            name: row.name,
            role: row.role,
            version: row.version,
            plugins: row.plugins,
            beat: row.beat.cast_unsigned(),
            started_at: Timestamp::from_millis(row.started_at),
            seen_at: Timestamp::from_millis(row.seen_at),
        })
    }
}

#[derive(FromRow)]
pub(crate) struct LeaseRow {
    name: String,
    holder: Option<String>,
    fence: i64,
}

impl TryFrom<LeaseRow> for Lease {
    type Error = StoreError;

    fn try_from(row: LeaseRow) -> Result<Self> {
        Ok(Self {
            holder: parse_optional("leases", "holder", &row.name, row.holder.as_deref())?,
            name: row.name,
            fence: row.fence.cast_unsigned(),
        })
    }
}

/// Counters by name; those that are no revisions are passed over.
pub(crate) fn revisions(rows: Vec<(String, i64)>) -> Revisions {
    let mut revisions = Revisions::default();
    for (name, value) in rows {
        let value = value.cast_unsigned();
        match name.as_str() {
            "directory" => revisions.directory = value,
            "blocklist" => revisions.blocklist = value,
            "queue" => revisions.queue = value,
            _ => {}
        }
    }
    revisions
}

#[derive(FromRow)]
pub(crate) struct BlocklistChangeRow {
    pub(crate) revision: i64,
    kind: String,
    numbers: String,
}

impl TryFrom<BlocklistChangeRow> for (u64, BlocklistChange) {
    type Error = StoreError;

    fn try_from(row: BlocklistChangeRow) -> Result<Self> {
        let id = row.revision.to_string();
        let numbers = parse_json("blocklist_changes", "numbers", &id, &row.numbers)?;
        let change = match row.kind.as_str() {
            "blocked" => BlocklistChange::Blocked(numbers),
            "unblocked" => BlocklistChange::Unblocked(numbers),
            "opt_outs" => BlocklistChange::OptOuts(numbers),
            _ => return Err(StoreError::Corrupt { table: "blocklist_changes", column: "kind", id }),
        };
        Ok((row.revision.cast_unsigned(), change))
    }
}

impl BlocklistChange {
    /// The word for it in the store, and the numbers.
    pub(crate) fn parts(&self) -> (&'static str, &[u64]) {
        match self {
            Self::Blocked(numbers) => ("blocked", numbers),
            Self::Unblocked(numbers) => ("unblocked", numbers),
            Self::OptOuts(numbers) => ("opt_outs", numbers),
        }
    }
}
