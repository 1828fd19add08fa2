//! Cancelling one booking.

use crate::payments::return_in_full;
use crate::shared::{Actor, BookingId, StoreError, Timestamp};
use crate::store::{UnitOfWork, in_unit};

use super::service::{Bookings, Standing};
use super::{Booking, BookingStatus, CancelError, CancelReason, Ledger};

impl Bookings {
    /// Cancels a booking: its tickets are free at once, and what was paid is on its way back. A pending booking can be
    /// cancelled by its customer and by members; a confirmed one by members at any time, and by its customer as long as
    /// the concert's `refundable_until` is ahead.
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
        let own = seen.user == Some(user);
        in_unit(self.store.as_ref(), "cancel_booking", |unit, _| {
            Box::pin(async move {
                let now = self.clock.now();
                let booking = unit.bookings().get(&[id]).await?.pop().ok_or(CancelError::NotFound)?;
                may_cancel(unit, &booking, standing, now).await?;
                let reason = if own { CancelReason::User } else { CancelReason::Manager };
                let cancelled = booking.clone().cancelled(reason, now);
                let mut ledger = Ledger::new(booking.concert, now);
                self.return_payments(unit, &mut ledger, now, *actor, std::slice::from_ref(&booking), reason).await?;
                ledger.cancel(*actor, booking, reason);
                ledger.write(unit, self.ids.as_ref()).await?;
                Ok(cancelled)
            })
        })
        .await
    }

    /// Writes full refunds for those of `bookings` that are confirmed and paid.
    pub(super) async fn return_payments(
        &self,
        unit: &mut dyn UnitOfWork,
        ledger: &mut Ledger,
        now: Timestamp,
        actor: Actor,
        bookings: &[Booking],
        reason: CancelReason,
    ) -> Result<(), StoreError> {
        let confirmed = bookings.iter().filter(|booking| booking.status == BookingStatus::Confirmed);
        let paid: Vec<_> = confirmed.filter_map(|booking| booking.payment).collect();
        if paid.is_empty() {
            return Ok(());
        }
        let payments = unit.payments().get(&paid).await?;
        let refunds = unit.refunds().of_payments(&paid).await?;
        for payment in &payments {
            if let Some(returned) = return_in_full(payment, &refunds, reason.as_str(), self.ids.as_ref(), now) {
                ledger.return_payment(actor, returned);
            }
        }
        Ok(())
    }
}

async fn may_cancel(
    unit: &mut dyn UnitOfWork,
    booking: &Booking,
    standing: Standing,
    now: Timestamp,
) -> Result<(), CancelError> {
    match (booking.status_at(now), standing) {
        ((BookingStatus::Cancelled, Some(CancelReason::Expired)), _) => Err(CancelError::Expired),
        ((BookingStatus::Cancelled, _), _) => Err(CancelError::AlreadyCancelled),
        ((BookingStatus::Pending, _), _) | ((BookingStatus::Confirmed, _), Standing::Manager) => Ok(()),
        ((BookingStatus::Confirmed, _), _) => {
            let concert = unit.concerts().get(booking.concert).await?;
            let until = concert.and_then(|concert| concert.details.refundable_until);
            if until.is_some_and(|until| now < until) { Ok(()) } else { Err(CancelError::NotRefundable) }
        }
    }
}
