//! Bookings outside of units of work.

use async_trait::async_trait;
use boxoffice_domain::bookings::{
    Booking, BookingFilter, BookingPosition, BookingQueries, BookingSearch, BookingStatus, NamedBooking,
    ReferencePrefix, StatusAt,
};
use boxoffice_domain::shared::{BookingId, ConcertId, Page, PageLimit, StoreError, Timestamp, UserId};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::batch::{Bound, Statement, Value};
use super::bookings::{by_id, readable_booking, with_tickets};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::readable::{ReadableList, if_readable};
use super::rows::{BookingRow, NamedBookingRow, TicketedBookingRow};
use super::schema::{bookings, concerts, users};
use super::types::{Id, Micros};

/// The pending booking of a concert that expired first.
struct FirstOverdue;

impl Statement for FirstOverdue {
    const MYSQL: &'static str = "SELECT b.id FROM bookings b FORCE INDEX (bookings_expiry) \
        WHERE b.status = 'pending' AND b.expires_at <= ? AND b.concert_id = ? ORDER BY b.expires_at LIMIT 1";
    const SQLITE: &'static str = "SELECT b.id FROM bookings b INDEXED BY bookings_expiry \
        WHERE b.status = 'pending' AND b.expires_at <= ? AND b.concert_id = ? ORDER BY b.expires_at LIMIT 1";
    type Columns = Binary;
}

/// All bookings of a concert, newest first: the first of each status, merged. The index has this order within a status.
struct OfConcert;

impl Statement for OfConcert {
    const MYSQL: &'static str = "SELECT b.id, b.reference, b.concert_id, b.user_id, b.customer_name, \
            b.customer_email, b.status, b.cancel_reason, b.expires_at, b.total_amount, b.currency, b.ticket_count, \
            b.payment_id, b.hold_extended, b.version, b.created_at, b.updated_at, a.username \
        FROM (SELECT id, created_at FROM (SELECT id, created_at FROM bookings FORCE INDEX (bookings_sales) \
                WHERE concert_id = ? AND status = 'pending' AND created_at <= ? AND (created_at < ? OR id < ?) \
                ORDER BY created_at DESC, id DESC LIMIT ?) pending_ \
            UNION ALL SELECT id, created_at FROM (SELECT id, created_at FROM bookings FORCE INDEX (bookings_sales) \
                WHERE concert_id = ? AND status = 'confirmed' AND created_at <= ? AND (created_at < ? OR id < ?) \
                ORDER BY created_at DESC, id DESC LIMIT ?) confirmed_ \
            UNION ALL SELECT id, created_at FROM (SELECT id, created_at FROM bookings FORCE INDEX (bookings_sales) \
                WHERE concert_id = ? AND status = 'cancelled' AND created_at <= ? AND (created_at < ? OR id < ?) \
                ORDER BY created_at DESC, id DESC LIMIT ?) cancelled_ \
            ORDER BY created_at DESC, id DESC LIMIT ?) f \
        STRAIGHT_JOIN bookings b ON b.id = f.id LEFT JOIN users a ON a.id = b.user_id \
        ORDER BY b.created_at DESC, b.id DESC";
    const SQLITE: &'static str = "SELECT b.id, b.reference, b.concert_id, b.user_id, b.customer_name, \
            b.customer_email, b.status, b.cancel_reason, b.expires_at, b.total_amount, b.currency, b.ticket_count, \
            b.payment_id, b.hold_extended, b.version, b.created_at, b.updated_at, a.username \
        FROM (SELECT id, created_at FROM (SELECT id, created_at FROM bookings INDEXED BY bookings_sales \
                WHERE concert_id = ? AND status = 'pending' AND created_at <= ? AND (created_at < ? OR id < ?) \
                ORDER BY created_at DESC, id DESC LIMIT ?) pending_ \
            UNION ALL SELECT id, created_at FROM (SELECT id, created_at FROM bookings INDEXED BY bookings_sales \
                WHERE concert_id = ? AND status = 'confirmed' AND created_at <= ? AND (created_at < ? OR id < ?) \
                ORDER BY created_at DESC, id DESC LIMIT ?) confirmed_ \
            UNION ALL SELECT id, created_at FROM (SELECT id, created_at FROM bookings INDEXED BY bookings_sales \
                WHERE concert_id = ? AND status = 'cancelled' AND created_at <= ? AND (created_at < ? OR id < ?) \
                ORDER BY created_at DESC, id DESC LIMIT ?) cancelled_ \
            ORDER BY created_at DESC, id DESC LIMIT ?) f \
        CROSS JOIN bookings b ON b.id = f.id LEFT JOIN users a ON a.id = b.user_id \
        ORDER BY b.created_at DESC, b.id DESC";
    type Columns = (bookings::SqlType, Nullable<Text>);
}

