//! Group commit of cancellations and expiries: bookings of one concert release their tickets in batches.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::bookings::Booking;
use boxoffice_domain::sales::cancellation::{BookingCancellation, CancelError, CancelRequest, CancellationUnits};
use boxoffice_domain::shared::{ConcertId, StoreError};

use super::batch_queue::{BatchError, BatchLimits, BatchQueue, BatchWork};
use super::batch_slots::BatchSlots;

/// Collects the cancellations of one concert that arrive while a batch runs, and processes them in one unit of work.
/// Expiries of overdue bookings wait for the same slots; they are split in two parts, so that they may use both slots
/// of a concert.
pub struct GroupCommitCancellations {
    cancellations: BatchQueue<CancelWork>,
    expiries: [BatchQueue<ExpireWork>; 2],
}

struct CancelWork(Arc<CancellationUnits>);

#[async_trait]
impl BatchWork for CancelWork {
    type Request = CancelRequest;
    type Outcome = Result<Booking, CancelError>;

    const NAME: &'static str = "cancel";
    const CANCELLED_WITH_CLIENT: bool = true;

    fn tickets(request: &CancelRequest) -> usize {
        request.tickets
    }

    async fn run(&self, concert: ConcertId, requests: Vec<CancelRequest>) -> Vec<Self::Outcome> {
        self.0.cancel_batch(concert, &requests).await
    }
}

struct ExpireWork {
    units: Arc<CancellationUnits>,
    part: u32,
}

#[async_trait]
impl BatchWork for ExpireWork {
    type Request = ();
    type Outcome = Result<u32, StoreError>;

    const NAME: &'static str = "expire";
    const CANCELLED_WITH_CLIENT: bool = false;

    fn tickets((): &()) -> usize {
        1
    }

    /// One unit of work serves all callers. What it leaves undone, they find when they call again.
    async fn run(&self, concert: ConcertId, requests: Vec<()>) -> Vec<Self::Outcome> {
        let expired = self.units.expire_part(concert, self.part).await;
        requests.iter().map(|()| expired.clone()).collect()
    }
}

impl GroupCommitCancellations {
    /// Group commit over `units`. It competes for slots with every queue that has the same `slots`.
    pub fn new(units: CancellationUnits, slots: BatchSlots, bounds: BatchLimits) -> Self {
        let units = Arc::new(units);
        let expiring = |part| BatchQueue::new(ExpireWork { units: Arc::clone(&units), part }, slots.clone(), bounds);
        let expiries = [expiring(0), expiring(1)];
        Self { cancellations: BatchQueue::new(CancelWork(units), slots, bounds), expiries }
    }
}

#[async_trait]
impl BookingCancellation for GroupCommitCancellations {
    async fn cancel(&self, request: CancelRequest) -> Result<Booking, CancelError> {
        let asked = self.cancellations.submit(request.concert, request).await;
        asked.unwrap_or_else(|error| Err(error.into_store_error().into()))
    }

    async fn expire(&self, concert: ConcertId) -> Result<u32, StoreError> {
        let [first, second] = self.expiries.each_ref().map(|part| part.submit(concert, ()));
        let (first, second) = tokio::join!(first, second);
        let expired = |asked: Result<_, BatchError>| asked.unwrap_or_else(|why| Err(why.into_store_error()));
        Ok(expired(first)? + expired(second)?)
    }
}
