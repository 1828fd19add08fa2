//! Tickets: claiming, selling, releasing and blocking them.

use boxoffice_domain::concerts::{
    ConcertView, SeatLabel, TICKETS_ADDED_AT_ONCE_MAX, TicketClaim, TicketNumber, TicketOfBooking, TicketState,
    TicketStatus,
};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{BookingId, ConcertId, StoreError};

use super::{BoxFuture, Fixture};
use crate::builders::ConcertBuilder;
use TicketStatus::{Available, Blocked, Held, Sold};

fn numbers(range: impl IntoIterator<Item = u32>) -> Vec<TicketNumber> {
    range.into_iter().map(TicketNumber::new).collect()
}

fn claims(booking: BookingId, range: impl IntoIterator<Item = u32>) -> Vec<TicketClaim> {
    numbers(range).into_iter().map(|number| TicketClaim { number, booking, sold: false }).collect()
}

fn of(booking: BookingId, range: impl IntoIterator<Item = u32>) -> Vec<TicketOfBooking> {
    numbers(range).into_iter().map(|number| TicketOfBooking { number, booking }).collect()
}

/// The states of the tickets 1 … 10, committed.
async fn states(fixture: &Fixture, concert: ConcertId) -> Vec<(TicketStatus, Option<BookingId>)> {
    let mut unit = fixture.unit().await;
    let mut states = unit.tickets().states(concert, &numbers(1..=10)).await.unwrap();
    unit.rollback().await.unwrap();
    states.sort_by_key(|state| state.number);
    assert_eq!(states.iter().map(|state| state.number).collect::<Vec<_>>(), numbers(1..=10));
    states.into_iter().map(|state| (state.status, state.booking)).collect()
}

async fn ten_seats(fixture: &Fixture) -> ConcertView {
    fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).seated("A", 2, 5, 2_500)).await
}

/// Runs one statement in a unit of its own, which is committed when it succeeds.
async fn run(
    fixture: &Fixture,
    statement: impl AsyncFnOnce(&mut dyn SalesUnit) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut unit = fixture.unit().await;
    match statement(&mut *unit).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

fn assert_contention(outcome: Result<(), StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Contention)), "{outcome:?}");
}

/// New tickets are available and in no booking. Numbers beyond the last are left out.
pub async fn new_tickets_are_available(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    assert_eq!(states(fixture, view.concert.id).await, [(Available, None); 10]);
    let mut unit = fixture.unit().await;
    let beyond = unit.tickets().states(view.concert.id, &numbers([10, 11, 0, TicketNumber::MAX])).await.unwrap();
    assert_eq!(beyond, [TicketState { number: TicketNumber::new(10), status: Available, booking: None }]);
    unit.rollback().await.unwrap();
}

