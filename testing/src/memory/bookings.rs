//! Bookings, and the holdings of users.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use async_trait::async_trait;
use boxoffice_domain::bookings::{
    Booking, BookingFilter, BookingPosition, BookingQueries, BookingRepository, BookingStatus, CustomerHoldings,
    HoldingsChange, HoldingsRepository, NamedBooking,
};
use boxoffice_domain::concerts::ConcertStatus;
use boxoffice_domain::shared::{BookingId, ConcertId, Page, PageLimit, StoreError, Timestamp, UserId};

use super::state::State;
use super::unit::MemoryUnit;
use super::{InMemoryStore, refused};

/// A limit as a number of items.
pub(super) fn items(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl BookingRepository for MemoryUnit {
    async fn add(&mut self, bookings: &[Booking]) -> Result<(), StoreError> {
        for booking in bookings {
            if !self.state.references.insert(booking.reference.as_str().to_owned(), booking.id) {
                return Err(self.contention());
            }
            if !self.state.bookings.insert(booking.id, booking.clone()) {
                return Err(refused("a booking has this id"));
            }
        }
        Ok(())
    }

    async fn get(&mut self, ids: &[BookingId]) -> Result<Vec<Booking>, StoreError> {
        let ids: BTreeSet<&BookingId> = ids.iter().collect();
        Ok(ids.into_iter().filter_map(|id| self.state.bookings.get(id)).cloned().collect())
    }

    async fn of_concert(
        &mut self,
        concert: ConcertId,
        status: BookingStatus,
        limit: u32,
    ) -> Result<Vec<Booking>, StoreError> {
        let mut found: Vec<&Booking> =
            self.state.bookings_of(concert).filter(|booking| booking.status == status).collect();
        found.sort_by_key(|booking| (booking.created_at, booking.id));
        Ok(found.into_iter().take(items(limit)).cloned().collect())
    }

    async fn any_uncancelled(&mut self, concert: ConcertId) -> Result<bool, StoreError> {
        Ok(self.state.bookings_of(concert).any(|booking| booking.status != BookingStatus::Cancelled))
    }

    async fn overdue(
        &mut self,
        concert: ConcertId,
        now: Timestamp,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Booking>, StoreError> {
        let mut found: Vec<Booking> =
            self.state.bookings_of(concert).filter(|booking| booking.is_overdue(now)).cloned().collect();
        found.sort_by_key(|booking| (booking.expires_at, booking.id));
        Ok(found.into_iter().skip(items(skip)).take(items(limit)).collect())
    }

    async fn save(&mut self, bookings: &[Booking]) -> Result<(), StoreError> {
        let mut lost = false;
        for booking in bookings {
            match self.state.bookings.get_mut(&booking.id) {
                Some(stored) if stored.version + 1 == booking.version => {
                    stored.status = booking.status;
                    stored.cancel_reason = booking.cancel_reason;
                    stored.expires_at = booking.expires_at;
                    stored.payment = booking.payment;
                    stored.hold_extended = booking.hold_extended;
                    stored.version = booking.version;
                    stored.updated_at = booking.updated_at;
                }
                _ => lost = true,
            }
        }
        if lost { Err(self.contention()) } else { Ok(()) }
    }
}

/// The sum, unless it is below 0 or above the maximum.
fn within(held: u32, added: i64, max: Option<u32>) -> Option<u32> {
    let sum = u32::try_from(i64::from(held).checked_add(added)?).ok()?;
    max.is_none_or(|max| sum <= max).then_some(sum)
}

#[async_trait]
impl HoldingsRepository for MemoryUnit {
    async fn of_users(&mut self, concert: ConcertId, users: &[UserId]) -> Result<Vec<CustomerHoldings>, StoreError> {
        let users: BTreeSet<&UserId> = users.iter().collect();
        Ok(users.into_iter().filter_map(|user| self.state.holdings.get(&(concert, *user))).copied().collect())
    }

    async fn change(&mut self, concert: ConcertId, changes: &[HoldingsChange]) -> Result<(), StoreError> {
        let mut lost = false;
        for change in changes {
            let key = (concert, change.user);
            let stored = self.state.holdings.get(&key).copied();
            if stored.is_none() && change.releases() {
                lost = true;
                continue;
            }
            let held = stored.unwrap_or(CustomerHoldings { user: change.user, tickets: 0, pending_bookings: 0 });
            let tickets = within(held.tickets, change.tickets, change.max_tickets);
            let pending = within(held.pending_bookings, change.pending_bookings, change.max_pending_bookings);
            match (tickets, pending) {
                (Some(tickets), Some(pending_bookings)) => {
                    self.state.holdings.put(key, CustomerHoldings { user: change.user, tickets, pending_bookings });
                }
                _ => lost = true,
            }
        }
        if lost { Err(self.contention()) } else { Ok(()) }
    }
}

fn named(state: &State, booking: &Booking) -> NamedBooking {
    let account = booking.user.and_then(|user| state.users.get(&user));
    NamedBooking { booking: booking.clone(), username: account.map(|user| user.username.clone()) }
}

/// At most `limit` of the bookings, after a position.
fn newest_first<'state>(
    bookings: impl Iterator<Item = &'state Booking>,
    after: Option<BookingPosition>,
    limit: usize,
) -> Vec<&'state Booking> {
    let follows = |booking: &&Booking| after.is_none_or(|at| (booking.created_at, booking.id) < (at.created_at, at.id));
    let mut found: Vec<&Booking> = bookings.filter(follows).collect();
    found.sort_by_key(|booking| Reverse((booking.created_at, booking.id)));
    found.truncate(limit);
    found
}

