//! Proposes the available committed tickets of a section with the lowest numbers.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use boxoffice_domain::bookings::{BestAvailableRequest, Proposal, Refresh, SeatMaps};
use boxoffice_domain::concerts::{SeatPlan, TicketNumber, TicketStatus};
use boxoffice_domain::shared::{ConcertId, StoreError};

use super::{InMemoryStore, locked};

/// Reserves tickets, so that other proposals avoid them, until it is dropped.
struct Reservation {
    kept: Vec<(ConcertId, TicketNumber)>,
    proposed: Arc<Mutex<HashSet<(ConcertId, TicketNumber)>>>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut proposed = locked(&self.proposed);
        for ticket in &self.kept {
            proposed.remove(ticket);
        }
    }
}

#[async_trait]
impl SeatMaps for InMemoryStore {
    async fn plan(&self, concert: ConcertId) -> Result<Option<Arc<SeatPlan>>, StoreError> {
        let state = self.snapshot();
        Ok(state.concerts.get(&concert).map(|_| Arc::new(state.plan_of(concert))))
    }

    async fn prepare(&self, _concert: ConcertId, _refresh: Refresh) -> Result<(), StoreError> {
        Ok(())
    }

    fn propose(
        &self,
        concert: ConcertId,
        requests: &[BestAvailableRequest],
        named: &[TicketNumber],
    ) -> Option<Proposal> {
        let state = self.snapshot();
        let plan = state.plan_of(concert);
        let mut proposed = locked(&self.shared.proposed);
        let is_contended = !proposed.is_empty();
        let sheet = state.tickets.get(&concert).cloned().unwrap_or_default();
        let free = sheet.iter().filter(|(_, row)| row.status == TicketStatus::Available).map(|(number, _)| number);
        let mut free: BTreeSet<TicketNumber> =
            free.filter(|number| !named.contains(number) && !proposed.contains(&(concert, *number))).collect();
        let mut kept = Vec::new();
        let picks = requests.iter().map(|request| {
            let section = plan.section_at(request.section)?;
            let quantity = usize::try_from(request.quantity).ok()?;
            let pick: Vec<TicketNumber> = free.range(section.first..=section.last).take(quantity).copied().collect();
            if pick.len() < quantity {
                return None;
            }
            free.retain(|number| !pick.contains(number));
            kept.extend(pick.iter().map(|number| (concert, *number)));
            Some(pick)
        });
        let picks = picks.collect();
        proposed.extend(kept.iter().copied());
        drop(proposed);
        let reservation = Reservation { kept, proposed: self.shared.proposed.clone() };
        Some(Proposal::new(picks, Box::new(reservation)).with_contention(is_contended))
    }
}
