//! The store on Diesel: one source of repositories for MySQL (and MariaDB) and for SQLite.
//!
//! Read in this order: [`settings`] selects the database, [`Database`] opens it, `pool` lends connections, `conn` is
//! the only module that distinguishes the two kinds of connection, `unit_of_work` implements every repository, `insert`
//! and `batch` write many rows in one statement.
//!
//! The SQL stays in the subset that both databases support: ids from the domain, no `RETURNING`, one upsert, money and
//! instants as `BIGINT`, enums as short text, no `FOR UPDATE` outside of a `match` on `Conn`. Where the dialects must
//! differ, the code matches on `Conn`.

mod audit;
mod audit_log;
mod batch;
mod booking_queries;
mod bookings;
mod concert_queries;
mod concerts;
mod conn;
mod database;
mod errors;
mod holdings;
mod idempotency;
mod insert;
pub mod migrate;
mod organisers;
mod outbox;
mod payments;
mod placement_data;
mod pool;
mod pruning;
mod readable;
mod refresh_tokens;
mod refunds;
mod reports;
mod rows;
mod schema;
mod search_texts;
mod sections;
mod server;
pub mod settings;
mod tickets;
mod types;
mod unit_of_work;
mod users;

pub use database::Database;
pub use pool::{OpenError, PoolUsage};
pub use unit_of_work::SqlStore;

diesel::define_sql_function! {
    /// The position of `part` in `text`, counted from 1, or 0 if `text` does not contain it. Unlike `LIKE` it has no
    /// special characters.
    fn instr(text: diesel::sql_types::Text, part: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}
