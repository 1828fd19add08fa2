//! Maps database errors to the domain's [`StoreError`].
//!
//! Diesel names few of MySQL's errors and none of SQLite's busy ones, so the rest is recognised by its message, for which each
//! session asks in English. `tests/errors` provokes what a single server can be made to say; the rest is in the lists
//! of messages of MySQL and MariaDB, or was seen from a cluster.

use std::error::Error as StdError;
use std::sync::Arc;

use boxoffice_domain::shared::StoreError;
use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind as Kind, Error};

/// Another unit committed first or holds the lock. It is safe to retry the unit.
const CONTENTION: &[&str] = &[
    "Deadlock found when trying to get lock",
    "Lock wait timeout exceeded",
    "try restarting transaction",
    "please retry transaction",
    "Prepared statement needs to be re-prepared",
    // Galera: another node's commit conflicts. Raised by any statement or by COMMIT.
    "Deadlock: wsrep aborted transaction",
    "WSREP detected deadlock/conflict",
    "Lock deadlock; Retry transaction",
    // Group Replication: the same conflict at COMMIT.
    "Plugin instructed the server to rollback the current transaction",
    // TiDB: the same conflict.
    "Write conflict",
    "Record has changed since last read",
    "database is locked",
    "database table is locked",
];

/// The connection is lost, or its server cannot work. A new connection may reach another server.
const LOST_CONNECTION: &[&str] = &[
    "Input/output error",
    "Connection to the server is closed",
    "Packet out of order",
    "Connection was killed",
    "Server shutdown in progress",
    "The client was disconnected by the server",
    "communication packets",
    "WSREP has not yet prepared node",
    "Error on observer while running replication hook",
    "running with the --read-only",
    "running with the --super-read-only",
    "Running in read-only mode",
    "InnoDB is in read only mode",
];

/// The database cannot run this statement at the moment.
const UNAVAILABLE: &[&str] = &[
    "Query execution was interrupted",
    "Too many connections",
    "already has more than 'max_user_connections' active connections",
    "has exceeded the '",
    "Can't create more than max_prepared_stmt_count statements",
    "Can't create a new thread",
    "Too many active concurrent transactions",
    "The total number of locks exceeds the lock table size",
    "Out of memory",
    "attempt to write a readonly database",
    "unable to open database file",
    "disk I/O error",
    // Any other failure at COMMIT. Whether the commit succeeded is unknown.
    "during COMMIT",
    "Not connected to Primary Component",
];

/// The disk or table is full.
const FULL: &[&str] = &["database or disk is full", "Disk full", "No space left on device", "' is full"];

/// SQLite's messages about a file whose pages are damaged or are not a database.
const DAMAGED: &[&str] = &["database disk image is malformed", "file is not a database"];

/// Converts the error that ended a unit or query.
pub(super) fn store_error(error: Error) -> StoreError {
    match &error {
        Error::DatabaseError(kind, info) => match kind {
            Kind::SerializationFailure => StoreError::Contention,
            Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::ReadOnlyTransaction => unavailable(error),
            Kind::Unknown if mentions(info.message(), CONTENTION) => StoreError::Contention,
            Kind::Unknown if mentions(info.message(), LOST_CONNECTION) => unavailable(error),
            Kind::Unknown if mentions(info.message(), UNAVAILABLE) => unavailable(error),
            Kind::Unknown if mentions(info.message(), FULL) => unavailable(error),
            Kind::Unknown if mentions(info.message(), DAMAGED) => unavailable(error),
            _ => StoreError::Rejected(Arc::new(error)),
        },
        Error::DeserializationError(cause) => StoreError::inconsistent(cause.to_string()),
        Error::BrokenTransactionManager => unavailable(error),
        Error::RollbackTransaction => StoreError::Contention,
        _ => StoreError::Rejected(Arc::new(error)),
    }
}

/// Converts the error of a connection attempt.
pub(super) fn connection_error(error: ConnectionError) -> StoreError {
    unavailable(error)
}

pub(super) fn unavailable(error: impl StdError + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Arc::new(error))
}

fn mentions(message: &str, texts: &[&str]) -> bool {
    texts.iter().any(|text| message.contains(text))
}

/// A failed query, before it is converted for the caller.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Error);

