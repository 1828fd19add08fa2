//! Units that are rolled back: after contention, after failures of the store, or to retry after a correction.

use boxoffice_domain::bookings::{CancelReason, Refresh};
use boxoffice_domain::concerts::TicketStatus;
use boxoffice_domain::sales::placement::PlaceError;
use boxoffice_domain::shared::StoreError;
use boxoffice_domain::store::UNIT_ATTEMPTS_MAX;
use boxoffice_testing::{BookingBuilder, FixedClock, MockStore, MockUnitOfWork, failing_store, store_making, store_of};

use super::fixture::placed;
use super::mocked::{
    Stage, another_booking, expect_states, expect_writes, expect_writes_after_bookings, fan, other_ids, proposal,
    refused, request, unavailable,
};

/// A unit whose claim meets contention.
fn losing(stage: &Stage) -> MockUnitOfWork {
    let mut unit = stage.unit();
    expect_states(&mut unit, &[]);
    unit.tickets.expect_claim().times(1).returning(|_, _| Err(StoreError::Contention));
    unit
}

/// A unit that succeeds.
fn winning(stage: &Stage) -> MockUnitOfWork {
    let mut unit = stage.unit();
    expect_states(&mut unit, &[]);
    expect_writes(&mut unit);
    unit
}

#[tokio::test]
async fn a_lost_claim_is_rolled_back_and_retried() {
    let stage = Stage::new();
    let units = [losing(&stage), losing(&stage), winning(&stage)];
    let ends = [units[0].end(), units[1].end(), units[2].end()];
    let command = stage.seats(&["A-1-1"]);
    assert_eq!(placed(&stage.place(store_of(units), command).await), ["A-1-1"]);
    assert!(ends[0].is_rolled_back() && ends[1].is_rolled_back() && ends[2].is_committed());
}

#[tokio::test]
async fn after_all_attempts_contention_is_returned() {
    let stage = Stage::new();
    let units: Vec<_> = (0..UNIT_ATTEMPTS_MAX).map(|_| losing(&stage)).collect();
    let ends: Vec<_> = units.iter().map(MockUnitOfWork::end).collect();
    let command = stage.seats(&["A-1-1"]);
    let outcome = stage.place(store_of(units), command).await;
    assert_matches!(outcome, Err(PlaceError::Store(StoreError::Contention)));
    assert!(ends.iter().all(|end| end.is_rolled_back()));
}

