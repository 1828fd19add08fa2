//! All reasons to refuse a booking. Nothing is written: the mocks fail the test on any write.

use std::sync::Arc;

use boxoffice_domain::bookings::MockSeatMaps;
use boxoffice_domain::concerts::{Caps, ConcertStatus, Mark, MarkKind, SectionKind, TicketStatus};
use boxoffice_domain::sales::placement::{Limit, PlaceError, SaleClosed};
use boxoffice_domain::shared::{Actor, StoreError, Timestamp};
use boxoffice_testing::{ConcertBuilder, FixedClock, MockUnitOfWork, store_of};

use super::mocked::{Stage, expect_states, fan, holding, proposal, request, unavailable};

const NOW: Timestamp = FixedClock::START;

#[tokio::test]
async fn booking_requires_a_login() {
    let stage = Stage::new();
    let requests = [Actor::Anonymous, Actor::System].map(|actor| request(actor, stage.seats(&["A-1-1"])));
    let store = store_of([stage.reading_unit()]);
    let outcomes = stage.place_all(store, &requests).await;
    assert_matches!(outcomes[..], [Err(PlaceError::LoginRequired), Err(PlaceError::LoginRequired)]);
}

#[tokio::test]
async fn an_unknown_concert_is_not_found_and_costs_no_unit() {
    let mut stage = Stage::new();
    stage.maps = MockSeatMaps::new();
    stage.maps.expect_plan().times(1).returning(|_| Ok(None));
    let requests = [fan(1), Actor::Anonymous].map(|actor| request(actor, stage.seats(&["A-1-1"])));
    let outcomes = stage.place_all(store_of([]), &requests).await;
    assert_matches!(outcomes[..], [Err(PlaceError::ConcertNotFound), Err(PlaceError::LoginRequired)]);
}

#[tokio::test]
async fn a_draft_and_a_deleted_concert_are_not_found() {
    let draft = Stage::with(|concert| concert.status(ConcertStatus::Draft));
    let (store, command) = (store_of([draft.reading_unit()]), draft.seats(&["A-1-1"]));
    assert_matches!(draft.place(store, command).await, Err(PlaceError::ConcertNotFound));

    let deleted = Stage::new();
    let mut unit = MockUnitOfWork::new();
    unit.concerts.expect_get().times(1).returning(|_| Ok(None));
    unit.holdings.expect_of_users().returning(|_, _| Ok(Vec::new()));
    expect_states(&mut unit, &[]);
    let command = deleted.seats(&["A-1-1"]);
    assert_matches!(deleted.place(store_of([unit]), command).await, Err(PlaceError::ConcertNotFound));
}

#[tokio::test]
async fn no_tickets_are_sold_outside_of_the_sale() {
    let tomorrow = NOW.plus_seconds(86_400);
    let a_microsecond_ago = Timestamp::from_micros(NOW.micros() - 1);
    let soon = Timestamp::from_micros(NOW.micros() + 1);
    let status = |status| move |concert: ConcertBuilder| concert.status(status);
    let closed = [
        (Stage::with(|concert| concert.sale(soon, tomorrow)), SaleClosed::NotYet { starts_at: soon }),
        (Stage::with(|concert| concert.sale(a_microsecond_ago, NOW)), SaleClosed::Over),
        (Stage::with(status(ConcertStatus::Paused)), SaleClosed::Paused),
        (Stage::with(status(ConcertStatus::Cancelled)), SaleClosed::Cancelled),
    ];
    for (stage, expected) in closed {
        let (store, command) = (store_of([stage.reading_unit()]), stage.seats(&["A-1-1"]));
        assert_matches!(stage.place(store, command).await, Err(PlaceError::SaleClosed(why)) if *why == expected);
    }
}

/// The pointers and codes of the faults.
fn faults(error: PlaceError) -> Vec<(String, &'static str)> {
    match error {
        PlaceError::Invalid(faults) => faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect(),
        other => panic!("not invalid: {other:?}"),
    }
}

async fn faults_of(stage: Stage, labels: &[&str], category: &str) -> Vec<(String, &'static str)> {
    let unit = stage.reading_unit();
    let mut command = stage.seats(labels);
    command.category = category.to_owned();
    faults(stage.place(store_of([unit]), command).await.unwrap_err())
}

#[tokio::test]
async fn each_unknown_seat_has_its_pointer() {
    let labels = ["A-1-1", "A-1-11", "A-10-10", "A-11-1", "B-1-1", "A-01-1", "GA-000001"];
    let unknown = [1, 3, 4, 5, 6].map(|at| (format!("/seats/{at}"), "unknown_seat"));
    assert_eq!(faults_of(Stage::new(), &labels, "standard").await, unknown);
}

#[tokio::test]
async fn all_requested_sections_must_have_the_category() {
    let stage =
        || Stage::with(|concert| concert.seated("A", 1, 2, 2_500).category("child", 900).seated("B", 1, 2, 2_500));
    let unknown = [("/category".to_owned(), "unknown_category")];
    assert_eq!(faults_of(stage(), &["A-1-1", "B-1-1"], "child").await, unknown);
    assert_eq!(faults_of(stage(), &["A-1-1"], "senior").await, unknown);
    let both = [("/seats/1".to_owned(), "unknown_seat"), unknown[0].clone()];
    assert_eq!(faults_of(stage(), &["B-1-1", "B-1-3"], "child").await, both);
}

#[tokio::test]
async fn an_unknown_section_is_a_fault() {
    let stage = Stage::new();
    let (store, command) = (store_of([stage.unit()]), stage.best("B", 1));
    let error = stage.place(store, command).await.unwrap_err();
    assert_eq!(faults(error), [("/section".to_owned(), "unknown_section")]);
}

