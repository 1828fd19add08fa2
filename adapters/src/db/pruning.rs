//! Deleting what is no longer needed, a bounded number of rows a unit.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use boxoffice_domain::shared::{StoreError, Timestamp};
use boxoffice_domain::upkeep::Pruner;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::RunQueryDsl;

use super::batch::{Bound, NoColumns, Statement, Value, execute, json};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::types::{Id, Micros};

/// Old events that every consumer has handled, with all that came before them in their aggregates.
struct Prunable;

impl Statement for Prunable {
    const MYSQL: &'static str = "SELECT o.aggregate, o.aggregate_id, o.version FROM outbox o \
        WHERE o.dispatched = 1 AND o.occurred_at < ? AND NOT EXISTS (SELECT 1 FROM outbox_deliveries d \
            WHERE d.aggregate = o.aggregate AND d.aggregate_id = o.aggregate_id AND d.version <= o.version) \
        ORDER BY o.occurred_at LIMIT ?";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = (Text, Binary, BigInt);
}

/// Every event of some aggregates up to a version.
struct UpTo;

impl Statement for UpTo {
    const MYSQL: &'static str = "SELECT o.aggregate, o.aggregate_id, o.version \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(aggregate VARCHAR(16) PATH '$[0]', aggregate_id CHAR(32) PATH '$[1]', \
            version BIGINT PATH '$[2]')) j \
        STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) \
        ON o.aggregate = j.aggregate AND o.aggregate_id = UNHEX(j.aggregate_id) \
            AND o.version <= j.version";
    const SQLITE: &'static str = "SELECT o.aggregate, o.aggregate_id, o.version FROM json_each(?) j \
        CROSS JOIN outbox o ON o.aggregate = j.value ->> 0 AND o.aggregate_id = unhex(j.value ->> 1) \
            AND o.version <= j.value ->> 2";
    type Columns = (Text, Binary, BigInt);
}

struct DeleteEvents;

impl Statement for DeleteEvents {
    const MYSQL: &'static str = "DELETE o FROM \
        JSON_TABLE(?, '$[*]' COLUMNS(aggregate VARCHAR(16) PATH '$[0]', aggregate_id CHAR(32) PATH '$[1]', \
            version BIGINT PATH '$[2]')) j \
        STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) \
        ON o.aggregate = j.aggregate AND o.aggregate_id = UNHEX(j.aggregate_id) AND o.version = j.version";
    const SQLITE: &'static str = "DELETE FROM outbox WHERE rowid IN (SELECT o.rowid FROM json_each(?) j \
        CROSS JOIN outbox o ON o.aggregate = j.value ->> 0 AND o.aggregate_id = unhex(j.value ->> 1) \
            AND o.version = j.value ->> 2)";
    type Columns = NoColumns;
}

/// Moves the floors of aggregates that have one.
struct MoveFloors;

impl Statement for MoveFloors {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(aggregate VARCHAR(16) PATH '$[0]', aggregate_id CHAR(32) PATH '$[1]', \
            floor_ BIGINT PATH '$[2]')) j \
        STRAIGHT_JOIN outbox_floors f \
        ON f.aggregate = j.aggregate AND f.aggregate_id = UNHEX(j.aggregate_id) SET f.floor = j.floor_";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT value ->> 0 AS aggregate, unhex(value ->> 1) AS id, \
            value ->> 2 AS floor FROM json_each(?)) \
        UPDATE outbox_floors SET floor = j.floor FROM j \
        WHERE outbox_floors.aggregate = j.aggregate AND aggregate_id = j.id";
    type Columns = NoColumns;
}

/// Writes the floors of aggregates that have none.
struct AddFloors;

