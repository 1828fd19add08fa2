//! Cancelling one booking.

use crate::shared::{Actor, BookingId};

use super::returns::CancelRequest;
use super::service::{Bookings, Standing};
use super::{Booking, CancelError, CancelReason};

impl Bookings {
    /// Cancels a booking: its tickets are free at once, and what was paid is on its way back. A pending booking can be
    /// cancelled by its customer and by members; a confirmed one by members at any time, and by its customer as long as
    /// the concert's `refundable_until` is ahead, or until the concert begins when it cost nothing and none is set.
    ///
    /// To cancel a cancelled booking changes nothing and returns it as it is, so the call can be repeated. An expired
    /// one becomes cancelled by whoever asks: from then on money that comes late goes back.
    ///
    /// # Errors
    /// [`CancelError`].
    pub async fn cancel(&self, actor: &Actor, id: BookingId) -> Result<Booking, CancelError> {
        let user = actor.user_id().ok_or(CancelError::LoginRequired)?;
        let seen = self.queries.get(id).await?.ok_or(CancelError::NotFound)?;
        let standing = self.standing(actor, user, &seen).await?;
        match standing {
            Standing::Manager | Standing::Owner => {}
            Standing::Reader => return Err(CancelError::Forbidden),
            Standing::Stranger => return Err(CancelError::NotFound),
        }
        let reason = if seen.user == Some(user) { CancelReason::User } else { CancelReason::Manager };
        let request = CancelRequest {
            actor: *actor,
            standing,
            reason,
            booking: id,
            concert: seen.concert,
            tickets: seen.tickets.len(),
        };
        self.returns.cancel(request).await
    }
}