/// At most `limit` of the bookings of a concert that a filter shows, newest first.
pub(super) fn found(
    state: &State,
    concert: ConcertId,
    filter: &BookingFilter,
    after: Option<BookingPosition>,
    limit: usize,
) -> Vec<NamedBooking> {
    let shown = state.bookings_of(concert).filter(|booking| {
        let account = booking.user.and_then(|user| state.users.get(&user));
        filter.shows(booking, account.map(|user| (&user.username, &user.email)))
    });
    newest_first(shown, after, limit).into_iter().map(|booking| named(state, booking)).collect()
}

#[async_trait]
impl BookingQueries for InMemoryStore {
    async fn get(&self, id: BookingId) -> Result<Option<Booking>, StoreError> {
        Ok(self.snapshot().bookings.get(&id).cloned())
    }

    async fn named(&self, id: BookingId) -> Result<Option<NamedBooking>, StoreError> {
        let state = self.snapshot();
        Ok(state.bookings.get(&id).map(|booking| named(&state, booking)))
    }

    async fn of_user(
        &self,
        user: UserId,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<Booking, BookingPosition>, StoreError> {
        let state = self.snapshot();
        let own = state.bookings.values().filter(|booking| booking.user == Some(user));
        let read = newest_first(own, after, usize::from(limit.items()) + 1).into_iter().cloned().collect();
        Ok(Page::from_overfull(read, limit, BookingPosition::of))
    }

    async fn of_concert(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<NamedBooking, BookingPosition>, StoreError> {
        let read = found(&self.snapshot(), concert, filter, after, usize::from(limit.items()) + 1);
        Ok(Page::from_overfull(read, limit, |found| BookingPosition::of(&found.booking)))
    }

    async fn any_overdue(&self, concert: ConcertId, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.snapshot().bookings_of(concert).any(|booking| booking.is_overdue(at)))
    }

    async fn concerts_with_overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<ConcertId>, StoreError> {
        let state = self.snapshot();
        let overdue = state.bookings.values().filter(|booking| booking.is_overdue(now));
        let concerts: BTreeSet<ConcertId> = overdue.map(|booking| booking.concert).collect();
        Ok(concerts.into_iter().take(items(limit)).collect())
    }

    async fn cancelled_concerts_with_bookings(&self, limit: u32) -> Result<Vec<ConcertId>, StoreError> {
        let state = self.snapshot();
        let unfinished = state
            .concerts
            .values()
            .filter(|concert| concert.status == ConcertStatus::Cancelled && concert.cancellation_done_at.is_none());
        Ok(unfinished.take(items(limit)).map(|concert| concert.id).collect())
    }
}