#[tokio::test]
async fn a_busy_or_unavailable_store_is_not_retried() {
    for error in [StoreError::Busy, unavailable()] {
        let stage = Stage::new();
        let (expected, command) = (error.to_string(), stage.seats(&["A-1-1"]));
        match stage.place(failing_store(error), command).await {
            Err(PlaceError::Store(error)) => assert_eq!(error.to_string(), expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_connection_lost_in_a_unit_is_not_retried() {
    let stage = Stage::new();
    let mut unit = MockUnitOfWork::new();
    unit.concerts.expect_get().times(1).returning(|_| Err(unavailable()));
    let (end, command) = (unit.end(), stage.seats(&["A-1-1"]));
    let outcome = stage.place(store_of([unit]), command).await;
    assert_matches!(outcome, Err(PlaceError::Store(StoreError::Unavailable(_))));
    assert!(end.is_rolled_back());
}

#[tokio::test]
async fn each_request_of_a_batch_gets_the_failure_of_the_store() {
    let stage = Stage::new();
    let requests = [1, 2, 3].map(|number| request(fan(number), stage.seats(&["A-1-1"])));
    let outcomes = stage.place_all(failing_store(StoreError::Busy), &requests).await;
    assert_eq!(outcomes.len(), 3);
    for outcome in outcomes {
        assert_matches!(outcome, Err(PlaceError::Store(StoreError::Busy)));
    }
}

#[tokio::test]
async fn a_commit_that_met_contention_is_retried_and_one_with_an_unknown_outcome_is_not() {
    let stage = Stage::new();
    let lost = winning(&stage).failing_commit(StoreError::Contention);
    let vanished = winning(&stage).failing_commit(unavailable());
    let ends = [lost.end(), vanished.end()];
    let command = stage.seats(&["A-1-1"]);
    let outcome = stage.place(store_of([lost, vanished]), command).await;
    assert_matches!(outcome, Err(PlaceError::Store(StoreError::Unavailable(_))));
    assert!(ends.iter().all(|end| end.is_commit_failed()));
}

#[tokio::test]
async fn each_failing_write_rolls_the_unit_back() {
    for failing in 0..6 {
        let stage = Stage::new();
        let mut unit = stage.unit();
        expect_states(&mut unit, &[]);
        let outcome = move |write| if write == failing { Err(StoreError::Busy) } else { Ok(()) };
        unit.tickets.expect_claim().returning(move |_, _| outcome(0));
        unit.bookings.expect_add().returning(move |_| outcome(1));
        unit.holdings.expect_change().returning(move |_, _| outcome(2));
        unit.sections.expect_change_counts().returning(move |_, _| outcome(3));
        unit.concerts.expect_advance().returning(move |_, _| outcome(4).map(|()| 2));
        unit.outbox.expect_append().returning(move |_| outcome(5));
        let (end, command) = (unit.end(), stage.seats(&["A-1-1"]));
        assert_matches!(stage.place(store_of([unit]), command).await, Err(PlaceError::Store(StoreError::Busy)));
        assert!(end.is_rolled_back(), "{failing}");
    }
}

/// A store that refuses all bookings of these users.
fn store_refusing(stage: &Stage, bad: &'static [u128]) -> MockStore {
    let view = stage.view.clone();
    store_making(move || {
        let mut unit = MockUnitOfWork::new();
        let (concert, plan) = (view.concert.clone(), view.plan.clone());
        unit.concerts.expect_get().returning(move |_| Ok(Some(concert.clone())));
        unit.sections.expect_prices().returning(move |_| {
            Ok(plan.sections().iter().map(|section| (section.position, section.prices[0].clone())).collect())
        });
        unit.holdings.expect_of_users().returning(|_, _| Ok(Vec::new()));
        expect_states(&mut unit, &[]);
        unit.tickets.expect_claim().returning(|_, _| Ok(()));
        unit.bookings.expect_add().returning(move |bookings| {
            let is_bad = |number: &u128| bookings.iter().any(|booking| booking.user == fan(*number).user_id());
            if bad.iter().any(is_bad) { Err(refused()) } else { Ok(()) }
        });
        expect_writes_after_bookings(&mut unit);
        unit
    })
}

#[tokio::test]
async fn a_rejected_batch_is_bisected_to_isolate_the_bad_requests() {
    let stage = Stage::new();
    let store = store_refusing(&stage, &[2, 5]);
    let label = |number: u128| format!("A-1-{number}");
    let requests: Vec<_> = (1..=7).map(|number| request(fan(number), stage.seats(&[label(number).as_str()]))).collect();
    let outcomes = stage.place_all(store, &requests).await;
    assert_eq!(outcomes.len(), 7);
    for (number, outcome) in (1..).zip(&outcomes) {
        if [2, 5].contains(&number) {
            assert_matches!(outcome, Err(PlaceError::Store(StoreError::Rejected(_))));
        } else {
            assert_eq!(placed(outcome), [label(number)]);
        }
    }
}

#[tokio::test]
async fn after_a_lost_proposal_others_are_proposed_from_all_that_is_committed() {
    let mut stage = Stage::new();
    let mut picks = [vec![1_u32, 2, 3], vec![4, 5, 6]].into_iter();
    stage.maps.expect_propose().times(2).returning(move |_, _, _| Some(proposal(&[Some(&picks.next().unwrap())])));
    let mut lost = stage.unit();
    expect_states(&mut lost, &[(1, TicketStatus::Sold), (3, TicketStatus::Blocked)]);
    let units = [lost, winning(&stage)];
    let end = units[0].end();
    let command = stage.best("A", 3);
    let refreshes = stage.refreshes.clone();
    assert_eq!(placed(&stage.place(store_of(units), command).await), ["A-1-4", "A-1-5", "A-1-6"]);
    assert!(end.is_rolled_back());
    assert_eq!(*refreshes.lock().unwrap(), [Refresh::IfOld, Refresh::Now]);
}

#[tokio::test]
async fn a_seat_index_that_is_repeatedly_wrong_is_loaded_again() {
    let mut stage = Stage::new();
    stage.maps.expect_propose().times(8).returning(|_, _, _| Some(proposal(&[Some(&[1])])));
    let units: Vec<_> = (0..UNIT_ATTEMPTS_MAX)
        .map(|_| {
            let mut unit = stage.unit();
            expect_states(&mut unit, &[(1, TicketStatus::Sold)]);
            unit
        })
        .collect();
    let (command, refreshes) = (stage.best("A", 1), stage.refreshes.clone());
    let outcome = stage.place(store_of(units), command).await;
    assert_matches!(outcome, Err(PlaceError::Store(StoreError::Contention)));
    let refreshes = refreshes.lock().unwrap();
    assert_eq!(refreshes[..5], [Refresh::IfOld, Refresh::Now, Refresh::Now, Refresh::Now, Refresh::Reload]);
    assert_eq!(refreshes.len(), 8);
}

#[tokio::test]
async fn a_seat_index_with_fewer_seats_than_the_store_is_brought_up_to_date() {
    let mut stage = Stage::new();
    let mut picks = [None, Some(vec![7_u32])].into_iter();
    stage.maps.expect_propose().times(2).returning(move |_, _, _| Some(proposal(&[picks.next().unwrap().as_deref()])));
    let units = [counting(&stage), winning(&stage)];
    let (command, refreshes) = (stage.best("A", 1), stage.refreshes.clone());
    assert_eq!(placed(&stage.place(store_of(units), command).await), ["A-1-7"]);
    assert_eq!(*refreshes.lock().unwrap(), [Refresh::IfOld, Refresh::Now]);
}

#[tokio::test]
async fn seats_reserved_by_other_batches_are_waited_for_without_reading_the_changes() {
    let mut stage = Stage::new();
    let mut picks = [None, None, Some(vec![7_u32])].into_iter();
    stage
        .maps
        .expect_propose()
        .times(3)
        .returning(move |_, _, _| Some(proposal(&[picks.next().unwrap().as_deref()]).with_contention(true)));
    let units = [counting(&stage), counting(&stage), winning(&stage)];
    let (command, refreshes) = (stage.best("A", 1), stage.refreshes.clone());
    assert_eq!(placed(&stage.place(store_of(units), command).await), ["A-1-7"]);
    assert_eq!(*refreshes.lock().unwrap(), [Refresh::IfOld; 3]);
}

/// A unit in which the store has one available seat that was not proposed.
fn counting(stage: &Stage) -> MockUnitOfWork {
    let mut unit = stage.unit();
    unit.sections.expect_available().times(1).returning(|_, _| Ok(1));
    unit
}

#[tokio::test]
async fn an_outdated_seat_index_is_loaded_between_units() {
    let mut stage = Stage::new();
    let mut proposals = [None, Some(proposal(&[Some(&[7])]))].into_iter();
    stage.maps.expect_propose().times(2).returning(move |_, _, _| proposals.next().unwrap());
    let outdated = MockUnitOfWork::new();
    let end = outdated.end();
    let units = [outdated, winning(&stage)];
    let command = stage.best("A", 1);
    assert_eq!(placed(&stage.place(store_of(units), command).await), ["A-1-7"]);
    assert!(end.is_rolled_back());
}

#[tokio::test]
async fn the_overdue_holder_of_a_named_seat_is_expired_in_the_same_unit() {
    let stage = Stage::new();
    let mut holder = BookingBuilder::new(&other_ids(), &stage.view)
        .user(fan(9).user_id().unwrap())
        .tickets([1, 2])
        .expires_at(FixedClock::START)
        .build();
    let number = holder.tickets[0].number;
    holder.id = another_booking(number);
    let mut unit = stage.unit();
    expect_states(&mut unit, &[(1, TicketStatus::Held)]);
    let (id, found) = (holder.id, holder.clone());
    unit.bookings.expect_get().withf(move |ids| *ids == [id]).times(1).returning(move |_| Ok(vec![found.clone()]));
    unit.tickets
        .expect_release()
        .withf(|_, from, tickets| *from == TicketStatus::Held && tickets.len() == 2)
        .times(1)
        .returning(|_, _, _| Ok(()));
    unit.bookings
        .expect_save()
        .withf(|bookings| bookings.len() == 1 && bookings[0].cancel_reason == Some(CancelReason::Expired))
        .times(1)
        .returning(|_| Ok(()));
    expect_writes(&mut unit);
    let command = stage.seats(&["A-1-1"]);
    assert_eq!(placed(&stage.place(store_of([unit]), command).await), ["A-1-1"]);
}

#[tokio::test]
async fn a_refusal_that_depends_on_overdue_bookings_is_decided_after_they_are_expired() {
    let mut stage = Stage::new();
    let overdue = BookingBuilder::new(&other_ids(), &stage.view).tickets([1, 2]).expires_at(FixedClock::START).build();
    let mut picks = [None, Some(vec![1_u32, 2])].into_iter();
    stage.maps.expect_propose().times(2).returning(move |_, _, _| Some(proposal(&[picks.next().unwrap().as_deref()])));

    let mut sold_out = stage.unit();
    sold_out.sections.expect_available().times(1).returning(|_, _| Ok(0));
    let found = overdue.clone();
    sold_out
        .bookings
        .expect_overdue()
        .withf(|_, now, skip, limit| *now == FixedClock::START && (*skip, *limit) == (0, 1))
        .times(1)
        .returning(move |_, _, _, _| Ok(vec![found.clone()]));

    let mut expiring = MockUnitOfWork::new();
    expiring.bookings.expect_overdue().times(1).returning(move |_, _, _, _| Ok(vec![overdue.clone()]));
    expiring.tickets.expect_release().times(1).returning(|_, _, _| Ok(()));
    expiring.bookings.expect_save().times(1).returning(|_| Ok(()));
    expect_writes_after_bookings(&mut expiring);

    let units = [sold_out, expiring, winning(&stage)];
    let ends = [units[0].end(), units[1].end(), units[2].end()];
    let command = stage.best("A", 2);
    assert_eq!(placed(&stage.place(store_of(units), command).await), ["A-1-1", "A-1-2"]);
    assert!(ends[0].is_rolled_back() && ends[1].is_committed() && ends[2].is_committed());
}

#[tokio::test]
async fn a_failure_to_expire_overdue_bookings_is_returned() {
    let mut stage = Stage::new();
    stage.maps.expect_propose().times(1).returning(|_, _, _| Some(proposal(&[None])));
    let overdue = BookingBuilder::new(&other_ids(), &stage.view).tickets([1]).expires_at(FixedClock::START).build();
    let mut sold_out = stage.unit();
    sold_out.sections.expect_available().times(1).returning(|_, _| Ok(0));
    sold_out.bookings.expect_overdue().times(1).returning(move |_, _, _, _| Ok(vec![overdue.clone()]));
    let mut expiring = MockUnitOfWork::new();
    expiring.bookings.expect_overdue().times(1).returning(|_, _, _, _| Err(unavailable()));
    let command = stage.best("A", 1);
    let outcome = stage.place(store_of([sold_out, expiring]), command).await;
    assert_matches!(outcome, Err(PlaceError::Store(StoreError::Unavailable(_))));
}
