//! The desk where the bookings of one concert give their tickets back in groups, in turn with those that take them.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::bookings::{Booking, CancelError, CancelRequest, Returns, ReturnsDesk};
use boxoffice_domain::shared::{ConcertId, StoreError};

use super::gathering::{Bounds, Gathering, Unanswered, Work};
use super::turns::Turns;

/// Gathers the cancellations of one concert that come while others are under way, and does them in one unit; what is
/// overdue waits for its turn as they do, and may take both turns of a concert.
pub struct GroupReturnsDesk {
    cancellations: Gathering<CancelWork>,
    expiries: [Gathering<ExpireWork>; 2],
}

struct CancelWork(Arc<Returns>);

#[async_trait]
impl Work for CancelWork {
    type Request = CancelRequest;
    type Outcome = Result<Booking, CancelError>;

    const NAME: &'static str = "cancel";
    const LEFT_WITH_CLIENT: bool = true;

    fn tickets(request: &CancelRequest) -> usize {
        request.tickets
    }

    async fn run(&self, concert: ConcertId, requests: Vec<CancelRequest>) -> Vec<Self::Outcome> {
        self.0.cancel_batch(concert, &requests).await
    }
}

struct ExpireWork {
    returns: Arc<Returns>,
    part: u32,
}

#[async_trait]
impl Work for ExpireWork {
    type Request = ();
    type Outcome = Result<u32, StoreError>;

    const NAME: &'static str = "expire";
    const LEFT_WITH_CLIENT: bool = false;

    fn tickets((): &()) -> usize {
        1
    }

    /// One unit is for all who ask: what it leaves they find when they ask again.
    async fn run(&self, concert: ConcertId, requests: Vec<()>) -> Vec<Self::Outcome> {
        let expired = self.returns.expire_part(concert, self.part).await;
        requests.iter().map(|()| expired.clone()).collect()
    }
}

impl GroupReturnsDesk {
    /// A desk over the units of returns. It takes turns with whoever has the same `turns`.
    pub fn new(returns: Returns, turns: Turns, bounds: Bounds) -> Self {
        let returns = Arc::new(returns);
        let expiring = |part| Gathering::new(ExpireWork { returns: Arc::clone(&returns), part }, turns.clone(), bounds);
        let expiries = [expiring(0), expiring(1)];
        Self { cancellations: Gathering::new(CancelWork(returns), turns, bounds), expiries }
    }
}

#[async_trait]
impl ReturnsDesk for GroupReturnsDesk {
    async fn cancel(&self, request: CancelRequest) -> Result<Booking, CancelError> {
        let asked = self.cancellations.ask(request.concert, request).await;
        asked.unwrap_or_else(|unanswered| Err(unanswered.into_store_error().into()))
    }

    async fn expire(&self, concert: ConcertId) -> Result<u32, StoreError> {
        let [first, second] = self.expiries.each_ref().map(|part| part.ask(concert, ()));
        let (first, second) = tokio::join!(first, second);
        let expired = |asked: Result<_, Unanswered>| asked.unwrap_or_else(|why| Err(why.into_store_error()));
        Ok(expired(first)? + expired(second)?)
    }
}
