use boxoffice_domain::concerts::{
    ChangeConcert, ChangeConcertError, ChangeSection, ConcertEvent, ConcertStatus, ConcertView, MemberRole,
};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::shared::{Actor, StoreError};
use boxoffice_testing::{MockUnitOfWork, failing_store, store_of};

use super::{Denial, allowed, denied, manager};
use crate::concerts::fixtures::{
    NOW, concert, concerts, failure, fault_codes, organiser_id, unit_of, with_event, with_member, with_save,
};

fn renamed() -> ChangeConcert {
    ChangeConcert { name: Some("Renamed".to_owned()), ..ChangeConcert::default() }
}

fn repriced() -> ChangeConcert {
    let section = ChangeSection { code: "GA".to_owned(), price: Some(9_900), prices: None };
    ChangeConcert { sections: Some(vec![section]), ..ChangeConcert::default() }
}

fn event(status: ConcertStatus) -> EventPayload {
    EventPayload::Concert(ConcertEvent::Changed { status, revision: 2 })
}

async fn change(
    actor: &Actor,
    unit: MockUnitOfWork,
    revision: u64,
    command: ChangeConcert,
) -> Result<ConcertView, ChangeConcertError> {
    let id = concert(ConcertStatus::Draft).concert.id;
    concerts(store_of([unit])).change(actor, id, revision, command).await
}

#[tokio::test]
async fn managers_of_the_concert_change_it() {
    for (actor, unit) in allowed(ConcertStatus::OnSale) {
        let saved = with_save(unit, 41, |concert| {
            concert.details.name == "Renamed" && concert.revision == 1 && concert.updated_at == NOW
        });
        let unit = with_event(saved, 41, event(ConcertStatus::OnSale));
        let end = unit.end();
        let view = change(&actor, unit, 1, renamed()).await.unwrap();
        assert!(end.is_committed());
        assert_eq!((view.concert.version, view.concert.revision), (41, 2));
        assert_eq!(view.concert.details.name, "Renamed");
    }
}

#[tokio::test]
async fn other_actors_cannot_change_a_concert() {
    for (actor, unit, denial) in denied() {
        let anonymous = denial == Denial::LoginRequired;
        let outcome = change(&actor, unit, 1, renamed()).await;
        let outcome = match outcome {
            Err(ChangeConcertError::LoginRequired) if anonymous => Denial::LoginRequired,
            Err(ChangeConcertError::NotFound) => Denial::NotFound,
            Err(ChangeConcertError::Forbidden) => Denial::Forbidden,
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome, denial);
    }
}

#[tokio::test]
async fn new_prices_are_written_for_the_sections_that_get_them() {
    let (actor, mut unit) = manager(ConcertStatus::OnSale);
    unit.sections
        .expect_replace_prices()
        .times(1)
        .withf(|_, sections| {
            sections.iter().map(|section| (section.code.as_str(), section.price("standard"))).eq([("GA", Some(9_900))])
        })
        .returning(|_, _| Ok(()));
    let unit = with_event(with_save(unit, 2, |_| true), 2, event(ConcertStatus::OnSale));
    let view = change(&actor, unit, 1, repriced()).await.unwrap();
    let prices: Vec<_> = view.plan.sections().iter().map(|section| section.price("standard")).collect();
    assert_eq!(prices, [Some(2_500), Some(9_900)]);
}

#[tokio::test]
async fn a_concert_that_was_changed_since_it_was_read_is_left_alone() {
    let (actor, unit) = manager(ConcertStatus::Draft);
    let outcome = change(&actor, unit, 2, renamed()).await;
    assert!(matches!(outcome, Err(ChangeConcertError::Outdated { revision: 1 })));
}

#[tokio::test]
async fn a_change_of_nothing_writes_nothing() {
    let (actor, unit) = manager(ConcertStatus::OnSale);
    let view = change(&actor, unit, 1, ChangeConcert::default()).await.unwrap();
    assert_eq!(view, concert(ConcertStatus::OnSale));
}

#[tokio::test]
async fn faults_and_fixed_fields_are_reported() {
    let (actor, unit) = manager(ConcertStatus::Draft);
    let nameless = ChangeConcert { name: Some(String::new()), ..ChangeConcert::default() };
    match change(&actor, unit, 1, nameless).await {
        Err(ChangeConcertError::Invalid(faults)) => assert_eq!(fault_codes(&faults), ["/name required"]),
        other => panic!("{other:?}"),
    }
    let (actor, unit) = manager(ConcertStatus::Paused);
    let capped = ChangeConcert { max_tickets_per_user: Some(Some(3)), ..ChangeConcert::default() };
    match change(&actor, unit, 1, capped).await {
        Err(ChangeConcertError::NotChangeable { status, fields }) => {
            assert_eq!((status, fields), (ConcertStatus::Paused, vec!["max_tickets_per_user"]));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_change_that_loses_a_race_returns_the_new_revision() {
    let (actor, mut lost) = manager(ConcertStatus::Draft);
    lost.concerts.expect_save().returning(|_| Err(StoreError::Contention));
    let mut newer = concert(ConcertStatus::Draft);
    newer.concert.revision = 2;
    let again = with_member(unit_of(&newer), Some(MemberRole::Owner));
    let outcome = concerts(store_of([lost, again])).change(&actor, newer.concert.id, 1, renamed()).await;
    assert!(matches!(outcome, Err(ChangeConcertError::Outdated { revision: 2 })));
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    for failing in 0..6 {
        let fails = move |port| if failing == port { Err(failure()) } else { Ok(()) };
        let mut unit = MockUnitOfWork::new();
        let view = concert(ConcertStatus::OnSale);
        let sections = view.plan.sections().to_vec();
        unit.concerts.expect_get().returning(move |_| fails(0).map(|()| Some(view.concert.clone())));
        unit.organisers
            .expect_of_user()
            .returning(move |_| fails(1).map(|()| vec![(organiser_id(7), MemberRole::Owner)]));
        unit.sections.expect_of_concert().returning(move |_| fails(2).map(|()| sections.clone()));
        unit.sections.expect_replace_prices().returning(move |_, _| fails(3));
        unit.concerts.expect_save().returning(move |_| fails(4).map(|()| 2));
        unit.outbox.expect_append().returning(move |_| fails(5));
        let end = unit.end();
        let (actor, _) = manager(ConcertStatus::OnSale);
        let outcome = change(&actor, unit, 1, repriced()).await;
        assert!(matches!(outcome, Err(ChangeConcertError::Store(StoreError::Busy))), "port {failing}");
        assert!(end.is_rolled_back(), "port {failing}");
    }
    let (actor, _) = manager(ConcertStatus::OnSale);
    let id = concert(ConcertStatus::OnSale).concert.id;
    let outcome = concerts(failing_store(failure())).change(&actor, id, 1, renamed()).await;
    assert!(matches!(outcome, Err(ChangeConcertError::Store(StoreError::Busy))));
}
