//! Refuses booking requests that are certain to fail without a transaction: a sold-out concert gets thousands of them.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::bookings::BookingQueries;
use boxoffice_domain::idempotency::{IdempotencyQueries, ScopedKey};
use boxoffice_domain::sales::placement::{BookingPlacement, PlaceError, PlaceRequest, PlacedBooking, Precheck};
use boxoffice_domain::shared::{Clock, ConcertId, StoreError};
use metrics::counter;

use super::batch_queue::{BatchLimits, BatchQueue, BatchWork};
use super::batch_slots::BatchSlots;
use crate::concert_state::ConcertStates;

/// Refuses requests that are certain to fail without passing them to the wrapped placement.
///
/// After a concert's first refusal, later requests are checked against the cached seat states, which are at most a
/// second behind other processes and never behind this one. A request is refused if the sale is closed, or if its seats
/// are taken, no hold of the concert has expired and its idempotency key is new. It is passed on if a hold is overdue, because the placement
/// releases its tickets; if the request succeeded before under its idempotency key; and if the database does not
/// answer. A concert without refusals costs nothing here.
pub struct SoldOutFilter {
    placement: Arc<dyn BookingPlacement>,
    concerts: Arc<ConcertStates>,
    bookings: Arc<dyn BookingQueries>,
    clock: Arc<dyn Clock>,
    keys: BatchQueue<KnownKeysWork>,
}

/// What the filter decides by.
pub struct SoldOutFilterDependencies {
    /// The seat states in memory.
    pub concerts: Arc<ConcertStates>,
    /// Finds overdue holds.
    pub bookings: Arc<dyn BookingQueries>,
    /// Finds the idempotency keys of successful requests.
    pub keys: Arc<dyn IdempotencyQueries>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl SoldOutFilter {
    /// Filters requests to `placement`.
    pub fn new(
        placement: Arc<dyn BookingPlacement>,
        dependencies: SoldOutFilterDependencies,
        bounds: BatchLimits,
    ) -> Self {
        let SoldOutFilterDependencies { concerts, bookings, keys, clock } = dependencies;
        Self {
            placement,
            concerts,
            bookings,
            clock,
            keys: BatchQueue::new(KnownKeysWork(keys), BatchSlots::two_at_a_concert(), bounds),
        }
    }

    /// Why a request is certain to be refused; `None` if it is not.
    async fn refusal(&self, request: &PlaceRequest) -> Option<PlaceError> {
        let concert = request.command.concert;
        let holds = self.concerts.overdue_holds_once_refused(concert)?;
        let snapshot = self.concerts.snapshot(concert).await.ok()??;
        let now = self.clock.now();
        let view = Precheck { concert: snapshot.concert(), plan: snapshot.plan(), states: snapshot.states() };
        let refusal = view.refusal(request, now)?;
        let is_certain = holds.no_hold_expired(self.bookings.as_ref(), concert, now).await.ok()?
            && !self.was_granted(request).await.ok()?;
        is_certain.then_some(refusal)
    }

    async fn was_granted(&self, request: &PlaceRequest) -> Result<bool, StoreError> {
        match request.scoped_key() {
            None => Ok(false),
            Some(key) => {
                let asked = self.keys.submit(request.command.concert, key).await;
                asked.unwrap_or_else(|error| Err(error.into_store_error()))
            }
        }
    }
}

#[async_trait]
impl BookingPlacement for SoldOutFilter {
    async fn place(&self, request: PlaceRequest) -> Result<PlacedBooking, PlaceError> {
        if let Some(refusal) = self.refusal(&request).await {
            counter!("boxoffice_sold_out_filter_refusals_total").increment(1);
            return Err(refusal);
        }
        let concert = request.command.concert;
        let outcome = self.placement.place(request).await;
        if outcome.as_ref().is_err_and(PlaceError::concerns_every_request) {
            self.concerts.note_refusal(concert);
        }
        outcome
    }
}

/// Finds which idempotency keys are known, in one statement for all concurrent requests.
struct KnownKeysWork(Arc<dyn IdempotencyQueries>);

#[async_trait]
impl BatchWork for KnownKeysWork {
    type Request = ScopedKey;
    type Outcome = Result<bool, StoreError>;

    const NAME: &'static str = "recall";
    const CANCELLED_WITH_CLIENT: bool = true;

    fn tickets(_: &ScopedKey) -> usize {
        1
    }

    async fn run(&self, _: ConcertId, keys: Vec<ScopedKey>) -> Vec<Self::Outcome> {
        match self.0.known(&keys).await {
            Ok(known) => keys.iter().map(|key| Ok(known.iter().any(|known| known.key == *key))).collect(),
            Err(error) => keys.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}
