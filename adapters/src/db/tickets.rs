//! Tickets inside a unit of work. Each change names the status from which it changes.

use async_trait::async_trait;
use boxoffice_domain::concerts::{
    SeatLabel, TicketClaim, TicketNumber, TicketOfBooking, TicketRepository, TicketState, TicketStatus,
};
use boxoffice_domain::shared::{BookingId, ConcertId, StoreError};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;

use super::batch::{Bound, NoColumns, Statement, Value, execute, json};
use super::conn::on_conn;
use super::rows::{number, parse_enum};
use super::types::Id;
use super::unit_of_work::SqlUnit;

/// Inserts available tickets. The order of the labels is the order of the numbers.
struct AddTickets;

impl Statement for AddTickets {
    const MYSQL: &'static str = "INSERT INTO tickets (concert_id, number, seat, status, booking_id) \
        SELECT ?, ? + j.ordinal_ - 1, j.seat, 'available', NULL \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(ordinal_ FOR ORDINALITY, seat VARCHAR(24) PATH '$')) j";
    const SQLITE: &'static str = "INSERT INTO tickets (concert_id, number, seat, status, booking_id) \
        SELECT ?, ? + j.key, j.value, 'available', NULL FROM json_each(?) j";
    type Columns = NoColumns;
}

/// The states of some tickets.
struct StatesOf;

impl Statement for StatesOf {
    const MYSQL: &'static str = "SELECT t.number, t.status, t.booking_id \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(number INT PATH '$')) j \
        STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) ON t.concert_id = ? AND t.number = j.number ORDER BY t.number";
    const SQLITE: &'static str = "SELECT t.number, t.status, t.booking_id FROM json_each(?) j \
        CROSS JOIN tickets t ON t.concert_id = ? AND t.number = j.value ORDER BY t.number";
    type Columns = (BigInt, Text, Nullable<Binary>);
}

/// Claims available tickets for bookings.
struct Claim;

impl Statement for Claim {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(number INT PATH '$[0]', booking CHAR(32) PATH '$[1]', \
            status VARCHAR(9) PATH '$[2]')) j \
        STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) \
        ON t.concert_id = ? AND t.number = j.number \
        SET t.status = j.status, t.booking_id = UNHEX(j.booking) WHERE t.status = 'available'";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ?2 AS concert, value ->> 0 AS number, \
            unhex(value ->> 1) AS booking, value ->> 2 AS status FROM json_each(?1)) \
        UPDATE tickets SET status = j.status, booking_id = j.booking \
        FROM j WHERE concert_id = j.concert AND tickets.number = j.number AND tickets.status = 'available'";
    type Columns = NoColumns;
}

/// Changes held tickets of bookings to sold.
struct Sell;

impl Statement for Sell {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(number INT PATH '$[0]', booking CHAR(32) PATH '$[1]')) j \
        STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) \
        ON t.concert_id = ? AND t.number = j.number \
        SET t.status = 'sold' WHERE t.status = 'held' AND t.booking_id = UNHEX(j.booking)";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ?2 AS concert, value ->> 0 AS number, \
            unhex(value ->> 1) AS booking FROM json_each(?1)) \
        UPDATE tickets SET status = 'sold' \
        FROM j WHERE concert_id = j.concert AND tickets.number = j.number AND status = 'held' \
            AND booking_id = j.booking";
    type Columns = NoColumns;
}

/// Releases tickets of bookings.
struct Release;

impl Statement for Release {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(number INT PATH '$[0]', booking CHAR(32) PATH '$[1]')) j \
        STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) \
        ON t.concert_id = ? AND t.number = j.number \
        SET t.status = 'available', t.booking_id = NULL WHERE t.status = ? AND t.booking_id = UNHEX(j.booking)";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ?2 AS concert, value ->> 0 AS number, \
            unhex(value ->> 1) AS booking FROM json_each(?1)) \
        UPDATE tickets SET status = 'available', booking_id = NULL \
        FROM j WHERE concert_id = j.concert AND tickets.number = j.number AND status = ?3 \
            AND booking_id = j.booking";
    type Columns = NoColumns;
}

/// Changes the status of tickets that belong to no booking.
struct MoveFree;

