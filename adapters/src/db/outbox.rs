//! Events inside a unit of work.

use async_trait::async_trait;
use boxoffice_domain::outbox::{Event, Outbox};
use boxoffice_domain::shared::StoreError;

use super::batch::{NoColumns, Statement, Value, execute, json};
use super::events::{actor_text, encode};
use super::rows::stored;
use super::types::{Id, Micros};
use super::unit_of_work::SqlUnit;

/// Writes events that nobody has dispatched yet.
struct Append;

impl Statement for Append {
    const MYSQL: &'static str = "INSERT INTO outbox (id, aggregate, aggregate_id, version, type, occurred_at, actor, \
            data, dispatched) \
        SELECT UNHEX(j.id), j.aggregate, UNHEX(j.aggregate_id), j.version, j.type_, j.occurred_at, j.actor, j.data_, 0 \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$[0]', aggregate VARCHAR(16) PATH '$[1]', \
            aggregate_id CHAR(32) PATH '$[2]', version BIGINT PATH '$[3]', type_ VARCHAR(64) PATH '$[4]', \
            occurred_at BIGINT PATH '$[5]', actor VARCHAR(64) PATH '$[6]', data_ MEDIUMTEXT PATH '$[7]')) j";
    const SQLITE: &'static str = "INSERT INTO outbox (id, aggregate, aggregate_id, version, type, occurred_at, actor, \
            data, dispatched) \
        SELECT unhex(j.value ->> 0), j.value ->> 1, unhex(j.value ->> 2), j.value ->> 3, j.value ->> 4, \
            j.value ->> 5, j.value ->> 6, j.value ->> 7, 0 \
        FROM json_each(?) j";
    type Columns = NoColumns;
}

type Row = (Id, &'static str, Id, i64, &'static str, Micros, String, String);

fn row(event: &Event) -> Result<Row, StoreError> {
    Ok((
        event.id.into(),
        event.aggregate.kind(),
        event.aggregate.uuid().into(),
        stored(event.version),
        event.payload.type_name(),
        event.occurred_at.into(),
        actor_text(&event.actor),
        encode(&event.payload)?,
    ))
}

#[async_trait]
impl Outbox for SqlUnit {
    async fn append(&mut self, events: &[Event]) -> Result<(), StoreError> {
        let mut rows = events.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        rows.sort_unstable_by_key(|row| (row.1, row.2, row.3));
        let written = self.run(async |conn| execute::<Append>(conn, &[Value::Text(&json(&rows)?)]).await);
        match written.await {
            Err(failure) if failure.violates_uniqueness() => return Err(StoreError::Contention),
            written => written?,
        };
        self.remember_events(events);
        Ok(())
    }
}
