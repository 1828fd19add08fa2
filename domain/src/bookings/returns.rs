//! Units in which bookings of one concert give their tickets back: many in one, each with an outcome of its own.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::payments::return_in_full;
use crate::shared::{Actor, BookingId, Clock, ConcertId, IdGenerator, PaymentId, StoreError, Timestamp};
use crate::store::{Store, UnitOfWork, in_halves, in_unit};

use super::expire::expire_overdue_of;
use super::service::Standing;
use super::{Booking, BookingStatus, CancelError, CancelReason, Ledger};

/// A booking that somebody who may see it wants to cancel.
#[derive(Debug, Clone)]
pub struct CancelRequest {
    pub(super) actor: Actor,
    pub(super) standing: Standing,
    pub(super) reason: CancelReason,
    pub(super) booking: BookingId,
    /// Which concert the booking is for.
    pub concert: ConcertId,
    /// How many tickets it has.
    pub tickets: usize,
}

/// Where bookings give their tickets back.
#[async_trait]
pub trait ReturnsDesk: Send + Sync {
    /// Cancels a booking.
    ///
    /// # Errors
    /// [`CancelError`].
    async fn cancel(&self, request: CancelRequest) -> Result<Booking, CancelError>;

    /// Expires overdue bookings of a concert, not all of them if there are many, and returns how many.
    ///
    /// # Errors
    /// What the store fails with.
    async fn expire(&self, concert: ConcertId) -> Result<u32, StoreError>;
}

/// Runs those units. As a [`ReturnsDesk`] it runs each request in a unit of its own.
pub struct Returns {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

impl Returns {
    /// Over these ports.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { store, clock, ids }
    }

    /// Expires overdue bookings of a concert in one unit, at most
    /// [`BOOKINGS_IN_A_UNIT_MAX`](super::BOOKINGS_IN_A_UNIT_MAX), and returns how many. Several may be under way if each
    /// takes another `part`: 0, 1 …
    ///
    /// # Errors
    /// What the store fails with.
    pub async fn expire_part(&self, concert: ConcertId, part: u32) -> Result<u32, StoreError> {
        in_unit(self.store.as_ref(), "expire_bookings", |unit, _| {
            Box::pin(async move { expire_overdue_of(unit, concert, part, self.clock.now(), self.ids.as_ref()).await })
        })
        .await
    }

    /// Cancels bookings of one concert in one unit, first come, first served; the outcomes come in the order of the
    /// requests. When the store refuses the batch, it is split in halves until what it refuses stands alone.
    pub async fn cancel_batch(
        &self,
        concert: ConcertId,
        requests: &[CancelRequest],
    ) -> Vec<Result<Booking, CancelError>> {
        in_halves(requests, |some| self.cancel_together(concert, some), |failure| Err(failure.into())).await
    }

    async fn cancel_together(
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
                let (mut outcomes, mut ending) = (Vec::with_capacity(requests.len()), Vec::new());
                for request in requests {
                    let outcome = match bookings.get_mut(&request.booking) {
                        None => Err(CancelError::NotFound),
                        Some(booking) if booking.is_cancelled_for_good() => Ok(booking.clone()),
                        Some(booking) => may_cancel(booking, request.standing, terms.as_ref(), now).map(|()| {
                            let cancelled = booking.clone().cancelled(request.reason, now);
                            // The next request of this batch for the same booking finds it cancelled.
                            let booking = std::mem::replace(booking, cancelled.clone());
                            ending.push(Ending { actor: request.actor, reason: request.reason, booking });
                            cancelled
                        }),
                    };
                    outcomes.push(outcome);
                }
                end(unit, self.ids.as_ref(), concert, now, ending).await?;
                Ok(outcomes)
            })
        })
        .await
    }
}

#[async_trait]
impl ReturnsDesk for Returns {
    async fn cancel(&self, request: CancelRequest) -> Result<Booking, CancelError> {
        self.cancel_batch(request.concert, &[request]).await.pop().unwrap_or(Err(CancelError::NotFound))
    }

