//! Deleting what is no longer needed, a bounded number of rows a unit.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use boxoffice_domain::maintenance::Pruner;
use boxoffice_domain::shared::{StoreError, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::RunQueryDsl;

use super::batch::{Bound, NoColumns, Statement, Value, execute, json};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::types::{Id, Micros};

/// Old entries that every consumer has passed, and that none needs for what it left behind.
struct Prunable;

impl Statement for Prunable {
    const MYSQL: &'static str = "SELECT o.stream_kind, o.stream_id, o.position \
        FROM outbox_entries o FORCE INDEX (outbox_entries_recent) \
        WHERE o.occurred_at < ? AND NOT EXISTS (SELECT 1 FROM event_consumers k \
            LEFT JOIN event_cursors c ON c.consumer = k.consumer AND c.stream_kind = o.stream_kind AND c.stream_id = o.stream_id \
            WHERE COALESCE(c.position, 0) < o.position) \
        AND NOT EXISTS (SELECT 1 FROM parked_events p \
            WHERE p.stream_kind = o.stream_kind AND p.stream_id = o.stream_id AND p.position <= o.position) \
        ORDER BY o.occurred_at LIMIT ?";
    const SQLITE: &'static str = "SELECT o.stream_kind, o.stream_id, o.position \
        FROM outbox_entries o INDEXED BY outbox_entries_recent \
        WHERE o.occurred_at < ? AND NOT EXISTS (SELECT 1 FROM event_consumers k \
            LEFT JOIN event_cursors c ON c.consumer = k.consumer AND c.stream_kind = o.stream_kind AND c.stream_id = o.stream_id \
            WHERE COALESCE(c.position, 0) < o.position) \
        AND NOT EXISTS (SELECT 1 FROM parked_events p \
            WHERE p.stream_kind = o.stream_kind AND p.stream_id = o.stream_id AND p.position <= o.position) \
        ORDER BY o.occurred_at LIMIT ?";
    type Columns = (Text, Binary, BigInt);
}

/// The lowest position that is there of each of some streams.
struct LowestPositions;

impl Statement for LowestPositions {
    const MYSQL: &'static str = "SELECT j.kind_, UNHEX(j.id), (SELECT o.position FROM outbox_entries o FORCE INDEX (PRIMARY) \
            WHERE o.stream_kind = j.kind_ AND o.stream_id = UNHEX(j.id) ORDER BY o.position LIMIT 1) \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(kind_ VARCHAR(16) PATH '$[0]', id CHAR(32) PATH '$[1]')) j";
    const SQLITE: &'static str = "SELECT j.value ->> 0, unhex(j.value ->> 1), (SELECT o.position FROM outbox_entries o \
            WHERE o.stream_kind = j.value ->> 0 AND o.stream_id = unhex(j.value ->> 1) ORDER BY o.position LIMIT 1) \
        FROM json_each(?) j";
    type Columns = (Text, Binary, BigInt);
}

struct DeleteEntries;

impl Statement for DeleteEntries {
    const MYSQL: &'static str = "DELETE o FROM \
        JSON_TABLE(?, '$[*]' COLUMNS(kind_ VARCHAR(16) PATH '$[0]', id CHAR(32) PATH '$[1]', \
            position_ BIGINT PATH '$[2]')) j \
        STRAIGHT_JOIN outbox_entries o FORCE INDEX (PRIMARY) \
        ON o.stream_kind = j.kind_ AND o.stream_id = UNHEX(j.id) AND o.position = j.position_";
    const SQLITE: &'static str = "DELETE FROM outbox_entries WHERE rowid IN (SELECT o.rowid FROM json_each(?) j \
        CROSS JOIN outbox_entries o ON o.stream_kind = j.value ->> 0 AND o.stream_id = unhex(j.value ->> 1) \
            AND o.position = j.value ->> 2)";
    type Columns = NoColumns;
}

/// Writes the floors of streams.
struct SetFloors;

impl Statement for SetFloors {
    const MYSQL: &'static str = "INSERT INTO stream_floors (stream_kind, stream_id, floor) \
        SELECT j.kind_, UNHEX(j.id), j.floor_ \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(kind_ VARCHAR(16) PATH '$[0]', id CHAR(32) PATH '$[1]', \
            floor_ BIGINT PATH '$[2]')) j \
        ON DUPLICATE KEY UPDATE floor = j.floor_";
    const SQLITE: &'static str = "INSERT INTO stream_floors (stream_kind, stream_id, floor) \
        SELECT value ->> 0, unhex(value ->> 1), value ->> 2 FROM json_each(?) WHERE true \
        ON CONFLICT (stream_kind, stream_id) DO UPDATE SET floor = excluded.floor";
    type Columns = NoColumns;
}

struct DeleteKeys;

impl Statement for DeleteKeys {
    const MYSQL: &'static str = "DELETE FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?";
    const SQLITE: &'static str = "DELETE FROM idempotency_keys WHERE (user_id, operation, idem_key) IN \
        (SELECT user_id, operation, idem_key FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?)";
    type Columns = NoColumns;
}

struct DeleteTokens;

impl Statement for DeleteTokens {
    const MYSQL: &'static str = "DELETE FROM refresh_tokens WHERE expires_at < ? ORDER BY expires_at LIMIT ?";
    const SQLITE: &'static str = "DELETE FROM refresh_tokens WHERE id IN \
        (SELECT id FROM refresh_tokens WHERE expires_at < ? ORDER BY expires_at LIMIT ?)";
    type Columns = NoColumns;
}

/// A stream: its kind and its id.
type Stream = (String, Id);

type Row = (String, Id, i64);

/// Of each stream the positions from the lowest that is there up to the first that stays.
fn without_gaps(found: Vec<Row>, lowest: Vec<Row>) -> BTreeMap<Stream, Vec<i64>> {
    let mut positions: BTreeMap<Stream, BTreeSet<i64>> = BTreeMap::new();
    for (kind, id, position) in found {
        positions.entry((kind, id)).or_default().insert(position);
    }
    let run = |(kind, id, lowest): Row| {
        let found = positions.get(&(kind.clone(), id))?;
        let run: Vec<i64> = (lowest..).take_while(|position| found.contains(position)).collect();
        (!run.is_empty()).then_some(((kind, id), run))
    };
    lowest.into_iter().filter_map(run).collect()
}

async fn prune_entries(conn: &mut Conn, before: Micros, limit: u32) -> QueryResult<usize> {
    let values = [Value::Int(before.0), Value::Int(limit.into())];
    let found: Vec<Row> = on_conn!(&mut *conn, |c| Bound::<Prunable>::new(&values).load(c).await)?;
    if found.is_empty() {
        return Ok(0);
    }
    let streams: BTreeSet<(&str, Id)> = found.iter().map(|(kind, id, _)| (kind.as_str(), *id)).collect();
    let streams = json(&streams)?;
    let values = [Value::Text(&streams)];
    let lowest: Vec<Row> = on_conn!(&mut *conn, |c| Bound::<LowestPositions>::new(&values).load(c).await)?;
    let gone = without_gaps(found, lowest);
    let floors = json(gone.iter().map(|((kind, id), gone)| (kind, id, gone.last().map(|position| position + 1))))?;
    execute::<SetFloors>(conn, &[Value::Text(&floors)]).await?;
    let rows = gone.iter().flat_map(|((kind, id), gone)| gone.iter().map(move |position| (kind, id, position)));
    let rows = json(rows)?;
    execute::<DeleteEntries>(conn, &[Value::Text(&rows)]).await
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

#[async_trait]
impl Pruner for Database {
    async fn prune_outbox(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let before = Micros::from(before);
        self.pools.units.write(async |conn| prune_entries(conn, before, limit).await).await.map(count)
    }

    async fn prune_idempotency_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let values = [Value::Int(before.micros()), Value::Int(limit.into())];
        self.pools.units.write(async |conn| execute::<DeleteKeys>(conn, &values).await).await.map(count)
    }

    async fn prune_refresh_tokens(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let values = [Value::Int(before.micros()), Value::Int(limit.into())];
        self.pools.units.write(async |conn| execute::<DeleteTokens>(conn, &values).await).await.map(count)
    }
}

#[cfg(test)]
mod tests {
    use super::{Id, without_gaps};

    #[test]
    fn an_entry_behind_one_that_stays_stays_too() {
        let id = Id::from(uuid::Uuid::nil());
        let rows = |positions: &[i64]| positions.iter().map(|position| ("user".to_owned(), id, *position)).collect();
        let gone = without_gaps(rows(&[3, 4, 6]), rows(&[3]));
        assert_eq!(gone.into_values().collect::<Vec<_>>(), [vec![3, 4]]);
        assert!(without_gaps(rows(&[2]), rows(&[1])).is_empty());
    }
}
