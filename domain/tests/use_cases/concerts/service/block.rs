use boxoffice_domain::concerts::{
    Availability, BLOCKED_AT_ONCE_MAX, BlockSeats, BlockSeatsError, ConcertEvent, ConcertStatus, CountChange,
    MemberRole, MockConcertQueries, SeatChange, TicketNumber, TicketState, TicketStatus,
};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::shared::{Actor, BookingId, Role, StoreError};
use boxoffice_testing::{MockStore, MockUnitOfWork, failing_store, store_of};

use super::{Denial, allowed, denied, manager};
use crate::concerts::fixtures::{actor, concert, concerts_with, failure, fault_codes, organiser_id, with_event};

fn command(block: &[&str], unblock: &[&str]) -> BlockSeats {
    let owned = |labels: &[&str]| labels.iter().map(ToString::to_string).collect();
    BlockSeats { block: owned(block), unblock: owned(unblock) }
}

fn availability() -> Availability {
    Availability { concert: concert(ConcertStatus::OnSale).concert, sections: Vec::new() }
}

async fn block(store: MockStore, actor: &Actor, command: BlockSeats) -> Result<Availability, BlockSeatsError> {
    let mut queries = MockConcertQueries::new();
    queries.expect_availability().returning(|_| Ok(Some(availability())));
    concerts_with(store, queries).block(actor, concert(ConcertStatus::OnSale).concert.id, command).await
}

/// The store returns these statuses; all other requested seats are available.
fn with_states(mut unit: MockUnitOfWork, others: &'static [(u32, TicketStatus)]) -> MockUnitOfWork {
    unit.tickets.expect_states().times(1).withf(|_, numbers| numbers.is_sorted()).returning(move |_, numbers| {
        let status = |number: TicketNumber| {
            others
                .iter()
                .find(|(other, _)| *other == number.get())
                .map_or(TicketStatus::Available, |(_, status)| *status)
        };
        let booking = |status| {
            let taken = matches!(status, TicketStatus::Held | TicketStatus::Sold);
            taken.then(|| BookingId::from_uuid(uuid::Uuid::nil()))
        };
        let state = |number| TicketState { number, status: status(number), booking: booking(status(number)) };
        Ok(numbers.iter().map(|number| state(*number)).collect())
    });
    unit
}

fn are(numbers: &'static [u32]) -> impl Fn(&boxoffice_domain::shared::ConcertId, &[TicketNumber]) -> bool {
    move |_, given| given.iter().map(|number| number.get()).eq(numbers.iter().copied())
}

fn seats(changes: &[(u32, TicketStatus)]) -> EventPayload {
    let change =
        |(number, status): &(u32, TicketStatus)| SeatChange { number: TicketNumber::new(*number), status: *status };
    EventPayload::Concert(ConcertEvent::SeatsChanged { seats: changes.iter().map(change).collect() })
}

#[tokio::test]
async fn managers_of_the_concert_block_and_unblock_seats_in_one_unit() {
    for (actor, unit) in allowed(ConcertStatus::OnSale) {
        let mut unit = with_states(unit, &[(4, TicketStatus::Blocked)]);
        unit.tickets.expect_block().times(1).withf(are(&[1, 7, 9])).returning(|_, _| Ok(()));
        unit.tickets.expect_unblock().times(1).withf(are(&[4])).returning(|_, _| Ok(()));
        let counts = [CountChange { position: 2, available: -2, blocked: 2, ..CountChange::default() }];
        unit.sections.expect_change_counts().times(1).withf(move |_, given| given == counts).returning(|_, _| Ok(()));
        unit.concerts.expect_advance().times(1).withf(|_, available| *available == -2).returning(|_, _| Ok(12));
        let changes = [
            (1, TicketStatus::Blocked),
            (4, TicketStatus::Available),
            (7, TicketStatus::Blocked),
            (9, TicketStatus::Blocked),
        ];
        let unit = with_event(unit, 12, seats(&changes));
        let end = unit.end();
        let asked = command(&["GA-000003", "A-1-1", "GA-000001"], &["A-2-1"]);
        assert_eq!(block(store_of([unit]), &actor, asked).await.unwrap(), availability());
        assert!(end.is_committed());
    }
}

#[tokio::test]
async fn seats_with_the_requested_status_do_not_change() {
    let (actor, unit) = manager(ConcertStatus::Draft);
    let unit = with_states(unit, &[(1, TicketStatus::Blocked)]);
    assert!(block(store_of([unit]), &actor, command(&["A-1-1"], &["A-1-2"])).await.is_ok());
}

#[tokio::test]
async fn one_seat_in_a_booking_refuses_the_whole_request() {
    let (actor, unit) = manager(ConcertStatus::OnSale);
    let unit = with_states(unit, &[(1, TicketStatus::Sold), (2, TicketStatus::Blocked), (3, TicketStatus::Held)]);
    let end = unit.end();
    match block(store_of([unit]), &actor, command(&["A-1-3", "A-1-2", "A-2-1"], &["A-1-1"])).await {
        Err(BlockSeatsError::SeatsUnavailable { seats }) => {
            assert_eq!(seats.iter().map(|seat| seat.as_str()).collect::<Vec<_>>(), ["A-1-3", "A-1-1"]);
        }
        other => panic!("{other:?}"),
    }
    assert!(end.is_rolled_back());
}