impl Statement for MoveFree {
    const MYSQL: &'static str = "UPDATE JSON_TABLE(?, '$[*]' COLUMNS(number INT PATH '$')) j \
        STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) \
        ON t.concert_id = ? AND t.number = j.number SET t.status = ? WHERE t.status = ?";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ?2 AS concert, value AS number FROM json_each(?1)) \
        UPDATE tickets SET status = ?3 FROM j \
        WHERE concert_id = j.concert AND tickets.number = j.number AND status = ?4";
    type Columns = NoColumns;
}

/// Rows sorted by number. Every unit of work locks tickets in this order.
fn by_number(tickets: &[TicketOfBooking]) -> Vec<(u32, Id)> {
    let mut rows: Vec<_> = tickets.iter().map(|ticket| (ticket.number.get(), Id::from(ticket.booking))).collect();
    rows.sort_unstable();
    rows
}

fn sorted(numbers: &[TicketNumber]) -> Vec<u32> {
    let mut numbers: Vec<u32> = numbers.iter().map(|number| number.get()).collect();
    numbers.sort_unstable();
    numbers
}

#[async_trait]
impl TicketRepository for SqlUnit {
    async fn add(&mut self, concert: ConcertId, first: TicketNumber, seats: &[SeatLabel]) -> Result<(), StoreError> {
        self.run_exactly(seats.len(), async |conn| {
            let seats = json(seats.iter().map(SeatLabel::as_str))?;
            let values = [Value::Id(concert.into()), Value::Int(first.get().into()), Value::Text(&seats)];
            execute::<AddTickets>(conn, &values).await
        })
        .await
    }

    async fn states(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<Vec<TicketState>, StoreError> {
        let rows = self.run(async |conn| {
            let numbers = json(sorted(numbers))?;
            let values = [Value::Text(&numbers), Value::Id(concert.into())];
            on_conn!(conn, |c| Bound::<StatesOf>::new(&values).load::<(i64, String, Option<Id>)>(c).await)
        });
        let state = |(ticket, status, booking): (i64, String, Option<Id>)| {
            Ok(TicketState {
                number: TicketNumber::new(number("tickets.number", ticket)?),
                status: parse_enum("tickets.status", &status, TicketStatus::parse)?,
                booking: booking.map(BookingId::from),
            })
        };
        rows.await?.into_iter().map(state).collect()
    }

    async fn claim(&mut self, concert: ConcertId, claims: &[TicketClaim]) -> Result<(), StoreError> {
        let mut rows: Vec<_> = claims
            .iter()
            .map(|claim| {
                let status = if claim.sold { TicketStatus::Sold } else { TicketStatus::Held };
                (claim.number.get(), Id::from(claim.booking), status.as_str())
            })
            .collect();
        rows.sort_unstable();
        self.run_exactly(rows.len(), async |conn| {
            let rows = json(&rows)?;
            execute::<Claim>(conn, &[Value::Text(&rows), Value::Id(concert.into())]).await
        })
        .await
    }

    async fn sell(&mut self, concert: ConcertId, tickets: &[TicketOfBooking]) -> Result<(), StoreError> {
        self.run_exactly(tickets.len(), async |conn| {
            let rows = json(by_number(tickets))?;
            execute::<Sell>(conn, &[Value::Text(&rows), Value::Id(concert.into())]).await
        })
        .await
    }

    async fn release(
        &mut self,
        concert: ConcertId,
        from: TicketStatus,
        tickets: &[TicketOfBooking],
    ) -> Result<(), StoreError> {
        self.run_exactly(tickets.len(), async |conn| {
            let rows = json(by_number(tickets))?;
            let values = [Value::Text(&rows), Value::Id(concert.into()), Value::Text(from.as_str())];
            execute::<Release>(conn, &values).await
        })
        .await
    }

    async fn block(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<(), StoreError> {
        self.move_free(concert, numbers, TicketStatus::Available, TicketStatus::Blocked).await
    }

    async fn unblock(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<(), StoreError> {
        self.move_free(concert, numbers, TicketStatus::Blocked, TicketStatus::Available).await
    }
}

impl SqlUnit {
    async fn move_free(
        &mut self,
        concert: ConcertId,
        numbers: &[TicketNumber],
        from: TicketStatus,
        to: TicketStatus,
    ) -> Result<(), StoreError> {
        self.run_exactly(numbers.len(), async |conn| {
            let numbers = json(sorted(numbers))?;
            let values = [
                Value::Text(&numbers),
                Value::Id(concert.into()),
                Value::Text(to.as_str()),
                Value::Text(from.as_str()),
            ];
            execute::<MoveFree>(conn, &values).await
        })
        .await
    }
}
