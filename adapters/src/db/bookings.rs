//! Bookings with their tickets.

use async_trait::async_trait;
use boxoffice_domain::bookings::{Booking, BookingPosition, BookingRepository, BookingStatus};
use boxoffice_domain::sales::cancellation::BOOKINGS_IN_A_UNIT_MAX;
use boxoffice_domain::shared::{BookingId, ConcertId, StoreError, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::RunQueryDsl;

use super::batch::{Bound, NoColumns, Statement, Value, execute, json};
use super::conn::{Conn, on_conn};
use super::errors::UniqueKey;
use super::insert::Inserts;
use super::readable::{ReadableList, if_readable};
use super::rows::{
    BookingRow, TicketedBookingRow, changed_booking, new_booked_tickets, new_booking, with_their_tickets,
};
use super::schema::bookings;
use super::types::{Id, Micros};
use super::unit_of_work::SqlUnit;

/// How often a unit reads at most, to find bookings behind those that cannot be read. Others wait for the unit.
const READS_MAX: u32 = 4;

const REFERENCE: UniqueKey = UniqueKey { name: "bookings_reference", columns: "bookings.reference" };

/// The columns of new bookings. No payment has extended their holds yet, which is the default of `hold_extended`.
const NEW_BOOKINGS: &str = "bookings (id, reference, concert_id, user_id, customer_name, customer_email, status, \
    cancel_reason, expires_at, total_amount, currency, ticket_count, payment_id, version, created_at, updated_at)";

const NEW_BOOKED_TICKETS: &str =
    "booking_tickets (booking_id, concert_id, number, seat, section_position, category, price)";

/// Saves the mutable columns of bookings. Each booking must have the previous version.
struct SaveBookings;

impl Statement for SaveBookings {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$[0]', status VARCHAR(16) PATH '$[1]', \
            reason VARCHAR(32) PATH '$[2]', expires_at BIGINT PATH '$[3]', payment CHAR(32) PATH '$[4]', \
            version BIGINT PATH '$[5]', updated_at BIGINT PATH '$[6]', extended INT PATH '$[7]')) j \
        STRAIGHT_JOIN bookings b \
        ON b.id = UNHEX(j.id) \
        SET b.status = j.status, b.cancel_reason = j.reason, b.expires_at = j.expires_at, \
            b.payment_id = UNHEX(j.payment), b.version = j.version, b.updated_at = j.updated_at, \
            b.hold_extended = j.extended \
        WHERE b.version = j.version - 1";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT unhex(value ->> 0) AS id, value ->> 1 AS status, \
            value ->> 2 AS reason, value ->> 3 AS expires_at, unhex(value ->> 4) AS payment, value ->> 5 AS version, \
            value ->> 6 AS updated_at, value ->> 7 AS extended FROM json_each(?)) \
        UPDATE bookings SET status = j.status, cancel_reason = j.reason, expires_at = j.expires_at, \
            payment_id = j.payment, version = j.version, updated_at = j.updated_at, hold_extended = j.extended \
        FROM j WHERE bookings.id = j.id AND bookings.version = j.version - 1";
    type Columns = NoColumns;
}

/// Bookings by id.
struct BookingsById;

impl Statement for BookingsById {
    const MYSQL: &'static str = "SELECT b.id, b.reference, b.concert_id, b.user_id, b.customer_name, \
            b.customer_email, b.status, b.cancel_reason, b.expires_at, b.total_amount, b.currency, b.ticket_count, \
            b.payment_id, b.hold_extended, b.version, b.created_at, b.updated_at \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$')) j STRAIGHT_JOIN bookings b ON b.id = UNHEX(j.id)";
    const SQLITE: &'static str = "SELECT b.id, b.reference, b.concert_id, b.user_id, b.customer_name, \
            b.customer_email, b.status, b.cancel_reason, b.expires_at, b.total_amount, b.currency, b.ticket_count, \
            b.payment_id, b.hold_extended, b.version, b.created_at, b.updated_at \
        FROM json_each(?) j CROSS JOIN bookings b ON b.id = unhex(j.value)";
    type Columns = bookings::SqlType;
}

