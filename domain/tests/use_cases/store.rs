use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::sales::cancellation::CancelError;
use boxoffice_domain::shared::StoreError;
use boxoffice_domain::store::{
    Deadline, LARGE_UNIT_TIME_MAX, Store, UNIT_ATTEMPTS_MAX, UNIT_TIME_MAX, in_large_unit, in_unit,
};
use boxoffice_domain::users::UserQueries;
use boxoffice_testing::{
    Given, InMemoryStore, MockStore, MockUnitOfWork, SequentialIds, UserBuilder, failing_store, store_of,
};

fn unavailable() -> StoreError {
    StoreError::Unavailable(Arc::from(Box::from("the line is cut")))
}

/// Runs work with these outcomes, one per attempt, in these units.
async fn run<const N: usize>(
    store: &dyn Store<dyn SalesUnit>,
    outcomes: [Result<u32, CancelError>; N],
) -> (Result<u32, CancelError>, usize) {
    let mut outcomes = outcomes.into_iter();
    let mut runs = 0;
    let outcome = in_unit(store, "test", |_, _| {
        runs += 1;
        let outcome = outcomes.next().unwrap();
        Box::pin(async move { outcome })
    })
    .await;
    (outcome, runs)
}

const CONTENTION: Result<u32, CancelError> = Err(CancelError::Store(StoreError::Contention));

#[tokio::test]
async fn work_that_succeeds_is_committed_once() {
    let unit = MockUnitOfWork::new();
    let end = unit.end();
    let (outcome, runs) = run(&store_of([unit]), [Ok(7)]).await;
    assert_eq!((outcome.unwrap(), runs), (7, 1));
    assert!(end.is_committed());
}

#[tokio::test]
async fn work_that_is_refused_is_rolled_back_and_not_retried() {
    for refusal in [CancelError::NotFound, CancelError::Store(StoreError::Busy), CancelError::Store(unavailable())] {
        let unit = MockUnitOfWork::new();
        let (end, expected) = (unit.end(), refusal.to_string());
        let (outcome, runs) = run(&store_of([unit]), [Err(refusal)]).await;
        assert_eq!((outcome.unwrap_err().to_string(), runs), (expected, 1));
        assert!(end.is_rolled_back() && !end.is_committed());
    }
}

#[tokio::test]
async fn work_that_meets_contention_is_rolled_back_and_retried() {
    let units = [MockUnitOfWork::new(), MockUnitOfWork::new(), MockUnitOfWork::new()];
    let ends = [units[0].end(), units[1].end(), units[2].end()];
    let (outcome, runs) = run(&store_of(units), [CONTENTION, CONTENTION, Ok(7)]).await;
    assert_eq!((outcome.unwrap(), runs), (7, 3));
    assert!(ends[0].is_rolled_back() && ends[1].is_rolled_back() && ends[2].is_committed());
}

#[tokio::test]
async fn a_unit_whose_commit_meets_contention_is_retried() {
    let units = [MockUnitOfWork::new().failing_commit(StoreError::Contention), MockUnitOfWork::new()];
    let ends = [units[0].end(), units[1].end()];
    let (outcome, runs) = run(&store_of(units), [Ok(7), Ok(8)]).await;
    assert_eq!((outcome.unwrap(), runs), (8, 2));
    assert!(ends[0].is_commit_failed() && ends[1].is_committed());
}

#[tokio::test]
async fn a_unit_whose_commit_has_an_unknown_outcome_is_not_retried() {
    let unit = MockUnitOfWork::new().failing_commit(unavailable());
    let (outcome, runs) = run(&store_of([unit]), [Ok(7)]).await;
    assert!(matches!(outcome, Err(CancelError::Store(StoreError::Unavailable(_)))), "{outcome:?}");
    assert_eq!(runs, 1);
}