/// The bookings of a concert that match a search: their reference lies in a range, or their account has the given
/// username or email address. The statement names the indexes. Otherwise the optimizers choose the concert's index
/// because it has the order, and scan all bookings of the concert instead of sorting the few matches.
struct Search;

impl Statement for Search {
    const MYSQL: &'static str = "SELECT b.id, b.reference, b.concert_id, b.user_id, b.customer_name, \
            b.customer_email, b.status, b.cancel_reason, b.expires_at, b.total_amount, b.currency, b.ticket_count, \
            b.payment_id, b.hold_extended, b.version, b.created_at, b.updated_at, a.username \
        FROM (SELECT r.id FROM bookings r FORCE INDEX (bookings_reference) \
                WHERE r.reference BETWEEN ? AND ? AND r.concert_id = ? \
            UNION SELECT o.id FROM users n STRAIGHT_JOIN bookings o FORCE INDEX (bookings_user) \
                ON o.user_id = n.id WHERE n.username = ? AND o.concert_id = ? \
            UNION SELECT o.id FROM users n STRAIGHT_JOIN bookings o FORCE INDEX (bookings_user) \
                ON o.user_id = n.id WHERE n.email = ? AND o.concert_id = ?) f \
        STRAIGHT_JOIN bookings b ON b.id = f.id LEFT JOIN users a ON a.id = b.user_id \
        WHERE (? = '' OR b.status = ?) AND b.expires_at > ? AND b.created_at <= ? AND (b.created_at < ? OR b.id < ?) \
        ORDER BY b.created_at DESC, b.id DESC LIMIT ?";
    const SQLITE: &'static str = "SELECT b.id, b.reference, b.concert_id, b.user_id, b.customer_name, \
            b.customer_email, b.status, b.cancel_reason, b.expires_at, b.total_amount, b.currency, b.ticket_count, \
            b.payment_id, b.hold_extended, b.version, b.created_at, b.updated_at, a.username \
        FROM (SELECT r.id FROM bookings r INDEXED BY bookings_reference \
                WHERE r.reference BETWEEN ? AND ? AND r.concert_id = ? \
            UNION SELECT o.id FROM users n CROSS JOIN bookings o INDEXED BY bookings_user \
                ON o.user_id = n.id WHERE n.username = ? AND o.concert_id = ? \
            UNION SELECT o.id FROM users n CROSS JOIN bookings o INDEXED BY bookings_user \
                ON o.user_id = n.id WHERE n.email = ? AND o.concert_id = ?) f \
        CROSS JOIN bookings b ON b.id = f.id LEFT JOIN users a ON a.id = b.user_id \
        WHERE (? = '' OR b.status = ?) AND b.expires_at > ? AND b.created_at <= ? AND (b.created_at < ? OR b.id < ?) \
        ORDER BY b.created_at DESC, b.id DESC LIMIT ?";
    type Columns = (bookings::SqlType, Nullable<Text>);
}

/// A booking without its tickets, and the name of its account.
type NamedRow = (BookingRow, Option<String>);

async fn with_names_and_tickets(conn: &mut Conn, rows: Vec<NamedRow>) -> QueryResult<Vec<NamedBookingRow>> {
    let (bookings, names): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let bookings = with_tickets(conn, bookings).await?;
    Ok(bookings.into_iter().zip(names).map(|(booking, username)| NamedBookingRow { booking, username }).collect())
}

/// A booking of a list.
pub(super) fn readable_named(row: NamedBookingRow) -> Option<NamedBooking> {
    if_readable("bookings", row.booking.id(), row.try_into())
}

