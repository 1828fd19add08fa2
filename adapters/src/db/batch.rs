//! Statements for many rows at once. The text is constant and the rows are one JSON value.
//!
//! Diesel does not cache `IN (…)` on MySQL, and it cannot join a table to values. `JSON_TABLE` and `json_each` do both with
//! one bind. A batch of any size costs one round trip, and its statement is prepared once per connection. `insert` is the
//! module for new rows.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::mysql::Mysql;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{Error, QueryResult};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, Text, Untyped};
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use serde::Serialize;

use super::conn::{Conn, on_conn};
use super::types::Id;

/// A statement in both dialects, with a `?` where each value goes. A JSON value is `JSON_TABLE(?, …)` on MySQL and
/// `json_each(?)` on SQLite; ids inside of it are hexadecimal.
pub(super) trait Statement: Send + 'static {
    /// For MySQL 8 and MariaDB 10.6 or later. The rows of the batch come first (`STRAIGHT_JOIN`) and the table is
    /// joined by its primary key (`FORCE INDEX`). Without these hints the optimizers may choose a key that has only the
    /// concert, and lock every seat of it to reach two of them.
    const MYSQL: &'static str;
    /// For SQLite. An `UPDATE` takes its rows from a `MATERIALIZED` table that includes the concert. Without this SQLite
    /// scans all seats of a concert and searches the batch for each one.
    const SQLITE: &'static str;
    /// The types of the columns of a result row.
    type Columns: Send;
}

/// Marks a [`Statement`] that returns no rows.
pub(super) type NoColumns = Untyped;

/// A value for a `?`.
pub(super) enum Value<'a> {
    Text(&'a str),
    Id(Id),
    Int(i64),
}

/// A statement with its values.
pub(super) struct Bound<'a, S> {
    values: &'a [Value<'a>],
    statement: PhantomData<S>,
}

impl<'a, S: Statement> Bound<'a, S> {
    pub(super) const fn new(values: &'a [Value<'a>]) -> Self {
        Self { values, statement: PhantomData }
    }
}

/// Runs a statement and returns the number of rows that it affected.
pub(super) async fn execute<S: Statement>(conn: &mut Conn, values: &[Value<'_>]) -> QueryResult<usize> {
    on_conn!(conn, |c| Bound::<S>::new(values).execute(c).await)
}

/// Encodes the rows of a batch as a JSON array. Each row is an array or a single value.
pub(super) fn json<R: Serialize>(rows: impl IntoIterator<Item = R>) -> QueryResult<String> {
    let rows: Vec<R> = rows.into_iter().collect();
    serde_json::to_string(&rows).map_err(|error| Error::SerializationError(Box::new(error)))
}

impl<S: Statement> QueryId for Bound<'_, S> {
    type QueryId = S;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S: Statement> Query for Bound<'_, S> {
    type SqlType = S::Columns;
}

/// Selects the text of a statement.
pub(super) trait Dialect: Backend {
    fn text<S: Statement>() -> &'static str;
}

impl Dialect for Mysql {
    fn text<S: Statement>() -> &'static str {
        S::MYSQL
    }
}

impl Dialect for Sqlite {
    fn text<S: Statement>() -> &'static str {
        S::SQLITE
    }
}

impl<DB, S> QueryFragment<DB> for Bound<'_, S>
where
    DB: Dialect,
    S: Statement,
    str: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    Id: ToSql<Binary, DB>,
    DB: diesel::sql_types::HasSqlType<Text>
        + diesel::sql_types::HasSqlType<BigInt>
        + diesel::sql_types::HasSqlType<Binary>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut values = self.values.iter();
        let mut parts = DB::text::<S>().split('?');
        out.push_sql(parts.next().unwrap_or_default());
        for part in parts {
            match values.next() {
                Some(Value::Text(text)) => out.push_bind_param::<Text, str>(text)?,
                Some(Value::Id(id)) => out.push_bind_param::<Binary, Id>(id)?,
                Some(Value::Int(number)) => out.push_bind_param::<BigInt, i64>(number)?,
                None => return Err(Error::QueryBuilderError("a statement has fewer values than placeholders".into())),
            }
            out.push_sql(part);
        }
        match values.next() {
            None => Ok(()),
            Some(_) => Err(Error::QueryBuilderError("a statement has more values than placeholders".into())),
        }
    }
}
