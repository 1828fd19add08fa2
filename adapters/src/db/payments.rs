//! Payments.

use async_trait::async_trait;
use boxoffice_domain::payments::{
    CLOCK_AHEAD_SECONDS, Payment, PaymentPosition, PaymentQueries, PaymentRepository, PaymentStatus, Refund,
    RefundStatus,
};
use boxoffice_domain::shared::{BookingId, ConcertId, Due, PaymentId, RefundId, StoreError, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::batch::{Bound, NoColumns, Statement, Value, execute, json};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::insert::Inserts;
use super::readable::{ReadableList, if_readable};
use super::refunds::{refund_by_id, refunds_of};
use super::rows::{PaymentRow, RefundRow, changed_payment, new_payment};
use super::schema::{bookings, payments, refunds};
use super::types::{Id, Micros};
use super::unit_of_work::SqlUnit;

const NEW_PAYMENTS: &str = "payments (id, booking_id, user_id, amount, refunded, currency, method, gateway, \
    transaction_id, status, failure, next_action, version, created_at, updated_at)";

/// Saves the mutable columns of payments without a next action. Each payment must have the previous version.
struct SavePayments;

impl Statement for SavePayments {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$[0]', refunded BIGINT PATH '$[1]', \
            transaction_ VARCHAR(255) PATH '$[2]', status VARCHAR(32) PATH '$[3]', failure VARCHAR(255) PATH '$[4]', \
            version BIGINT PATH '$[6]', updated_at BIGINT PATH '$[7]')) j \
        STRAIGHT_JOIN payments p \
        ON p.id = UNHEX(j.id) \
        SET p.refunded = j.refunded, p.transaction_id = j.transaction_, p.status = j.status, p.failure = j.failure, \
            p.next_action = NULL, p.version = j.version, p.updated_at = j.updated_at \
        WHERE p.version = j.version - 1";
    const SQLITE: &'static str = SavePaymentsWithActions::SQLITE;
    type Columns = NoColumns;
}

/// The same for payments of which some have a next action. MariaDB writes a temporary table with an unlimited text to disk.
struct SavePaymentsWithActions;

impl Statement for SavePaymentsWithActions {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$[0]', refunded BIGINT PATH '$[1]', \
            transaction_ VARCHAR(255) PATH '$[2]', status VARCHAR(32) PATH '$[3]', failure VARCHAR(255) PATH '$[4]', \
            next_action TEXT PATH '$[5]', version BIGINT PATH '$[6]', updated_at BIGINT PATH '$[7]')) j \
        STRAIGHT_JOIN payments p \
        ON p.id = UNHEX(j.id) \
        SET p.refunded = j.refunded, p.transaction_id = j.transaction_, p.status = j.status, p.failure = j.failure, \
            p.next_action = j.next_action, p.version = j.version, p.updated_at = j.updated_at \
        WHERE p.version = j.version - 1";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT unhex(value ->> 0) AS id, value ->> 1 AS refunded, \
            value ->> 2 AS transaction_, value ->> 3 AS status, value ->> 4 AS failure, value ->> 5 AS next_action, \
            value ->> 6 AS version, value ->> 7 AS updated_at FROM json_each(?)) \
        UPDATE payments SET refunded = j.refunded, transaction_id = j.transaction_, status = j.status, \
            failure = j.failure, next_action = j.next_action, version = j.version, updated_at = j.updated_at \
        FROM j WHERE payments.id = j.id AND payments.version = j.version - 1";
    type Columns = NoColumns;
}

/// Payments by id.
struct PaymentsById;

impl Statement for PaymentsById {
    const MYSQL: &'static str = "SELECT p.id, p.booking_id, p.user_id, p.amount, p.refunded, p.currency, p.method, \
            p.gateway, p.transaction_id, p.status, p.failure, p.next_action, p.version, p.created_at, p.updated_at \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(id CHAR(32) PATH '$')) j STRAIGHT_JOIN payments p ON p.id = UNHEX(j.id)";
    const SQLITE: &'static str = "SELECT p.id, p.booking_id, p.user_id, p.amount, p.refunded, p.currency, p.method, \
            p.gateway, p.transaction_id, p.status, p.failure, p.next_action, p.version, p.created_at, p.updated_at \
        FROM json_each(?) j CROSS JOIN payments p ON p.id = unhex(j.value)";
    type Columns = payments::SqlType;
}

#[async_trait]
impl PaymentRepository for SqlUnit {
    async fn add(&mut self, payments: &[Payment]) -> Result<(), StoreError> {
        let added = self.run(async |conn| {
            Inserts::on(conn).rows(NEW_PAYMENTS, payments.iter().map(new_payment)).execute(conn).await
        });
        Ok(added.await?)
    }

    async fn get(&mut self, ids: &[PaymentId]) -> Result<Vec<Payment>, StoreError> {
        let rows = self.run(async |conn| {
            let ids = json(ids.iter().map(|id| Id::from(*id)))?;
            let values = [Value::Text(&ids)];
            on_conn!(conn, |c| Bound::<PaymentsById>::new(&values).load::<PaymentRow>(c).await)
        });
        rows.await?.into_iter().map(Payment::try_from).collect()
    }

    async fn save(&mut self, payments: &[Payment]) -> Result<(), StoreError> {
        let mut payments: Vec<&Payment> = payments.iter().collect();
        payments.sort_unstable_by_key(|payment| payment.id);
        self.run_exactly(payments.len(), async |conn| {
            let rows = json(payments.iter().map(|payment| changed_payment(payment)))?;
            if payments.iter().all(|payment| payment.next_action.is_none()) {
                execute::<SavePayments>(conn, &[Value::Text(&rows)]).await
            } else {
                execute::<SavePaymentsWithActions>(conn, &[Value::Text(&rows)]).await
            }
        })
        .await
    }
}

#[async_trait]
impl PaymentQueries for Database {
    async fn get(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        let id = Id::from(id);
        let row = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| payments::table.find(id).select(PaymentRow::as_select()).first(c).await.optional())
        });
        row.await?.map(Payment::try_from).transpose()
    }

    async fn refund(&self, id: RefundId) -> Result<Option<Refund>, StoreError> {
        let row = self.pools.reads.read(async |conn| refund_by_id(conn, id.into()).await).await?;
        row.map(Refund::try_from).transpose()
    }

    async fn refunds_of(&self, payment: PaymentId) -> Result<Vec<Refund>, StoreError> {
        let rows = self.pools.reads.read(async |conn| refunds_of(conn, &[payment]).await).await?;
        Ok(rows.into_iter().filter_map(readable_refund).collect())
    }

    async fn concert_of(&self, booking: BookingId) -> Result<Option<ConcertId>, StoreError> {
        let id = Id::from(booking);
        let row = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| bookings::table.find(id).select(bookings::concert_id).first::<Id>(c).await.optional())
        });
        Ok(row.await?.map(ConcertId::from))
    }

    async fn pending_since(
        &self,
        gateway: &str,
        before: Timestamp,
        after: Option<PaymentPosition>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let due = Due::at(before, CLOCK_AHEAD_SECONDS);
        let mut list = ReadableList::batch(limit, after);
        while list.is_short() {
            let (after, rows) = (list.after().copied(), list.rows());
            let read = self.pools.reads.read(async |conn| {
                let mut found = pending_between(&mut *conn, gateway, None, Some(due.by), after, rows).await?;
                let left = rows.saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX));
                if left > 0 {
                    found.extend(pending_between(conn, gateway, Some(due.beyond), None, after, left).await?);
                }
                Ok(found)
            });
            let payment = |row: PaymentRow| if_readable("payments", row.id(), row.try_into());
            list.take(read.await?, PaymentRow::position, payment);
        }
        Ok(list.into_items())
    }

    async fn refunds_due(&self, gateway: &str, now: Timestamp, limit: u32) -> Result<Vec<Refund>, StoreError> {
        let clock_was_ahead = Due::at(now, CLOCK_AHEAD_SECONDS).beyond;
        let mut list = ReadableList::batch(limit, None);
        while list.is_short() {
            let (after, rows) = (list.after().copied(), list.rows());
            let read = self.pools.reads.read(async |conn| {
                let mut found = unfinished_refunds(&mut *conn, gateway, Wait::Over(now), after, rows).await?;
                let left = rows.saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX));
                if left > 0 {
                    let wait = Wait::WrittenAfter(now, clock_was_ahead);
                    found.extend(unfinished_refunds(conn, gateway, wait, after, left).await?);
                }
                Ok(found)
            });
            list.take(read.await?, RefundRow::due, readable_refund);
        }
        Ok(list.into_items())
    }
}

