//! [`StoreError`]: what can go wrong with the memory. Not finding something is not an error: it is `Ok(None)`.

/// What can go wrong with the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is full, or stays busy: try again later.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// Something with that name or id exists already.
    #[error("{0} is taken already")]
    Conflict(String),
    /// Something else refers to it, or it refers to something that does not exist.
    #[error("something that is referred to does not exist, or something to be deleted is still in use")]
    Reference,
    /// A row holds what no version of this program writes.
    #[error("{table}.{column} of {id} is unreadable")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// Which row.
        id: String,
    },
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(String),
    /// A mistake of ours.
    #[error("store: {0}")]
    Internal(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) if refusal.is_unique_violation() => {
                Self::Conflict(constraint(refusal.message()))
            }
            sqlx::Error::Database(refusal) if refusal.is_foreign_key_violation() => Self::Reference,
            sqlx::Error::Database(_)
            | sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

/// `UNIQUE constraint failed: channels.name` → `channels.name`.
fn constraint(message: &str) -> String {
    message.rsplit(": ").next().unwrap_or(message).to_owned()
}
