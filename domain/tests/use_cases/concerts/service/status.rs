use boxoffice_domain::concerts::ConcertStatus::{Cancelled, Draft, OnSale, Paused};
use boxoffice_domain::concerts::{ConcertEvent, ConcertStatus, ConcertStatusError, ConcertView, MemberRole};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::shared::{Actor, Role, StoreError};
use boxoffice_testing::{MockStore, MockUnitOfWork, failing_store, store_of};

use super::{Denial, allowed, denied, manager};
use crate::concerts::fixtures::{STATUSES, actor, concert, concerts, failure, organiser_id, with_event, with_save};

async fn make(store: MockStore, actor: &Actor, status: ConcertStatus) -> Result<ConcertView, ConcertStatusError> {
    let (service, id) = (concerts(store), concert(Draft).concert.id);
    match status {
        OnSale => service.publish(actor, id).await,
        _ => service.pause(actor, id).await,
    }
}

#[tokio::test]
async fn a_concert_goes_on_sale_and_pauses() {
    for (before, after) in [(Draft, OnSale), (Paused, OnSale), (OnSale, Paused)] {
        for (actor, unit) in allowed(before) {
            let unit = with_save(unit, 8, move |concert| concert.status == after && concert.revision == 1);
            let unit = with_event(unit, 8, EventPayload::Concert(ConcertEvent::Changed { status: after, revision: 2 }));
            let end = unit.end();
            let view = make(store_of([unit]), &actor, after).await.unwrap();
            assert!(end.is_committed());
            assert_eq!((view.concert.status, view.concert.version, view.concert.revision), (after, 8, 2));
            assert_eq!(view.plan, concert(before).plan);
        }
    }
}

#[tokio::test]
async fn a_change_to_the_current_status_changes_nothing() {
    for status in [OnSale, Paused] {
        let (actor, unit) = manager(status);
        assert_eq!(make(store_of([unit]), &actor, status).await.unwrap(), concert(status));
    }
}

#[tokio::test]
async fn all_other_status_changes_are_refused() {
    for (before, after) in [(Draft, Paused), (Cancelled, OnSale), (Cancelled, Paused)] {
        let (actor, unit) = manager(before);
        let outcome = make(store_of([unit]), &actor, after).await;
        assert!(matches!(outcome, Err(ConcertStatusError::NotPossible(status)) if status == before));
    }
}

#[tokio::test]
async fn other_actors_cannot_publish_or_pause() {
    for status in [OnSale, Paused] {
        for (actor, unit, denial) in denied() {
            let outcome = match make(store_of([unit]), &actor, status).await {
                Err(ConcertStatusError::LoginRequired) => Denial::LoginRequired,
                Err(ConcertStatusError::NotFound) => Denial::NotFound,
                Err(ConcertStatusError::Forbidden) => Denial::Forbidden,
                other => panic!("{other:?}"),
            };
            assert_eq!(outcome, denial);
        }
    }
}

#[tokio::test]
async fn a_unit_that_meets_contention_is_retried() {
    let (actor, mut lost) = manager(Draft);
    lost.concerts.expect_save().returning(|_| Err(StoreError::Contention));
    let (_, again) = manager(OnSale);
    assert_eq!(make(store_of([lost, again]), &actor, OnSale).await.unwrap(), concert(OnSale));
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    for failing in 0..5 {
        let fails = move |port| if failing == port { Err(failure()) } else { Ok(()) };
        let mut unit = MockUnitOfWork::new();
        let view = concert(Draft);
        let sections = view.plan.sections().to_vec();
        unit.concerts.expect_get().returning(move |_| fails(0).map(|()| Some(view.concert.clone())));
        let membership = (organiser_id(7), MemberRole::Owner);
        unit.organisers.expect_of_user().returning(move |_| fails(1).map(|()| vec![membership]));
        unit.sections.expect_of_concert().returning(move |_| fails(2).map(|()| sections.clone()));
        unit.concerts.expect_save().returning(move |_| fails(3).map(|()| 2));
        unit.outbox.expect_append().returning(move |_| fails(4));
        let end = unit.end();
        let outcome = make(store_of([unit]), &actor(Role::Manager), OnSale).await;
        assert!(matches!(outcome, Err(ConcertStatusError::Store(StoreError::Busy))), "port {failing}");
        assert!(end.is_rolled_back(), "port {failing}");
    }
    let outcome = make(failing_store(failure()), &actor(Role::Manager), OnSale).await;
    assert!(matches!(outcome, Err(ConcertStatusError::Store(StoreError::Busy))));
}

#[test]
fn the_allowed_status_changes_are_these() {
    let steps = [(Draft, OnSale), (OnSale, Paused), (Paused, OnSale), (OnSale, Cancelled), (Paused, Cancelled)];
    for before in STATUSES {
        for after in STATUSES {
            assert_eq!(before.may_become(after), steps.contains(&(before, after)), "{before:?} to {after:?}");
        }
    }
}
