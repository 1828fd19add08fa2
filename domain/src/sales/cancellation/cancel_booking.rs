//! Cancelling one booking.

use crate::bookings::{Booking, CancelReason};
use crate::concerts::SaleAccess;
use crate::shared::{Actor, BookingId};

use super::CancelError;
use super::cancellation_units::CancelRequest;
use super::service::Cancellations;

impl Cancellations {
    /// Cancels a booking: its tickets are available at once, and a full refund of its payment is written.
    ///
    /// Its customer and members who manage bookings can cancel a pending booking. Members who manage bookings can
    /// cancel a confirmed one at any time. Its customer can cancel a confirmed one before the concert's
    /// `refundable_until`; if that is not set, only a booking that cost nothing, and only before the concert starts.
    ///
    /// Cancelling a cancelled booking changes nothing and returns it, so the call can be repeated. An expired booking
    /// becomes cancelled for good: a payment that completes late no longer reclaims its tickets, but is refunded.
    ///
    /// # Errors
    /// [`CancelError`]; each variant is one reason.
    pub async fn cancel(&self, actor: &Actor, id: BookingId) -> Result<Booking, CancelError> {
        let user = actor.user_id().ok_or(CancelError::LoginRequired)?;
        let seen = self.queries.get(id).await?.ok_or(CancelError::NotFound)?;
        let access = SaleAccess::of(actor, seen.user, seen.concert, self.organisers.as_ref()).await?;
        match access {
            SaleAccess::Manager | SaleAccess::Owner => {}
            SaleAccess::Reader => return Err(CancelError::Forbidden),
            SaleAccess::Stranger => return Err(CancelError::NotFound),
        }
        let reason = if seen.user == Some(user) { CancelReason::User } else { CancelReason::Manager };
        let request = CancelRequest {
            actor: *actor,
            access,
            reason,
            booking: id,
            concert: seen.concert,
            tickets: seen.tickets.len(),
        };
        self.units.cancel(request).await
    }
}
