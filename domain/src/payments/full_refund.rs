//! Refunding all that is left of a payment.

use crate::shared::{IdGenerator, RefundId, Timestamp};

use super::{Payment, PaymentEvent, Refund};

/// Why a late payment is refunded automatically. Stored as the refund's reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutomaticRefundReason {
    /// Its customer or a member of the organiser had cancelled the booking.
    BookingCancelled,
    /// The concert is cancelled.
    ConcertCancelled,
    /// Another payment had confirmed the booking.
    PaidAlready,
    /// The booking had expired, and the concert is not on sale.
    SaleClosed,
    /// The booking had expired, and not all of its tickets are available.
    SeatsTaken,
    /// The booking had expired, and its customer would hold more tickets than the concert allows.
    LimitReached,
}

impl AutomaticRefundReason {
    /// The reason's name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BookingCancelled => "booking_cancelled",
            Self::ConcertCancelled => "concert_cancelled",
            Self::PaidAlready => "paid_already",
            Self::SaleClosed => "sale_closed",
            Self::SeatsTaken => "seats_taken",
            Self::LimitReached => "limit_reached",
        }
    }
}

/// A full refund: the next version of the payment, and the refund to send to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullRefund {
    /// The payment, in its next version.
    pub payment: Payment,
    /// The refund, due at once.
    pub refund: Refund,
}

impl FullRefund {
    /// The event that announces the refund.
    pub fn event(&self) -> PaymentEvent {
        PaymentEvent::RefundStarted { refund: Box::new(self.refund.clone()) }
    }
}

/// Starts a refund of what no other refund of `payment` covers. `None` when the payment holds no money, or refunds
/// cover all of it.
pub fn refund_in_full(
    payment: &Payment,
    refunds: &[Refund],
    reason: &str,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Option<FullRefund> {
    let mut payment = payment.clone();
    let left = payment.left(refunds);
    let refund = payment.start_refund(RefundId::generate(ids), left, reason, refunds, now).ok()?;
    Some(FullRefund { payment, refund })
}
