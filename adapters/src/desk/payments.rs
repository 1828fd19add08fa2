//! The desk that runs the units of payments of one concert in groups.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::bookings::BookingQueries;
use boxoffice_domain::events::{EventPayload, OutboxEntry};
use boxoffice_domain::payments::{
    PaymentDesk, PaymentUnits, SettleRequest, Settled, StartPaymentError, StartRequest, Started,
};
use boxoffice_domain::shared::{BookingId, ConcertId, StoreError};
use boxoffice_domain::store::CommittedEvents;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::gathering::{Bounds, Gathering, Work};
use super::turns::Turns;

/// Bookings whose concert is remembered: about 25 MiB when there are as many.
pub(super) const REMEMBERED_BOOKINGS_MAX: u64 = 100_000;

/// Which concert a booking is for, which never changes: remembered from when it was placed in this process, or read.
pub struct ConcertsOfBookings {
    queries: Arc<dyn BookingQueries>,
    known: Cache<BookingId, ConcertId>,
}

impl ConcertsOfBookings {
    /// Nothing is known yet.
    pub fn new(queries: Arc<dyn BookingQueries>) -> Self {
        // The newest bookings are those that will be paid. Moka's own policy would keep those that were asked for more
        // often, and no booking was asked for when it is placed.
        let known =
            Cache::builder().max_capacity(REMEMBERED_BOOKINGS_MAX).eviction_policy(EvictionPolicy::lru()).build();
        Self { queries, known }
    }

    /// `None` when there is no such booking.
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

impl CommittedEvents for ConcertsOfBookings {
    fn committed(&self, entries: &[OutboxEntry]) {
        for event in entries.iter().flat_map(|entry| &entry.events) {
            if let EventPayload::BookingPlaced { booking } = &event.payload {
                self.known.insert(booking.id, booking.concert);
            }
        }
    }
}

/// Gathers the payments of one concert that come while others are under way, and starts and settles them in one unit
/// each.
pub struct GroupPaymentDesk {
    units: Arc<PaymentUnits>,
    concerts: Arc<ConcertsOfBookings>,
    starts: Gathering<StartWork>,
    settlements: Gathering<SettleWork>,
}

struct StartWork(Arc<PaymentUnits>);

#[async_trait]
impl Work for StartWork {
    type Request = StartRequest;
    type Outcome = Result<Started, StartPaymentError>;

    const NAME: &'static str = "start_payment";
    const LEFT_WITH_CLIENT: bool = true;

    fn tickets(_: &StartRequest) -> usize {
        1
    }

    async fn run(&self, _: ConcertId, requests: Vec<StartRequest>) -> Vec<Self::Outcome> {
        self.0.start_batch(&requests).await
    }
}

struct SettleWork(Arc<PaymentUnits>);

#[async_trait]
impl Work for SettleWork {
    type Request = SettleRequest;
    type Outcome = Result<Settled, StoreError>;

    const NAME: &'static str = "settle_payment";
    /// The money has moved; what became of it does not depend on whether anybody still waits.
    const LEFT_WITH_CLIENT: bool = false;

    fn tickets(_: &SettleRequest) -> usize {
        1
    }

    async fn run(&self, _: ConcertId, requests: Vec<SettleRequest>) -> Vec<Self::Outcome> {
        self.0.settle_batch(&requests).await
    }
}

impl GroupPaymentDesk {
    /// A desk over the units of payments. It takes turns with whoever has the same `turns`.
    pub fn new(units: PaymentUnits, concerts: Arc<ConcertsOfBookings>, turns: Turns, bounds: Bounds) -> Self {
        let units = Arc::new(units);
        Self {
            starts: Gathering::new(StartWork(Arc::clone(&units)), turns.clone(), bounds),
            settlements: Gathering::new(SettleWork(Arc::clone(&units)), turns, bounds),
            units,
            concerts,
        }
    }
}

#[async_trait]
impl PaymentDesk for GroupPaymentDesk {
    async fn start(&self, request: StartRequest) -> Result<Started, StartPaymentError> {
        let Some(concert) = self.concerts.of(request.command.booking).await? else {
            // Its key may still be known, or used for another request.
            return self.units.start(request).await;
        };
        let asked = self.starts.ask(concert, request).await;
        asked.unwrap_or_else(|unanswered| Err(unanswered.into_store_error().into()))
    }

    async fn settle(&self, request: SettleRequest) -> Result<Settled, StoreError> {
        let concert = match request.booking {
            Some(booking) => self.concerts.of(booking).await?,
            None => None,
        };
        let Some(concert) = concert else {
            return self.units.settle(request).await;
        };
        let asked = self.settlements.ask(concert, request).await;
        asked.unwrap_or_else(|unanswered| Err(unanswered.into_store_error()))
    }
}
