//! The events that consumers left behind.

use async_trait::async_trait;
use boxoffice_domain::events::{AggregateKey, EventHeader, ParkedEvent, ParkedEventStore, StoredEvent};
use boxoffice_domain::shared::{EventId, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::json_of;
use super::rows::{EntryRow, stream};
use crate::db::batch::{Bound, Statement, Value};
use crate::db::conn::{Conn, on_conn};
use crate::db::database::Database;
use crate::db::insert::Inserts;
use crate::db::rows::{number, stored};
use crate::db::schema::{outbox_entries, parked_events};
use crate::db::types::{Id, Micros};

/// The longest reason that is kept, in characters.
const ERROR_LENGTH_MAX: usize = 1_000;

const PARKED: &str = "parked_events (consumer, event_id, stream_kind, stream_id, position, aggregate, aggregate_id, \
    version, type, error, parked_at)";
const KEY: &str = "consumer, event_id";

/// Those of some aggregates that have parked events.
struct ParkedAmong;

impl Statement for ParkedAmong {
    const MYSQL: &'static str = "SELECT DISTINCT p.aggregate, p.aggregate_id \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(kind_ VARCHAR(16) PATH '$[0]', id CHAR(32) PATH '$[1]')) j \
        STRAIGHT_JOIN parked_events p FORCE INDEX (parked_events_aggregate) \
        ON p.consumer = ? AND p.aggregate = j.kind_ AND p.aggregate_id = UNHEX(j.id)";
    const SQLITE: &'static str = "SELECT DISTINCT p.aggregate, p.aggregate_id FROM json_each(?) j \
        CROSS JOIN parked_events p INDEXED BY parked_events_aggregate \
        ON p.consumer = ? AND p.aggregate = j.value ->> 0 AND p.aggregate_id = unhex(j.value ->> 1)";
    type Columns = (Text, Binary);
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = parked_events)]
struct ParkedRow {
    consumer: String,
    event_id: Id,
    stream_kind: String,
    stream_id: Id,
    position: i64,
    aggregate: String,
    aggregate_id: Id,
    version: i64,
    kind: String,
    error: String,
    parked_at: Micros,
}

impl TryFrom<ParkedRow> for ParkedEvent {
    type Error = StoreError;

    fn try_from(row: ParkedRow) -> Result<Self, StoreError> {
        Ok(Self {
            event: EventHeader {
                id: row.event_id.into(),
                aggregate: AggregateKey { kind: row.aggregate, id: Uuid::from_bytes(row.aggregate_id.0) },
                version: number("parked_events.version", row.version)?,
                type_name: row.kind,
            },
            stream: stream(&row.stream_kind, row.stream_id)?,
            position: number("parked_events.position", row.position)?,
            consumer: row.consumer,
            error: row.error,
            parked_at: row.parked_at.into(),
        })
    }
}

/// Parks events inside of a transaction, leaving those alone that are parked.
pub(super) async fn park(conn: &mut Conn, parked: &[ParkedEvent]) -> QueryResult<()> {
    let rows = parked.iter().map(|parked| {
        let ParkedEvent { consumer, event, stream, position, error, parked_at } = parked;
        let error: String = error.chars().take(ERROR_LENGTH_MAX).collect();
        (
            consumer,
            Id::from(event.id),
            stream.kind(),
            Id::from(stream.uuid()),
            stored(*position),
            &event.aggregate.kind,
            Id::from(event.aggregate.id),
            stored(event.version),
            &event.type_name,
            error,
            Micros::from(*parked_at),
        )
    });
    Inserts::on(conn).missing_rows(PARKED, KEY, rows).execute(conn).await
}

