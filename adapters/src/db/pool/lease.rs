//! A connection on loan.

use std::time::{Duration, Instant};

use diesel::result::QueryResult;

use super::mysql::MySqlLease;
use super::query::SendQuery;
use super::sqlite::{ReaderLease, WriterLease};
use crate::db::conn::Conn;
use crate::db::errors::Failure;

/// How long the server may take to roll back a unit before its connection is closed instead.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection on loan. Dropping it returns it to the pool, which is only correct while no transaction is open.
pub(in crate::db) enum Lease {
    MySql(MySqlLease),
    Reader(ReaderLease),
    Writer(WriterLease),
}

impl Lease {
    /// Runs a query. On MySQL it is abandoned after the statement time-out. SQLite has no network that could hang.
    pub(in crate::db) async fn run<T, Q>(&mut self, query: &Q) -> Result<T, Failure>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let result = match self {
            Self::MySql(lease) => lease.run(query).await,
            Self::Reader(lease) => query(lease.conn()).await,
            Self::Writer(lease) => query(lease.conn()).await,
        };
        result.map_err(Failure).inspect_err(|failure| match self {
            Self::MySql(lease) => lease.note(failure),
            Self::Reader(lease) => lease.note(failure),
            Self::Writer(lease) => lease.note(failure),
        })
    }

    /// Rolls back the transaction. This may run past its deadline for a moment, which is cheaper than a new connection.
    pub(in crate::db) async fn undo(&mut self) -> Result<(), Failure> {
        self.end_by(Instant::now().checked_add(ROLLBACK_TIMEOUT));
        let undone = self.run(&Conn::rollback).await;
        self.end_by(None);
        undone
    }

    /// Sets the deadline of later statements. It has no effect on SQLite, which has no network that could hang.
    pub(in crate::db) const fn end_by(&mut self, deadline: Option<Instant>) {
        if let Self::MySql(lease) = self {
            lease.end_by(deadline);
        }
    }

    /// When a statement that begins now is abandoned.
    pub(super) fn statement_deadline(&self) -> Option<Instant> {
        match self {
            Self::MySql(lease) => lease.statement_deadline(),
            Self::Reader(_) | Self::Writer(_) => None,
        }
    }

    /// Removes the connection from its pool and closes it, even in the middle of a statement, so that it holds no lock.
    pub(in crate::db) fn discard(self) {
        match self {
            Self::MySql(lease) => lease.discard(),
            // Readers hold no lock. The pool itself closes a reader that is in a transaction.
            Self::Reader(lease) => drop(lease),
            Self::Writer(lease) => lease.discard(),
        }
    }
}
