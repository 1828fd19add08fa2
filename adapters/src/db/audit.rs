//! The audit of the invariants: one query each, all in one snapshot.

use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::maintenance::{Auditor, Invariant, InvariantReport};
use boxoffice_domain::shared::{ConcertId, StoreError, Timestamp, UserId};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::batch::{Bound, Statement, Value};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::rows::number;
use super::types::Id;

/// The longest an audit may take.
const AUDIT_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// What a check gives back: how many things break its rule, and of at most five of them what they are, their id, a
/// number inside of it (0 for none) and a second id.
type Columns = (BigInt, Text, Binary, BigInt, Nullable<Binary>);

type Row = (i64, String, Id, i64, Option<Id>);

struct TakenTickets;

impl Statement for TakenTickets {
    const MYSQL: &'static str = "SELECT COUNT(*) OVER (), 'ticket', t.concert_id, t.number, CAST(NULL AS BINARY) \
        FROM tickets t \
        LEFT JOIN bookings b ON b.id = t.booking_id \
        LEFT JOIN booking_tickets l ON l.booking_id = t.booking_id AND l.number = t.number \
        WHERE t.status IN ('held', 'sold') AND (b.id IS NULL OR b.concert_id <> t.concert_id \
            OR b.status = 'cancelled' OR l.number IS NULL) \
        LIMIT 5";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = Columns;
}

struct LiveBookings;

impl Statement for LiveBookings {
    const MYSQL: &'static str = "SELECT COUNT(*) OVER (), 'booking', v.id, 0, CAST(NULL AS BINARY) FROM ( \
        SELECT b.id FROM bookings b \
        LEFT JOIN booking_tickets l ON l.booking_id = b.id \
        LEFT JOIN tickets t ON t.concert_id = b.concert_id AND t.number = l.number AND t.booking_id = b.id \
            AND t.status = CASE b.status WHEN 'pending' THEN 'held' ELSE 'sold' END \
        WHERE b.status IN ('pending', 'confirmed') \
        GROUP BY b.id, b.ticket_count HAVING COUNT(t.number) <> b.ticket_count) v \
        LIMIT 5";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = Columns;
}

struct PaidBookings;

impl Statement for PaidBookings {
    const MYSQL: &'static str = "SELECT COUNT(*) OVER (), v.what, v.id, 0, CAST(NULL AS BINARY) FROM ( \
        SELECT 'booking' AS what, b.id FROM bookings b \
        LEFT JOIN payments p ON p.booking_id = b.id AND p.status IN ('completed', 'partially_refunded') \
            AND (p.id = b.payment_id \
                OR p.amount > (SELECT COALESCE(SUM(r.amount), 0) FROM refunds r WHERE r.payment_id = p.id)) \
        WHERE b.status = 'confirmed' AND b.total_amount > 0 \
        GROUP BY b.id HAVING COUNT(p.id) <> 1 OR MAX(CASE WHEN p.id = b.payment_id AND p.amount = b.total_amount \
            AND p.currency = b.currency THEN 1 ELSE 0 END) = 0 \
        UNION ALL \
        SELECT 'payment' AS what, p.id FROM payments p JOIN refunds r ON r.payment_id = p.id \
        GROUP BY p.id, p.amount HAVING SUM(r.amount) > p.amount) v \
        LIMIT 5";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = Columns;
}

struct RefundedPayments;

impl Statement for RefundedPayments {
    const MYSQL: &'static str = "SELECT COUNT(*) OVER (), 'payment', v.id, 0, CAST(NULL AS BINARY) FROM ( \
        SELECT p.id FROM payments p \
        LEFT JOIN bookings b ON b.id = p.booking_id \
        LEFT JOIN refunds r ON r.payment_id = p.id \
        WHERE p.status IN ('completed', 'partially_refunded') AND (b.id IS NULL OR b.status <> 'confirmed') \
        GROUP BY p.id, p.amount HAVING COALESCE(SUM(r.amount), 0) < p.amount) v \
        LIMIT 5";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = Columns;
}

struct Counters;

