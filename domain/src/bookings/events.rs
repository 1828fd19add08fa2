//! What happens to bookings.

use crate::shared::{PaymentId, Timestamp};

use super::{Booking, CancelReason};

/// A change of a booking. Its stored name is `booking.<variant>.v1`; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingEvent {
    /// The booking was placed, and confirmed at once if it costs nothing.
    Placed {
        /// The booking as it was placed.
        booking: Box<Booking>,
    },
    /// A payment of the pending booking was started, or failed.
    PaymentChanged {
        /// The current live payment.
        payment: Option<PaymentId>,
        /// The current end of the hold.
        expires_at: Timestamp,
    },
    /// The booking was paid.
    Confirmed {
        /// The payment.
        payment: PaymentId,
    },
    /// The booking was cancelled.
    Cancelled {
        /// The reason.
        reason: CancelReason,
    },
}

impl BookingEvent {
    /// The event's type in the API and the store.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Placed { .. } => "booking.placed.v1",
            Self::PaymentChanged { .. } => "booking.payment_changed.v1",
            Self::Confirmed { .. } => "booking.confirmed.v1",
            Self::Cancelled { .. } => "booking.cancelled.v1",
        }
    }
}