async fn named(conn: &mut Conn, id: Id) -> QueryResult<Vec<NamedBookingRow>> {
    let rows = on_conn!(&mut *conn, |c| {
        bookings::table
            .left_join(users::table.on(bookings::user_id.eq(users::id.nullable())))
            .filter(bookings::id.eq(id))
            .select((BookingRow::as_select(), users::username.nullable()))
            .load(c)
            .await
    })?;
    with_names_and_tickets(conn, rows).await
}

async fn page_of_user(
    conn: &mut Conn,
    user: UserId,
    after: Option<BookingPosition>,
    rows: i64,
) -> QueryResult<Vec<TicketedBookingRow>> {
    let bookings = on_conn!(&mut *conn, |c| {
        let mut page = bookings::table
            .select(BookingRow::as_select())
            .filter(bookings::user_id.eq(Id::from(user)))
            .order((bookings::created_at.desc(), bookings::id.desc()))
            .limit(rows)
            .into_boxed();
        if let Some(BookingPosition { created_at, id }) = after {
            let (at, id) = (Micros::from(created_at), Id::from(id));
            page = page.filter(bookings::created_at.le(at)).filter(bookings::created_at.lt(at).or(bookings::id.lt(id)));
        }
        page.load(c).await
    })?;
    with_tickets(conn, bookings).await
}

/// Returns at most `rows` bookings of a concert that match a filter, after a position.
pub(super) async fn page_of_concert(
    conn: &mut Conn,
    concert: ConcertId,
    filter: &BookingFilter,
    after: Option<BookingPosition>,
    rows: i64,
) -> QueryResult<Vec<NamedBookingRow>> {
    let found = match (&filter.search, filter.status) {
        (Some(search), status) => searched(conn, concert, status, search, after, rows).await?,
        (None, Some(status)) => in_status(conn, concert, status, after, rows).await?,
        (None, None) => in_any_status(conn, concert, after, rows).await?,
    };
    with_names_and_tickets(conn, found).await
}

async fn in_any_status(
    conn: &mut Conn,
    concert: ConcertId,
    after: Option<BookingPosition>,
    rows: i64,
) -> QueryResult<Vec<NamedRow>> {
    let (at, id) = before(after);
    let part = || [Value::Id(concert.into()), Value::Int(at), Value::Int(at), Value::Id(id), Value::Int(rows)];
    let values: Vec<Value<'_>> = [part(), part(), part()].into_iter().flatten().chain([Value::Int(rows)]).collect();
    on_conn!(conn, |c| Bound::<OfConcert>::new(&values).load(c).await)
}

async fn in_status(
    conn: &mut Conn,
    concert: ConcertId,
    StatusAt { status, now }: StatusAt,
    after: Option<BookingPosition>,
    rows: i64,
) -> QueryResult<Vec<NamedRow>> {
    on_conn!(conn, |c| {
        let mut page = bookings::table
            .left_join(users::table.on(bookings::user_id.eq(users::id.nullable())))
            .select((BookingRow::as_select(), users::username.nullable()))
            .filter(bookings::concert_id.eq(Id::from(concert)))
            .filter(bookings::status.eq(status.as_str()))
            .order((bookings::created_at.desc(), bookings::id.desc()))
            .limit(rows)
            .into_boxed();
        if status == BookingStatus::Pending {
            // The sum keeps the optimizers from the expiry index, which covers every concert.
            page = page.filter((bookings::expires_at + 0_i64).gt(Micros::from(now)));
        }
        if let Some(BookingPosition { created_at, id }) = after {
            let (at, id) = (Micros::from(created_at), Id::from(id));
            page = page.filter(bookings::created_at.le(at)).filter(bookings::created_at.lt(at).or(bookings::id.lt(id)));
        }
        page.load(c).await
    })
}

