//! Which rows are written when a booking is granted, and in which order.

use std::sync::{Arc, Mutex};

use boxoffice_domain::bookings::{Booking, BookingReference, BookingStatus, HoldingsChange};
use boxoffice_domain::concerts::{CountChange, TicketClaim};
use boxoffice_domain::events::Event;
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::shared::StoreError;
use boxoffice_testing::{FixedClock, MockUnitOfWork, store_of};
use mockall::Sequence;

use super::fixture::HOLD_SECONDS;
use super::mocked::{Stage, expect_states, fan, holding, numbers, proposal, request};

/// The rows that a unit wrote.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Everything>>);

#[derive(Clone, Default)]
struct Everything {
    claims: Vec<TicketClaim>,
    bookings: Vec<Booking>,
    holdings: Vec<HoldingsChange>,
    counts: Vec<CountChange>,
    available: i64,
    events: Vec<Event>,
}

impl Written {
    fn note(&self, what: impl FnOnce(&mut Everything)) -> Result<(), StoreError> {
        what(&mut self.0.lock().unwrap());
        Ok(())
    }

    fn all(&self) -> Everything {
        self.0.lock().unwrap().clone()
    }
}

/// Records all writes. Each must occur once, in the order of locks.
fn expect_in_order(unit: &mut MockUnitOfWork, new_version: u64) -> Written {
    let written = Written::default();
    let mut order = Sequence::new();
    let to = written.clone();
    unit.tickets
        .expect_claim()
        .times(1)
        .in_sequence(&mut order)
        .returning(move |_, claims| to.note(|all| all.claims.extend(claims)));
    let to = written.clone();
    unit.bookings
        .expect_add()
        .times(1)
        .in_sequence(&mut order)
        .returning(move |bookings| to.note(|all| all.bookings.extend(bookings.iter().cloned())));
    let to = written.clone();
    unit.holdings
        .expect_change()
        .times(1)
        .in_sequence(&mut order)
        .returning(move |_, changes| to.note(|all| all.holdings.extend(changes)));
    let to = written.clone();
    unit.sections
        .expect_change_counts()
        .times(1)
        .in_sequence(&mut order)
        .returning(move |_, changes| to.note(|all| all.counts.extend(changes)));
    let to = written.clone();
    unit.concerts.expect_advance().times(1).in_sequence(&mut order).returning(move |_, available| {
        to.note(|all| all.available = available)?;
        Ok(new_version)
    });
    let to = written.clone();
    unit.outbox
        .expect_append()
        .times(1)
        .in_sequence(&mut order)
        .returning(move |entry| to.note(|all| all.events.extend(entry.events)));
    written
}

#[tokio::test]
async fn a_pending_booking_claims_its_seats_for_ten_minutes() {
    let stage = Stage::new();
    let mut unit = stage.unit();
    expect_states(&mut unit, &[]);
    let (written, end) = (expect_in_order(&mut unit, 7), unit.end());
    let (concert, command) = (stage.concert(), stage.seats(&["A-1-2", "A-1-1"]));
    let placed = stage.place(store_of([unit]), command).await.unwrap();
    let booking = placed.booking;
    assert!(!placed.replayed && end.is_committed());
    assert_eq!((booking.status, booking.version), (BookingStatus::Pending, 1));
    assert_eq!(booking.expires_at, FixedClock::START.plus_seconds(HOLD_SECONDS));
    assert_eq!((booking.created_at, booking.total.minor()), (FixedClock::START, 5_000));
    assert_eq!(booking.reference.as_str().len(), BookingReference::LENGTH);

    let all = written.all();
    let claimed: Vec<_> = all.claims.iter().map(|claim| (claim.number.get(), claim.booking, claim.sold)).collect();
    assert_eq!(claimed, [(1, booking.id, false), (2, booking.id, false)]);
    assert_eq!(all.bookings, std::slice::from_ref(&booking));
    let change = all.holdings[0];
    assert_eq!((change.user, change.tickets, change.pending_bookings), (fan(1).user_id().unwrap(), 2, 1));
    assert_eq!((change.max_tickets, change.max_pending_bookings), (Some(10), Some(2)));
    assert_eq!(all.counts, [CountChange { position: 1, available: -2, held: 2, ..CountChange::default() }]);
    assert_eq!(all.available, -2);
    let events: Vec<_> = all.events.iter().map(|event| (event.aggregate, event.version)).collect();
    assert_eq!(events, [(Aggregate::Concert(concert), 7), (Aggregate::Booking(booking.id), 1)]);
}

#[tokio::test]
async fn a_free_booking_is_sold_at_once_and_does_not_count_as_pending() {
    let mut stage = Stage::with(|concert| concert.standing("GA", 9, 0));
    stage
        .maps
        .expect_propose()
        .withf(|_, requests, named| requests[0].section == 1 && requests[0].quantity == 2 && named.is_empty())
        .times(1)
        .returning(|_, _, _| Some(proposal(&[Some(&[4, 5])])));
    let mut unit = stage.unit_with(&[holding(fan(1), 3, 2)]);
    expect_states(&mut unit, &[]);
    let written = expect_in_order(&mut unit, 2);
    let command = stage.best("GA", 2);
    let booking = stage.place(store_of([unit]), command).await.unwrap().booking;
    assert_eq!((booking.status, booking.payment), (BookingStatus::Confirmed, None));
    let all = written.all();
    assert!(all.claims.iter().all(|claim| claim.sold), "{:?}", all.claims);
    let change = all.holdings[0];
    assert_eq!((change.tickets, change.pending_bookings), (2, 0));
    assert_eq!((change.max_tickets, change.max_pending_bookings), (Some(10), None));
    assert_eq!(all.counts, [CountChange { position: 1, available: -2, sold: 2, ..CountChange::default() }]);
}

#[tokio::test]
async fn a_batch_of_any_size_writes_once() {
    let mut stage = Stage::new();
    stage
        .maps
        .expect_propose()
        .withf(|_, requests, named| requests.len() == 2 && numbers(named) == [31])
        .times(1)
        .returning(|_, _, _| Some(proposal(&[Some(&[5, 6]), Some(&[1])])));
    let mut unit = stage.unit_with(&[holding(fan(1), 1, 1)]);
    expect_states(&mut unit, &[]);
    let written = expect_in_order(&mut unit, 2);
    let requests = [
        request(fan(2), stage.best("A", 2)),
        request(fan(1), stage.seats(&["A-4-1"])),
        request(fan(2), stage.best("A", 1)),
    ];
    let outcomes = stage.place_all(store_of([unit]), &requests).await;
    let all = written.all();
    let claimed: Vec<_> = all.claims.iter().map(|claim| claim.number.get()).collect();
    assert_eq!(claimed, [1, 5, 6, 31]);
    let bookings: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap().booking).collect();
    assert_eq!(all.bookings, bookings);
    let holdings: Vec<_> = all.holdings.iter().map(|change| (change.tickets, change.pending_bookings)).collect();
    assert_eq!(holdings, [(1, 1), (3, 2)]);
    assert_eq!(all.events.len(), 4);
}
