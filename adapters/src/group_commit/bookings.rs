//! Group commit of bookings: requests for one concert are placed in batches.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::sales::placement::{BookingPlacement, PlaceError, PlaceRequest, PlacedBooking, PlacementUnits};
use boxoffice_domain::shared::{ConcertId, StoreError};

use super::batch_queue::{BatchError, BatchLimits, BatchQueue, BatchWork};
use super::batch_slots::BatchSlots;

/// Collects the booking requests for one concert that arrive while a batch runs, and places them in one unit of work.
pub struct GroupCommitBookings {
    batch_queue: BatchQueue<PlaceWork>,
}

struct PlaceWork(Arc<PlacementUnits>);

#[async_trait]
impl BatchWork for PlaceWork {
    type Request = PlaceRequest;
    type Outcome = Result<PlacedBooking, PlaceError>;

    const NAME: &'static str = "place";
    const CANCELLED_WITH_CLIENT: bool = true;

    fn tickets(request: &PlaceRequest) -> usize {
        usize::try_from(request.command.selection.quantity()).unwrap_or(usize::MAX)
    }

    async fn run(&self, concert: ConcertId, requests: Vec<PlaceRequest>) -> Vec<Self::Outcome> {
        self.0.place_batch(concert, &requests).await
    }
}

impl GroupCommitBookings {
    /// Group commit over `placing`.
    pub fn new(placing: Arc<PlacementUnits>, slots: BatchSlots, bounds: BatchLimits) -> Self {
        Self { batch_queue: BatchQueue::new(PlaceWork(placing), slots, bounds) }
    }
}

#[async_trait]
impl BookingPlacement for GroupCommitBookings {
    async fn place(&self, request: PlaceRequest) -> Result<PlacedBooking, PlaceError> {
        if request.actor.user_id().is_none() {
            return Err(PlaceError::LoginRequired);
        }
        let concert = request.command.concert;
        self.batch_queue.submit(concert, request).await.unwrap_or_else(|error| Err(error.into_store_error().into()))
    }
}

impl BatchError {
    pub(super) fn into_store_error(self) -> StoreError {
        match self {
            Self::NotStarted => StoreError::Busy,
            Self::Failed => StoreError::inconsistent("a group commit batch failed, and its effect is unknown"),
        }
    }
}