impl Statement for Counters {
    const MYSQL: &'static str = "SELECT COUNT(*) OVER (), v.what, v.id, v.number, v.other FROM ( \
        SELECT 'section' AS what, s.concert_id AS id, s.position AS number, CAST(NULL AS BINARY) AS other \
        FROM sections s \
        LEFT JOIN tickets t ON t.concert_id = s.concert_id AND t.number BETWEEN s.first_number AND s.last_number \
        GROUP BY s.concert_id, s.position, s.total, s.available, s.held, s.sold, s.blocked \
        HAVING COUNT(t.number) <> s.total \
            OR COUNT(CASE t.status WHEN 'available' THEN 1 END) <> s.available \
            OR COUNT(CASE t.status WHEN 'held' THEN 1 END) <> s.held \
            OR COUNT(CASE t.status WHEN 'sold' THEN 1 END) <> s.sold \
            OR COUNT(CASE t.status WHEN 'blocked' THEN 1 END) <> s.blocked \
        UNION ALL \
        SELECT 'section' AS what, r.concert_id AS id, r.position AS number, CAST(NULL AS BINARY) AS other FROM ( \
            SELECT concert_id, position, revenue FROM sections \
            UNION ALL \
            SELECT l.concert_id, l.section_position, -l.price FROM bookings b \
            JOIN booking_tickets l ON l.booking_id = b.id WHERE b.status = 'confirmed') r \
        GROUP BY r.concert_id, r.position HAVING SUM(r.revenue) <> 0 \
        UNION ALL \
        SELECT 'concert' AS what, c.id, 0 AS number, CAST(NULL AS BINARY) AS other FROM concerts c \
        LEFT JOIN sections s ON s.concert_id = c.id \
        GROUP BY c.id, c.total, c.available \
        HAVING COALESCE(SUM(s.total), 0) <> c.total OR COALESCE(SUM(s.available), 0) <> c.available \
        UNION ALL \
        SELECT 'purchase' AS what, h.concert_id AS id, 0 AS number, h.user_id AS other FROM ( \
            SELECT concert_id, user_id, tickets, pending_bookings FROM purchases \
            UNION ALL \
            SELECT concert_id, user_id, -ticket_count, CASE status WHEN 'pending' THEN -1 ELSE 0 END FROM bookings \
            WHERE status IN ('pending', 'confirmed') AND user_id IS NOT NULL) h \
        GROUP BY h.concert_id, h.user_id HAVING SUM(h.tickets) <> 0 OR SUM(h.pending_bookings) <> 0) v \
        LIMIT 5";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = Columns;
}

struct StreamPositions;

impl Statement for StreamPositions {
    const MYSQL: &'static str = "SELECT COUNT(*) OVER (), s.what, s.id, 0, CAST(NULL AS BINARY) FROM ( \
            SELECT 'user' AS what, id, version FROM users UNION ALL \
            SELECT 'concert' AS what, id, version FROM concerts) s \
        LEFT JOIN stream_floors f ON f.stream_kind = s.what AND f.stream_id = s.id \
        LEFT JOIN (SELECT stream_kind, stream_id, COUNT(*) AS entries, MIN(position) AS oldest, MAX(position) AS newest \
            FROM outbox_entries GROUP BY stream_kind, stream_id) o ON o.stream_kind = s.what AND o.stream_id = s.id \
        WHERE COALESCE(o.entries, 0) <> s.version - COALESCE(f.floor, 1) + 1 \
            OR o.oldest <> COALESCE(f.floor, 1) OR o.newest <> s.version \
        LIMIT 5";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = Columns;
}

/// Cancellations other than by expiry, joined with later confirmations of the same bookings. Only entries with such events
/// are parsed.
struct FinalCancellations;

