//! Set-based statements: many rows in one, written so that MySQL, MariaDB and TiDB all know them.
//!
//! A statement's text depends on how many rows it brings. Groups are cut into chunks of a few sizes, so that the texts repeat and each is
//! prepared once. Rows come in the order of their keys: transactions that lock the same rows then wait for each other instead of
//! dying.

use crate::Result;
use sqlx::mysql::{MySqlArguments, MySqlRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{AssertSqlSafe, FromRow, MySql, MySqlConnection};
use std::borrow::Cow;

/// Rows of a statement; the largest stays far below the 65,535 values that one may bring.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// One value of a row.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
}

macro_rules! from_number {
    ($($number:ty),*) => {$(
        impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Self::Int(number.into())
            }
        }
    )*};
}

from_number!(i64, u32, u16, u8, bool);

impl From<u64> for Value<'_> {
    /// As the same bits.
    fn from(number: u64) -> Self {
        Self::Int(number.cast_signed())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The value of anything that names itself: ids.
pub(super) fn id<'a>(id: impl std::fmt::Display) -> Value<'a> {
    Value::Text(Cow::Owned(id.to_string()))
}

/// How many rows a statement brings, and how wide they are.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    rows: usize,
    width: usize,
}

impl Shape {
    /// How many rows.
    pub(super) const fn rows(self) -> usize {
        self.rows
    }

    /// `(?, ?), (?, ?)`: for VALUES.
    pub(super) fn values(self) -> String {
        vec![format!("({})", vec!["?"; self.width].join(", ")); self.rows].join(", ")
    }

    /// `?, ?`: for IN, where a row is one value.
    pub(super) fn list(self) -> String {
        vec!["?"; self.rows * self.width].join(", ")
    }

    /// A table of its own with these columns: `(SELECT ? AS a, ? AS b UNION ALL SELECT ?, ?) j`.
    pub(super) fn table(self, columns: &[&str]) -> String {
        let named: Vec<String> = columns.iter().map(|column| format!("? AS {column}")).collect();
        let others = format!(" UNION ALL SELECT {}", vec!["?"; self.width].join(", "));
        format!("(SELECT {}{}) j", named.join(", "), others.repeat(self.rows - 1))
    }
}

/// Runs a statement over all rows, chunk by chunk; `more` follows the rows in each. Answers how many rows of the store it found.
pub(super) async fn execute<const N: usize>(
    connection: &mut MySqlConnection,
    rows: &[[Value<'_>; N]],
    more: &[Value<'_>],
    text: impl Fn(Shape) -> String,
) -> Result<u64> {
    let mut found = 0;
    for chunk in chunks(rows) {
        let mut query = sqlx::query(AssertSqlSafe(text(Shape { rows: chunk.len(), width: N })));
        for value in chunk.iter().flatten().chain(more) {
            query = bind(query, value);
        }
        found += query.execute(&mut *connection).await?.rows_affected();
    }
    Ok(found)
}

/// Asks with all rows, chunk by chunk; `more` follows the rows in each.
pub(super) async fn fetch<Row, const N: usize>(
    connection: &mut MySqlConnection,
    rows: &[[Value<'_>; N]],
    more: &[Value<'_>],
    text: impl Fn(Shape) -> String,
) -> Result<Vec<Row>>
where
    Row: for<'r> FromRow<'r, MySqlRow> + Send + Unpin,
{
    let mut found = Vec::new();
    for chunk in chunks(rows) {
        let mut query = sqlx::query_as(AssertSqlSafe(text(Shape { rows: chunk.len(), width: N })));
        for value in chunk.iter().flatten().chain(more) {
            query = bind_as(query, value);
        }
        found.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(found)
}

fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

type Statement<'q> = Query<'q, MySql, MySqlArguments>;

fn bind<'q>(query: Statement<'q>, value: &'q Value<'_>) -> Statement<'q> {
    match value {
        Value::Null => query.bind(None::<&str>),
        Value::Int(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_ref()),
    }
}

fn bind_as<'q, Row>(
    query: QueryAs<'q, MySql, Row, MySqlArguments>,
    value: &'q Value<'_>,
) -> QueryAs<'q, MySql, Row, MySqlArguments> {
    match value {
        Value::Null => query.bind(None::<&str>),
        Value::Int(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_cut_into_chunks_of_few_sizes() {
        let rows = vec![0; 256 * 2 + 64 + 5];
        let sizes: Vec<usize> = chunks(&rows).map(<[_]>::len).collect();
        assert_eq!(sizes, [256, 256, 64, 4, 1]);
        assert_eq!(chunks::<u8>(&[]).count(), 0);
    }

    #[test]
    fn rows_are_written_out() {
        let shape = Shape { rows: 2, width: 2 };
        assert_eq!(shape.values(), "(?, ?), (?, ?)");
        assert_eq!(shape.table(&["a", "b"]), "(SELECT ? AS a, ? AS b UNION ALL SELECT ?, ?) j");
        assert_eq!(Shape { rows: 3, width: 1 }.list(), "?, ?, ?");
    }
}
