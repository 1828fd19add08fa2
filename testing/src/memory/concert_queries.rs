//! Concerts outside of units.

use std::cmp::Ordering;

use async_trait::async_trait;
use boxoffice_domain::concerts::{
    Availability, Concert, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertStatus, ConcertSummary,
    ConcertView, STANDARD_CATEGORY, SeatPlan, SeatStates, SectionAvailability, SectionCode, TicketNumber, TicketStatus,
};
use boxoffice_domain::shared::{ConcertId, Page, PageLimit, StoreError, Timestamp};
use boxoffice_domain::text::fold;

use super::InMemoryStore;
use super::organisers::acts_for_organisers;
use super::state::State;

impl State {
    pub(super) fn plan_of(&self, concert: ConcertId) -> SeatPlan {
        SeatPlan::new(self.sections_of(concert).map(|row| row.section.clone()).collect())
    }

    fn summary(&self, concert: &Concert) -> ConcertSummary {
        let prices = self.sections_of(concert.id).filter_map(|row| row.section.price(STANDARD_CATEGORY));
        ConcertSummary { concert: concert.clone(), price_from: prices.min() }
    }

    fn shows(&self, filter: &ConcertFilter, concert: &Concert, now: Timestamp) -> bool {
        let details = &concert.details;
        let on_offer = matches!(concert.status, ConcertStatus::OnSale | ConcertStatus::Paused);
        let listed = match filter.member {
            Some(user) => acts_for_organisers(self, user) && self.members.get(&(concert.organiser, user)).is_some(),
            None => on_offer && details.starts_at > now,
        };
        let text = details.search_text();
        listed
            && filter.words.iter().all(|word| text.contains(word))
            && filter.artist.as_ref().is_none_or(|artist| fold(&details.artist).contains(artist))
            && filter.location.as_ref().is_none_or(|location| fold(&details.location).contains(location))
            && filter.from.is_none_or(|from| details.starts_at >= from)
            && filter.to.is_none_or(|to| details.starts_at < to)
    }
}

fn position(order: ConcertOrder, concert: &Concert) -> ConcertPosition {
    match order {
        ConcertOrder::StartsAt | ConcertOrder::StartsAtDescending => {
            ConcertPosition::StartsAt(concert.details.starts_at, concert.id)
        }
        ConcertOrder::Name => ConcertPosition::Name(concert.details.name.clone(), concert.id),
    }
}

/// Compares two positions of one list.
fn compare(order: ConcertOrder, one: &ConcertPosition, other: &ConcertPosition) -> Ordering {
    let ascending = match (one, other) {
        (ConcertPosition::StartsAt(one_at, one_id), ConcertPosition::StartsAt(other_at, other_id)) => {
            (one_at, one_id).cmp(&(other_at, other_id))
        }
        (ConcertPosition::Name(one_name, one_id), ConcertPosition::Name(other_name, other_id)) => {
            (one_name, one_id).cmp(&(other_name, other_id))
        }
        _ => panic!("a position of another order"),
    };
    if order == ConcertOrder::StartsAtDescending { ascending.reverse() } else { ascending }
}

#[async_trait]
impl ConcertQueries for InMemoryStore {
    async fn get(&self, id: ConcertId) -> Result<Option<ConcertView>, StoreError> {
        let state = self.snapshot();
        let concert = state.concerts.get(&id).cloned();
        Ok(concert.map(|concert| ConcertView { concert, plan: state.plan_of(id) }))
    }

    async fn list(
        &self,
        filter: &ConcertFilter,
        order: ConcertOrder,
        after: Option<ConcertPosition>,
        limit: PageLimit,
        now: Timestamp,
    ) -> Result<Page<ConcertSummary, ConcertPosition>, StoreError> {
        let state = self.snapshot();
        let shown = state.concerts.values().filter(|concert| state.shows(filter, concert, now));
        let mut placed: Vec<_> = shown.map(|concert| (position(order, concert), concert)).collect();
        placed
            .retain(|(place, _)| after.as_ref().is_none_or(|after| compare(order, place, after) == Ordering::Greater));
        placed.sort_by(|(one, _), (other, _)| compare(order, one, other));
        placed.truncate(usize::from(limit.items()) + 1);
        let read = placed.into_iter().map(|(_, concert)| state.summary(concert)).collect();
        Ok(Page::from_overfull(read, limit, |summary: &ConcertSummary| position(order, &summary.concert)))
    }

    async fn availability(&self, id: ConcertId) -> Result<Option<Availability>, StoreError> {
        let state = self.snapshot();
        let sections = state.sections_of(id).map(|row| SectionAvailability {
            section: row.section.clone(),
            available: row.available,
            held: row.held,
            sold: row.sold,
            blocked: row.blocked,
        });
        let sections = sections.collect();
        Ok(state.concerts.get(&id).cloned().map(|concert| Availability { concert, sections }))
    }

    async fn seats(&self, id: ConcertId, section: Option<SectionCode>) -> Result<Option<SeatStates>, StoreError> {
        let state = self.snapshot();
        let Some(concert) = state.concerts.get(&id).cloned() else {
            return Ok(None);
        };
        let plan = state.plan_of(id);
        let everything = Some((TicketNumber::new(1), TicketNumber::new(TicketNumber::MAX)));
        let range =
            section.map_or(everything, |code| plan.section_coded(&code).map(|section| (section.first, section.last)));
        let first = range.map_or(TicketNumber::new(1), |(first, _)| first);
        let inside = |number: TicketNumber| range.is_some_and(|(first, last)| (first..=last).contains(&number));
        let tickets = state.tickets.get(&id).into_iter().flat_map(|sheet| sheet.iter());
        let states: Vec<TicketStatus> =
            tickets.filter(|(number, _)| inside(*number)).map(|(_, row)| row.status).collect();
        Ok(Some(SeatStates { concert, plan, first, states }))
    }
}