impl Statement for FinalCancellations {
    const MYSQL: &'static str = "SELECT COUNT(*) OVER (), 'booking', UNHEX(v.id), 0, CAST(NULL AS BINARY) FROM ( \
        SELECT DISTINCT c.id FROM ( \
            SELECT j.id, j.version FROM outbox_entries o, JSON_TABLE(o.events, '$[*]' COLUMNS(id CHAR(32) PATH '$.aggregate_id', \
                type_ VARCHAR(64) PATH '$.type', version BIGINT PATH '$.version', reason VARCHAR(32) PATH '$.data.reason')) j \
            WHERE o.stream_kind = 'concert' AND o.events LIKE '%booking.cancelled.v1%' \
                AND j.type_ = 'booking.cancelled.v1' AND j.reason <> 'expired') c \
        JOIN ( \
            SELECT j.id, j.version FROM outbox_entries o, JSON_TABLE(o.events, '$[*]' COLUMNS(id CHAR(32) PATH '$.aggregate_id', \
                type_ VARCHAR(64) PATH '$.type', version BIGINT PATH '$.version')) j \
            WHERE o.stream_kind = 'concert' AND o.events LIKE '%booking.confirmed.v1%' \
                AND j.type_ = 'booking.confirmed.v1') f ON f.id = c.id AND f.version > c.version) v \
        LIMIT 5";
    const SQLITE: &'static str = "SELECT COUNT(*) OVER (), 'booking', unhex(v.id), 0, CAST(NULL AS BINARY) FROM ( \
        SELECT DISTINCT c.id FROM ( \
            SELECT j.value ->> '$.aggregate_id' AS id, j.value ->> '$.version' AS version \
            FROM outbox_entries o, json_each(o.events) j \
            WHERE o.stream_kind = 'concert' AND o.events LIKE '%booking.cancelled.v1%' \
                AND j.value ->> '$.type' = 'booking.cancelled.v1' AND j.value ->> '$.data.reason' <> 'expired') c \
        JOIN ( \
            SELECT j.value ->> '$.aggregate_id' AS id, j.value ->> '$.version' AS version \
            FROM outbox_entries o, json_each(o.events) j \
            WHERE o.stream_kind = 'concert' AND o.events LIKE '%booking.confirmed.v1%' \
                AND j.value ->> '$.type' = 'booking.confirmed.v1') f ON f.id = c.id AND f.version > c.version) v \
        LIMIT 5";
    type Columns = Columns;
}

struct OverdueHolds;

impl Statement for OverdueHolds {
    const MYSQL: &'static str = "SELECT COUNT(*) OVER (), 'booking', b.id, 0, CAST(NULL AS BINARY) FROM bookings b \
        WHERE b.status = 'pending' AND b.expires_at < ? LIMIT 5";
    const SQLITE: &'static str = Self::MYSQL;
    type Columns = Columns;
}

async fn check<S: Statement<Columns = Columns>>(conn: &mut Conn, values: &[Value<'_>]) -> QueryResult<Vec<Row>> {
    on_conn!(conn, |c| Bound::<S>::new(values).load(c).await)
}

async fn check_invariant(conn: &mut Conn, invariant: Invariant, now: Timestamp) -> QueryResult<Vec<Row>> {
    match invariant {
        Invariant::TakenTickets => check::<TakenTickets>(conn, &[]).await,
        Invariant::LiveBookings => check::<LiveBookings>(conn, &[]).await,
        Invariant::PaidBookings => check::<PaidBookings>(conn, &[]).await,
        Invariant::RefundedPayments => check::<RefundedPayments>(conn, &[]).await,
        Invariant::Counters => check::<Counters>(conn, &[]).await,
        Invariant::StreamPositions => check::<StreamPositions>(conn, &[]).await,
        Invariant::FinalCancellations => check::<FinalCancellations>(conn, &[]).await,
        Invariant::OverdueHolds => {
            let late = now.plus_seconds(-Invariant::OVERDUE_SECONDS).micros();
            check::<OverdueHolds>(conn, &[Value::Int(late)]).await
        }
    }
}

/// What breaks a rule, for people.
fn example((_, what, id, number, other): &Row) -> String {
    let id = Uuid::from_bytes(id.0);
    match (what.as_str(), other) {
        ("ticket" | "section", _) => format!("{what} {number} of concert {id}"),
        ("purchase", Some(user)) => {
            format!("what user {} holds of concert {}", UserId::from(*user), ConcertId::from_uuid(id))
        }
        _ => format!("{what} {id}"),
    }
}

#[async_trait]
impl Auditor for Database {
    async fn audit(&self, now: Timestamp) -> Result<Vec<InvariantReport>, StoreError> {
        let checks = self.pools.reads.large_snapshot(AUDIT_TIMEOUT, async |conn| {
            let mut checks = Vec::with_capacity(Invariant::ALL.len());
            for invariant in Invariant::ALL {
                checks.push((invariant, check_invariant(conn, invariant, now).await?));
            }
            Ok(checks)
        });
        checks
            .await?
            .into_iter()
            .map(|(invariant, rows)| {
                let violations = match rows.as_slice() {
                    [] => 0,
                    [(count, ..), ..] => number("a count of the audit", *count)?,
                };
                Ok(InvariantReport { invariant, violations, examples: rows.iter().map(example).collect() })
            })
            .collect()
    }
}
