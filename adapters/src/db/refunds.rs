//! Refunds.

use async_trait::async_trait;
use boxoffice_domain::payments::{Refund, RefundRepository, RefundStatus};
use boxoffice_domain::shared::{PaymentId, RefundId, StoreError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::batch::{Bound, Statement, Value, json};
use super::conn::{Conn, on_conn};
use super::insert::Inserts;
use super::rows::{RefundChanges, RefundRow, new_refund};
use super::schema::refunds;
use super::types::Id;
use super::unit_of_work::SqlUnit;

const NEW_REFUNDS: &str = "refunds (id, payment_id, amount, currency, reason, status, gateway_reference, attempts, \
    next_attempt_at, created_at, updated_at)";

/// The refunds of some payments.
struct RefundsOf;

impl Statement for RefundsOf {
    const MYSQL: &'static str = "SELECT r.id, r.payment_id, r.amount, r.currency, r.reason, r.status, \
            r.gateway_reference, r.attempts, r.next_attempt_at, r.created_at, r.updated_at \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(payment CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN refunds r ON r.payment_id = UNHEX(j.payment) ORDER BY r.payment_id, r.created_at, r.id";
    const SQLITE: &'static str = "SELECT r.id, r.payment_id, r.amount, r.currency, r.reason, r.status, \
            r.gateway_reference, r.attempts, r.next_attempt_at, r.created_at, r.updated_at \
        FROM json_each(?) j CROSS JOIN refunds r ON r.payment_id = unhex(j.value) \
        ORDER BY r.payment_id, r.created_at, r.id";
    type Columns = refunds::SqlType;
}

pub(super) async fn refund_by_id(conn: &mut Conn, id: Id) -> QueryResult<Option<RefundRow>> {
    on_conn!(conn, |c| refunds::table.find(id).select(RefundRow::as_select()).first(c).await.optional())
}

/// The refunds by payment, oldest first.
pub(super) async fn refunds_of(conn: &mut Conn, payments: &[PaymentId]) -> QueryResult<Vec<RefundRow>> {
    let payments = json(payments.iter().map(|id| Id::from(*id)))?;
    let values = [Value::Text(&payments)];
    on_conn!(conn, |c| Bound::<RefundsOf>::new(&values).load(c).await)
}

#[async_trait]
impl RefundRepository for SqlUnit {
    async fn add(&mut self, refunds: &[Refund]) -> Result<(), StoreError> {
        let added = self
            .run(async |conn| Inserts::on(conn).rows(NEW_REFUNDS, refunds.iter().map(new_refund)).execute(conn).await);
        Ok(added.await?)
    }

    async fn get(&mut self, id: RefundId) -> Result<Option<Refund>, StoreError> {
        let row = self.run(async |conn| refund_by_id(conn, id.into()).await).await?;
        row.map(Refund::try_from).transpose()
    }

    async fn of_payments(&mut self, payments: &[PaymentId]) -> Result<Vec<Refund>, StoreError> {
        let rows = self.run(async |conn| refunds_of(conn, payments).await).await?;
        rows.into_iter().map(Refund::try_from).collect()
    }

    async fn save(&mut self, refund: &Refund) -> Result<(), StoreError> {
        let id = Id::from(refund.id);
        let changes = RefundChanges::from(refund);
        self.run_exactly(1, async |conn| {
            on_conn!(conn, |c| {
                let unfinished = refunds::table.find(id).filter(refunds::status.ne(RefundStatus::Completed.as_str()));
                diesel::update(unfinished).set(&changes).execute(c).await
            })
        })
        .await
    }
}