/// Two calls with the most tickets of a call, with the longest labels.
pub async fn thousands_are_added_at_once(fixture: &Fixture) {
    let concert = fixture.given.concert().await.concert.id;
    let many = u32::try_from(TICKETS_ADDED_AT_ONCE_MAX).unwrap();
    let mut unit = fixture.unit().await;
    for first in [101, 101 + many] {
        let label = |number| SeatLabel::parse(&format!("ABCDEFGH-{number:015}")).unwrap();
        let labels: Vec<SeatLabel> = (first..first + many).map(label).collect();
        unit.tickets().add(concert, TicketNumber::new(first), &labels).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut unit = fixture.unit().await;
    let added = unit.tickets().states(concert, &numbers(101..=101 + 2 * many)).await.unwrap();
    assert_eq!(added.len(), 2 * TICKETS_ADDED_AT_ONCE_MAX);
    assert!(added.iter().all(|ticket| ticket.status == Available));
    unit.rollback().await.unwrap();
}

/// A number or label that the concert already has is refused. Another concert may have the same.
pub async fn numbers_and_labels_are_unique_in_a_concert(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    ten_seats(fixture).await;
    let [known, new] = ["A-1-1", "Z-1-1"].map(|label| SeatLabel::parse(label).unwrap());
    for (number, label) in [(11, &known), (1, &new)] {
        let outcome = run(fixture, async |unit| {
            unit.tickets().add(view.concert.id, TicketNumber::new(number), std::slice::from_ref(label)).await
        });
        assert!(outcome.await.is_err(), "{number} {label:?}");
    }
    assert_eq!(states(fixture, view.concert.id).await, [(Available, None); 10]);
}

/// Claims as held and as sold, for several bookings in one call.
pub async fn claims_are_for_several_bookings_at_once(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    let [one, two] = [(); 2].map(|()| BookingId::generate(fixture.ids()));
    let mut all = claims(one, [1, 5]);
    all.extend(claims(two, [10, 9]).into_iter().map(|claim| TicketClaim { sold: true, ..claim }));
    run(fixture, async |unit| unit.tickets().claim(view.concert.id, &all).await).await.unwrap();
    let mut expected = [(Available, None); 10];
    (expected[0], expected[4]) = ((Held, Some(one)), (Held, Some(one)));
    (expected[8], expected[9]) = ((Sold, Some(two)), (Sold, Some(two)));
    assert_eq!(states(fixture, view.concert.id).await, expected);
}

/// One ticket that is taken or does not exist fails the whole claim.
pub async fn a_claim_is_all_or_nothing(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    let [one, two] = [(); 2].map(|()| BookingId::generate(fixture.ids()));
    run(fixture, async |unit| unit.tickets().claim(view.concert.id, &claims(one, [5])).await).await.unwrap();
    for wanted in [[4, 5], [6, 11]] {
        assert_contention(
            run(fixture, async |unit| unit.tickets().claim(view.concert.id, &claims(two, wanted)).await).await,
        );
    }
    let mut expected = [(Available, None); 10];
    expected[4] = (Held, Some(one));
    assert_eq!(states(fixture, view.concert.id).await, expected);
}

/// Only tickets held for the booking are sold.
pub async fn tickets_are_sold_to_their_booking_only(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    let id = view.concert.id;
    let [one, two] = [(); 2].map(|()| BookingId::generate(fixture.ids()));
    let held: Vec<TicketClaim> = [claims(one, 1..=3), claims(two, 4..=6)].concat();
    run(fixture, async |unit| unit.tickets().claim(id, &held).await).await.unwrap();
    for wrong in [of(one, [1, 4]), of(one, [7])] {
        assert_contention(run(fixture, async |unit| unit.tickets().sell(id, &wrong).await).await);
    }
    let both = [of(one, 1..=3), of(two, 4..=6)].concat();
    run(fixture, async |unit| unit.tickets().sell(id, &both).await).await.unwrap();
    assert_contention(run(fixture, async |unit| unit.tickets().sell(id, &of(one, [1])).await).await);
    let now = states(fixture, id).await;
    assert_eq!(now[..3], [(Sold, Some(one)); 3]);
    assert_eq!(now[3..6], [(Sold, Some(two)); 3]);
    assert_eq!(now[6..], [(Available, None); 4]);
}

/// Only tickets in the given status and of their own booking are released.
pub async fn tickets_are_released_from_what_they_are(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    let id = view.concert.id;
    let [one, two] = [(); 2].map(|()| BookingId::generate(fixture.ids()));
    let taken: Vec<TicketClaim> = [claims(one, 1..=4), claims(two, 5..=6)].concat();
    run(fixture, async |unit| {
        unit.tickets().claim(id, &taken).await?;
        unit.tickets().sell(id, &of(one, [3, 4])).await
    })
    .await
    .unwrap();
    for (from, wrong) in [(Held, of(one, [1, 3])), (Sold, of(one, [2])), (Held, of(one, [1, 5])), (Held, of(one, [7]))]
    {
        assert_contention(run(fixture, async |unit| unit.tickets().release(id, from, &wrong).await).await);
    }
    run(fixture, async |unit| {
        unit.tickets().release(id, Held, &[of(one, [1]), of(two, [5, 6])].concat()).await?;
        unit.tickets().release(id, Sold, &of(one, [4])).await
    })
    .await
    .unwrap();
    let mut expected = [(Available, None); 10];
    (expected[1], expected[2]) = ((Held, Some(one)), (Sold, Some(one)));
    assert_eq!(states(fixture, id).await, expected);
    run(fixture, async |unit| unit.tickets().claim(id, &claims(two, [1, 4, 5, 6])).await).await.unwrap();
}

/// Only available tickets are blocked, and only blocked ones unblocked.
pub async fn blocked_tickets_cannot_be_claimed(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    let id = view.concert.id;
    let booking = BookingId::generate(fixture.ids());
    run(fixture, async |unit| {
        unit.tickets().block(id, &numbers([1, 2])).await?;
        unit.tickets().claim(id, &claims(booking, [3])).await
    })
    .await
    .unwrap();
    assert_contention(run(fixture, async |unit| unit.tickets().claim(id, &claims(booking, [2])).await).await);
    assert_contention(run(fixture, async |unit| unit.tickets().block(id, &numbers([4, 3])).await).await);
    assert_contention(run(fixture, async |unit| unit.tickets().block(id, &numbers([1])).await).await);
    assert_contention(run(fixture, async |unit| unit.tickets().unblock(id, &numbers([1, 3])).await).await);
    assert_contention(run(fixture, async |unit| unit.tickets().unblock(id, &numbers([5])).await).await);
    let mut expected = [(Available, None); 10];
    (expected[0], expected[1], expected[2]) = ((Blocked, None), (Blocked, None), (Held, Some(booking)));
    assert_eq!(states(fixture, id).await, expected);
    run(fixture, async |unit| unit.tickets().unblock(id, &numbers([1, 2])).await).await.unwrap();
    assert_eq!(states(fixture, id).await[..2], [(Available, None); 2]);
}

/// Each statement accepts an empty list and changes nothing.
pub async fn empty_lists_change_nothing(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    let id = view.concert.id;
    run(fixture, async |unit| {
        let tickets = unit.tickets();
        tickets.add(id, TicketNumber::new(1), &[]).await?;
        assert_eq!(tickets.states(id, &[]).await?, []);
        tickets.claim(id, &[]).await?;
        tickets.sell(id, &[]).await?;
        tickets.release(id, Held, &[]).await?;
        tickets.block(id, &[]).await?;
        tickets.unblock(id, &[]).await
    })
    .await
    .unwrap();
    assert_eq!(states(fixture, id).await, [(Available, None); 10]);
}

/// The same numbers of another concert stay as they are.
pub async fn concerts_do_not_share_tickets(fixture: &Fixture) {
    let (here, there) = (ten_seats(fixture).await, ten_seats(fixture).await);
    let booking = BookingId::generate(fixture.ids());
    run(fixture, async |unit| unit.tickets().claim(here.concert.id, &claims(booking, 1..=10)).await).await.unwrap();
    assert_eq!(states(fixture, there.concert.id).await, [(Available, None); 10]);
    let wrong = run(fixture, async |unit| unit.tickets().sell(there.concert.id, &of(booking, [1])).await);
    assert_contention(wrong.await);
}

fn contend(fixture: &Fixture, concert: ConcertId, booking: BookingId, wanted: Vec<u32>) -> BoxFuture<'static, bool> {
    let store = fixture.ports.store.clone();
    Box::pin(async move {
        let mut unit = store.begin().await.unwrap();
        match unit.tickets().claim(concert, &claims(booking, wanted)).await {
            Ok(()) => unit.commit().await.is_ok(),
            Err(StoreError::Contention) => {
                unit.rollback().await.unwrap();
                false
            }
            Err(other) => panic!("a lost claim is contention, not {other:?}"),
        }
    })
}