#[tokio::test]
async fn a_unit_has_a_limit_of_attempts_and_each_pause_gets_its_attempt() {
    let units: Vec<_> = (0..UNIT_ATTEMPTS_MAX).map(|_| MockUnitOfWork::new()).collect();
    let ends: Vec<_> = units.iter().map(MockUnitOfWork::end).collect();
    let units = Mutex::new(units);
    let mut store = MockStore::new();
    store.expect_deadline().times(1).return_const(Deadline::NEVER);
    store.expect_begin_by().times(8).returning(move |_| Ok(Box::new(units.lock().unwrap().pop().unwrap())));
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&pauses);
    store.expect_pause_before_retry().returning(move |attempt| seen.lock().unwrap().push(attempt));
    let (outcome, runs) = run(&store, [CONTENTION; 8]).await;
    assert!(matches!(outcome, Err(CancelError::Store(StoreError::Contention))), "{outcome:?}");
    assert_eq!(runs, 8);
    assert!(ends.iter().all(|end| end.is_rolled_back()));
    assert_eq!(*pauses.lock().unwrap(), [1, 2, 3, 4, 5, 6, 7]);
}

/// A store that records its calls: how long the unit may take, and the deadline of each attempt.
fn store_with_deadline(asked: &Arc<Mutex<(Vec<Duration>, Vec<Deadline>)>>) -> MockStore {
    let at = Deadline::at(Instant::now());
    let mut store = MockStore::new();
    let seen = Arc::clone(asked);
    store.expect_deadline().returning(move |allowed| {
        seen.lock().unwrap().0.push(allowed);
        at
    });
    let seen = Arc::clone(asked);
    store.expect_begin_by().returning(move |deadline| {
        let attempts = &mut seen.lock().unwrap().1;
        attempts.push(deadline);
        if attempts.len() < 3 { Ok(Box::new(MockUnitOfWork::new())) } else { Err(StoreError::Busy) }
    });
    store.expect_pause_before_retry().returning(|_| ());
    store
}

#[tokio::test]
async fn all_attempts_of_a_unit_have_one_deadline() {
    let asked = Arc::default();
    let store = store_with_deadline(&asked);
    let (outcome, runs) = run(&store, [CONTENTION, CONTENTION]).await;
    assert!(matches!(outcome, Err(CancelError::Store(StoreError::Busy))), "{outcome:?}");
    assert_eq!(runs, 2);
    let (allowed, attempts) = asked.lock().unwrap().clone();
    assert_eq!((allowed, attempts.len()), (vec![UNIT_TIME_MAX], 3));
    assert!(attempts.iter().all(|deadline| deadline.moment().is_some() && *deadline == attempts[0]));
}

#[tokio::test]
async fn a_large_unit_may_take_longer() {
    let asked = Arc::default();
    let store = store_with_deadline(&asked);
    let done: Result<(), StoreError> =
        in_large_unit::<dyn SalesUnit, _, _, _>(&store, "test", |_, _| Box::pin(async { Ok(()) })).await;
    done.unwrap();
    assert_eq!(asked.lock().unwrap().0, [LARGE_UNIT_TIME_MAX]);
}

#[tokio::test]
async fn a_unit_that_does_not_begin_runs_no_work() {
    for error in [StoreError::Busy, unavailable()] {
        let expected = error.to_string();
        let (outcome, runs) = run(&failing_store(error), []).await;
        assert_eq!((outcome.unwrap_err().to_string(), runs), (expected, 0));
    }
}

#[tokio::test]
async fn the_error_of_the_work_is_returned_when_the_rollback_fails_too() {
    let unit = MockUnitOfWork::new().failing_rollback(unavailable());
    let (outcome, _) = run(&store_of([unit]), [Err(CancelError::NotFound)]).await;
    assert!(matches!(outcome, Err(CancelError::NotFound)), "{outcome:?}");
}

#[tokio::test]
async fn other_units_see_all_of_a_unit_or_nothing() {
    let (store, ids) = (InMemoryStore::new(), Arc::new(SequentialIds::new()));
    let given = Given::new(Arc::new(store.clone()), ids.clone());
    let (kept, undone) =
        (UserBuilder::new(given.ids(), "kept").build(), UserBuilder::new(given.ids(), "undone").build());
    for (user, outcome) in [(&kept, Ok(())), (&undone, Err(StoreError::Busy))] {
        let done = in_unit::<dyn SalesUnit, _, _, _>(&store, "test", |unit, _| {
            let outcome = outcome.clone();
            Box::pin(async move {
                unit.users().add(user).await.unwrap();
                outcome
            })
        })
        .await;
        assert_eq!(done.is_ok(), outcome.is_ok());
        assert_eq!(store.open_units().count(), 0);
    }
    assert!(UserQueries::get(&store, kept.id).await.unwrap().is_some());
    assert!(UserQueries::get(&store, undone.id).await.unwrap().is_none());
}