/// The overdue bookings of a concert, those that expired first in front. The statement names the index: many bookings
/// are pending and few are overdue, and the optimizers would choose the concert's index and read all of them.
struct Overdue;

impl Statement for Overdue {
    const MYSQL: &'static str = "SELECT b.id, b.reference, b.concert_id, b.user_id, b.customer_name, \
            b.customer_email, b.status, b.cancel_reason, b.expires_at, b.total_amount, b.currency, b.ticket_count, \
            b.payment_id, b.hold_extended, b.version, b.created_at, b.updated_at \
        FROM bookings b FORCE INDEX (bookings_expiry) \
        WHERE b.status = 'pending' AND b.expires_at <= ? AND b.concert_id = ? \
        ORDER BY b.expires_at, b.id LIMIT ? OFFSET ?";
    const SQLITE: &'static str = "SELECT b.id, b.reference, b.concert_id, b.user_id, b.customer_name, \
            b.customer_email, b.status, b.cancel_reason, b.expires_at, b.total_amount, b.currency, b.ticket_count, \
            b.payment_id, b.hold_extended, b.version, b.created_at, b.updated_at \
        FROM bookings b INDEXED BY bookings_expiry \
        WHERE b.status = 'pending' AND b.expires_at <= ? AND b.concert_id = ? \
        ORDER BY b.expires_at, b.id LIMIT ? OFFSET ?";
    type Columns = bookings::SqlType;
}

/// The tickets of bookings.
struct BookedTicketsOf;

impl Statement for BookedTicketsOf {
    const MYSQL: &'static str = "SELECT t.booking_id, t.number, t.seat, t.section_position, t.category, t.price \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN booking_tickets t ON t.booking_id = UNHEX(j.id)";
    const SQLITE: &'static str = "SELECT t.booking_id, t.number, t.seat, t.section_position, t.category, t.price \
        FROM json_each(?) j CROSS JOIN booking_tickets t ON t.booking_id = unhex(j.value)";
    type Columns = (Binary, BigInt, Text, BigInt, Text, BigInt);
}

/// Adds the tickets. They are written with their booking and never change, so no snapshot is needed around the two
/// statements.
pub(super) async fn with_tickets(conn: &mut Conn, bookings: Vec<BookingRow>) -> QueryResult<Vec<TicketedBookingRow>> {
    if bookings.is_empty() {
        return Ok(Vec::new());
    }
    let ids = json(bookings.iter().map(|booking| booking.id))?;
    let values = [Value::Text(&ids)];
    let tickets = on_conn!(conn, |c| Bound::<BookedTicketsOf>::new(&values).load(c).await)?;
    Ok(with_their_tickets(bookings, tickets))
}

pub(super) async fn by_id(conn: &mut Conn, ids: &[BookingId]) -> QueryResult<Vec<TicketedBookingRow>> {
    let ids = json(ids.iter().map(|id| Id::from(*id)))?;
    let values = [Value::Text(&ids)];
    let bookings = on_conn!(&mut *conn, |c| Bound::<BookingsById>::new(&values).load(c).await)?;
    with_tickets(conn, bookings).await
}

/// A booking of a list.
pub(super) fn readable_booking(row: TicketedBookingRow) -> Option<Booking> {
    if_readable("bookings", row.id(), row.try_into())
}

/// The bookings of a concert in one status after a position, oldest first.
async fn oldest_of_concert(
    conn: &mut Conn,
    concert: Id,
    status: BookingStatus,
    after: Option<BookingPosition>,
    rows: i64,
) -> QueryResult<Vec<TicketedBookingRow>> {
    let bookings = on_conn!(&mut *conn, |c| {
        let mut oldest = bookings::table
            .filter(bookings::concert_id.eq(concert))
            .filter(bookings::status.eq(status.as_str()))
            .order((bookings::created_at, bookings::id))
            .limit(rows)
            .select(BookingRow::as_select())
            .into_boxed();
        if let Some(BookingPosition { created_at, id }) = after {
            let (at, id) = (Micros::from(created_at), Id::from(id));
            oldest =
                oldest.filter(bookings::created_at.ge(at)).filter(bookings::created_at.gt(at).or(bookings::id.gt(id)));
        }
        oldest.load(c).await
    })?;
    with_tickets(conn, bookings).await
}

