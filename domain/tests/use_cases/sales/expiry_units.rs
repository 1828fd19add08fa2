//! Expiring over mocked ports: the pass over the concerts, the parts of a concert, and failures of the store.

use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, CancelReason, MockBookingQueries};
use boxoffice_domain::concerts::MockOrganiserQueries;
use boxoffice_domain::sales::cancellation::{BOOKINGS_IN_A_UNIT_MAX, CancellationUnits, Cancellations};
use boxoffice_domain::shared::{Actor, ConcertId, StoreError};
use boxoffice_domain::store::UNIT_ATTEMPTS_MAX;
use boxoffice_testing::{FixedClock, MockStore, MockUnitOfWork, SequentialIds, failing_store, store_of};

use super::mocked::{
    EndingWrite, Stage, cancellations_over, expect_ending, expect_ending_fails, other_ids, refused, unavailable,
};

/// Bookings over a store in which these concerts have overdue bookings.
fn worker(store: MockStore, concerts: Vec<ConcertId>) -> Cancellations {
    let mut queries = MockBookingQueries::new();
    queries
        .expect_concerts_with_overdue()
        .withf(|now, limit| (*now, *limit) == (FixedClock::START, 100))
        .times(1)
        .returning(move |_, _| Ok(concerts.clone()));
    cancellations_over(store, queries, MockOrganiserQueries::new())
}

fn concerts() -> Vec<ConcertId> {
    let ids = other_ids();
    (0..3).map(|_| ConcertId::generate(&ids)).collect()
}

/// A booking whose hold has just ended.
fn overdue(stage: &Stage, number: u32) -> Booking {
    Booking { expires_at: FixedClock::START, ..stage.booking(number) }
}

/// A unit that finds these overdue bookings in part 0.
fn reading(overdue: &[Booking]) -> MockUnitOfWork {
    reading_after(overdue, 0)
}

/// A unit that finds these overdue bookings after the first `skip`.
fn reading_after(overdue: &[Booking], skip: u32) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let overdue = overdue.to_vec();
    unit.bookings
        .expect_overdue()
        .withf(move |_, now, skipped, limit| {
            (*now, *skipped, *limit) == (FixedClock::START, skip, BOOKINGS_IN_A_UNIT_MAX)
        })
        .times(1)
        .returning(move |_, _, _, _| Ok(overdue.clone()));
    unit
}

fn failing_to_read(error: StoreError) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    unit.bookings.expect_overdue().times(1).returning(move |_, _, _, _| Err(error.clone()));
    unit
}

async fn expire_part(stage: &Stage, store: MockStore, part: u32) -> Result<u32, StoreError> {
    let ids = Arc::new(SequentialIds::new());
    let units = CancellationUnits::new(Arc::new(store), Arc::new(FixedClock::default()), ids);
    units.expire_part(stage.concert(), part).await
}

#[tokio::test]
async fn a_pass_expires_in_one_unit_a_concert_and_counts_all() {
    let stage = Stage::new();
    let bookings: Vec<_> = (1..=3).map(|number| overdue(&stage, number)).collect();
    let mut first = reading(&bookings[..2]);
    let none = reading(&[]);
    let mut last = reading(&bookings[2..]);
    let written = [expect_ending(&mut first), expect_ending(&mut last)];
    let ends = [first.end(), none.end(), last.end()];
    assert_eq!(worker(store_of([first, none, last]), concerts()).expire_overdue().await.unwrap(), 3);
    let expired: Vec<_> =
        bookings.into_iter().map(|booking| booking.cancelled(CancelReason::Expired, FixedClock::START)).collect();
    assert_eq!((written[0].bookings(), written[1].bookings()), (expired[..2].to_vec(), expired[2..].to_vec()));
    assert_eq!(written[0].cancelled_by(), [Actor::System; 2]);
    assert!(ends.iter().all(|end| end.is_committed()));
}

#[tokio::test]
async fn a_pass_without_overdue_bookings_opens_no_unit() {
    assert_eq!(worker(store_of([]), Vec::new()).expire_overdue().await.unwrap(), 0);
}

#[tokio::test]
async fn a_pass_that_cannot_list_the_concerts_opens_no_unit() {
    let mut queries = MockBookingQueries::new();
    queries.expect_concerts_with_overdue().times(1).returning(|_, _| Err(unavailable()));
    let worker = cancellations_over(store_of([]), queries, MockOrganiserQueries::new());
    assert_matches!(worker.expire_overdue().await, Err(StoreError::Unavailable(_)));
}

