//! The desk that commits the bookings of one concert in groups.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::bookings::{BookingDesk, PlaceError, PlaceRequest, Placed, Placing};
use boxoffice_domain::shared::{ConcertId, StoreError};

use super::gathering::{Bounds, Gathering, Unanswered, Work};
use super::turns::Turns;

/// Gathers the wishes for one concert that come while others are being settled, and settles them in one unit.
pub struct GroupDesk {
    gathering: Gathering<PlaceWork>,
}

struct PlaceWork(Arc<Placing>);

#[async_trait]
impl Work for PlaceWork {
    type Request = PlaceRequest;
    type Outcome = Result<Placed, PlaceError>;

    const NAME: &'static str = "place";
    const LEFT_WITH_CLIENT: bool = true;

    fn tickets(request: &PlaceRequest) -> usize {
        usize::try_from(request.command.selection.quantity()).unwrap_or(usize::MAX)
    }

    async fn run(&self, concert: ConcertId, requests: Vec<PlaceRequest>) -> Vec<Self::Outcome> {
        self.0.place_batch(concert, &requests).await
    }
}

impl GroupDesk {
    /// A desk over the placing.
    pub fn new(placing: Arc<Placing>, turns: Turns, bounds: Bounds) -> Self {
        Self { gathering: Gathering::new(PlaceWork(placing), turns, bounds) }
    }
}

#[async_trait]
impl BookingDesk for GroupDesk {
    async fn place(&self, request: PlaceRequest) -> Result<Placed, PlaceError> {
        if request.actor.user_id().is_none() {
            return Err(PlaceError::LoginRequired);
        }
        let concert = request.command.concert;
        self.gathering
            .ask(concert, request)
            .await
            .unwrap_or_else(|unanswered| Err(unanswered.into_store_error().into()))
    }
}

impl Unanswered {
    pub(super) fn into_store_error(self) -> StoreError {
        match self {
            Self::NotBegun => StoreError::Busy,
            Self::BrokenDown => StoreError::inconsistent("a batch of the desk broke down, and what it did is unknown"),
        }
    }
}
