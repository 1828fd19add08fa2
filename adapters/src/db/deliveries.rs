//! What was delivered to whom.
//!
//! An event is written as not dispatched. Whoever claims first dispatches it: one row for each consumer that is known.
//! A consumer's rows are its backlog; handled means deleted. Everything here can be done twice without harm.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use boxoffice_domain::outbox::{Delivery, Event, EventDeliveries, PUT_OFF_SECONDS_MAX, retry_pause_seconds};
use boxoffice_domain::shared::{Causes, Due, EventId, StoreError, Timestamp};
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::RunQueryDsl;

use super::batch::{Bound, NoColumns, Statement, Value, execute, json};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::events::EventRow;
use super::schema::{outbox, outbox_consumers, outbox_deliveries};
use super::types::{Id, Micros};

/// Events that one unit dispatches, or brings into the book of a new consumer.
const DISPATCHED_AT_ONCE: i64 = 500;

/// Units that dispatch before a claim goes on with what there is.
const DISPATCHES_A_CLAIM: u32 = 20;

/// Units that put off what cannot be read before a claim ends with nothing.
const LOOKS_A_CLAIM: u32 = 20;

/// The row that is locked by whoever dispatches events or adds a consumer.
const LOCK: &str = "";

/// Writes the deliveries of some events to one consumer, leaving those alone that are there.
struct AddDeliveries;

impl Statement for AddDeliveries {
    const MYSQL: &'static str = "INSERT INTO outbox_deliveries (consumer, event_id, aggregate, aggregate_id, version, \
            due_at, attempts) \
        SELECT ?, UNHEX(j.id), j.aggregate, UNHEX(j.aggregate_id), j.version, LEAST(j.occurred_at, ?), 0 \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$[0]', aggregate VARCHAR(16) PATH '$[1]', \
            aggregate_id CHAR(32) PATH '$[2]', version BIGINT PATH '$[3]', occurred_at BIGINT PATH '$[4]')) j \
        LEFT JOIN outbox_deliveries d ON d.consumer = ? AND d.event_id = UNHEX(j.id) WHERE d.consumer IS NULL";
    const SQLITE: &'static str = "INSERT INTO outbox_deliveries (consumer, event_id, aggregate, aggregate_id, version, \
            due_at, attempts) \
        SELECT ?, unhex(j.value ->> 0), j.value ->> 1, unhex(j.value ->> 2), j.value ->> 3, \
            min(j.value ->> 4, ?), 0 \
        FROM json_each(?) j \
        LEFT JOIN outbox_deliveries d ON d.consumer = ? AND d.event_id = unhex(j.value ->> 0) WHERE d.consumer IS NULL";
    type Columns = NoColumns;
}

/// The oldest events that nobody dispatched. The index is named, because the entries of what was dispatched a moment ago
/// make the optimizers believe that most of the table is looked for.
struct Undispatched;

impl Statement for Undispatched {
    const MYSQL: &'static str = "SELECT o.id, o.aggregate, o.aggregate_id, o.version, o.occurred_at \
        FROM outbox o FORCE INDEX (outbox_dispatch) WHERE o.dispatched = 0 ORDER BY o.occurred_at LIMIT ?";
    const SQLITE: &'static str = "SELECT o.id, o.aggregate, o.aggregate_id, o.version, o.occurred_at \
        FROM outbox o INDEXED BY outbox_dispatch WHERE o.dispatched = 0 ORDER BY o.occurred_at LIMIT ?";
    type Columns = (Binary, Text, Binary, BigInt, BigInt);
}

/// Events that were not dispatched although a later one of their aggregate is about to be.
struct EarlierUndispatched;

