//! Payments and refunds.

use boxoffice_domain::payments::{Payment, PaymentPosition, PaymentStatus, Refund, RefundStatus};
use boxoffice_domain::shared::StoreError;
use diesel::prelude::{AsChangeset, Queryable, Selectable};
use serde::Serialize;

use super::{money, number, parse_enum, stored};
use crate::db::insert::Row;
use crate::db::schema::{payments, refunds};
use crate::db::types::{Id, Micros};

#[derive(Queryable, Selectable)]
#[diesel(table_name = payments)]
pub(in crate::db) struct PaymentRow {
    id: Id,
    booking_id: Id,
    user_id: Option<Id>,
    amount: i64,
    refunded: i64,
    currency: String,
    method: String,
    gateway: String,
    transaction_id: Option<String>,
    status: String,
    failure: Option<String>,
    next_action: Option<String>,
    version: i64,
    created_at: Micros,
    updated_at: Micros,
}

impl PaymentRow {
    pub(in crate::db) const fn id(&self) -> Id {
        self.id
    }

    /// Where it stands in a list, also when it cannot be read.
    pub(in crate::db) fn position(&self) -> PaymentPosition {
        PaymentPosition { created_at: self.created_at.into(), id: self.id.into() }
    }
}

impl TryFrom<PaymentRow> for Payment {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            booking: row.booking_id.into(),
            user: row.user_id.map(Into::into),
            amount: money("payments.amount", row.amount, &row.currency)?,
            refunded: row.refunded,
            method: row.method,
            gateway: row.gateway,
            transaction_id: row.transaction_id,
            status: parse_enum("payments.status", &row.status, PaymentStatus::parse)?,
            failure: row.failure,
            next_action: row.next_action,
            version: number("payments.version", row.version)?,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

/// The values of a new payment, in the order of its columns.
pub(in crate::db) fn new_payment(payment: &Payment) -> impl Row {
    (
        Id::from(payment.id),
        Id::from(payment.booking),
        payment.user.map(Id::from),
        payment.amount.minor(),
        payment.refunded,
        payment.amount.currency().code(),
        &payment.method,
        &payment.gateway,
        payment.transaction_id.as_ref(),
        payment.status.as_str(),
        payment.failure.as_ref(),
        payment.next_action.as_ref(),
        stored(payment.version),
        payment.created_at.micros(),
        payment.updated_at.micros(),
    )
}

/// The mutable values of a payment, in the order of its statement.
pub(in crate::db) fn changed_payment(payment: &Payment) -> impl Serialize {
    (
        Id::from(payment.id),
        payment.refunded,
        payment.transaction_id.clone(),
        payment.status.as_str(),
        payment.failure.clone(),
        payment.next_action.clone(),
        stored(payment.version),
        payment.updated_at.micros(),
    )
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = refunds)]
pub(in crate::db) struct RefundRow {
    id: Id,
    payment_id: Id,
    amount: i64,
    currency: String,
    reason: String,
    status: String,
    gateway_reference: Option<String>,
    attempts: i64,
    next_attempt_at: Micros,
    created_at: Micros,
    updated_at: Micros,
}

impl RefundRow {
    pub(in crate::db) const fn id(&self) -> Id {
        self.id
    }

    /// Where it stands among those that are due, also when it cannot be read.
    pub(in crate::db) const fn due(&self) -> (Micros, Id) {
        (self.next_attempt_at, self.id)
    }
}

/// What may change of a refund.
#[derive(AsChangeset)]
#[diesel(table_name = refunds, treat_none_as_null = true)]
pub(in crate::db) struct RefundChanges {
    status: String,
    gateway_reference: Option<String>,
    attempts: i64,
    next_attempt_at: Micros,
    updated_at: Micros,
}

impl From<&Refund> for RefundChanges {
    fn from(refund: &Refund) -> Self {
        Self {
            status: refund.status.as_str().to_owned(),
            gateway_reference: refund.gateway_reference.clone(),
            attempts: refund.attempts.into(),
            next_attempt_at: refund.next_attempt_at.into(),
            updated_at: refund.updated_at.into(),
        }
    }
}

/// The values of a new refund, in the order of its columns.
pub(in crate::db) fn new_refund(refund: &Refund) -> impl Row {
    (
        Id::from(refund.id),
        Id::from(refund.payment),
        refund.amount.minor(),
        refund.amount.currency().code(),
        &refund.reason,
        refund.status.as_str(),
        refund.gateway_reference.as_ref(),
        refund.attempts,
        refund.next_attempt_at.micros(),
        refund.created_at.micros(),
        refund.updated_at.micros(),
    )
}

impl TryFrom<RefundRow> for Refund {
    type Error = StoreError;

    fn try_from(row: RefundRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            payment: row.payment_id.into(),
            amount: money("refunds.amount", row.amount, &row.currency)?,
            reason: row.reason,
            status: parse_enum("refunds.status", &row.status, RefundStatus::parse)?,
            gateway_reference: row.gateway_reference,
            attempts: number("refunds.attempts", row.attempts)?,
            next_attempt_at: row.next_attempt_at.into(),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}
