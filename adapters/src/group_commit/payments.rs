//! Group commit of payments: payments of one concert are started and settled in batches.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::bookings::{BookingEvent, BookingQueries};
use boxoffice_domain::events::{CommittedEvents, EventPayload, OutboxEntry};
use boxoffice_domain::sales::payment::{
    PaymentRecorder, PaymentUnits, SettleRequest, SettledPayment, StartPaymentError, StartRequest, StartedPayment,
};
use boxoffice_domain::shared::{BookingId, ConcertId, StoreError};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::batch_queue::{BatchLimits, BatchQueue, BatchWork};
use super::batch_slots::BatchSlots;

/// The most bookings whose concert is cached: about 25 MiB at that number.
pub(super) const REMEMBERED_BOOKINGS_MAX: u64 = 100_000;

/// Caches which concert a booking is for, which never changes: learned when this process places it, or read from the
/// database.
pub struct BookingConcertCache {
    queries: Arc<dyn BookingQueries>,
    known: Cache<BookingId, ConcertId>,
}

impl BookingConcertCache {
    /// An empty cache.
    pub fn new(queries: Arc<dyn BookingQueries>) -> Self {
        // The newest bookings are those that will be paid. Moka's own policy would keep those that were asked for more
        // often, and no booking was asked for when it is placed.
        let known =
            Cache::builder().max_capacity(REMEMBERED_BOOKINGS_MAX).eviction_policy(EvictionPolicy::lru()).build();
        Self { queries, known }
    }

    /// The concert of a booking; `None` when the booking does not exist.
    pub(super) async fn of(&self, booking: BookingId) -> Result<Option<ConcertId>, StoreError> {
        if let Some(known) = self.known.get(&booking) {
            return Ok(Some(known));
        }
        let Some(found) = self.queries.get(booking).await? else {
            return Ok(None);
        };
        self.known.insert(booking, found.concert);
        Ok(Some(found.concert))
    }
}

impl CommittedEvents for BookingConcertCache {
    fn committed(&self, entries: &[OutboxEntry]) {
        for event in entries.iter().flat_map(|entry| &entry.events) {
            if let EventPayload::Booking(BookingEvent::Placed { booking }) = &event.payload {
                self.known.insert(booking.id, booking.concert);
            }
        }
    }
}

/// Collects the payments of one concert that arrive while a batch runs, and starts or settles them in one unit of work.
pub struct GroupCommitPayments {
    units: Arc<PaymentUnits>,
    concerts: Arc<BookingConcertCache>,
    starts: BatchQueue<StartWork>,
    settlements: BatchQueue<SettleWork>,
}

struct StartWork(Arc<PaymentUnits>);

#[async_trait]
impl BatchWork for StartWork {
    type Request = StartRequest;
    type Outcome = Result<StartedPayment, StartPaymentError>;

    const NAME: &'static str = "start_payment";
    const CANCELLED_WITH_CLIENT: bool = true;

    fn tickets(_: &StartRequest) -> usize {
        1
    }

    async fn run(&self, _: ConcertId, requests: Vec<StartRequest>) -> Vec<Self::Outcome> {
        self.0.start_batch(&requests).await
    }
}

struct SettleWork(Arc<PaymentUnits>);

#[async_trait]
impl BatchWork for SettleWork {
    type Request = SettleRequest;
    type Outcome = Result<SettledPayment, StoreError>;

    const NAME: &'static str = "settle_payment";
    /// The gateway has decided; its outcome must be recorded whether or not the caller still waits.
    const CANCELLED_WITH_CLIENT: bool = false;

    fn tickets(_: &SettleRequest) -> usize {
        1
    }

    async fn run(&self, _: ConcertId, requests: Vec<SettleRequest>) -> Vec<Self::Outcome> {
        self.0.settle_batch(&requests).await
    }
}

impl GroupCommitPayments {
    /// Group commit over `units`. It competes for slots with every queue that has the same `slots`.
    pub fn new(
        units: PaymentUnits,
        concerts: Arc<BookingConcertCache>,
        slots: BatchSlots,
        bounds: BatchLimits,
    ) -> Self {
        let units = Arc::new(units);
        Self {
            starts: BatchQueue::new(StartWork(Arc::clone(&units)), slots.clone(), bounds),
            settlements: BatchQueue::new(SettleWork(Arc::clone(&units)), slots, bounds),
            units,
            concerts,
        }
    }
}

#[async_trait]
impl PaymentRecorder for GroupCommitPayments {
    async fn start(&self, request: StartRequest) -> Result<StartedPayment, StartPaymentError> {
        let Some(concert) = self.concerts.of(request.command.booking).await? else {
            // Its idempotency key may still be known, or used for another request.
            return self.units.start(request).await;
        };
        let asked = self.starts.submit(concert, request).await;
        asked.unwrap_or_else(|error| Err(error.into_store_error().into()))
    }

    async fn settle(&self, request: SettleRequest) -> Result<SettledPayment, StoreError> {
        let concert = match request.booking {
            Some(booking) => self.concerts.of(booking).await?,
            None => None,
        };
        let Some(concert) = concert else {
            return self.units.settle(request).await;
        };
        let asked = self.settlements.submit(concert, request).await;
        asked.unwrap_or_else(|error| Err(error.into_store_error()))
    }
}