impl Statement for EarlierUndispatched {
    const MYSQL: &'static str = "SELECT o.id, o.aggregate, o.aggregate_id, o.version, o.occurred_at \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(aggregate VARCHAR(16) PATH '$[1]', aggregate_id CHAR(32) PATH '$[2]', \
            version BIGINT PATH '$[3]')) j \
        STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) \
        ON o.aggregate = j.aggregate AND o.aggregate_id = UNHEX(j.aggregate_id) \
            AND o.version < j.version WHERE o.dispatched = 0";
    const SQLITE: &'static str = "SELECT o.id, o.aggregate, o.aggregate_id, o.version, o.occurred_at \
        FROM json_each(?) j \
        CROSS JOIN outbox o INDEXED BY sqlite_autoindex_outbox_1 \
            ON o.aggregate = j.value ->> 1 AND o.aggregate_id = unhex(j.value ->> 2) \
            AND o.version < j.value ->> 3 WHERE o.dispatched = 0";
    type Columns = (Binary, Text, Binary, BigInt, BigInt);
}

/// Marks events as dispatched.
struct MarkDispatched;

impl Statement for MarkDispatched {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(aggregate VARCHAR(16) PATH '$[1]', aggregate_id CHAR(32) PATH '$[2]', \
            version BIGINT PATH '$[3]')) j \
        STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) \
        ON o.aggregate = j.aggregate AND o.aggregate_id = UNHEX(j.aggregate_id) AND o.version = j.version \
        SET o.dispatched = 1";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT value ->> 1 AS aggregate, unhex(value ->> 2) AS id, \
            value ->> 3 AS version FROM json_each(?)) \
        UPDATE outbox INDEXED BY sqlite_autoindex_outbox_1 SET dispatched = 1 FROM j \
        WHERE outbox.aggregate = j.aggregate AND aggregate_id = j.id AND outbox.version = j.version";
    type Columns = NoColumns;
}

/// Events that are due to a consumer, none of them behind one of its aggregate that comes later in this order. Left to
/// itself MariaDB reads the consumer's whole backlog again for each event of it.
struct DueEvents;

impl Statement for DueEvents {
    const MYSQL: &'static str = "SELECT d.event_id, d.attempts, o.id, o.aggregate, o.aggregate_id, o.version, o.type, \
            o.occurred_at, o.actor, o.data \
        FROM outbox_deliveries d FORCE INDEX (outbox_deliveries_due) STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) \
            ON o.aggregate = d.aggregate AND o.aggregate_id = d.aggregate_id AND o.version = d.version \
        WHERE d.consumer = ? AND d.due_at <= ? AND NOT EXISTS (SELECT 1 \
            FROM outbox_deliveries e FORCE INDEX (outbox_deliveries_order) \
            WHERE e.aggregate = d.aggregate AND e.aggregate_id = d.aggregate_id AND e.consumer = d.consumer \
                AND e.version < d.version \
                AND (e.due_at > d.due_at OR (e.due_at = d.due_at AND e.event_id > d.event_id))) \
        ORDER BY d.due_at, d.event_id LIMIT ?";
    const SQLITE: &'static str = "SELECT d.event_id, d.attempts, o.id, o.aggregate, o.aggregate_id, o.version, o.type, \
            o.occurred_at, o.actor, o.data \
        FROM outbox_deliveries d INDEXED BY outbox_deliveries_due \
        CROSS JOIN outbox o ON o.aggregate = d.aggregate AND o.aggregate_id = d.aggregate_id AND o.version = d.version \
        WHERE d.consumer = ? AND d.due_at <= ? AND NOT EXISTS (SELECT 1 \
            FROM outbox_deliveries e INDEXED BY outbox_deliveries_order \
            WHERE e.aggregate = d.aggregate AND e.aggregate_id = d.aggregate_id AND e.consumer = d.consumer \
                AND e.version < d.version \
                AND (e.due_at > d.due_at OR (e.due_at = d.due_at AND e.event_id > d.event_id))) \
        ORDER BY d.due_at, d.event_id LIMIT ?";
    type Columns = (Binary, BigInt, (Binary, Text, Binary, BigInt, Text, BigInt, Text, Text));
}

/// Until when a consumer's event is put off that waits longest.
struct LastDue;

