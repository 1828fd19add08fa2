//! Giving back all that is left of a payment.

use crate::events::EventPayload;
use crate::shared::{IdGenerator, RefundId, Timestamp};

use super::{Payment, Refund};

/// Why money that came late goes back without anybody asking for it. Stored as the refund's reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnReason {
    /// Its customer or a member of the organiser had cancelled the booking.
    BookingCancelled,
    /// The concert will not take place.
    ConcertCancelled,
    /// Another payment had confirmed the booking.
    PaidAlready,
    /// The booking had expired, and nothing is on sale: paused, over, or begun.
    SaleClosed,
    /// The booking had expired, and not all of its tickets are free.
    SeatsTaken,
    /// The booking had expired, and its customer would hold more tickets than the concert allows.
    LimitReached,
}

impl ReturnReason {
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

/// A payment that goes back in full: its next version, and the refund that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullReturn {
    /// The payment, one version on.
    pub payment: Payment,
    /// The refund, due at once.
    pub refund: Refund,
}

impl FullReturn {
    /// What to tell of it.
    pub fn event(&self) -> EventPayload {
        EventPayload::RefundStarted { refund: Box::new(self.refund.clone()) }
    }
}

/// Writes off what no refund of `payment` covers yet. `None` when the payment has no money to give back, or all of it is
/// on its way already.
pub fn return_in_full(
    payment: &Payment,
    refunds: &[Refund],
    reason: &str,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Option<FullReturn> {
    let mut payment = payment.clone();
    let left = payment.left(refunds);
    let refund = payment.start_refund(RefundId::generate(ids), left, reason, refunds, now).ok()?;
    Some(FullReturn { payment, refund })
}