/// A refund of a list.
fn readable_refund(row: RefundRow) -> Option<Refund> {
    if_readable("refunds", row.id(), row.try_into())
}

/// Pending payments of a gateway started after one instant and before another, after a position, oldest first.
async fn pending_between(
    conn: &mut Conn,
    gateway: &str,
    from: Option<Timestamp>,
    before: Option<Timestamp>,
    after: Option<PaymentPosition>,
    limit: i64,
) -> QueryResult<Vec<PaymentRow>> {
    on_conn!(conn, |c| {
        let mut pending = payments::table
            .filter(payments::status.eq(PaymentStatus::Pending.as_str()))
            .filter(payments::gateway.eq(gateway))
            .order((payments::created_at, payments::id))
            .limit(limit)
            .select(PaymentRow::as_select())
            .into_boxed();
        if let Some(from) = from {
            pending = pending.filter(payments::created_at.gt(Micros::from(from)));
        }
        if let Some(before) = before {
            pending = pending.filter(payments::created_at.lt(Micros::from(before)));
        }
        if let Some(PaymentPosition { created_at, id }) = after {
            let (at, id) = (Micros::from(created_at), Id::from(id));
            pending =
                pending.filter(payments::created_at.ge(at)).filter(payments::created_at.gt(at).or(payments::id.gt(id)));
        }
        pending.load(c).await
    })
}

