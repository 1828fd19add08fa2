//! The queries of reports: counters, covering indexes, and pages of bookings. They use the replica if there is one.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use boxoffice_domain::bookings::{BookingFilter, BookingPosition};
use boxoffice_domain::concerts::{Concert, SectionCode};
use boxoffice_domain::reports::{
    BookingTotals, Outcome, RefundSums, ReportQueries, ReportedBooking, SLOT_SECONDS, SalesFigures, SectionSales,
    SlotTotals, Span,
};
use boxoffice_domain::shared::{ConcertId, StoreError, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;

use super::batch::{Bound, Statement, Value, json};
use super::booking_queries::{page_of_concert, readable_named};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::readable::{ReadableList, if_readable};
use super::rows::{ConcertRow, NamedBookingRow, number, parse_enum};
use super::schema::{concerts, sections};
use super::types::Id;

/// The length of a slot in microseconds, the divisor in the statements below.
const SLOT_MICROS: i64 = SLOT_SECONDS * 1_000_000;

/// Counts a concert's bookings by slot, status and reason, using only the index `bookings_sales`.
struct CountBookings;

impl Statement for CountBookings {
    const MYSQL: &'static str = "SELECT CASE WHEN created_at >= ? AND created_at < ? THEN created_at DIV ? END AS slot, \
            status, cancel_reason, COUNT(*), CAST(SUM(ticket_count) AS SIGNED), CAST(SUM(total_amount) AS SIGNED) \
        FROM bookings FORCE INDEX (bookings_sales) WHERE concert_id = ? GROUP BY slot, status, cancel_reason";
    const SQLITE: &'static str = "SELECT CASE WHEN created_at >= ? AND created_at < ? THEN created_at / ? END AS slot, \
            status, cancel_reason, COUNT(*), SUM(ticket_count), SUM(total_amount) \
        FROM bookings INDEXED BY bookings_sales WHERE concert_id = ? GROUP BY slot, status, cancel_reason";
    type Columns = (Nullable<BigInt>, Text, Nullable<Text>, BigInt, BigInt, BigInt);
}

/// Counts the overdue bookings among them. They are few, because overdue bookings expire within a second.
struct CountOverdue;

impl Statement for CountOverdue {
    const MYSQL: &'static str = "SELECT CASE WHEN created_at >= ? AND created_at < ? THEN created_at DIV ? END AS slot, \
            COUNT(*), CAST(SUM(ticket_count) AS SIGNED), CAST(SUM(total_amount) AS SIGNED) \
        FROM bookings FORCE INDEX (bookings_expiry) \
        WHERE status = 'pending' AND expires_at <= ? AND concert_id = ? GROUP BY slot";
    const SQLITE: &'static str = "SELECT CASE WHEN created_at >= ? AND created_at < ? THEN created_at / ? END AS slot, \
            COUNT(*), SUM(ticket_count), SUM(total_amount) \
        FROM bookings INDEXED BY bookings_expiry \
        WHERE status = 'pending' AND expires_at <= ? AND concert_id = ? GROUP BY slot";
    type Columns = (Nullable<BigInt>, BigInt, BigInt, BigInt);
}

/// Sums what was refunded, and the part that belongs to payments of confirmed bookings. No payment of a concert is
/// older than the concert.
struct SumRefunded;

impl Statement for SumRefunded {
    const MYSQL: &'static str = "SELECT CAST(COALESCE(SUM(p.refunded), 0) AS SIGNED), CAST(COALESCE(SUM( \
            CASE WHEN b.status = 'confirmed' AND b.payment_id = p.id THEN p.refunded END), 0) AS SIGNED) \
        FROM payments p FORCE INDEX (payments_pending) STRAIGHT_JOIN bookings b ON b.id = p.booking_id \
        WHERE p.status IN ('partially_refunded', 'refunded') AND p.created_at >= ? AND b.concert_id = ?";
    const SQLITE: &'static str = "SELECT COALESCE(SUM(p.refunded), 0), COALESCE(SUM( \
            CASE WHEN b.status = 'confirmed' AND b.payment_id = p.id THEN p.refunded END), 0) \
        FROM payments p INDEXED BY payments_pending CROSS JOIN bookings b ON b.id = p.booking_id \
        WHERE p.status IN ('partially_refunded', 'refunded') AND p.created_at >= ? AND +b.concert_id = ?";
    type Columns = (BigInt, BigInt);
}

/// Sums the refunds in progress, in the same two parts. It reads the uncompleted refunds of all concerts, which are few
/// or soon will be.
struct SumReturning;

impl Statement for SumReturning {
    const MYSQL: &'static str = "SELECT CAST(COALESCE(SUM(r.amount), 0) AS SIGNED), CAST(COALESCE(SUM( \
            CASE WHEN b.status = 'confirmed' AND b.payment_id = p.id THEN r.amount END), 0) AS SIGNED) \
        FROM refunds r FORCE INDEX (refunds_due) STRAIGHT_JOIN payments p ON p.id = r.payment_id \
        STRAIGHT_JOIN bookings b ON b.id = p.booking_id \
        WHERE r.status IN ('pending', 'failed') AND b.concert_id = ?";
    const SQLITE: &'static str = "SELECT COALESCE(SUM(r.amount), 0), COALESCE(SUM( \
            CASE WHEN b.status = 'confirmed' AND b.payment_id = p.id THEN r.amount END), 0) \
        FROM refunds r INDEXED BY refunds_due CROSS JOIN payments p ON p.id = r.payment_id \
        CROSS JOIN bookings b ON b.id = p.booking_id \
        WHERE r.status IN ('pending', 'failed') AND +b.concert_id = ?";
    type Columns = (BigInt, BigInt);
}

/// The paid and refunded amounts of some bookings.
struct MoneyOf;

impl Statement for MoneyOf {
    const MYSQL: &'static str = "SELECT p.booking_id, CAST(SUM(p.amount) AS SIGNED), CAST(SUM(p.refunded) AS SIGNED) \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(booking CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN payments p FORCE INDEX (payments_booking) ON p.booking_id = UNHEX(j.booking) \
        WHERE p.status IN ('completed', 'partially_refunded', 'refunded') GROUP BY p.booking_id";
    const SQLITE: &'static str = "SELECT p.booking_id, SUM(p.amount), SUM(p.refunded) FROM json_each(?) j \
        CROSS JOIN payments p INDEXED BY payments_booking ON p.booking_id = unhex(j.value) \
        WHERE p.status IN ('completed', 'partially_refunded', 'refunded') GROUP BY p.booking_id";
    type Columns = (Binary, BigInt, BigInt);
}

type CountedRow = (Option<i64>, String, Option<String>, i64, i64, i64);
type OverdueRow = (Option<i64>, i64, i64, i64);

#[derive(Queryable, Selectable)]
#[diesel(table_name = sections)]
struct SoldRow {
    code: String,
    name: String,
    total: i64,
    available: i64,
    held: i64,
    sold: i64,
    blocked: i64,
    revenue: i64,
}

struct Rows {
    concert: ConcertRow,
    sections: Vec<SoldRow>,
    counted: Vec<CountedRow>,
    overdue: Vec<OverdueRow>,
    refunded: (i64, i64),
    returning: (i64, i64),
}

async fn concert_row(conn: &mut Conn, id: Id) -> QueryResult<Option<ConcertRow>> {
    on_conn!(conn, |c| concerts::table.find(id).select(ConcertRow::as_select()).first(c).await.optional())
}

async fn sales_of(conn: &mut Conn, id: ConcertId, span: Span, now: Timestamp) -> QueryResult<Option<Rows>> {
    let key = Id::from(id);
    let Some(concert) = concert_row(conn, key).await? else {
        return Ok(None);
    };
    let sections = on_conn!(&mut *conn, |c| {
        sections::table
            .filter(sections::concert_id.eq(key))
            .order(sections::position)
            .select(SoldRow::as_select())
            .load(c)
            .await
    })?;
    let slots = || [Value::Int(span.from.micros()), Value::Int(span.to.micros()), Value::Int(SLOT_MICROS)];
    let [from, to, slot] = slots();
    let values = [from, to, slot, Value::Id(key)];
    let counted = on_conn!(&mut *conn, |c| Bound::<CountBookings>::new(&values).load(c).await)?;
    let [from, to, slot] = slots();
    let values = [from, to, slot, Value::Int(now.micros()), Value::Id(key)];
    let overdue = on_conn!(&mut *conn, |c| Bound::<CountOverdue>::new(&values).load(c).await)?;
    let values = [Value::Int(concert.created_at().0), Value::Id(key)];
    let refunded = on_conn!(&mut *conn, |c| Bound::<SumRefunded>::new(&values).get_result(c).await)?;
    let values = [Value::Id(key)];
    let returning = on_conn!(&mut *conn, |c| Bound::<SumReturning>::new(&values).get_result(c).await)?;
    Ok(Some(Rows { concert, sections, counted, overdue, refunded, returning }))
}

impl TryFrom<SoldRow> for SectionSales {
    type Error = StoreError;

    fn try_from(row: SoldRow) -> Result<Self, StoreError> {
        let count = |value| number("a counter of sections", value);
        Ok(Self {
            code: parse_enum("sections.code", &row.code, SectionCode::parse)?,
            name: row.name,
            total: count(row.total)?,
            available: count(row.available)?,
            held: count(row.held)?,
            sold: count(row.sold)?,
            blocked: count(row.blocked)?,
            revenue: row.revenue,
        })
    }
}

fn outcome(status: &str, reason: Option<&str>) -> Result<Outcome, StoreError> {
    match (status, reason) {
        ("pending", None) => Ok(Outcome::Pending),
        ("confirmed", None) => Ok(Outcome::Confirmed),
        ("cancelled", Some("expired")) => Ok(Outcome::Expired),
        ("cancelled", Some(_)) => Ok(Outcome::Cancelled),
        _ => Err(StoreError::inconsistent(format!("bookings.status holds {status:?} for the reason {reason:?}"))),
    }
}

fn totals((bookings, tickets, worth): (i64, i64, i64)) -> Result<BookingTotals, StoreError> {
    Ok(BookingTotals {
        bookings: number("a count of bookings", bookings)?,
        tickets: number("a count of tickets", tickets)?,
        worth,
    })
}

/// The counts of a concert. Overdue bookings count as expired.
fn placed(concert: Id, counted: Vec<CountedRow>, overdue: Vec<OverdueRow>) -> Result<Vec<SlotTotals>, StoreError> {
    let mut sums: BTreeMap<(Option<i64>, Outcome), (i64, i64, i64)> = BTreeMap::new();
    let mut add = |slot, outcome, sign: i64, (bookings, tickets, worth): (i64, i64, i64)| {
        let sum = sums.entry((slot, outcome)).or_default();
        *sum = (sum.0 + sign * bookings, sum.1 + sign * tickets, sum.2 + sign * worth);
    };
    for (slot, status, reason, bookings, tickets, worth) in counted {
        let outcome = outcome(&status, reason.as_deref());
        if let Some(outcome) = if_readable("bookings, counted by concert", concert, outcome) {
            add(slot, outcome, 1, (bookings, tickets, worth));
        }
    }
    for (slot, bookings, tickets, worth) in overdue {
        add(slot, Outcome::Pending, -1, (bookings, tickets, worth));
        add(slot, Outcome::Expired, 1, (bookings, tickets, worth));
    }
    sums.into_iter()
        .filter(|(_, (bookings, ..))| *bookings != 0)
        .map(|((slot, outcome), sum)| {
            let slot = slot.map(|slot| Timestamp::from_micros(slot * SLOT_MICROS));
            Ok(SlotTotals { slot, outcome, totals: totals(sum)? })
        })
        .collect()
}

#[async_trait]
impl ReportQueries for Database {
    async fn concert(&self, id: ConcertId) -> Result<Option<Concert>, StoreError> {
        let key = Id::from(id);
        let row = self.pools.find_lagging(async |conn| concert_row(conn, key).await).await?;
        row.map(Concert::try_from).transpose()
    }

    async fn sales(&self, id: ConcertId, span: Span, now: Timestamp) -> Result<Option<SalesFigures>, StoreError> {
        let found = self.pools.find_lagging_in_snapshot(async |conn| sales_of(conn, id, span, now).await);
        let Some(Rows { concert, sections, counted, overdue, refunded, returning }) = found.await? else {
            return Ok(None);
        };
        Ok(Some(SalesFigures {
            concert: concert.try_into()?,
            sections: sections.into_iter().map(SectionSales::try_from).collect::<Result<_, _>>()?,
            placed: placed(id.into(), counted, overdue)?,
            refunds: RefundSums { completed: refunded.0, pending: returning.0, of_confirmed: refunded.1 + returning.1 },
        }))
    }

    async fn bookings(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: u32,
    ) -> Result<Vec<ReportedBooking>, StoreError> {
        let mut list = ReadableList::batch(limit, after);
        while list.is_short() {
            let (after, rows) = (list.after().copied(), list.rows());
            let read = self.pools.read_lagging(async |conn| {
                let page = page_of_concert(&mut *conn, concert, filter, after, rows).await?;
                let money = money_of(conn, page.iter().map(|row| row.booking.id())).await?;
                Ok((page, money))
            });
            let (page, money) = read.await?;
            let money: HashMap<Id, (i64, i64)> =
                money.into_iter().map(|(booking, paid, refunded)| (booking, (paid, refunded))).collect();
            let reported = |row: NamedBookingRow| {
                let (paid, refunded) = money.get(&row.booking.id()).copied().unwrap_or_default();
                readable_named(row).map(|named| ReportedBooking { named, paid, refunded })
            };
            list.take(page, |row| row.booking.position(), reported);
        }
        Ok(list.into_items())
    }
}

async fn money_of(conn: &mut Conn, bookings: impl Iterator<Item = Id>) -> QueryResult<Vec<(Id, i64, i64)>> {
    let bookings = json(bookings)?;
    let values = [Value::Text(&bookings)];
    on_conn!(conn, |c| Bound::<MoneyOf>::new(&values).load(c).await)
}
