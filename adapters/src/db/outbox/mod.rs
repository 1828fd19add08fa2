//! The outbox: entries that units write, and how far consumers are in them.

mod cursors;
mod event_log;
mod parked;
mod payload;
mod rows;
mod sales_data;

use async_trait::async_trait;
use boxoffice_domain::events::{EventPayload, OutboxEntry};
use boxoffice_domain::outbox::{self, Outbox};
use boxoffice_domain::shared::StoreError;

use super::batch::{NoColumns, Statement, Value, execute, json};
use super::rows::stored;
use super::unit_of_work::SqlUnit;

pub(super) use payload::encode;
pub(super) use rows::actor_text;

/// Writes an entry.
struct Append;

impl Statement for Append {
    const MYSQL: &'static str = "INSERT INTO outbox_entries (stream_kind, stream_id, position, occurred_at, seats, events) \
        VALUES (?, ?, ?, ?, NULLIF(?, ''), ?)";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = NoColumns;
}

#[async_trait]
impl<P: Into<EventPayload> + Send + 'static> Outbox<P> for SqlUnit {
    async fn append(&mut self, entry: outbox::OutboxEntry<P>) -> Result<(), StoreError> {
        let entry: OutboxEntry = entry.into_entry();
        let seats = entry.seat_changes().map(payload::encode_seats).transpose()?.unwrap_or_default();
        let events = rows::encode_events(&entry)?;
        let written = self.run(async |conn| {
            let values = [
                Value::Text(entry.stream.kind()),
                Value::Id(entry.stream.uuid().into()),
                Value::Int(stored(entry.position)),
                Value::Int(entry.occurred_at.micros()),
                Value::Text(&seats),
                Value::Text(&events),
            ];
            execute::<Append>(conn, &values).await
        });
        match written.await {
            Err(failure) if failure.violates_uniqueness() => return Err(StoreError::Contention),
            written => written?,
        };
        self.remember_entry(entry);
        Ok(())
    }
}

/// The rows of a batch as JSON, or what is wrong with them.
fn json_of<R: serde::Serialize>(rows: impl IntoIterator<Item = R>) -> Result<String, StoreError> {
    json(rows).map_err(|error| StoreError::inconsistent(format!("rows for a statement: {error}")))
}
