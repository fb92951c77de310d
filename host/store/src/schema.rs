//! Whether a store has the schema that this version of the program knows.

use crate::{Result, StoreError};
use sqlx::migrate::Migrator;

/// `applied` is the last migration that the store has had.
pub(crate) fn compare(applied: Option<i64>, migrations: &Migrator) -> Result<()> {
    let (applied, ours) = (applied.unwrap_or(0), migrations.iter().map(|step| step.version).max().unwrap_or(0));
    let other = |age: &str, advice: &str| {
        let words =
            format!("the store is of {age} version of jixinda (schema {applied}, this one knows {ours}): {advice}");
        Err(StoreError::Migration(words))
    };
    match applied.cmp(&ours) {
        std::cmp::Ordering::Less => other("an older", "bring it up to date with `jixinda migrate`"),
        std::cmp::Ordering::Greater => other("a newer", "use that version to look at it"),
        std::cmp::Ordering::Equal => Ok(()),
    }
}
