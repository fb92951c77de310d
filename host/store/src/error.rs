//! [`StoreError`]: what can go wrong with the memory. Not finding something is not an error: it is `Ok(None)`.

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

/// What can go wrong with the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is full, or stays busy: try again later.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The engine undid it for others' sake, or the connection broke before it was committed: nothing of it is stored, and it may be tried
    /// again at once.
    #[error("the store broke off: {0}")]
    Interrupted(String),
    /// The connection broke while it was committed: it is stored or it is not.
    #[error("the store did not say whether it was written: {0}")]
    Unclear(String),
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
            sqlx::Error::Database(refusal) if mysql_number(refusal.as_ref()).is_some_and(is_passing) => {
                Self::Interrupted(error.to_string())
            }
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => Self::Interrupted(error.to_string()),
            sqlx::Error::Database(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

fn mysql_number(refusal: &dyn DatabaseError) -> Option<u16> {
    refusal.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

/// Errors after which the same transaction may well succeed: deadlock, lock wait, a server that stops, starts or is not the master any more
/// (MySQL 8.0 and MariaDB error references), and TiDB's write conflict and schema change.
const fn is_passing(number: u16) -> bool {
    matches!(
        number,
        1213 | 1205 | 1053 | 1077 | 1079 | 1290 | 1792 | 1836 | 1927 | 2006 | 2013 | 8002 | 8022 | 8028 | 9007
    )
}

/// SQLite: `UNIQUE constraint failed: channels.name` → `channels.name`. MySQL: `Duplicate entry 'x' for key 'channels.name'`, and the
/// key's name alone in MariaDB: our keys are named table__column, which reads the same.
fn constraint(message: &str) -> String {
    match message.split_once("for key '") {
        Some((_, key)) => {
            let key = key.trim_end_matches('\'');
            key.rsplit('.').next().unwrap_or(key).replacen("__", ".", 1)
        }
        None => message.rsplit(": ").next().unwrap_or(message).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_named_alike_by_all_engines() {
        for message in [
            "UNIQUE constraint failed: channels.name",
            "Duplicate entry 'a' for key 'channels__name'",
            "Duplicate entry 'b' for key 'channels.channels__name'",
        ] {
            assert_eq!(constraint(message), "channels.name", "{message}");
        }
    }
}