impl Statement for AddFloors {
    const MYSQL: &'static str = "INSERT INTO outbox_floors (aggregate, aggregate_id, floor) \
        SELECT j.aggregate, UNHEX(j.aggregate_id), j.floor_ \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(aggregate VARCHAR(16) PATH '$[0]', aggregate_id CHAR(32) PATH '$[1]', \
            floor_ BIGINT PATH '$[2]')) j \
        LEFT JOIN outbox_floors f ON f.aggregate = j.aggregate AND f.aggregate_id = UNHEX(j.aggregate_id) \
        WHERE f.aggregate IS NULL";
    const SQLITE: &'static str = "INSERT INTO outbox_floors (aggregate, aggregate_id, floor) \
        SELECT j.value ->> 0, unhex(j.value ->> 1), j.value ->> 2 FROM json_each(?) j \
        LEFT JOIN outbox_floors f ON f.aggregate = j.value ->> 0 AND f.aggregate_id = unhex(j.value ->> 1) \
        WHERE f.aggregate IS NULL";
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

/// An aggregate: its kind and its id.
type Aggregate = (String, Id);

type Row = (String, Id, i64);

fn by_aggregate(rows: Vec<Row>) -> BTreeMap<Aggregate, BTreeSet<i64>> {
    let mut versions: BTreeMap<Aggregate, BTreeSet<i64>> = BTreeMap::new();
    for (kind, id, version) in rows {
        versions.entry((kind, id)).or_default().insert(version);
    }
    versions
}

/// Those of `found` that nothing which stays comes before.
fn without_gaps(found: &BTreeMap<Aggregate, BTreeSet<i64>>, all: &BTreeMap<Aggregate, BTreeSet<i64>>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (aggregate, versions) in found {
        let staying = all.get(aggregate).and_then(|all| all.difference(versions).next()).copied().unwrap_or(i64::MAX);
        let (kind, id) = aggregate;
        rows.extend(versions.range(..staying).map(|version| (kind.clone(), *id, *version)));
    }
    rows
}

async fn prune_events(conn: &mut Conn, before: Micros, limit: u32) -> QueryResult<usize> {
    let values = [Value::Int(before.0), Value::Int(limit.into())];
    let found: Vec<Row> = on_conn!(&mut *conn, |c| Bound::<Prunable>::new(&values).load(c).await)?;
    if found.is_empty() {
        return Ok(0);
    }
    let found = by_aggregate(found);
    let newest = json(found.iter().map(|((kind, id), versions)| (kind, id, versions.last())))?;
    let values = [Value::Text(&newest)];
    let all: Vec<Row> = on_conn!(&mut *conn, |c| Bound::<UpTo>::new(&values).load(c).await)?;
    let gone = without_gaps(&found, &by_aggregate(all));
    let floors = by_aggregate(gone.clone());
    let floors = json(floors.iter().map(|((kind, id), gone)| (kind, id, gone.last().map(|version| version + 1))))?;
    execute::<MoveFloors>(conn, &[Value::Text(&floors)]).await?;
    execute::<AddFloors>(conn, &[Value::Text(&floors)]).await?;
    execute::<DeleteEvents>(conn, &[Value::Text(&json(&gone)?)]).await
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

#[async_trait]
impl Pruner for Database {
    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let before = Micros::from(before);
        // Whatever was not dispatched until now is due at once.
        self.dispatch_all(Micros(0)).await?;
        self.pools.units.write(async |conn| prune_events(conn, before, limit).await).await.map(count)
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
    use super::{Id, by_aggregate, without_gaps};

    #[test]
    fn an_event_behind_one_that_stays_stays_too() {
        let id = Id::from(uuid::Uuid::nil());
        let rows = |versions: &[i64]| versions.iter().map(|version| ("booking".to_owned(), id, *version)).collect();
        let gone = without_gaps(&by_aggregate(rows(&[3, 4, 6])), &by_aggregate(rows(&[3, 4, 5, 6])));
        assert_eq!(gone, rows(&[3, 4]));
        let gone = without_gaps(&by_aggregate(rows(&[2])), &by_aggregate(rows(&[1, 2])));
        assert!(gone.is_empty());
    }
}
