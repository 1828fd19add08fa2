//! Placing bookings: many of one concert in one unit of work, each with an outcome of its own.

use std::sync::Arc;

use async_trait::async_trait;

use crate::concerts::OrganiserQueries;
use crate::shared::{Clock, ConcertId, IdGenerator, StoreError};
use crate::store::{Store, UNIT_ATTEMPTS_MAX, in_halves, in_unit};

use super::batch::Batch;
use super::briefing::KnownTerms;
use super::expire::expire_overdue_of;
use super::members::members_among;
use super::settlement::{Outcome, Setback, Settlement};
use super::{BookingDesk, PlaceError, PlaceRequest, Placed, SeatMaps};

/// What placing a booking needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacingPolicy {
    /// How long an unpaid booking holds its tickets, in seconds.
    pub hold_seconds: i64,
}

/// Settles wishes for the tickets of a concert.
pub struct Placing {
    store: Arc<dyn Store>,
    seat_maps: Arc<dyn SeatMaps>,
    organisers: Arc<dyn OrganiserQueries>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    policy: PlacingPolicy,
    known_terms: KnownTerms,
}

impl Placing {
    /// Puts it together.
    pub fn new(
        store: Arc<dyn Store>,
        seat_maps: Arc<dyn SeatMaps>,
        organisers: Arc<dyn OrganiserQueries>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        policy: PlacingPolicy,
    ) -> Self {
        Self { store, seat_maps, organisers, clock, ids, policy, known_terms: KnownTerms::default() }
    }

    /// Settles many wishes for one concert in one unit, first come, first served. When the store refuses the batch as a
    /// whole, it is split in halves until the wish that it refuses stands alone.
    ///
    /// The outcomes come in the order of the requests, and after the commit.
    pub async fn place_batch(&self, concert: ConcertId, requests: &[PlaceRequest]) -> Vec<Outcome> {
        in_halves(requests, |some| self.settle(concert, some), |failure| Err(PlaceError::Store(failure))).await
    }

    async fn settle(&self, concert: ConcertId, requests: &[PlaceRequest]) -> Result<Vec<Outcome>, StoreError> {
        let mut proposals_lost = 0;
        for attempt in 1..=UNIT_ATTEMPTS_MAX {
            let Some(plan) = self.seat_maps.plan(concert).await? else {
                return Ok(requests.iter().map(|request| Err(no_such_concert(request))).collect());
            };
            let members = members_among(requests, concert, &plan, self.organisers.as_ref()).await?;
            let batch = Batch::new(concert, &plan, requests, &members);
            if batch.wants_the_best() {
                // While no unit is open: it takes a connection of its own.
                self.seat_maps.prepare(concert).await?;
            }
            let setback = match self.settle_in_a_unit(&batch).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(setback) => setback,
            };
            match setback {
                Setback::Store(error) => return Err(error),
                Setback::PictureOutdated => {}
                Setback::OverdueHolds => self.expire_overdue(concert).await?,
                Setback::ProposalLost => {
                    proposals_lost += 1;
                    if proposals_lost > 1 {
                        self.seat_maps.forget(concert);
                    }
                    self.store.pause_before_retry(attempt).await;
                }
                Setback::NothingProposed { worth_waiting } => {
                    if !worth_waiting {
                        self.seat_maps.forget(concert);
                    }
                    self.store.pause_before_retry(attempt).await;
                }
            }
        }
        Err(StoreError::Contention)
    }

    async fn settle_in_a_unit(&self, batch: &Batch<'_>) -> Result<Vec<Outcome>, Setback> {
        in_unit(self.store.as_ref(), "place_bookings", |unit, _| {
            Box::pin(async move {
                let settlement = Settlement {
                    unit,
                    seat_maps: self.seat_maps.as_ref(),
                    known_terms: &self.known_terms,
                    ids: self.ids.as_ref(),
                    now: self.clock.now(),
                    hold_seconds: self.policy.hold_seconds,
                    batch,
                };
                settlement.run().await
            })
        })
        .await
    }

    async fn expire_overdue(&self, concert: ConcertId) -> Result<(), StoreError> {
        in_unit(self.store.as_ref(), "expire_before_placing", |unit, _| {
            Box::pin(async move {
                expire_overdue_of(unit, concert, 0, self.clock.now(), self.ids.as_ref()).await.map(|_| ())
            })
        })
        .await
    }
}

/// Whoever is not logged in is told that first.
const fn no_such_concert(request: &PlaceRequest) -> PlaceError {
    if request.actor.user_id().is_some() { PlaceError::ConcertNotFound } else { PlaceError::LoginRequired }
}

/// The desk that settles each wish at once, in a unit of its own.
pub struct DirectDesk {
    placing: Placing,
}

impl DirectDesk {
    /// A desk over the placing.
    pub const fn new(placing: Placing) -> Self {
        Self { placing }
    }
}

#[async_trait]
impl BookingDesk for DirectDesk {
    async fn place(&self, request: PlaceRequest) -> Result<Placed, PlaceError> {
        let concert = request.command.concert;
        let mut outcomes = self.placing.place_batch(concert, &[request]).await;
        outcomes.pop().unwrap_or(Err(PlaceError::ConcertNotFound))
    }
}
