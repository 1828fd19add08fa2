//! The log in which people read who did what and when.

use async_trait::async_trait;
use boxoffice_domain::events::{AuditLog, Event};
use boxoffice_domain::shared::StoreError;

use super::database::Database;
use super::insert::Inserts;
use super::outbox::{actor_text, encode};
use super::types::{Id, Micros};

const ROWS: &str = "audit_log (event_id, occurred_at, actor, type, aggregate, aggregate_id, data)";
const KEY: &str = "event_id";

type EventRow = (Id, Micros, String, &'static str, &'static str, Id, String);

fn row(event: &Event) -> Result<EventRow, StoreError> {
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
        let recorded =
            self.pools.units.write(async |conn| Inserts::on(conn).missing_rows(ROWS, KEY, &rows).execute(conn).await);
        recorded.await
    }
}
