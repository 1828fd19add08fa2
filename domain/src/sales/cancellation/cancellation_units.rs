//! Cancels and expires bookings: many of one concert in one unit of work, each with its own outcome.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::bookings::{Booking, BookingStatus, CancelReason};
use crate::concerts::SaleAccess;
use crate::payments::refund_in_full;
use crate::sales::{ChangeSet, SalesUnit};
use crate::shared::{Actor, BookingId, Clock, ConcertId, IdGenerator, PaymentId, StoreError, Timestamp};
use crate::store::{Store, bisect_rejected, in_unit};

use super::CancelError;
use super::expire_unit::expire_overdue_of;

/// A request to cancel a booking, by a user who may see it.
#[derive(Debug, Clone)]
pub struct CancelRequest {
    pub(super) actor: Actor,
    pub(super) access: SaleAccess,
    pub(super) reason: CancelReason,
    pub(super) booking: BookingId,
    /// The concert that the booking is for.
    pub concert: ConcertId,
    /// How many tickets the booking has.
    pub tickets: usize,
}

/// Cancels and expires bookings, each in a unit of work of its own or in a batch with others for the same concert.
#[async_trait]
pub trait BookingCancellation: Send + Sync {
    /// Cancels a booking and returns it as it is then.
    ///
    /// # Errors
    /// [`CancelError`]; each variant is one reason.
    async fn cancel(&self, request: CancelRequest) -> Result<Booking, CancelError>;

    /// Expires overdue bookings of a concert and returns how many. If there are many, some are left for the next call.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn expire(&self, concert: ConcertId) -> Result<u32, StoreError>;
}

/// Runs the units of work that cancel and expire bookings. As a [`BookingCancellation`] it runs each request in a unit
/// of its own.
pub struct CancellationUnits {
    store: Arc<dyn Store<dyn SalesUnit>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

impl CancellationUnits {
    /// Creates the service over these ports.
    pub fn new(store: Arc<dyn Store<dyn SalesUnit>>, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { store, clock, ids }
    }

    /// Expires overdue bookings of a concert in one unit, at most
    /// [`BOOKINGS_IN_A_UNIT_MAX`](super::BOOKINGS_IN_A_UNIT_MAX), and returns how many. Several units may run at the
    /// same time if each has a different `part`: 0, 1 …
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn expire_part(&self, concert: ConcertId, part: u32) -> Result<u32, StoreError> {
        in_unit(self.store.as_ref(), "expire_bookings", |unit, _| {
            Box::pin(async move { expire_overdue_of(unit, concert, part, self.clock.now(), self.ids.as_ref()).await })
        })
        .await
    }

    /// Cancels bookings of one concert in one unit, first come, first served. Returns the outcomes in the order of the
    /// requests. When the store rejects the batch, it is bisected until the rejected request stands alone.
    pub async fn cancel_batch(
        &self,
        concert: ConcertId,
        requests: &[CancelRequest],
    ) -> Vec<Result<Booking, CancelError>> {
        bisect_rejected(requests, |some| self.cancel_in_a_unit(concert, some), |failure| Err(failure.into())).await
    }

    async fn cancel_in_a_unit(
        &self,
        concert: ConcertId,
        requests: &[CancelRequest],
    ) -> Result<Vec<Result<Booking, CancelError>>, StoreError> {
        in_unit(self.store.as_ref(), "cancel_bookings", |unit, _| {
            Box::pin(async move {
                let now = self.clock.now();
                let ids: Vec<_> = requests.iter().map(|request| request.booking).collect();
                let found = unit.bookings().get(&ids).await?;
                let mut bookings: HashMap<_, _> = found.into_iter().map(|booking| (booking.id, booking)).collect();
                let terms = read_terms(unit, concert, requests, &bookings).await?;
                let (mut outcomes, mut cancellations) = (Vec::with_capacity(requests.len()), Vec::new());
                for request in requests {
                    let outcome = match bookings.get_mut(&request.booking) {
                        None => Err(CancelError::NotFound),
                        Some(booking) if booking.is_cancelled_for_good() => Ok(booking.clone()),
                        Some(booking) => may_cancel(booking, request.access, terms.as_ref(), now).map(|()| {
                            let cancelled = booking.clone().cancelled(request.reason, now);
                            // The next request of this batch for the same booking finds it cancelled.
                            let booking = std::mem::replace(booking, cancelled.clone());
                            cancellations.push(Cancellation { actor: request.actor, reason: request.reason, booking });
                            cancelled
                        }),
                    };
                    outcomes.push(outcome);
                }
                cancel_together(unit, self.ids.as_ref(), concert, now, cancellations).await?;
                Ok(outcomes)
            })
        })
        .await
    }
}

#[async_trait]
impl BookingCancellation for CancellationUnits {
    async fn cancel(&self, request: CancelRequest) -> Result<Booking, CancelError> {
        self.cancel_batch(request.concert, &[request]).await.pop().unwrap_or(Err(CancelError::NotFound))
    }