#[tokio::test]
async fn failures_at_some_concerts_do_not_stop_the_others_and_the_first_is_returned() {
    let stage = Stage::new();
    let failing = [failing_to_read(refused()), failing_to_read(StoreError::inconsistent("a booking"))];
    let mut fine = reading(&[overdue(&stage, 1)]);
    let (written, end) = (expect_ending(&mut fine), fine.end());
    let worker = worker(store_of(failing.into_iter().chain([fine])), concerts());
    assert_matches!(worker.expire_overdue().await, Err(StoreError::Rejected(_)));
    assert!(end.is_committed() && written.bookings().len() == 1);
}

#[tokio::test]
async fn a_concert_that_stays_contended_does_not_stop_the_others() {
    let contended = (0..UNIT_ATTEMPTS_MAX).map(|_| failing_to_read(StoreError::Contention));
    let fine = [reading(&[]), reading(&[])];
    let ends = [fine[0].end(), fine[1].end()];
    let worker = worker(store_of(contended.chain(fine)), concerts());
    assert_matches!(worker.expire_overdue().await, Err(StoreError::Contention));
    assert!(ends.iter().all(|end| end.is_committed()));
}

#[tokio::test]
async fn a_busy_or_unavailable_store_ends_the_pass_at_once() {
    let busy = worker(store_of([failing_to_read(StoreError::Busy)]), concerts());
    assert_matches!(busy.expire_overdue().await, Err(StoreError::Busy));
    let unreachable = worker(failing_store(unavailable()), concerts());
    assert_matches!(unreachable.expire_overdue().await, Err(StoreError::Unavailable(_)));
}

#[tokio::test]
async fn each_part_skips_the_bookings_of_the_parts_before_it() {
    let stage = Stage::new();
    for (part, skip) in [(0, 0), (1, 500), (3, 1_500), (u32::MAX, u32::MAX)] {
        let mut unit = reading_after(&[overdue(&stage, 1)], skip);
        let (written, end) = (expect_ending(&mut unit), unit.end());
        assert_eq!(expire_part(&stage, store_of([unit]), part).await.unwrap(), 1, "{part}");
        assert!(end.is_committed() && written.bookings().len() == 1, "{part}");
    }
}

#[tokio::test]
async fn an_empty_part_writes_nothing() {
    let stage = Stage::new();
    assert_eq!(expire_part(&stage, store_of([reading_after(&[], 500)]), 1).await.unwrap(), 0);
}

#[tokio::test]
async fn each_failing_write_rolls_the_part_back() {
    let stage = Stage::new();
    for write in EndingWrite::ALL {
        let mut unit = reading_after(&[overdue(&stage, 1), overdue(&stage, 2)], 500);
        expect_ending_fails(&mut unit, write, unavailable());
        let end = unit.end();
        assert_matches!(expire_part(&stage, store_of([unit]), 1).await, Err(StoreError::Unavailable(_)));
        assert!(end.is_rolled_back(), "{write:?}");
    }
}

#[tokio::test]
async fn a_contended_part_reads_again_what_is_overdue() {
    let stage = Stage::new();
    let bookings = [overdue(&stage, 1), overdue(&stage, 2)];
    let mut lost = reading_after(&bookings, 500);
    expect_ending_fails(&mut lost, EndingWrite::SaveBookings, StoreError::Contention);
    let mut contended = reading_after(&bookings, 500);
    expect_ending(&mut contended);
    let contended = contended.failing_commit(StoreError::Contention);
    // The first of them was paid before the retry.
    let mut again = reading_after(&bookings[1..], 500);
    let written = expect_ending(&mut again);
    let ends = [lost.end(), contended.end(), again.end()];
    assert_eq!(expire_part(&stage, store_of([lost, contended, again]), 1).await.unwrap(), 1);
    assert_eq!(written.bookings().iter().map(|booking| booking.id).collect::<Vec<_>>(), [bookings[1].id]);
    assert!(ends[0].is_rolled_back() && ends[1].is_commit_failed() && ends[2].is_committed());
}

#[tokio::test]
async fn a_part_whose_commit_has_an_unknown_outcome_is_not_retried() {
    let stage = Stage::new();
    let mut unit = reading(&[overdue(&stage, 1)]);
    expect_ending(&mut unit);
    let unit = unit.failing_commit(unavailable());
    assert_matches!(expire_part(&stage, store_of([unit]), 0).await, Err(StoreError::Unavailable(_)));
}