#[tokio::test]
async fn all_taken_seats_are_named_in_the_order_requested() {
    let stage = Stage::new();
    let mut unit = stage.unit();
    expect_states(&mut unit, &[(1, TicketStatus::Sold), (3, TicketStatus::Blocked), (5, TicketStatus::Held)]);
    unit.bookings.expect_get().times(1).returning(|_| Ok(Vec::new()));
    let command = stage.seats(&["A-1-5", "A-1-4", "A-1-1", "A-1-2", "A-1-3"]);
    match stage.place(store_of([unit]), command).await {
        Err(PlaceError::SeatsUnavailable { seats }) => {
            let seats: Vec<_> = seats.iter().map(|seat| seat.as_str()).collect();
            assert_eq!(seats, ["A-1-5", "A-1-1", "A-1-3"]);
        }
        other => panic!("{other:?}"),
    }
}

/// Section `A` has one row of four seats. The last one is a wheelchair place.
fn with_a_wheelchair_place() -> Stage {
    Stage::with(|concert| {
        concert.seated("A", 1, 4, 2_500).section(|section| {
            if let SectionKind::Seated { rows } = &mut section.kind {
                rows[0].marks.push(Mark { seat: 4, kind: MarkKind::Wheelchair });
            }
        })
    })
}

#[tokio::test]
async fn the_store_decides_sold_out_without_marked_seats() {
    let mut stage = with_a_wheelchair_place();
    stage.maps.expect_propose().times(1).returning(|_, _, _| Some(proposal(&[None])));
    let mut unit = stage.unit();
    let position = stage.view.plan.sections()[0].position;
    unit.sections.expect_available().withf(move |_, of| *of == position).times(1).returning(|_, _| Ok(2));
    expect_states(&mut unit, &[]);
    unit.bookings.expect_overdue().times(1).returning(|_, _, _, _| Ok(Vec::new()));
    let command = stage.best("A", 2);
    let outcome = stage.place(store_of([unit]), command).await;
    assert_matches!(outcome, Err(PlaceError::SoldOut { section, left: 1 }) if section.as_str() == "A");
}

#[tokio::test]
async fn a_sold_out_section_is_counted_once_for_a_whole_batch() {
    let mut stage = Stage::new();
    stage.maps.expect_propose().times(1).returning(|_, _, _| Some(proposal(&[None, None, None])));
    let mut unit = stage.unit();
    unit.sections.expect_available().times(1).returning(|_, _| Ok(1));
    unit.bookings.expect_overdue().times(1).returning(|_, _, _, _| Ok(Vec::new()));
    let requests = [2, 3, 4].map(|quantity| request(fan(1), stage.best("A", quantity)));
    let outcomes = stage.place_all(store_of([unit]), &requests).await;
    for outcome in outcomes {
        assert_matches!(outcome, Err(PlaceError::SoldOut { left: 1, .. }));
    }
}

#[tokio::test]
async fn each_refusal_by_a_cap_names_the_allowed_and_the_left_number() {
    let caps = Caps {
        max_tickets_per_booking: Some(4),
        max_tickets_per_user: Some(6),
        max_pending_bookings_per_user: Some(2),
    };
    let cases = [
        ((0, 0), 5, Limit::TicketsPerBooking, 4, 4),
        ((3, 1), 4, Limit::TicketsPerUser, 6, 3),
        ((9, 0), 1, Limit::TicketsPerUser, 6, 0),
        ((2, 2), 1, Limit::PendingBookingsPerUser, 2, 0),
    ];
    for ((tickets, pending), quantity, limit, allowed, left) in cases {
        let mut stage = Stage::with(|concert| concert.caps(caps));
        let picked: Vec<u32> = (1..=quantity).collect();
        stage.maps.expect_propose().times(1).returning(move |_, _, _| Some(proposal(&[Some(&picked)])));
        let mut unit = stage.unit_with(&[holding(fan(1), tickets, pending)]);
        expect_states(&mut unit, &[]);
        unit.bookings.expect_overdue().times(..=1).returning(|_, _, _, _| Ok(Vec::new()));
        let command = stage.best("A", i64::from(quantity));
        match stage.place(store_of([unit]), command).await {
            Err(PlaceError::LimitReached { limit: met, allowed: a, left: l }) => {
                assert_eq!((met, a, l), (limit, allowed, left));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_cap_per_booking_reads_no_overdue_bookings() {
    let stage = Stage::with(|concert| concert.caps(Caps { max_tickets_per_booking: Some(1), ..Caps::default() }));
    let mut unit = stage.unit();
    expect_states(&mut unit, &[]);
    let command = stage.seats(&["A-1-1", "A-1-2"]);
    let outcome = stage.place(store_of([unit]), command).await;
    assert_matches!(outcome, Err(PlaceError::LimitReached { limit: Limit::TicketsPerBooking, allowed: 1, left: 1 }));
}

#[tokio::test]
async fn a_failure_to_load_the_plan_or_the_seat_index_is_returned_and_costs_no_unit() {
    let mut no_plan = MockSeatMaps::new();
    no_plan.expect_plan().times(1).returning(|_| Err(unavailable()));
    let mut no_index = MockSeatMaps::new();
    let plan = Arc::new(Stage::new().view.plan);
    no_index.expect_plan().times(1).returning(move |_| Ok(Some(plan.clone())));
    no_index.expect_prepare().times(1).returning(|_, _| Err(unavailable()));
    for maps in [no_plan, no_index] {
        let stage = Stage { maps, ..Stage::new() };
        let command = stage.best("A", 1);
        let outcome = stage.place(store_of([]), command).await;
        assert_matches!(outcome, Err(PlaceError::Store(StoreError::Unavailable(_))));
    }
}