    async fn expire(&self, concert: ConcertId) -> Result<u32, StoreError> {
        self.expire_part(concert, 0).await
    }
}

/// A booking that is cancelled: a live one, or one that had expired.
pub(super) struct Ending {
    pub(super) actor: Actor,
    pub(super) reason: CancelReason,
    pub(super) booking: Booking,
}

/// Cancels bookings of a concert; what was paid for them is on its way back.
pub(super) async fn end(
    unit: &mut dyn UnitOfWork,
    ids: &dyn IdGenerator,
    concert: ConcertId,
    now: Timestamp,
    endings: Vec<Ending>,
) -> Result<(), StoreError> {
    let mut ledger = Ledger::new(concert, now);
    return_payments(unit, ids, &mut ledger, now, &endings).await?;
    for Ending { actor, reason, booking } in endings {
        if booking.is_live() {
            ledger.cancel(actor, booking, reason);
        } else {
            ledger.cancel_expired(actor, booking, reason);
        }
    }
    ledger.write(unit, ids).await
}

/// Writes full refunds for those that are confirmed and paid.
async fn return_payments(
    unit: &mut dyn UnitOfWork,
    ids: &dyn IdGenerator,
    ledger: &mut Ledger,
    now: Timestamp,
    endings: &[Ending],
) -> Result<(), StoreError> {
    let confirmed = endings.iter().filter(|ending| ending.booking.status == BookingStatus::Confirmed);
    let paid: HashMap<PaymentId, &Ending> =
        confirmed.filter_map(|ending| Some((ending.booking.payment?, ending))).collect();
    if paid.is_empty() {
        return Ok(());
    }
    let mut payments: Vec<_> = paid.keys().copied().collect();
    payments.sort_unstable();
    let refunds = unit.refunds().of_payments(&payments).await?;
    for payment in &unit.payments().get(&payments).await? {
        if let Some(ending) = paid.get(&payment.id)
            && let Some(returned) = return_in_full(payment, &refunds, ending.reason.as_str(), ids, now)
        {
            ledger.return_payment(ending.actor, returned);
        }
    }
    Ok(())
}

/// Until when customers may give back what is confirmed.
struct ReturnTerms {
    refundable_until: Option<Timestamp>,
    starts_at: Timestamp,
}

impl ReturnTerms {
    /// What costs nothing can be given back until the concert begins, unless its organiser decided otherwise.
    fn allow(&self, booking: &Booking, now: Timestamp) -> bool {
        let free_until = booking.total.is_zero().then_some(self.starts_at);
        self.refundable_until.or(free_until).is_some_and(|until| now < until)
    }
}

/// The terms of a concert. Read only when a customer wants to give something back.
async fn read_terms(
    unit: &mut dyn UnitOfWork,
    concert: ConcertId,
    requests: &[CancelRequest],
    bookings: &HashMap<BookingId, Booking>,
) -> Result<Option<ReturnTerms>, StoreError> {
    let is_asked = |request: &CancelRequest| {
        let booking = bookings.get(&request.booking);
        request.standing != Standing::Manager
            && booking.is_some_and(|booking| booking.status == BookingStatus::Confirmed)
    };
    if !requests.iter().any(is_asked) {
        return Ok(None);
    }
    let found = unit.concerts().get(concert).await?;
    Ok(found.map(|concert| ReturnTerms {
        refundable_until: concert.details.refundable_until,
        starts_at: concert.details.starts_at,
    }))
}

fn may_cancel(
    booking: &Booking,
    standing: Standing,
    terms: Option<&ReturnTerms>,
    now: Timestamp,
) -> Result<(), CancelError> {
    let is_confirmed = booking.status == BookingStatus::Confirmed;
    if !is_confirmed || standing == Standing::Manager || terms.is_some_and(|terms| terms.allow(booking, now)) {
        Ok(())
    } else {
        Err(CancelError::NotRefundable)
    }
}