impl Statement for LastDue {
    const MYSQL: &'static str = "SELECT d.due_at FROM outbox_deliveries d FORCE INDEX (outbox_deliveries_due) \
        WHERE d.consumer = ? ORDER BY d.due_at DESC LIMIT 1";
    const SQLITE: &'static str = "SELECT d.due_at FROM outbox_deliveries d INDEXED BY outbox_deliveries_due \
        WHERE d.consumer = ? ORDER BY d.due_at DESC LIMIT 1";
    type Columns = (BigInt,);
}

/// Leases events to a consumer, unless somebody else was faster.
struct Lease;

impl Statement for Lease {
    const MYSQL: &'static str = "UPDATE JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN outbox_deliveries d FORCE INDEX (PRIMARY) \
        ON d.consumer = ? AND d.event_id = UNHEX(j.id) \
        SET d.due_at = ?, d.attempts = d.attempts + 1 WHERE d.due_at <= ?";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ?2 AS name, unhex(value) AS id FROM json_each(?1)) \
        UPDATE outbox_deliveries SET due_at = ?3, attempts = attempts + 1 \
        FROM j WHERE consumer = j.name AND event_id = j.id AND +due_at <= ?4";
    type Columns = NoColumns;
}

/// Puts events of a consumer off, each until a time of its own.
struct PutOff;

impl Statement for PutOff {
    const MYSQL: &'static str = "UPDATE JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$[0]', due_at BIGINT PATH '$[1]')) j \
        STRAIGHT_JOIN outbox_deliveries d FORCE INDEX (PRIMARY) \
        ON d.consumer = ? AND d.event_id = UNHEX(j.id) \
        SET d.due_at = j.due_at, d.attempts = d.attempts + 1";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ?2 AS name, unhex(value ->> 0) AS id, \
            value ->> 1 AS due_at FROM json_each(?1)) \
        UPDATE outbox_deliveries SET due_at = j.due_at, attempts = attempts + 1 \
        FROM j WHERE consumer = j.name AND event_id = j.id";
    type Columns = NoColumns;
}

/// Deletes what a consumer has handled.
struct Handled;

impl Statement for Handled {
    const MYSQL: &'static str = "DELETE d FROM JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN outbox_deliveries d FORCE INDEX (PRIMARY) ON d.consumer = ? AND d.event_id = UNHEX(j.id)";
    const SQLITE: &'static str = "DELETE FROM outbox_deliveries \
        WHERE consumer = ?2 AND event_id IN (SELECT unhex(value) FROM json_each(?1))";
    type Columns = NoColumns;
}

/// An event's place: its id, aggregate, version and time.
type Place = (Id, String, Id, i64, Micros);

type DueRow = (Id, i64, EventRow);

/// An event that this version of the program cannot read.
struct Unreadable {
    id: Id,
    attempts: u32,
    error: StoreError,
}

impl Unreadable {
    fn due_at(&self, now: Timestamp) -> Micros {
        now.plus_seconds(retry_pause_seconds(self.attempts)).into()
    }
}

/// What one look at a consumer's book came to.
#[derive(Default)]
struct Claimed {
    deliveries: Vec<Delivery>,
    unreadable: Vec<Unreadable>,
}

const PLACE: (outbox::id, outbox::aggregate, outbox::aggregate_id, outbox::version, outbox::occurred_at) =
    (outbox::id, outbox::aggregate, outbox::aggregate_id, outbox::version, outbox::occurred_at);

/// Locks out whoever else dispatches events or adds a consumer.
async fn lock(conn: &mut Conn) -> QueryResult<()> {
    on_conn!(conn, |c| {
        diesel::update(outbox_consumers::table.find(LOCK)).set(outbox_consumers::ready.eq(false)).execute(c).await
    })
    .map(drop)
}

async fn consumers(conn: &mut Conn) -> QueryResult<Vec<String>> {
    on_conn!(conn, |c| {
        outbox_consumers::table
            .filter(outbox_consumers::consumer.ne(LOCK))
            .select(outbox_consumers::consumer)
            .load(c)
            .await
    })
}

