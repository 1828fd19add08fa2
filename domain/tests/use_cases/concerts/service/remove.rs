use boxoffice_domain::concerts::{ConcertEvent, ConcertStatus, MemberRole, RemoveConcertError, Removed};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::shared::{Actor, Role, StoreError};
use boxoffice_testing::{MockStore, MockUnitOfWork, failing_store, store_of};

use super::{Denial, allowed, denied, manager};
use crate::concerts::fixtures::{NOW, actor, concert, concerts, failure, organiser_id, with_event, with_save};

async fn remove(store: MockStore, actor: &Actor) -> Result<Removed, RemoveConcertError> {
    concerts(store).remove(actor, concert(ConcertStatus::Draft).concert.id).await
}

#[tokio::test]
async fn a_draft_is_deleted() {
    for (actor, mut unit) in allowed(ConcertStatus::Draft) {
        unit.concerts.expect_delete_draft().times(1).withf(|_, revision| *revision == 1).returning(|_, _| Ok(()));
        let unit = with_event(unit, 2, EventPayload::Concert(ConcertEvent::Deleted));
        let end = unit.end();
        assert_eq!(remove(store_of([unit]), &actor).await.unwrap(), Removed::Deleted);
        assert!(end.is_committed());
    }
}

#[tokio::test]
async fn a_published_concert_is_cancelled() {
    for status in [ConcertStatus::OnSale, ConcertStatus::Paused] {
        let (actor, unit) = manager(status);
        let unit = with_save(unit, 9, |concert| {
            concert.status == ConcertStatus::Cancelled
                && concert.cancelled_at == Some(NOW)
                && concert.cancellation_done_at.is_none()
        });
        let changed = EventPayload::Concert(ConcertEvent::Changed { status: ConcertStatus::Cancelled, revision: 2 });
        let unit = with_event(unit, 9, changed);
        let end = unit.end();
        let Removed::Cancelling(view) = remove(store_of([unit]), &actor).await.unwrap() else { panic!("deleted") };
        assert!(end.is_committed());
        assert_eq!((view.concert.status, view.concert.version), (ConcertStatus::Cancelled, 9));
    }
}

#[tokio::test]
async fn a_cancelled_concert_does_not_change() {
    let (actor, unit) = manager(ConcertStatus::Cancelled);
    let removed = remove(store_of([unit]), &actor).await.unwrap();
    assert_eq!(removed, Removed::Cancelling(Box::new(concert(ConcertStatus::Cancelled))));
}

#[tokio::test]
async fn other_actors_cannot_remove_a_concert() {
    for (actor, unit, denial) in denied() {
        let outcome = match remove(store_of([unit]), &actor).await {
            Err(RemoveConcertError::LoginRequired) => Denial::LoginRequired,
            Err(RemoveConcertError::NotFound) => Denial::NotFound,
            Err(RemoveConcertError::Forbidden) => Denial::Forbidden,
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome, denial);
    }
}

#[tokio::test]
async fn a_draft_published_before_the_retry_is_cancelled_instead() {
    let (actor, mut lost) = manager(ConcertStatus::Draft);
    lost.concerts.expect_delete_draft().returning(|_, _| Err(StoreError::Contention));
    let (_, again) = manager(ConcertStatus::OnSale);
    let mut again = with_save(again, 3, |concert| concert.status == ConcertStatus::Cancelled);
    again.outbox.expect_append().returning(|_| Ok(()));
    assert!(matches!(remove(store_of([lost, again]), &actor).await, Ok(Removed::Cancelling(_))));
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    for (status, ports) in [(ConcertStatus::Draft, [0, 1, 2, 5]), (ConcertStatus::OnSale, [0, 3, 4, 5])] {
        for failing in ports {
            let fails = move |port| if failing == port { Err(failure()) } else { Ok(()) };
            let mut unit = MockUnitOfWork::new();
            let view = concert(status);
            let sections = view.plan.sections().to_vec();
            unit.concerts.expect_get().returning(move |_| fails(0).map(|()| Some(view.concert.clone())));
            let membership = (organiser_id(7), MemberRole::Owner);
            unit.organisers.expect_of_user().returning(move |_| fails(1).map(|()| vec![membership]));
            unit.concerts.expect_delete_draft().returning(move |_, _| fails(2));
            unit.sections.expect_of_concert().returning(move |_| fails(3).map(|()| sections.clone()));
            unit.concerts.expect_save().returning(move |_| fails(4).map(|()| 2));
            unit.outbox.expect_append().returning(move |_| fails(5));
            let end = unit.end();
            let outcome = remove(store_of([unit]), &actor(Role::Manager)).await;
            assert!(matches!(outcome, Err(RemoveConcertError::Store(StoreError::Busy))), "port {failing}");
            assert!(end.is_rolled_back(), "port {failing}");
        }
    }
    let outcome = remove(failing_store(failure()), &actor(Role::Manager)).await;
    assert!(matches!(outcome, Err(RemoveConcertError::Store(StoreError::Busy))));
}