impl Failure {
    /// Whether the value of this unique key exists already. The transaction can continue.
    pub(super) fn violates(&self, key: &UniqueKey) -> bool {
        key.is_violated_by(&self.0)
    }

    /// Whether any unique key was violated.
    pub(super) const fn violates_uniqueness(&self) -> bool {
        matches!(self.0, Error::DatabaseError(Kind::UniqueViolation, _))
    }

    /// Whether a required value was `NULL`.
    pub(super) const fn violates_not_null(&self) -> bool {
        matches!(self.0, Error::DatabaseError(Kind::NotNullViolation, _))
    }

    /// Whether another unit committed first or holds the lock.
    pub(super) fn is_contention(&self) -> bool {
        match &self.0 {
            Error::DatabaseError(Kind::SerializationFailure, _) => true,
            Error::DatabaseError(Kind::Unknown, info) => mentions(info.message(), CONTENTION),
            _ => false,
        }
    }

    /// Whether the disk or table is full.
    pub(super) fn tells_of_full_disk(&self) -> bool {
        matches!(&self.0, Error::DatabaseError(Kind::Unknown, info) if mentions(info.message(), FULL))
    }

    /// Whether SQLite's file is damaged.
    pub(super) fn tells_of_damage(&self) -> bool {
        matches!(&self.0, Error::DatabaseError(Kind::Unknown, info) if mentions(info.message(), DAMAGED))
    }

    /// Whether the connection can no longer be used.
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

/// A unique key whose violation a repository expects.
pub(super) struct UniqueKey {
    /// The key's name in MySQL.
    pub(super) name: &'static str,
    /// The columns that SQLite names instead.
    pub(super) columns: &'static str,
}

impl UniqueKey {
    /// Whether `error` is a violation of this key. MySQL quotes the duplicate value before the key's name, and a user
    /// may have chosen that value. Therefore only the end of the message counts.
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
    fn transient_errors_are_contention_or_unavailable() {
        for message in [
            "Deadlock: wsrep aborted transaction",
            "WSREP detected deadlock/conflict and aborted the transaction. Try restarting the transaction",
            "Got error 149 \"Lock deadlock; Retry transaction\" during COMMIT",
            "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT",
            "Plugin instructed the server to rollback the current transaction.",
            "Write conflict, txnStartTS=4, conflictStartTS=5, key={...} [try again later]",
            "Table definition has changed, please retry transaction",
            "Lock wait timeout exceeded; try restarting transaction",
        ] {
            let error = store_error(database_error(Kind::Unknown, message));
            assert!(error.is_contention(), "{message}: {error:?}");
        }
        for message in [
            "WSREP has not yet prepared node for application use",
            "The MariaDB server is running with the --read-only option so it cannot execute this statement",
            "The MySQL server is running with the --super-read-only option so it cannot execute this statement",
            "The table 'bookings' is full",
            "Error while appending streaming replication fragment(provider status: Not connected to Primary Component)",
            "attempt to write a readonly database",
            "database disk image is malformed",
            "Disk full (/tmp/#sql.MAI); waiting for someone to free some space... (errno: 28)",
            "Error writing file '/var/lib/mysql/binlog' (Errcode: 28 \"No space left on device\")",
            "Got error 28 \"No space left on device\" from storage engine InnoDB",
            "Got error 5 \"Input/output error\" during COMMIT",
            "User 'boxoffice' has exceeded the 'max_user_connections' resource (current value: 10)",
            "Can't create more than max_prepared_stmt_count statements (current value: 16382)",
            "Got timeout reading communication packets",
            "Error on observer while running replication hook 'before_commit'.",
        ] {
            let error = store_error(database_error(Kind::Unknown, message));
            assert!(matches!(error, StoreError::Unavailable(_)), "{message}: {error:?}");
        }
    }

    #[test]
    fn a_unit_is_retried_only_after_contention() {
        let deadlock = "Deadlock found when trying to get lock; try restarting transaction";
        assert!(store_error(database_error(Kind::Unknown, deadlock)).is_contention());
        let unknown = store_error(database_error(Kind::Unknown, "Unknown column 'x' in 'field list'"));
        assert!(matches!(unknown, StoreError::Rejected(_)));
        let lost = store_error(database_error(Kind::Unknown, "Input/output error: broken pipe"));
        assert!(matches!(lost, StoreError::Unavailable(_)));
    }
}
