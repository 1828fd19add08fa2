//! Places bookings: many of one concert in one unit of work, each with its own outcome.

use std::sync::Arc;

use async_trait::async_trait;

use crate::bookings::{Refresh, SeatMaps};
use crate::concerts::OrganiserQueries;
use crate::sales::SalesUnit;
use crate::sales::cancellation::expire_overdue_of;
use crate::shared::{Clock, ConcertId, IdGenerator, StoreError};
use crate::store::{Store, UNIT_ATTEMPTS_MAX, bisect_rejected, in_unit};

use super::members::members_among;
use super::placement_batch::{Outcome, PlacementBatch, RetryReason};
use super::placement_data::SaleTermsCache;
use super::resolved_batch::ResolvedBatch;
use super::{BookingPlacement, PlaceError, PlaceRequest, PlacedBooking};

/// How often the seat index of a concert may prove wrong in a row, although it knew everything that was committed, before
/// it is loaded again. Other processes may sell what it proposes at any moment, so once is no reason.
const WRONG_PROPOSALS_MAX: u32 = 3;

/// The settings for placing a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacementPolicy {
    /// How long an unpaid booking holds its tickets, in seconds.
    pub hold_seconds: i64,
}

/// Runs the units of work that place bookings. As a [`BookingPlacement`] it places each booking in a unit of its own.
pub struct PlacementUnits {
    store: Arc<dyn Store<dyn SalesUnit>>,
    seat_maps: Arc<dyn SeatMaps>,
    organisers: Arc<dyn OrganiserQueries>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    policy: PlacementPolicy,
    known_terms: SaleTermsCache,
}

impl PlacementUnits {
    /// Creates the service over these ports.
    pub fn new(
        store: Arc<dyn Store<dyn SalesUnit>>,
        seat_maps: Arc<dyn SeatMaps>,
        organisers: Arc<dyn OrganiserQueries>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        policy: PlacementPolicy,
    ) -> Self {
        Self { store, seat_maps, organisers, clock, ids, policy, known_terms: SaleTermsCache::default() }
    }

    /// Processes many requests for one concert in one unit, first come, first served. When the store rejects the whole
    /// batch, it is bisected until the rejected request stands alone.
    ///
    /// Returns the outcomes in the order of the requests, after the commit.
    pub async fn place_batch(&self, concert: ConcertId, requests: &[PlaceRequest]) -> Vec<Outcome> {
        bisect_rejected(requests, |some| self.place_part(concert, some), |failure| Err(PlaceError::Store(failure)))
            .await
    }

    /// Runs one part of a batch, and again after each [`RetryReason`].
    async fn place_part(&self, concert: ConcertId, requests: &[PlaceRequest]) -> Result<Vec<Outcome>, StoreError> {
        let mut wrong_proposals = 0;
        for attempt in 1..=UNIT_ATTEMPTS_MAX {
            let Some(plan) = self.seat_maps.plan(concert).await? else {
                return Ok(requests.iter().map(|request| Err(no_such_concert(request))).collect());
            };
            let members = members_among(requests, concert, &plan, self.organisers.as_ref()).await?;
            let batch = ResolvedBatch::new(concert, &plan, requests, &members);
            if batch.wants_the_best() {
                let refresh = match wrong_proposals {
                    0 => Refresh::IfOld,
                    1..=WRONG_PROPOSALS_MAX => Refresh::Now,
                    _ => Refresh::Reload,
                };
                // Before a unit is open, because reading needs a database connection of its own.
                self.seat_maps.prepare(concert, refresh).await?;
            }
            let reason = match self.place_in_a_unit(&batch).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(reason) => reason,
            };
            match reason {
                RetryReason::Store(error) => return Err(error),
                RetryReason::SeatIndexOutdated => {}
                RetryReason::OverdueHolds => self.expire_overdue(concert).await?,
                RetryReason::NoProposal { worth_waiting: true } => self.store.pause_before_retry(attempt).await,
                RetryReason::ProposalTaken | RetryReason::NoProposal { worth_waiting: false } => {
                    wrong_proposals += 1;
                    self.store.pause_before_retry(attempt).await;
                }
            }
        }
        Err(StoreError::Contention)
    }

    async fn place_in_a_unit(&self, batch: &ResolvedBatch<'_>) -> Result<Vec<Outcome>, RetryReason> {
        in_unit(self.store.as_ref(), "place_bookings", |unit, _| {
            Box::pin(async move {
                let placement = PlacementBatch {
                    unit,
                    seat_maps: self.seat_maps.as_ref(),
                    known_terms: &self.known_terms,
                    ids: self.ids.as_ref(),
                    now: self.clock.now(),
                    hold_seconds: self.policy.hold_seconds,
                    batch,
                };
                placement.run().await
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

/// A missing login is reported before a missing concert.
const fn no_such_concert(request: &PlaceRequest) -> PlaceError {
    if request.actor.user_id().is_some() { PlaceError::ConcertNotFound } else { PlaceError::LoginRequired }
}

#[async_trait]
impl BookingPlacement for PlacementUnits {
    async fn place(&self, request: PlaceRequest) -> Result<PlacedBooking, PlaceError> {
        let concert = request.command.concert;
        let mut outcomes = self.place_batch(concert, &[request]).await;
        outcomes.pop().unwrap_or(Err(PlaceError::ConcertNotFound))
    }
}
