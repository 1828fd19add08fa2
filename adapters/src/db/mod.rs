//! The store on Diesel: one source of repositories for MySQL (and MariaDB) and for SQLite.
//!
//! Read in this order: [`settings`] says which database, [`Database`] opens it, `pool` hands out connections, `conn`
//! is the one place that knows there are two kinds of them, `unit_of_work` is every repository at once, `batch` writes
//! many rows in one statement.
//!
//! The SQL stays in the subset that both sides speak: ids made by the domain, no `RETURNING`, one upsert, no
//! `FOR UPDATE`, money and instants as `BIGINT`, enums as short text. Where the dialects must differ, an ordinary
//! `match` on `Conn` says so.

mod audit;
mod audit_log;
mod batch;
mod booking_queries;
mod bookings;
mod briefing;
mod concert_queries;
mod concerts;
mod conn;
mod database;
mod errors;
mod idempotency;
pub mod migrate;
mod organisers;
mod outbox;
mod payments;
mod pool;
mod pruning;
mod purchases;
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
    /// Where `part` begins in `text`, from 1; 0 when it is not in there. Unlike `LIKE` it has no special characters.
    fn instr(text: diesel::sql_types::Text, part: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}
