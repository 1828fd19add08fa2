//! Connections. Each is lent to one user at a time, and every wait for one is bounded.

mod connection_pool;
mod database_file;
mod lease;
mod mysql;
mod open_error;
mod pools;
mod query;
mod replica;
mod sqlite;
pub(super) mod sqlite_connection;
mod wal_checkpointer;

pub use connection_pool::PoolUsage;
pub(super) use lease::Lease;
pub use open_error::OpenError;
pub(super) use pools::Pools;
pub(super) use query::SendQuery;