    async fn expire(&self, concert: ConcertId) -> Result<u32, StoreError> {
        self.expire_part(concert, 0).await
    }
}

/// A booking to cancel, live or expired, with the actor and the reason.
pub(super) struct Cancellation {
    pub(super) actor: Actor,
    pub(super) reason: CancelReason,
    pub(super) booking: Booking,
}

/// Cancels bookings of a concert and writes refunds for their payments.
pub(super) async fn cancel_together(
    unit: &mut dyn SalesUnit,
    ids: &dyn IdGenerator,
    concert: ConcertId,
    now: Timestamp,
    cancellations: Vec<Cancellation>,
) -> Result<(), StoreError> {
    let mut changes = ChangeSet::new(concert, now);
    refund_payments(unit, ids, &mut changes, now, &cancellations).await?;
    for Cancellation { actor, reason, booking } in cancellations {
        if booking.is_live() {
            changes.cancel(actor, booking, reason);
        } else {
            changes.cancel_expired(actor, booking, reason);
        }
    }
    changes.write(unit, ids).await
}

/// Writes a full refund for each booking that is confirmed and paid.
async fn refund_payments(
    unit: &mut dyn SalesUnit,
    ids: &dyn IdGenerator,
    changes: &mut ChangeSet,
    now: Timestamp,
    cancellations: &[Cancellation],
) -> Result<(), StoreError> {
    let confirmed = cancellations.iter().filter(|cancelled| cancelled.booking.status == BookingStatus::Confirmed);
    let paid: HashMap<PaymentId, &Cancellation> =
        confirmed.filter_map(|cancelled| Some((cancelled.booking.payment?, cancelled))).collect();
    if paid.is_empty() {
        return Ok(());
    }
    let mut payments: Vec<_> = paid.keys().copied().collect();
    payments.sort_unstable();
    let refunds = unit.refunds().of_payments(&payments).await?;
    for payment in &unit.payments().get(&payments).await? {
        if let Some(cancelled) = paid.get(&payment.id)
            && let Some(refund) = refund_in_full(payment, &refunds, cancelled.reason.as_str(), ids, now)
        {
            changes.return_payment(cancelled.actor, refund);
        }
    }
    Ok(())
}

/// Until when customers may cancel a confirmed booking.
struct RefundTerms {
    refundable_until: Option<Timestamp>,
    starts_at: Timestamp,
}

impl RefundTerms {
    /// A booking that cost nothing can be cancelled until the concert starts, unless the organiser set a deadline.
    fn allow(&self, booking: &Booking, now: Timestamp) -> bool {
        let free_until = booking.total.is_zero().then_some(self.starts_at);
        self.refundable_until.or(free_until).is_some_and(|until| now < until)
    }
}

/// Reads the refund terms of the concert. Only requests of customers for confirmed bookings need them.
async fn read_terms(
    unit: &mut dyn SalesUnit,
    concert: ConcertId,
    requests: &[CancelRequest],
    bookings: &HashMap<BookingId, Booking>,
) -> Result<Option<RefundTerms>, StoreError> {
    let needs_terms = |request: &CancelRequest| {
        let booking = bookings.get(&request.booking);
        request.access != SaleAccess::Manager
            && booking.is_some_and(|booking| booking.status == BookingStatus::Confirmed)
    };
    if !requests.iter().any(needs_terms) {
        return Ok(None);
    }
    let found = unit.concerts().get(concert).await?;
    Ok(found.map(|concert| RefundTerms {
        refundable_until: concert.details.refundable_until,
        starts_at: concert.details.starts_at,
    }))
}

fn may_cancel(
    booking: &Booking,
    access: SaleAccess,
    terms: Option<&RefundTerms>,
    now: Timestamp,
) -> Result<(), CancelError> {
    let is_confirmed = booking.status == BookingStatus::Confirmed;
    if !is_confirmed || access == SaleAccess::Manager || terms.is_some_and(|terms| terms.allow(booking, now)) {
        Ok(())
    } else {
        Err(CancelError::NotRefundable)
    }
}
