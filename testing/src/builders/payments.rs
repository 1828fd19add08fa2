//! Builds payments and refunds.

use boxoffice_domain::bookings::Booking;
use boxoffice_domain::payments::{Payment, PaymentStatus, Refund, RefundStatus};
use boxoffice_domain::shared::{IdGenerator, Money, PaymentId, RefundId, Timestamp};

use crate::clock::FixedClock;

/// Builds a pending payment, started at [`FixedClock::START`].
#[derive(Debug, Clone)]
pub struct PaymentBuilder(Payment);

impl PaymentBuilder {
    /// A payment of a booking's total by its user.
    pub fn new(ids: &dyn IdGenerator, booking: &Booking) -> Self {
        Self(Payment {
            id: PaymentId::generate(ids),
            booking: booking.id,
            user: booking.user,
            amount: booking.total,
            refunded: 0,
            method: String::from("card"),
            gateway: String::from("fake"),
            transaction_id: None,
            status: PaymentStatus::Pending,
            failure: None,
            next_action: None,
            version: 1,
            created_at: FixedClock::START,
            updated_at: FixedClock::START,
        })
    }

    /// Sets the amount, in minor units.
    #[must_use]
    pub fn amount(mut self, minor: i64) -> Self {
        self.0.amount = Money::new(minor, self.0.amount.currency()).unwrap();
        self
    }

    /// Sets the payment method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.0.method);
        self
    }

    /// Sets the gateway's id of the charge.
    #[must_use]
    pub fn transaction(mut self, transaction_id: &str) -> Self {
        self.0.transaction_id = Some(transaction_id.to_owned());
        self
    }

    /// In this status.
    #[must_use]
    pub const fn status(mut self, status: PaymentStatus) -> Self {
        self.0.status = status;
        self
    }

    /// Sets when it was started.
    #[must_use]
    pub const fn created_at(mut self, at: Timestamp) -> Self {
        self.0.created_at = at;
        self.0.updated_at = at;
        self
    }

    /// Returns the payment.
    pub fn build(self) -> Payment {
        self.0
    }
}

/// Builds a pending full refund of a payment, created at [`FixedClock::START`] and due at once.
#[derive(Debug, Clone)]
pub struct RefundBuilder(Refund);

impl RefundBuilder {
    /// A refund of a payment.
    pub fn new(ids: &dyn IdGenerator, payment: &Payment) -> Self {
        Self(Refund {
            id: RefundId::generate(ids),
            payment: payment.id,
            amount: payment.amount,
            reason: String::from("it rains"),
            status: RefundStatus::Pending,
            gateway_reference: None,
            attempts: 0,
            next_attempt_at: FixedClock::START,
            created_at: FixedClock::START,
            updated_at: FixedClock::START,
        })
    }

    /// Sets the amount, in minor units.
    #[must_use]
    pub fn amount(mut self, minor: i64) -> Self {
        self.0.amount = Money::new(minor, self.0.amount.currency()).unwrap();
        self
    }

    /// In this status.
    #[must_use]
    pub const fn status(mut self, status: RefundStatus) -> Self {
        self.0.status = status;
        self
    }

    /// Sets when it was created and is due.
    #[must_use]
    pub const fn created_at(mut self, at: Timestamp) -> Self {
        self.0.created_at = at;
        self.0.updated_at = at;
        self.0.next_attempt_at = at;
        self
    }

    /// Returns the refund.
    pub fn build(self) -> Refund {
        self.0
    }
}
