//! What each user holds of a concert.

use async_trait::async_trait;
use boxoffice_domain::bookings::{Purchase, PurchaseChange, PurchaseRepository};
use boxoffice_domain::shared::{ConcertId, StoreError, UserId};
use diesel::sql_types::{BigInt, Binary};
use diesel_async::RunQueryDsl;

use super::batch::{Bound, NoColumns, Statement, Value, execute, json};
use super::conn::on_conn;
use super::rows::number;
use super::types::Id;
use super::unit_of_work::SqlUnit;

/// The rows of some users.
struct OfUsers;

impl Statement for OfUsers {
    const MYSQL: &'static str = "SELECT p.user_id, p.tickets, p.pending_bookings \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN purchases p FORCE INDEX (PRIMARY) ON p.concert_id = ? AND p.user_id = UNHEX(j.user)";
    const SQLITE: &'static str = "SELECT p.user_id, p.tickets, p.pending_bookings FROM json_each(?) j \
        CROSS JOIN purchases p ON p.concert_id = ? AND p.user_id = unhex(j.value)";
    type Columns = (Binary, BigInt, BigInt);
}

/// Writes the first row of users.
struct AddFirst;

impl Statement for AddFirst {
    const MYSQL: &'static str = "INSERT INTO purchases (concert_id, user_id, tickets, pending_bookings) \
        SELECT ?, UNHEX(j.user), j.tickets, j.pending \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$[0]', tickets INT PATH '$[1]', \
            pending INT PATH '$[2]')) j";
    const SQLITE: &'static str = "INSERT INTO purchases (concert_id, user_id, tickets, pending_bookings) \
        SELECT ?, unhex(j.value ->> 0), j.value ->> 1, j.value ->> 2 FROM json_each(?) j";
    type Columns = NoColumns;
}

/// Changes the rows of users unless a maximum would be exceeded.
struct Change;

impl Statement for Change {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$[0]', tickets INT PATH '$[1]', \
            pending INT PATH '$[2]', max_tickets INT PATH '$[3]', max_pending INT PATH '$[4]')) j \
        STRAIGHT_JOIN purchases p FORCE INDEX (PRIMARY) \
        ON p.concert_id = ? AND p.user_id = UNHEX(j.user) \
        SET p.tickets = p.tickets + j.tickets, p.pending_bookings = p.pending_bookings + j.pending \
        WHERE (j.max_tickets IS NULL OR p.tickets + j.tickets <= j.max_tickets) \
            AND (j.max_pending IS NULL OR p.pending_bookings + j.pending <= j.max_pending)";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT unhex(value ->> 0) AS user, value ->> 1 AS tickets, \
            value ->> 2 AS pending, value ->> 3 AS max_tickets, value ->> 4 AS max_pending FROM json_each(?)) \
        UPDATE purchases SET tickets = purchases.tickets + j.tickets, pending_bookings = pending_bookings + j.pending \
        FROM j WHERE concert_id = ? AND user_id = j.user \
            AND (j.max_tickets IS NULL OR purchases.tickets + j.tickets <= j.max_tickets) \
            AND (j.max_pending IS NULL OR pending_bookings + j.pending <= j.max_pending)";
    type Columns = NoColumns;
}

/// Whether the first row of a user keeps to its maximum.
fn first_row_fits(change: &PurchaseChange) -> bool {
    let fits = |value: i64, max: Option<u32>| max.is_none_or(|max| value <= i64::from(max));
    fits(change.tickets, change.max_tickets) && fits(change.pending_bookings, change.max_pending_bookings)
}

#[async_trait]
impl PurchaseRepository for SqlUnit {
    async fn of_users(&mut self, concert: ConcertId, users: &[UserId]) -> Result<Vec<Purchase>, StoreError> {
        let rows = self.run(async |conn| {
            let users = json(users.iter().map(|user| Id::from(*user)))?;
            let values = [Value::Text(&users), Value::Id(concert.into())];
            on_conn!(conn, |c| Bound::<OfUsers>::new(&values).load::<(Id, i64, i64)>(c).await)
        });
        let purchase = |(user, tickets, pending_bookings): (Id, i64, i64)| {
            Ok(Purchase {
                user: user.into(),
                tickets: number("purchases.tickets", tickets)?,
                pending_bookings: number("purchases.pending_bookings", pending_bookings)?,
            })
        };
        rows.await?.into_iter().map(purchase).collect()
    }

    async fn change(&mut self, concert: ConcertId, changes: &[PurchaseChange]) -> Result<(), StoreError> {
        let mut changes: Vec<&PurchaseChange> = changes.iter().collect();
        changes.sort_unstable_by_key(|change| change.user);
        let (first, later): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.first);
        if !first.iter().copied().all(first_row_fits) {
            return Err(StoreError::Contention);
        }
        if !first.is_empty() {
            let added = self.run(async |conn| {
                let rows = first.iter().map(|to| (Id::from(to.user), to.tickets, to.pending_bookings));
                let rows = json(rows)?;
                execute::<AddFirst>(conn, &[Value::Id(concert.into()), Value::Text(&rows)]).await
            });
            match added.await {
                Err(failure) if failure.violates_uniqueness() => return Err(StoreError::Contention),
                added => added?,
            };
        }
        if later.is_empty() {
            return Ok(());
        }
        self.run_exactly(later.len(), async |conn| {
            let rows = later.iter().map(|to| {
                (Id::from(to.user), to.tickets, to.pending_bookings, to.max_tickets, to.max_pending_bookings)
            });
            let rows = json(rows)?;
            execute::<Change>(conn, &[Value::Text(&rows), Value::Id(concert.into())]).await
        })
        .await
    }
}
