//! How far each consumer is in each stream.

use std::collections::HashMap;

use async_trait::async_trait;
use boxoffice_domain::events::{
    Backlog, CursorMove, EventCursors, LEASE_SECONDS, LeaseHolder, ParkedEvent, StoredEntry,
};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::shared::{Due, StoreError, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::RunQueryDsl;

use super::json_of;
use super::parked::park;
use super::rows::{EntryRow, stream};
use crate::db::batch::{Bound, NoColumns, Statement, Value, execute};
use crate::db::conn::{Conn, on_conn};
use crate::db::database::Database;
use crate::db::rows::{number, stored};
use crate::db::schema::{event_consumers, outbox_entries};
use crate::db::types::{Id, Micros};

/// Makes a consumer known, with its first lease.
struct AddConsumer;

impl Statement for AddConsumer {
    const MYSQL: &'static str = "INSERT IGNORE INTO event_consumers (consumer, holder, leased_until) VALUES (?, ?, ?)";
    const SQLITE: &'static str =
        "INSERT OR IGNORE INTO event_consumers (consumer, holder, leased_until) VALUES (?, ?, ?)";
    type Columns = NoColumns;
}

/// Streams whose newest entry a consumer has not passed. Streams of a kind that only a newer version knows are left to that
/// version. All positions are read, from an index that does not hold the
/// events: on a server the one by time has all columns of the primary key, on SQLite the primary key is an index.
struct StreamsBehind;

impl Statement for StreamsBehind {
    const MYSQL: &'static str = "SELECT h.stream_kind, h.stream_id FROM ( \
            SELECT o.stream_kind, o.stream_id, MAX(o.position) AS head \
            FROM outbox_entries o FORCE INDEX (outbox_entries_recent) GROUP BY o.stream_kind, o.stream_id) h \
        LEFT JOIN event_cursors c ON c.consumer = ? AND c.stream_kind = h.stream_kind AND c.stream_id = h.stream_id \
        WHERE COALESCE(c.position, 0) < h.head AND h.stream_kind IN ('concert', 'user') LIMIT ?";
    const SQLITE: &'static str = "SELECT h.stream_kind, h.stream_id FROM ( \
            SELECT o.stream_kind, o.stream_id, MAX(o.position) AS head FROM outbox_entries o \
            GROUP BY o.stream_kind, o.stream_id) h \
        LEFT JOIN event_cursors c ON c.consumer = ? AND c.stream_kind = h.stream_kind AND c.stream_id = h.stream_id \
        WHERE COALESCE(c.position, 0) < h.head AND h.stream_kind IN ('concert', 'user') LIMIT ?";
    type Columns = (Text, Binary);
}

/// The same of recent entries.
struct RecentStreamsBehind;

impl Statement for RecentStreamsBehind {
    const MYSQL: &'static str = "SELECT DISTINCT o.stream_kind, o.stream_id \
        FROM outbox_entries o FORCE INDEX (outbox_entries_recent) \
        LEFT JOIN event_cursors c ON c.consumer = ? AND c.stream_kind = o.stream_kind AND c.stream_id = o.stream_id \
        WHERE o.occurred_at >= ? AND COALESCE(c.position, 0) < o.position AND o.stream_kind IN ('concert', 'user') LIMIT ?";
    const SQLITE: &'static str = "SELECT DISTINCT o.stream_kind, o.stream_id \
        FROM outbox_entries o INDEXED BY outbox_entries_recent \
        LEFT JOIN event_cursors c ON c.consumer = ? AND c.stream_kind = o.stream_kind AND c.stream_id = o.stream_id \
        WHERE o.occurred_at >= ? AND COALESCE(c.position, 0) < o.position AND o.stream_kind IN ('concert', 'user') LIMIT ?";
    type Columns = (Text, Binary);
}

/// Where a consumer is in some streams.
struct Cursors;

impl Statement for Cursors {
    const MYSQL: &'static str = "SELECT c.stream_kind, c.stream_id, c.position \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(kind_ VARCHAR(16) PATH '$[0]', id CHAR(32) PATH '$[1]')) j \
        STRAIGHT_JOIN event_cursors c FORCE INDEX (PRIMARY) \
        ON c.consumer = ? AND c.stream_kind = j.kind_ AND c.stream_id = UNHEX(j.id)";
    const SQLITE: &'static str = "SELECT c.stream_kind, c.stream_id, c.position FROM json_each(?) j \
        CROSS JOIN event_cursors c \
        ON c.consumer = ? AND c.stream_kind = j.value ->> 0 AND c.stream_id = unhex(j.value ->> 1)";
    type Columns = (Text, Binary, BigInt);
}

/// Moves cursors that are where they are said to be.
struct MoveCursors;

impl Statement for MoveCursors {
    const MYSQL: &'static str = "INSERT INTO event_cursors (consumer, stream_kind, stream_id, position) \
        SELECT ?, j.kind_, UNHEX(j.id), j.to_ \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(kind_ VARCHAR(16) PATH '$[0]', id CHAR(32) PATH '$[1]', \
            from_ BIGINT PATH '$[2]', to_ BIGINT PATH '$[3]')) j \
        ON DUPLICATE KEY UPDATE position = IF(event_cursors.position = j.from_, j.to_, event_cursors.position)";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ? AS consumer, value ->> 0 AS kind, \
            unhex(value ->> 1) AS id, value ->> 2 AS from_, value ->> 3 AS to_ FROM json_each(?)) \
        INSERT INTO event_cursors (consumer, stream_kind, stream_id, position) \
        SELECT j.consumer, j.kind, j.id, j.to_ FROM j LEFT JOIN event_cursors c \
            ON c.consumer = j.consumer AND c.stream_kind = j.kind AND c.stream_id = j.id \
        WHERE COALESCE(c.position, 0) = j.from_ \
        ON CONFLICT (consumer, stream_kind, stream_id) DO UPDATE SET position = excluded.position";
    type Columns = NoColumns;
}

/// Moves a consumer's cursors back to before what is recent.
struct Replay;

impl Statement for Replay {
    const MYSQL: &'static str = "UPDATE (SELECT o.stream_kind, o.stream_id, MIN(o.position) AS first \
            FROM outbox_entries o FORCE INDEX (outbox_entries_recent) WHERE o.occurred_at >= ? \
            GROUP BY o.stream_kind, o.stream_id) r \
        STRAIGHT_JOIN event_cursors c \
        ON c.consumer = ? AND c.stream_kind = r.stream_kind AND c.stream_id = r.stream_id AND c.position >= r.first \
        SET c.position = r.first - 1";
    const SQLITE: &'static str = "WITH r AS MATERIALIZED (SELECT o.stream_kind, o.stream_id, MIN(o.position) AS first \
            FROM outbox_entries o INDEXED BY outbox_entries_recent WHERE o.occurred_at >= ? \
            GROUP BY o.stream_kind, o.stream_id) \
        UPDATE event_cursors SET position = r.first - 1 FROM r \
        WHERE consumer = ? AND event_cursors.stream_kind = r.stream_kind AND event_cursors.stream_id = r.stream_id \
            AND position >= r.first";
    type Columns = NoColumns;
}

/// A stream in the JSON of a batch.
fn key(stream: Stream) -> (&'static str, Id) {
    (stream.kind(), stream.uuid().into())
}

async fn entries_after(conn: &mut Conn, stream: Stream, position: u64, limit: i64) -> QueryResult<Vec<EntryRow>> {
    on_conn!(conn, |c| {
        outbox_entries::table
            .filter(outbox_entries::stream_kind.eq(stream.kind()))
            .filter(outbox_entries::stream_id.eq(Id::from(stream.uuid())))
            .filter(outbox_entries::position.gt(stored(position)))
            .order(outbox_entries::position)
            .limit(limit)
            .select((
                outbox_entries::position,
                outbox_entries::occurred_at,
                outbox_entries::seats,
                outbox_entries::events,
            ))
            .load(c)
            .await
    })
}

impl Database {
    async fn cursors(&self, consumer: &str, streams: &[Stream]) -> Result<HashMap<Stream, u64>, StoreError> {
        let keys = json_of(streams.iter().map(|stream| key(*stream)))?;
        let values = [Value::Text(&keys), Value::Text(consumer)];
        let rows: Vec<(String, Id, i64)> = self
            .pools
            .reads
            .read(async |conn| on_conn!(conn, |c| Bound::<Cursors>::new(&values).load(c).await))
            .await?;
        let cursor = |(kind, id, position): (String, Id, i64)| {
            Ok((stream(&kind, id)?, number("event_cursors.position", position)?))
        };
        rows.into_iter().map(cursor).collect()
    }
}

#[async_trait]
impl EventCursors for Database {
    async fn lease(&self, consumer: &'static str, holder: LeaseHolder, now: Timestamp) -> Result<bool, StoreError> {
        let (holder, until) = (Id::from(holder.0), Micros::from(now.plus_seconds(LEASE_SECONDS)));
        let held: Option<(Id, Micros)> = self
            .pools
            .reads
            .read(async |conn| {
                let row = event_consumers::table.find(consumer);
                let columns = (event_consumers::holder, event_consumers::leased_until);
                on_conn!(conn, |c| row.select(columns).first(c).await.optional())
            })
            .await?;
        let taken = match held {
            None => {
                let values = [Value::Text(consumer), Value::Id(holder), Value::Int(until.0)];
                self.pools.units.write(async |conn| execute::<AddConsumer>(conn, &values).await).await?
            }
            Some((other, leased_until))
                if other != holder && !Due::at(now, LEASE_SECONDS).includes(leased_until.into()) =>
            {
                0
            }
            Some((before, leased_until)) => {
                self.pools
                    .units
                    .write(async |conn| {
                        let as_it_was = event_consumers::table
                            .find(consumer)
                            .filter(event_consumers::holder.eq(before))
                            .filter(event_consumers::leased_until.eq(leased_until));
                        let lease = (event_consumers::holder.eq(holder), event_consumers::leased_until.eq(until));
                        on_conn!(conn, |c| diesel::update(as_it_was).set(lease).execute(c).await)
                    })
                    .await?
            }
        };
        Ok(taken == 1)
    }

    async fn behind(
        &self,
        consumer: &'static str,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Stream>, StoreError> {
        let limit = Value::Int(limit.into());
        let rows: Vec<(String, Id)> = match since {
            None => {
                let values = [Value::Text(consumer), limit];
                let query =
                    async |conn: &mut Conn| on_conn!(conn, |c| Bound::<StreamsBehind>::new(&values).load(c).await);
                self.pools.reads.read(query).await?
            }
            Some(since) => {
                let values = [Value::Text(consumer), Value::Int(since.micros()), limit];
                let query = async |conn: &mut Conn| {
                    on_conn!(conn, |c| Bound::<RecentStreamsBehind>::new(&values).load(c).await)
                };
                self.pools.reads.read(query).await?
            }
        };
        rows.into_iter().map(|(kind, id)| stream(&kind, id)).collect()
    }

    async fn backlog(
        &self,
        consumer: &'static str,
        streams: &[Stream],
        limit: u32,
    ) -> Result<Vec<Backlog>, StoreError> {
        let cursors = self.cursors(consumer, streams).await?;
        let mut left = i64::from(limit);
        let mut backlogs = Vec::new();
        for stream in streams.iter().copied() {
            if left <= 0 {
                break;
            }
            let position = cursors.get(&stream).copied().unwrap_or_default();
            let rows = self.pools.reads.read(async |conn| entries_after(conn, stream, position, left).await).await?;
            left = left.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
            let entries =
                rows.into_iter().map(|row| row.into_entry(stream)).collect::<Result<Vec<StoredEntry>, _>>()?;
            backlogs.push(Backlog { stream, position, entries });
        }
        Ok(backlogs)
    }

    async fn advance(
        &self,
        consumer: &'static str,
        moves: &[CursorMove],
        parked: &[ParkedEvent],
    ) -> Result<(), StoreError> {
        let row = |CursorMove { stream, from, to }: &CursorMove| {
            let (kind, id) = key(*stream);
            (kind, id, stored(*from), stored(*to))
        };
        let mut rows: Vec<_> = moves.iter().map(row).collect();
        rows.sort_unstable();
        let moves = json_of(&rows)?;
        self.pools
            .units
            .write(async |conn| {
                park(conn, parked).await?;
                if !rows.is_empty() {
                    execute::<MoveCursors>(conn, &[Value::Text(consumer), Value::Text(&moves)]).await?;
                }
                Ok(())
            })
            .await
    }

    async fn replay(&self, consumer: &str, from: Timestamp) -> Result<u64, StoreError> {
        let values = [Value::Int(from.micros()), Value::Text(consumer)];
        let streams = self.pools.units.write(async |conn| execute::<Replay>(conn, &values).await).await?;
        Ok(u64::try_from(streams).unwrap_or(u64::MAX))
    }
}
