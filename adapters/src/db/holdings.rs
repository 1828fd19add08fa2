//! The tickets and pending bookings that each user holds of a concert.

use async_trait::async_trait;
use boxoffice_domain::bookings::{CustomerHoldings, HoldingsChange, HoldingsRepository};
use boxoffice_domain::shared::{ConcertId, StoreError, UserId};
use diesel::sql_types::{BigInt, Binary};
use diesel_async::RunQueryDsl;

use super::batch::{Bound, NoColumns, Statement, Value, execute, json};
use super::conn::on_conn;
use super::rows::number;
use super::types::Id;
use super::unit_of_work::SqlUnit;

/// The holdings of the given users.
struct OfUsers;

impl Statement for OfUsers {
    const MYSQL: &'static str = "SELECT p.user_id, p.tickets, p.pending_bookings \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN purchases p FORCE INDEX (PRIMARY) ON p.concert_id = ? AND p.user_id = UNHEX(j.user)";
    const SQLITE: &'static str = "SELECT p.user_id, p.tickets, p.pending_bookings FROM json_each(?) j \
        CROSS JOIN purchases p ON p.concert_id = ? AND p.user_id = unhex(j.value)";
    type Columns = (Binary, BigInt, BigInt);
}

/// Adds to the holdings of users, or inserts their first row, unless a maximum would be exceeded. On MySQL the
/// statement then fails; on SQLite it affects fewer rows than it was given.
struct AddTo;

impl Statement for AddTo {
    const MYSQL: &'static str = "INSERT INTO purchases (concert_id, user_id, tickets, pending_bookings) \
        SELECT UNHEX(j.concert), UNHEX(j.user), j.more_tickets, j.more_pending \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$[0]', more_tickets INT PATH '$[1]', \
            more_pending INT PATH '$[2]', max_tickets INT PATH '$[3]', max_pending INT PATH '$[4]', \
            concert CHAR(32) PATH '$[5]')) j \
        ON DUPLICATE KEY UPDATE \
            tickets = IF(j.max_tickets IS NULL OR purchases.tickets + j.more_tickets <= j.max_tickets, \
                purchases.tickets + j.more_tickets, NULL), \
            pending_bookings = IF(j.max_pending IS NULL \
                OR purchases.pending_bookings + j.more_pending <= j.max_pending, \
                purchases.pending_bookings + j.more_pending, NULL)";
    const SQLITE: &'static str = "INSERT OR REPLACE INTO purchases (concert_id, user_id, tickets, pending_bookings) \
        SELECT unhex(j.value ->> 5), unhex(j.value ->> 0), COALESCE(p.tickets, 0) + (j.value ->> 1), \
            COALESCE(p.pending_bookings, 0) + (j.value ->> 2) \
        FROM json_each(?) j LEFT JOIN purchases p \
            ON p.concert_id = unhex(j.value ->> 5) AND p.user_id = unhex(j.value ->> 0) \
        WHERE (j.value ->> 3 IS NULL OR COALESCE(p.tickets, 0) + (j.value ->> 1) <= j.value ->> 3) \
            AND (j.value ->> 4 IS NULL OR COALESCE(p.pending_bookings, 0) + (j.value ->> 2) <= j.value ->> 4)";
    type Columns = NoColumns;
}

/// Subtracts from the holdings of users, unless a maximum would still be exceeded.
struct TakeFrom;

impl Statement for TakeFrom {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$[0]', tickets INT PATH '$[1]', \
            pending INT PATH '$[2]', max_tickets INT PATH '$[3]', max_pending INT PATH '$[4]')) j \
        STRAIGHT_JOIN purchases p FORCE INDEX (PRIMARY) \
        ON p.concert_id = ? AND p.user_id = UNHEX(j.user) \
        SET p.tickets = p.tickets + j.tickets, p.pending_bookings = p.pending_bookings + j.pending \
        WHERE (j.max_tickets IS NULL OR p.tickets + j.tickets <= j.max_tickets) \
            AND (j.max_pending IS NULL OR p.pending_bookings + j.pending <= j.max_pending)";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ?2 AS concert, unhex(value ->> 0) AS user, \
            value ->> 1 AS tickets, value ->> 2 AS pending, value ->> 3 AS max_tickets, value ->> 4 AS max_pending \
            FROM json_each(?1)) \
        UPDATE purchases SET tickets = purchases.tickets + j.tickets, pending_bookings = pending_bookings + j.pending \
        FROM j WHERE concert_id = j.concert AND user_id = j.user \
            AND (j.max_tickets IS NULL OR purchases.tickets + j.tickets <= j.max_tickets) \
            AND (j.max_pending IS NULL OR pending_bookings + j.pending <= j.max_pending)";
    type Columns = NoColumns;
}

/// Whether a change respects its maximum for a user who holds nothing yet.
fn alone_fits(change: &HoldingsChange) -> bool {
    let fits = |value: i64, max: Option<u32>| max.is_none_or(|max| value <= i64::from(max));
    fits(change.tickets, change.max_tickets) && fits(change.pending_bookings, change.max_pending_bookings)
}

fn row(concert: ConcertId, change: &HoldingsChange) -> (Id, i64, i64, Option<u32>, Option<u32>, Id) {
    let HoldingsChange { user, tickets, pending_bookings, max_tickets, max_pending_bookings } = *change;
    (user.into(), tickets, pending_bookings, max_tickets, max_pending_bookings, concert.into())
}

#[async_trait]
impl HoldingsRepository for SqlUnit {
    async fn of_users(&mut self, concert: ConcertId, users: &[UserId]) -> Result<Vec<CustomerHoldings>, StoreError> {
        let rows = self.run(async |conn| {
            let users = json(users.iter().map(|user| Id::from(*user)))?;
            let values = [Value::Text(&users), Value::Id(concert.into())];
            on_conn!(conn, |c| Bound::<OfUsers>::new(&values).load::<(Id, i64, i64)>(c).await)
        });
        let purchase = |(user, tickets, pending_bookings): (Id, i64, i64)| {
            Ok(CustomerHoldings {
                user: user.into(),
                tickets: number("purchases.tickets", tickets)?,
                pending_bookings: number("purchases.pending_bookings", pending_bookings)?,
            })
        };
        rows.await?.into_iter().map(purchase).collect()
    }

    async fn change(&mut self, concert: ConcertId, changes: &[HoldingsChange]) -> Result<(), StoreError> {
        let mut changes: Vec<&HoldingsChange> = changes.iter().collect();
        changes.sort_unstable_by_key(|change| change.user);
        let (back, more): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.releases());
        if !more.iter().copied().all(alone_fits) {
            return Err(StoreError::Contention);
        }
        if !more.is_empty() {
            let added = self.run(async |conn| {
                let rows = json(more.iter().map(|change| row(concert, change)))?;
                execute::<AddTo>(conn, &[Value::Text(&rows)]).await
            });
            match added.await {
                // MySQL counts a changed row twice.
                Ok(met) if met >= more.len() => {}
                Ok(_) => return Err(StoreError::Contention),
                Err(failure) if failure.violates_not_null() => return Err(StoreError::Contention),
                Err(failure) => return Err(failure.into()),
            }
        }
        if back.is_empty() {
            return Ok(());
        }
        self.run_exactly(back.len(), async |conn| {
            let rows = json(back.iter().map(|change| row(concert, change)))?;
            execute::<TakeFrom>(conn, &[Value::Text(&rows), Value::Id(concert.into())]).await
        })
        .await
    }
}