/// Selects refunds by the time of their next attempt.
enum Wait {
    /// At this instant or earlier: the refund is due.
    Over(Timestamp),
    /// Later than the first instant, but written when the clock was ahead, past the second instant.
    WrittenAfter(Timestamp, Timestamp),
}

/// Refunds of payments of a gateway that are not completed and wait so, the longest due first, after one.
async fn unfinished_refunds(
    conn: &mut Conn,
    gateway: &str,
    wait: Wait,
    after: Option<(Micros, Id)>,
    limit: i64,
) -> QueryResult<Vec<RefundRow>> {
    on_conn!(conn, |c| {
        let unfinished =
            refunds::status.eq(RefundStatus::Pending.as_str()).or(refunds::status.eq(RefundStatus::Failed.as_str()));
        let mut found = refunds::table
            .inner_join(payments::table.on(payments::id.eq(refunds::payment_id)))
            .filter(unfinished)
            .filter(payments::gateway.eq(gateway))
            .order((refunds::next_attempt_at, refunds::id))
            .limit(limit)
            .select(RefundRow::as_select())
            .into_boxed();
        if let Some((at, id)) = after {
            found = found
                .filter(refunds::next_attempt_at.ge(at))
                .filter(refunds::next_attempt_at.gt(at).or(refunds::id.gt(id)));
        }
        found = match wait {
            Wait::Over(now) => found.filter(refunds::next_attempt_at.le(Micros::from(now))),
            Wait::WrittenAfter(now, beyond) => found
                .filter(refunds::next_attempt_at.gt(Micros::from(now)))
                .filter(refunds::updated_at.gt(Micros::from(beyond))),
        };
        found.load(c).await
    })
}
