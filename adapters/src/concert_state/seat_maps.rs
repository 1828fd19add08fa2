//! Best available: seats are proposed from the states of concerts in memory.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::bookings::{BestAvailableRequest, Proposal, Refresh, SeatMaps};
use boxoffice_domain::concerts::{SeatPlan, TicketNumber};
use boxoffice_domain::shared::{ConcertId, StoreError};

use super::need::Need;
use super::state::ConcertState;
use super::states::ConcertStates;

/// The reservation of a proposal's tickets. Dropping it releases them.
struct Reservation {
    state: Arc<ConcertState>,
    tickets: Vec<TicketNumber>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.state.release(&self.tickets);
    }
}

#[async_trait]
impl SeatMaps for ConcertStates {
    async fn plan(&self, concert: ConcertId) -> Result<Option<Arc<SeatPlan>>, StoreError> {
        if let Some(plan) = self.get(concert).and_then(|state| state.plan()) {
            return Ok(Some(plan));
        }
        let found = self.find(concert, Need::Plan).await?;
        Ok(found.snapshot.map(|snapshot| Arc::clone(snapshot.shared_plan())))
    }

    async fn prepare(&self, concert: ConcertId, refresh: Refresh) -> Result<(), StoreError> {
        let found = self.find(concert, Need::Propose(refresh)).await?;
        // Builds the index now, and not while a unit of work is open.
        drop(found.state.seat_index());
        Ok(())
    }

    fn propose(
        &self,
        concert: ConcertId,
        requests: &[BestAvailableRequest],
        named: &[TicketNumber],
    ) -> Option<Proposal> {
        let state = self.get(concert)?;
        let mut index = state.seat_index()?;
        let is_contended = index.has_reservations();
        let (picks, tickets) = index.propose(requests, named);
        drop(index);
        Some(Proposal::new(picks, Box::new(Reservation { state, tickets })).with_contention(is_contended))
    }
}
