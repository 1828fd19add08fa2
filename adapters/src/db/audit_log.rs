//! The log in which people read who did what and when.

use async_trait::async_trait;
use boxoffice_domain::events::{AuditLog, Event};
use boxoffice_domain::shared::StoreError;

use super::batch::{NoColumns, Statement, Value, execute, json};
use super::database::Database;
use super::outbox::{actor_text, encode};
use super::types::{Id, Micros};

/// Writes the rows of events that have none.
struct Record;

impl Statement for Record {
    const MYSQL: &'static str = "INSERT INTO audit_log (event_id, occurred_at, actor, type, aggregate, \
            aggregate_id, data) \
        SELECT UNHEX(j.id), j.occurred_at, j.actor, j.type_, j.aggregate, UNHEX(j.aggregate_id), j.data_ \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$[0]', occurred_at BIGINT PATH '$[1]', \
            actor VARCHAR(64) PATH '$[2]', type_ VARCHAR(64) PATH '$[3]', aggregate VARCHAR(16) PATH '$[4]', \
            aggregate_id CHAR(32) PATH '$[5]', data_ MEDIUMTEXT PATH '$[6]')) j \
        LEFT JOIN audit_log a ON a.event_id = UNHEX(j.id) WHERE a.event_id IS NULL";
    const SQLITE: &'static str = "INSERT INTO audit_log (event_id, occurred_at, actor, type, aggregate, \
            aggregate_id, data) \
        SELECT unhex(j.value ->> 0), j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, \
            unhex(j.value ->> 5), j.value ->> 6 \
        FROM json_each(?) j LEFT JOIN audit_log a ON a.event_id = unhex(j.value ->> 0) WHERE a.event_id IS NULL";
    type Columns = NoColumns;
}

type Row = (Id, Micros, String, &'static str, &'static str, Id, String);

fn row(event: &Event) -> Result<Row, StoreError> {
    let (actor, kind, data) = (actor_text(&event.actor), event.payload.type_name(), encode(&event.payload)?);
    let aggregate = event.aggregate;
    Ok((event.id.into(), event.occurred_at.into(), actor, kind, aggregate.kind(), aggregate.uuid().into(), data))
}

#[async_trait]
impl AuditLog for Database {
    async fn record(&self, events: &[Event]) -> Result<(), StoreError> {
        let mut rows = events.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        rows.sort_unstable_by_key(|row| row.0);
        rows.dedup_by_key(|row| row.0);
        self.pools
            .units
            .write(async |conn| execute::<Record>(conn, &[Value::Text(&json(&rows)?)]).await)
            .await
            .map(drop)
    }
}