#[async_trait]
impl BookingRepository for SqlUnit {
    async fn add(&mut self, bookings: &[Booking]) -> Result<(), StoreError> {
        let added = self.run(async |conn| {
            Inserts::on(conn)
                .rows(NEW_BOOKINGS, bookings.iter().map(new_booking))
                .rows(NEW_BOOKED_TICKETS, bookings.iter().flat_map(new_booked_tickets))
                .execute(conn)
                .await
        });
        match added.await {
            Ok(()) => Ok(()),
            Err(failure) if failure.violates(&REFERENCE) => Err(StoreError::Contention),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn get(&mut self, ids: &[BookingId]) -> Result<Vec<Booking>, StoreError> {
        let rows = self.run(async |conn| by_id(conn, ids).await).await?;
        rows.into_iter().map(Booking::try_from).collect()
    }

    async fn of_concert(
        &mut self,
        concert: ConcertId,
        status: BookingStatus,
        limit: u32,
    ) -> Result<Vec<Booking>, StoreError> {
        let concert = Id::from(concert);
        let mut list = ReadableList::batch(limit, None);
        for _ in 0..READS_MAX {
            if !list.is_short() {
                break;
            }
            let (after, rows) = (list.after().copied(), list.rows());
            let rows = self.run(async |conn| oldest_of_concert(conn, concert, status, after, rows).await).await?;
            list.take(rows, TicketedBookingRow::position, readable_booking);
        }
        Ok(list.into_items())
    }

    async fn any_uncancelled(&mut self, concert: ConcertId) -> Result<bool, StoreError> {
        let concert = Id::from(concert);
        let found = self.run(async |conn| {
            on_conn!(conn, |c| {
                let cancelled = BookingStatus::Cancelled.as_str();
                bookings::table
                    .filter(bookings::concert_id.eq(concert))
                    // Two ranges of an index; with "not equal" every cancelled booking would be read.
                    .filter(bookings::status.lt(cancelled).or(bookings::status.gt(cancelled)))
                    .select(bookings::id)
                    .first::<Id>(c)
                    .await
                    .optional()
            })
        });
        Ok(found.await?.is_some())
    }

    async fn overdue(
        &mut self,
        concert: ConcertId,
        now: Timestamp,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Booking>, StoreError> {
        let (mut skip, mut wanted) = (skip, limit);
        for _ in 0..READS_MAX {
            let [offset, rows] = [skip, wanted].map(|number| Value::Int(number.into()));
            let values = [Value::Int(now.micros()), Value::Id(concert.into()), rows, offset];
            let rows = self.run(async |conn| {
                let bookings = on_conn!(&mut *conn, |c| Bound::<Overdue>::new(&values).load(c).await)?;
                with_tickets(conn, bookings).await
            });
            let rows = rows.await?;
            let is_last = rows.len() < usize::try_from(wanted).unwrap_or(usize::MAX);
            let mut found: Vec<_> = rows.into_iter().filter_map(readable_booking).collect();
            if is_last || !found.is_empty() {
                found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                return Ok(found);
            }
            skip = skip.saturating_add(wanted);
            wanted = wanted.max(BOOKINGS_IN_A_UNIT_MAX);
        }
        Ok(Vec::new())
    }

    async fn save(&mut self, bookings: &[Booking]) -> Result<(), StoreError> {
        let mut bookings: Vec<&Booking> = bookings.iter().collect();
        bookings.sort_unstable_by_key(|booking| booking.id);
        self.run_exactly(bookings.len(), async |conn| {
            let rows = json(bookings.iter().map(|booking| changed_booking(booking)))?;
            execute::<SaveBookings>(conn, &[Value::Text(&rows)]).await
        })
        .await
    }
}