/// The parked events about the same thing as one of them, and the entries that they are in.
async fn of_same_aggregate(
    conn: &mut Conn,
    consumer: &str,
    event: Id,
    limit: u32,
) -> QueryResult<Vec<(ParkedRow, Option<EntryRow>)>> {
    let named: Option<(String, Id)> = on_conn!(&mut *conn, |c| {
        parked_events::table
            .find((consumer, event))
            .select((parked_events::aggregate, parked_events::aggregate_id))
            .first(c)
            .await
            .optional()
    })?;
    let Some((aggregate, aggregate_id)) = named else { return Ok(Vec::new()) };
    let parked: Vec<ParkedRow> = on_conn!(&mut *conn, |c| {
        parked_events::table
            .filter(parked_events::consumer.eq(consumer))
            .filter(parked_events::aggregate.eq(aggregate))
            .filter(parked_events::aggregate_id.eq(aggregate_id))
            .order(parked_events::version)
            .limit(limit.into())
            .select(ParkedRow::as_select())
            .load(c)
            .await
    })?;
    let mut with_entries = Vec::with_capacity(parked.len());
    for row in parked {
        let entry: Option<EntryRow> = on_conn!(&mut *conn, |c| {
            outbox_entries::table
                .find((&row.stream_kind, row.stream_id, row.position))
                .select((
                    outbox_entries::position,
                    outbox_entries::occurred_at,
                    outbox_entries::seats,
                    outbox_entries::events,
                ))
                .first(c)
                .await
                .optional()
        })?;
        with_entries.push((row, entry));
    }
    Ok(with_entries)
}

#[async_trait]
impl ParkedEventStore for Database {
    async fn parked_among(
        &self,
        consumer: &'static str,
        aggregates: &[AggregateKey],
    ) -> Result<Vec<AggregateKey>, StoreError> {
        let keys = json_of(aggregates.iter().map(|aggregate| (&aggregate.kind, Id::from(aggregate.id))))?;
        let values = [Value::Text(&keys), Value::Text(consumer)];
        let rows: Vec<(String, Id)> = self
            .pools
            .reads
            .read(async |conn| on_conn!(conn, |c| Bound::<ParkedAmong>::new(&values).load(c).await))
            .await?;
        Ok(rows.into_iter().map(|(kind, id)| AggregateKey { kind, id: Uuid::from_bytes(id.0) }).collect())
    }

    async fn list(&self, limit: u32) -> Result<Vec<ParkedEvent>, StoreError> {
        let rows: Vec<ParkedRow> = self
            .pools
            .reads
            .read(async |conn| {
                on_conn!(conn, |c| {
                    parked_events::table
                        .order((parked_events::parked_at, parked_events::event_id))
                        .limit(limit.into())
                        .select(ParkedRow::as_select())
                        .load(c)
                        .await
                })
            })
            .await?;
        rows.into_iter().map(ParkedEvent::try_from).collect()
    }

    async fn counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = self
            .pools
            .reads
            .read(async |conn| {
                on_conn!(conn, |c| {
                    parked_events::table
                        .group_by(parked_events::consumer)
                        .select((parked_events::consumer, diesel::dsl::count_star()))
                        .order(parked_events::consumer)
                        .load(c)
                        .await
                })
            })
            .await?;
        rows.into_iter().map(|(consumer, count)| Ok((consumer, number("a count of parked events", count)?))).collect()
    }

    async fn of_same_aggregate(
        &self,
        consumer: &str,
        event: EventId,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let event = Id::from(event);
        let rows = self.pools.reads.read(async |conn| of_same_aggregate(conn, consumer, event, limit).await).await?;
        let mut events = Vec::with_capacity(rows.len());
        for (row, entry) in rows {
            let parked = ParkedEvent::try_from(row)?;
            let entry = entry.map(|entry| entry.into_entry(parked.stream)).transpose()?;
            let stored = entry.into_iter().flat_map(|entry| entry.events);
            let stored = stored.into_iter().find(|stored| stored.header().id == parked.event.id);
            events.push(stored.unwrap_or(StoredEvent::Undecodable {
                header: parked.event,
                error: "the outbox does not hold it any more".to_owned(),
            }));
        }
        Ok(events)
    }

    async fn unpark(&self, consumer: &str, event: EventId) -> Result<bool, StoreError> {
        let event = Id::from(event);
        let deleted = self.pools.units.write(async |conn| {
            on_conn!(conn, |c| diesel::delete(parked_events::table.find((consumer, event))).execute(c).await)
        });
        Ok(deleted.await? > 0)
    }
}