/// Twenty concurrent units claim the same two seats.
pub async fn one_of_twenty_gets_the_seat(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    let bookings: Vec<BookingId> = (0..20).map(|_| BookingId::generate(fixture.ids())).collect();
    let work = bookings.iter().map(|booking| contend(fixture, view.concert.id, *booking, vec![7, 8])).collect();
    let won = fixture.together(work).await;
    let winners: Vec<BookingId> = bookings.into_iter().zip(won).filter(|(_, won)| *won).map(|(id, _)| id).collect();
    assert_eq!(winners.len(), 1, "one unit wins");
    assert_eq!(states(fixture, view.concert.id).await[6..8], [(Held, Some(winners[0])); 2]);
}

/// Concurrent units claim overlapping seats in different orders. A winner has all of its seats, and no seat has two
/// winners.
pub async fn overlapping_claims_have_one_winner_each(fixture: &Fixture) {
    let view = ten_seats(fixture).await;
    let claims_wanted = [vec![1, 2, 3], vec![3, 2, 1], vec![3, 4], vec![5, 4], vec![6, 1], vec![2, 6, 5]];
    let contenders: Vec<(BookingId, Vec<u32>)> = claims_wanted
        .iter()
        .cycle()
        .take(24)
        .map(|wanted| (BookingId::generate(fixture.ids()), wanted.clone()))
        .collect();
    let work = contenders.iter().map(|(id, wanted)| contend(fixture, view.concert.id, *id, wanted.clone())).collect();
    let won = fixture.together(work).await;
    let mut expected = [(Available, None); 10];
    for ((booking, wanted), _) in contenders.into_iter().zip(won).filter(|(_, won)| *won) {
        for number in wanted {
            let place = &mut expected[usize::try_from(number).unwrap() - 1];
            assert_eq!(place.1, None, "ticket {number} was won twice");
            *place = (Held, Some(booking));
        }
    }
    assert!(expected.iter().any(|(status, _)| *status == Held), "at least one unit wins");
    assert_eq!(states(fixture, view.concert.id).await, expected);
}