/// The oldest events that nobody dispatched.
async fn oldest_undispatched(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Place>> {
    let values = [Value::Int(limit)];
    on_conn!(conn, |c| Bound::<Undispatched>::new(&values).load(c).await)
}

/// The oldest events that nobody dispatched, and what lies before them in their aggregates.
async fn undispatched(conn: &mut Conn) -> QueryResult<Vec<Place>> {
    let mut places = oldest_undispatched(conn, DISPATCHED_AT_ONCE).await?;
    if places.is_empty() {
        return Ok(places);
    }
    let rows = json(&places)?;
    let values = [Value::Text(&rows)];
    let earlier: Vec<Place> = on_conn!(conn, |c| Bound::<EarlierUndispatched>::new(&values).load(c).await)?;
    places.extend(earlier);
    places.sort_unstable_by(|one, other| (&one.1, one.2, one.3).cmp(&(&other.1, other.2, other.3)));
    places.dedup();
    Ok(places)
}

async fn add_deliveries(conn: &mut Conn, consumer: &str, places: &str, now: Micros) -> QueryResult<()> {
    let values = [Value::Text(consumer), Value::Int(now.0), Value::Text(places), Value::Text(consumer)];
    execute::<AddDeliveries>(conn, &values).await.map(drop)
}

/// Dispatches a number of events and says how many.
async fn dispatch(conn: &mut Conn, now: Micros) -> QueryResult<usize> {
    lock(conn).await?;
    let places = undispatched(conn).await?;
    if !places.is_empty() {
        let rows = json(&places)?;
        for consumer in consumers(conn).await? {
            add_deliveries(conn, &consumer, &rows, now).await?;
        }
        execute::<MarkDispatched>(conn, &[Value::Text(&rows)]).await?;
    }
    Ok(places.len())
}

/// Adds a consumer, from now on part of every dispatch.
async fn add_consumer(conn: &mut Conn, consumer: &str) -> QueryResult<()> {
    lock(conn).await?;
    if consumers(conn).await?.iter().any(|known| known == consumer) {
        return Ok(());
    }
    on_conn!(conn, |c| {
        diesel::insert_into(outbox_consumers::table)
            .values((outbox_consumers::consumer.eq(consumer), outbox_consumers::ready.eq(false)))
            .execute(c)
            .await
    })
    .map(drop)
}

/// Brings the next dispatched events after a place into a consumer's book, and returns the place to go on after.
async fn catch_up(conn: &mut Conn, consumer: &str, after: Option<&Place>, now: Micros) -> QueryResult<Option<Place>> {
    let places: Vec<Place> = on_conn!(&mut *conn, |c| {
        let mut next = outbox::table
            .filter(outbox::dispatched.eq(true))
            .order((outbox::aggregate, outbox::aggregate_id, outbox::version))
            .limit(DISPATCHED_AT_ONCE)
            .select(PLACE)
            .into_boxed();
        if let Some((_, aggregate, id, version, _)) = after {
            let later_version = outbox::aggregate_id.eq(id).and(outbox::version.gt(version));
            let later = outbox::aggregate_id.gt(id).or(later_version);
            next = next
                .filter(outbox::aggregate.ge(aggregate))
                .filter(outbox::aggregate.gt(aggregate).or(outbox::aggregate.eq(aggregate).and(later)));
        }
        next.load(c).await
    })?;
    add_deliveries(conn, consumer, &json(&places)?, now).await?;
    Ok(places.into_iter().next_back())
}

async fn mark_ready(conn: &mut Conn, consumer: &str) -> QueryResult<()> {
    on_conn!(conn, |c| {
        diesel::update(outbox_consumers::table.find(consumer)).set(outbox_consumers::ready.eq(true)).execute(c).await
    })
    .map(drop)
}

async fn due(conn: &mut Conn, consumer: &str, now: Micros, limit: u32) -> QueryResult<Vec<DueRow>> {
    let values = [Value::Text(consumer), Value::Int(now.0), Value::Int(limit.into())];
    on_conn!(conn, |c| Bound::<DueEvents>::new(&values).load(c).await)
}

/// Until when the event waits that waits longest.
async fn last_due(conn: &mut Conn, consumer: &str) -> QueryResult<Option<Timestamp>> {
    let values = [Value::Text(consumer)];
    let last: Option<(Micros,)> = on_conn!(conn, |c| Bound::<LastDue>::new(&values).get_result(c).await.optional())?;
    Ok(last.map(|(at,)| at.into()))
}

/// Makes due what was put off beyond an instant.
async fn bring_back(conn: &mut Conn, consumer: &str, beyond: Micros, now: Micros) -> QueryResult<usize> {
    on_conn!(conn, |c| {
        let too_late = outbox_deliveries::table
            .filter(outbox_deliveries::consumer.eq(consumer))
            .filter(outbox_deliveries::due_at.gt(beyond));
        diesel::update(too_late).set(outbox_deliveries::due_at.eq(now)).execute(c).await
    })
}

/// Of each aggregate the versions without a gap. The first is the lowest that its consumer has not handled, because
/// nothing is read before what it is behind; after a gap comes what is behind something that was not read.
fn without_gaps(mut rows: Vec<DueRow>) -> Vec<DueRow> {
    let mut last: HashMap<(String, Id), i64> = HashMap::new();
    rows.retain(|(.., event)| {
        let (aggregate, version) = event.place();
        let follows = last.get(&aggregate).is_none_or(|before| before + 1 == version);
        if follows {
            last.insert(aggregate, version);
        }
        follows
    });
    rows
}

/// Reads what is due event by event. What lies behind one that cannot be read is left where it is.
fn readable(rows: Vec<DueRow>) -> Claimed {
    let mut claimed = Claimed::default();
    let mut held_back = HashSet::new();
    for (id, attempts, row) in rows {
        let (aggregate, _) = row.place();
        if held_back.contains(&aggregate) {
            continue;
        }
        // More often than can be counted is as often as can be counted.
        let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        match Event::try_from(row) {
            Ok(event) => claimed.deliveries.push(Delivery { event, attempts }),
            Err(error) => {
                held_back.insert(aggregate);
                claimed.unreadable.push(Unreadable { id, attempts, error });
            }
        }
    }
    claimed
}

/// Leases what is due to a consumer, and puts off what cannot be read.
async fn lease(
    conn: &mut Conn,
    consumer: &str,
    now: Timestamp,
    lease_until: Timestamp,
    limit: u32,
) -> QueryResult<Claimed> {
    let due_by = Micros::from(now);
    let claimed = readable(without_gaps(due(conn, consumer, due_by, limit).await?));
    if !claimed.unreadable.is_empty() {
        let put_off = json(claimed.unreadable.iter().map(|event| (event.id, event.due_at(now))))?;
        execute::<PutOff>(conn, &[Value::Text(&put_off), Value::Text(consumer)]).await?;
    }
    let ids = json(claimed.deliveries.iter().map(|delivery| Id::from(delivery.event.id)))?;
    let until = Micros::from(lease_until);
    let values = [Value::Text(&ids), Value::Text(consumer), Value::Int(until.0), Value::Int(due_by.0)];
    match execute::<Lease>(conn, &values).await? {
        leased if leased == claimed.deliveries.len() => Ok(claimed),
        _ => Err(Error::RollbackTransaction),
    }
}

/// Tells of what cannot be read: each event once in the log, each attempt in the metrics.
fn tell_of(unreadable: &[Unreadable], consumer: &'static str) {
    for Unreadable { id, attempts, error } in unreadable {
        metrics::counter!("boxoffice_events_unreadable_total", "consumer" => consumer).increment(1);
        if *attempts == 0 {
            tracing::warn!(
                consumer,
                event = %EventId::from(*id),
                error = %Causes(error),
                "an event cannot be read; it waits, with what happened to the same thing after it, for a version that can"
            );
        }
    }
}

impl Database {
    async fn is_ready(&self, consumer: &str) -> Result<bool, StoreError> {
        let ready = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| {
                outbox_consumers::table.find(consumer).select(outbox_consumers::ready).first::<bool>(c).await.optional()
            })
        });
        Ok(ready.await?.unwrap_or(false))
    }

    /// Makes a consumer known and gives it what was dispatched before, in small units: others write in between.
    async fn introduce(&self, consumer: &str, now: Micros) -> Result<(), StoreError> {
        self.pools.units.write(async |conn| add_consumer(conn, consumer).await).await?;
        let mut last = None;
        loop {
            let after = last.as_ref();
            let next = self.pools.units.write(async |conn| catch_up(conn, consumer, after, now).await).await?;
            if next.is_none() {
                break;
            }
            last = next;
        }
        self.pools.units.write(async |conn| mark_ready(conn, consumer).await).await
    }

    /// What a clock that was ahead put off for longer than anything is put off is due now. Asks the readers first, as that
    /// hardly ever happens.
    async fn bring_back(&self, consumer: &'static str, now: Timestamp) -> Result<(), StoreError> {
        let due = Due::at(now, PUT_OFF_SECONDS_MAX);
        let last = self.pools.reads.read(async |conn| last_due(conn, consumer).await).await?;
        if !last.is_some_and(|last| last > now && due.includes(last)) {
            return Ok(());
        }
        let (beyond, now) = (due.beyond.into(), now.into());
        let events = self.pools.units.write(async |conn| bring_back(conn, consumer, beyond, now).await).await?;
        tracing::warn!(consumer, events, "events were put off by a clock that was ahead, and are due now");
        Ok(())
    }

    /// Dispatches what nobody dispatched yet. Asks the readers first: most of the time there is nothing to write.
    pub(super) async fn dispatch_all(&self, now: Micros) -> Result<(), StoreError> {
        for _ in 0..DISPATCHES_A_CLAIM {
            let waiting = self.pools.reads.read(async |conn| oldest_undispatched(conn, 1).await);
            if waiting.await?.is_empty() {
                break;
            }
            self.pools.units.write(async |conn| dispatch(conn, now).await).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl EventDeliveries for Database {
    async fn claim(
        &self,
        consumer: &'static str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        if !self.is_ready(consumer).await? {
            self.introduce(consumer, now.into()).await?;
        }
        self.dispatch_all(now.into()).await?;
        self.bring_back(consumer, now).await?;
        for _ in 0..LOOKS_A_CLAIM {
            if self.pools.reads.read(async |conn| due(conn, consumer, now.into(), 1).await).await?.is_empty() {
                break;
            }
            let leased = self.pools.units.write(async |conn| lease(conn, consumer, now, lease_until, limit).await);
            let Claimed { deliveries, unreadable } = leased.await?;
            tell_of(&unreadable, consumer);
            if !deliveries.is_empty() || unreadable.is_empty() {
                return Ok(deliveries);
            }
        }
        Ok(Vec::new())
    }

    async fn handled(&self, consumer: &'static str, events: &[EventId], _: Timestamp) -> Result<(), StoreError> {
        self.pools
            .units
            .write(async |conn| {
                let ids = json(events.iter().map(|id| Id::from(*id)))?;
                execute::<Handled>(conn, &[Value::Text(&ids), Value::Text(consumer)]).await
            })
            .await
            .map(drop)
    }

    async fn failed(&self, consumer: &'static str, event: EventId, retry_at: Timestamp) -> Result<(), StoreError> {
        let (event, retry_at) = (Id::from(event), Micros::from(retry_at));
        self.pools
            .units
            .write(async |conn| {
                on_conn!(conn, |c| {
                    diesel::update(outbox_deliveries::table.find((consumer, event)))
                        .set(outbox_deliveries::due_at.eq(retry_at))
                        .execute(c)
                        .await
                })
            })
            .await
            .map(drop)
    }
}
