//! A query as the pools run it.

use diesel::result::QueryResult;

use crate::db::conn::Conn;

/// A query, or several on one connection, whose future may move between threads. It only names a bound.
/// Every `async |conn| …` that keeps no thread-local value satisfies it.
pub(in crate::db) trait SendQuery<'c, T>: Send + Sync + Fn(&'c mut Conn) -> Self::Future {
    /// The future that the closure returns.
    type Future: Future<Output = QueryResult<T>> + Send;
}

impl<'c, T, Q, F> SendQuery<'c, T> for Q
where
    Q: Fn(&'c mut Conn) -> F + Send + Sync,
    F: Future<Output = QueryResult<T>> + Send,
{
    type Future = F;
}