async fn searched(
    conn: &mut Conn,
    concert: ConcertId,
    status: Option<StatusAt>,
    search: &BookingSearch,
    after: Option<BookingPosition>,
    rows: i64,
) -> QueryResult<Vec<NamedRow>> {
    // Without a prefix the range is empty: no reference is.
    let (first, last) = search.reference.as_ref().map(ReferencePrefix::range).unwrap_or_default();
    let concert = || Value::Id(concert.into());
    let name = status.map_or("", |at| at.status.as_str());
    let in_time = status.filter(|at| at.status == BookingStatus::Pending).map_or(i64::MIN, |at| at.now.micros());
    let (at, id) = before(after);
    let values = [
        Value::Text(&first),
        Value::Text(&last),
        concert(),
        Value::Text(&search.login),
        concert(),
        Value::Text(&search.login),
        concert(),
        Value::Text(name),
        Value::Text(name),
        Value::Int(in_time),
        Value::Int(at),
        Value::Int(at),
        Value::Id(id),
        Value::Int(rows),
    ];
    on_conn!(conn, |c| Bound::<Search>::new(&values).load(c).await)
}

/// The time and id of a position, and of the end of all time for the first page.
fn before(after: Option<BookingPosition>) -> (i64, Id) {
    let at = after.map(|at| (at.created_at.micros(), Id::from(at.id)));
    at.unwrap_or((i64::MAX, Id::from(BookingId::from_uuid(Uuid::max()))))
}

#[async_trait]
impl BookingQueries for Database {
    async fn get(&self, id: BookingId) -> Result<Option<Booking>, StoreError> {
        let found = self.pools.reads.read(async |conn| by_id(conn, &[id]).await).await?;
        found.into_iter().next().map(Booking::try_from).transpose()
    }

    async fn named(&self, id: BookingId) -> Result<Option<NamedBooking>, StoreError> {
        let id = Id::from(id);
        let found = self.pools.reads.read(async |conn| named(conn, id).await).await?;
        found.into_iter().next().map(NamedBooking::try_from).transpose()
    }

    async fn of_user(
        &self,
        user: UserId,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<Booking, BookingPosition>, StoreError> {
        let mut list = ReadableList::page(limit, after);
        while list.is_short() {
            let (after, rows) = (list.after().copied(), list.rows());
            // Customers expect to see the booking that they have just made.
            let read = self.pools.reads.read(async |conn| page_of_user(conn, user, after, rows).await);
            list.take(read.await?, TicketedBookingRow::position, readable_booking);
        }
        Ok(list.into_page())
    }

    async fn of_concert(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<NamedBooking, BookingPosition>, StoreError> {
        let mut list = ReadableList::page(limit, after);
        while list.is_short() {
            let (after, rows) = (list.after().copied(), list.rows());
            let read = self.pools.read_lagging(async |conn| page_of_concert(conn, concert, filter, after, rows).await);
            list.take(read.await?, |row| row.booking.position(), readable_named);
        }
        Ok(list.into_page())
    }

    async fn any_overdue(&self, concert: ConcertId, at: Timestamp) -> Result<bool, StoreError> {
        let values = [Value::Int(at.micros()), Value::Id(concert.into())];
        let found = self
            .pools
            .reads
            .read(async |conn| on_conn!(conn, |c| Bound::<FirstOverdue>::new(&values).load::<Id>(c).await));
        Ok(!found.await?.is_empty())
    }

    async fn concerts_with_overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<ConcertId>, StoreError> {
        let now = Micros::from(now);
        let ids = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| {
                bookings::table
                    .filter(bookings::status.eq(BookingStatus::Pending.as_str()))
                    .filter(bookings::expires_at.le(now))
                    .select(bookings::concert_id)
                    .distinct()
                    .limit(limit.into())
                    .load::<Id>(c)
                    .await
            })
        });
        Ok(ids.await?.into_iter().map(Into::into).collect())
    }

    async fn cancelled_concerts_with_bookings(&self, limit: u32) -> Result<Vec<ConcertId>, StoreError> {
        let ids = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| {
                concerts::table
                    .filter(concerts::cancellation_done_at.is_null())
                    .filter(concerts::cancelled_at.is_not_null())
                    .order(concerts::cancelled_at)
                    .limit(limit.into())
                    .select(concerts::id)
                    .load::<Id>(c)
                    .await
            })
        });
        Ok(ids.await?.into_iter().map(Into::into).collect())
    }
}