#[tokio::test]
async fn faults_are_reported_with_their_pointers() {
    let (actor, unit) = manager(ConcertStatus::OnSale);
    let asked = command(&["A-1-1", "B-1-1", "\0"], &["A-01-1", "GA-1"]);
    match block(store_of([unit]), &actor, asked).await {
        Err(BlockSeatsError::Invalid(faults)) => assert_eq!(
            fault_codes(&faults),
            ["/block/1 unknown_seat", "/block/2 unknown_seat", "/unblock/0 unknown_seat", "/unblock/1 unknown_seat",]
        ),
        other => panic!("{other:?}"),
    }
    let too_many = vec!["A-1-1"; BLOCKED_AT_ONCE_MAX + 1];
    for (asked, expected) in [
        (command(&[], &[]), vec!["/block required"]),
        (command(&too_many, &[]), vec!["/block count"]),
        (command(&["A-1-1", "A-1-1"], &["A-1-1"]), vec!["/block/1 duplicate", "/unblock/0 duplicate"]),
    ] {
        match block(store_of([]), &actor, asked).await {
            Err(BlockSeatsError::Invalid(faults)) => assert_eq!(fault_codes(&faults), expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_cancelled_concert_keeps_its_seats_as_they_are() {
    let (actor, unit) = manager(ConcertStatus::Cancelled);
    let outcome = block(store_of([unit]), &actor, command(&["A-1-1"], &[])).await;
    assert!(matches!(outcome, Err(BlockSeatsError::Cancelled)));
}

#[tokio::test]
async fn other_actors_cannot_block_seats() {
    for (actor, unit, denial) in denied() {
        let units = if denial == Denial::LoginRequired { vec![] } else { vec![unit] };
        let outcome = match block(store_of(units), &actor, command(&["A-1-1"], &[])).await {
            Err(BlockSeatsError::LoginRequired) => Denial::LoginRequired,
            Err(BlockSeatsError::NotFound) => Denial::NotFound,
            Err(BlockSeatsError::Forbidden) => Denial::Forbidden,
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome, denial);
    }
}

#[tokio::test]
async fn a_seat_taken_by_another_unit_is_found_on_retry() {
    let (actor, unit) = manager(ConcertStatus::OnSale);
    let mut lost = with_states(unit, &[]);
    lost.tickets.expect_block().returning(|_, _| Err(StoreError::Contention));
    let (_, unit) = manager(ConcertStatus::OnSale);
    let again = with_states(unit, &[(1, TicketStatus::Held)]);
    let outcome = block(store_of([lost, again]), &actor, command(&["A-1-1"], &[])).await;
    assert!(matches!(outcome, Err(BlockSeatsError::SeatsUnavailable { seats }) if seats.len() == 1));
}

#[tokio::test]
async fn a_ticket_that_is_missing_in_the_store_is_no_fault_of_the_client() {
    let (actor, mut unit) = manager(ConcertStatus::OnSale);
    unit.tickets.expect_states().returning(|_, _| Ok(Vec::new()));
    let outcome = block(store_of([unit]), &actor, command(&["A-1-1"], &[])).await;
    assert!(matches!(outcome, Err(BlockSeatsError::Store(StoreError::Inconsistent(_)))));
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    for failing in 0..9 {
        let fails = move |port| if failing == port { Err(failure()) } else { Ok(()) };
        let mut unit = MockUnitOfWork::new();
        let view = concert(ConcertStatus::OnSale);
        let sections = view.plan.sections().to_vec();
        unit.concerts.expect_get().returning(move |_| fails(0).map(|()| Some(view.concert.clone())));
        let membership = (organiser_id(7), MemberRole::Owner);
        unit.organisers.expect_of_user().returning(move |_| fails(1).map(|()| vec![membership]));
        unit.sections.expect_of_concert().returning(move |_| fails(2).map(|()| sections.clone()));
        unit.tickets.expect_states().returning(move |_, numbers| {
            let state = |(number, status): (&TicketNumber, _)| TicketState { number: *number, status, booking: None };
            let statuses = [TicketStatus::Available, TicketStatus::Blocked];
            fails(3).map(|()| numbers.iter().zip(statuses).map(state).collect())
        });
        unit.tickets.expect_block().returning(move |_, _| fails(4));
        unit.tickets.expect_unblock().returning(move |_, _| fails(5));
        unit.sections.expect_change_counts().returning(move |_, _| fails(6));
        unit.concerts.expect_advance().returning(move |_, _| fails(7).map(|()| 2));
        unit.outbox.expect_append().returning(move |_| fails(8));
        let end = unit.end();
        let outcome = block(store_of([unit]), &actor(Role::Manager), command(&["A-1-1"], &["A-1-2"])).await;
        assert!(matches!(outcome, Err(BlockSeatsError::Store(StoreError::Busy))), "port {failing}");
        assert!(end.is_rolled_back(), "port {failing}");
    }
    let outcome = block(failing_store(failure()), &actor(Role::Manager), command(&["A-1-1"], &[])).await;
    assert!(matches!(outcome, Err(BlockSeatsError::Store(StoreError::Busy))));
}

#[tokio::test]
async fn a_failure_of_the_read_after_the_unit_is_returned() {
    for (answer, missing) in [(Ok(None), true), (Err(failure()), false)] {
        let (actor, unit) = manager(ConcertStatus::OnSale);
        let unit = with_states(unit, &[(1, TicketStatus::Blocked)]);
        let mut queries = MockConcertQueries::new();
        queries.expect_availability().return_once(move |_| answer);
        let id = concert(ConcertStatus::OnSale).concert.id;
        let outcome = concerts_with(store_of([unit]), queries).block(&actor, id, command(&["A-1-1"], &[])).await;
        match outcome {
            Err(BlockSeatsError::NotFound) => assert!(missing),
            Err(BlockSeatsError::Store(StoreError::Busy)) => assert!(!missing),
            other => panic!("{other:?}"),
        }
    }
}
