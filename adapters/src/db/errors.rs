//! What a database says, in the domain's words.
//!
//! Diesel names few of MySQL's errors and none of SQLite's busy ones, so the rest is told by its message. Each text
//! below was seen from a real server; `tests/errors.rs` provokes them again.

use std::error::Error as StdError;
use std::sync::Arc;

use boxoffice_domain::shared::StoreError;
use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind as Kind, Error};

/// Somebody else was faster, or holds the row: trying the unit again is safe.
const CONTENTION: &[&str] = &[
    "Deadlock found when trying to get lock",
    "Lock wait timeout exceeded",
    "Record has changed since last read",
    "database is locked",
    "database table is locked",
];

/// The connection is gone, or going with its server.
const LOST_CONNECTION: &[&str] = &[
    "Input/output error",
    "Connection to the server is closed",
    "Packet out of order",
    "Connection was killed",
    "Server shutdown in progress",
    "The client was disconnected by the server",
];

/// The database cannot take this statement at the moment.
const UNAVAILABLE: &[&str] = &[
    "Query execution was interrupted",
    "Too many connections",
    "running with the --read-only option",
    "running with the --super-read-only option",
    "database or disk is full",
    "disk I/O error",
    "The table is full",
];

/// What an error means to the unit or query that it ended.
pub(super) fn store_error(error: Error) -> StoreError {
    match &error {
        Error::DatabaseError(kind, info) => match kind {
            Kind::SerializationFailure => StoreError::Contention,
            Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::ReadOnlyTransaction => unavailable(error),
            Kind::Unknown if mentions(info.message(), CONTENTION) => StoreError::Contention,
            Kind::Unknown if mentions(info.message(), LOST_CONNECTION) => unavailable(error),
            Kind::Unknown if mentions(info.message(), UNAVAILABLE) => unavailable(error),
            _ => StoreError::Refused(Arc::new(error)),
        },
        Error::DeserializationError(cause) => StoreError::inconsistent(cause.to_string()),
        Error::BrokenTransactionManager => unavailable(error),
        Error::RollbackTransaction => StoreError::Contention,
        _ => StoreError::Refused(Arc::new(error)),
    }
}

/// What it means that no connection could be made.
pub(super) fn connection_error(error: ConnectionError) -> StoreError {
    unavailable(error)
}

pub(super) fn unavailable(error: impl StdError + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Arc::new(error))
}

fn mentions(message: &str, texts: &[&str]) -> bool {
    texts.iter().any(|text| message.contains(text))
}

/// A query that failed, before it is decided what that means to the caller.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Error);

impl Failure {
    /// Whether the value of this key exists already. The transaction goes on.
    pub(super) fn violates(&self, key: &UniqueKey) -> bool {
        key.is_violated_by(&self.0)
    }

    /// Whether any unique key was violated.
    pub(super) const fn violates_uniqueness(&self) -> bool {
        matches!(self.0, Error::DatabaseError(Kind::UniqueViolation, _))
    }

    /// Whether a value was missing where there has to be one.
    pub(super) const fn violates_not_null(&self) -> bool {
        matches!(self.0, Error::DatabaseError(Kind::NotNullViolation, _))
    }

    /// Whether the connection is of no use any more.
    pub(super) fn is_lost_connection(&self) -> bool {
        match &self.0 {
            Error::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, _) => true,
            Error::DatabaseError(Kind::Unknown, info) => mentions(info.message(), LOST_CONNECTION),
            Error::BrokenTransactionManager => true,
            _ => false,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(Failure(error): Failure) -> Self {
        store_error(error)
    }
}

/// A unique key that a repository expects to be violated now and then.
pub(super) struct UniqueKey {
    /// Its name in MySQL.
    pub(super) name: &'static str,
    /// What SQLite says instead: the columns.
    pub(super) columns: &'static str,
}

impl UniqueKey {
    /// Whether `error` is a violation of this key. MySQL quotes the duplicate, which a user may have chosen, before the
    /// key's name, so only the end of its message counts.
    pub(super) fn is_violated_by(&self, error: &Error) -> bool {
        let Error::DatabaseError(Kind::UniqueViolation, info) = error else {
            return false;
        };
        let message = info.message();
        if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
            return columns == self.columns;
        }
        let Some((_, key)) = message.rsplit_once(" for key ") else {
            return false;
        };
        // MySQL writes 'table.key', MariaDB 'key'.
        let key = key.trim_matches('\'');
        key.rsplit_once('.').map_or(key, |(_, name)| name) == self.name
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::StoreError;
    use diesel::result::{DatabaseErrorKind as Kind, Error};

    use super::{UniqueKey, store_error};

    const EMAIL: UniqueKey = UniqueKey { name: "users_email", columns: "users.email" };

    fn database_error(kind: Kind, message: &str) -> Error {
        Error::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn a_violated_key_is_recognised_in_every_dialect() {
        for message in [
            "Duplicate entry 'a@b.test' for key 'users.users_email'",
            "Duplicate entry 'a@b.test' for key 'users_email'",
            "UNIQUE constraint failed: users.email",
        ] {
            assert!(EMAIL.is_violated_by(&database_error(Kind::UniqueViolation, message)), "{message}");
        }
    }

    #[test]
    fn a_duplicate_that_quotes_a_key_is_not_mistaken_for_it() {
        let message = "Duplicate entry 'x' for key 'users_email'' for key 'users_username'";
        assert!(!EMAIL.is_violated_by(&database_error(Kind::UniqueViolation, message)));
    }

    #[test]
    fn a_unit_is_tried_again_only_after_contention() {
        let deadlock = "Deadlock found when trying to get lock; try restarting transaction";
        assert!(store_error(database_error(Kind::Unknown, deadlock)).is_contention());
        let unknown = store_error(database_error(Kind::Unknown, "Unknown column 'x' in 'field list'"));
        assert!(matches!(unknown, StoreError::Refused(_)));
        let lost = store_error(database_error(Kind::Unknown, "Input/output error: broken pipe"));
        assert!(matches!(lost, StoreError::Unavailable(_)));
    }
}
