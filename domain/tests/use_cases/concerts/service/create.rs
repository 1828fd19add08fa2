use boxoffice_domain::concerts::{
    ConcertEvent, ConcertLimits, ConcertStatus, CreateConcertError, CreatedConcert, MemberRole, NewConcert,
    TICKETS_ADDED_AT_ONCE_MAX, TicketNumber,
};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::shared::{Actor, Faults, OrganiserId, Role, StoreError};
use boxoffice_domain::users::{User, UserStatus};
use boxoffice_testing::{MockUnitOfWork, SequentialIds, UserBuilder, failing_store, store_of};

use crate::concerts::fixtures::{
    NOW, actor, concerts, failure, fault_codes, new_concert, organiser_id, standing, user_id, with_event, with_member,
};

const CHUNK: u32 = 5_000;

fn user(role: Role) -> User {
    User { id: user_id(1), ..UserBuilder::new(&SequentialIds::new(), "ana").role(role).build() }
}

/// A unit that knows user 1.
fn unit_with(user: Option<User>) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_get().withf(|id| *id == user_id(1)).returning(move |_| Ok(user.clone()));
    unit
}

/// The unit writes a draft of this organiser with ten tickets.
fn writing(mut unit: MockUnitOfWork, organiser: Option<OrganiserId>) -> MockUnitOfWork {
    unit.concerts
        .expect_add()
        .times(1)
        .withf(move |concert| {
            organiser.is_none_or(|organiser| concert.organiser == organiser)
                && concert.status == ConcertStatus::Draft
                && (concert.total, concert.available, concert.version, concert.revision) == (10, 10, 1, 1)
                && concert.created_at == NOW
        })
        .returning(|_| Ok(()));
    unit.sections.expect_add_all().times(1).withf(|_, sections| sections.len() == 2).returning(|_, _| Ok(()));
    unit.tickets
        .expect_add()
        .times(1)
        .withf(|_, first, seats| first.get() == 1 && seats.len() == 10 && seats[9].as_str() == "GA-000004")
        .returning(|_, _, _| Ok(()));
    unit
}

fn created(organiser: OrganiserId) -> EventPayload {
    EventPayload::Concert(ConcertEvent::Created { organiser, name: "An Evening in May".to_owned(), total: 10 })
}

fn for_organiser(number: u128) -> NewConcert {
    NewConcert { organiser_id: Some(organiser_id(number)), ..new_concert() }
}

#[tokio::test]
async fn a_manager_creates_a_draft_for_the_organiser_they_manage() {
    let mut unit = unit_with(Some(user(Role::Manager)));
    let memberships = vec![(organiser_id(5), MemberRole::Viewer), (organiser_id(7), MemberRole::Manager)];
    unit.organisers.expect_of_user().returning(move |_| Ok(memberships.clone()));
    let unit = with_event(writing(unit, Some(organiser_id(7))), 1, created(organiser_id(7)));
    let end = unit.end();
    let view = concerts(store_of([unit])).create(&actor(Role::Manager), new_concert(), None).await.unwrap().view;
    assert!(end.is_committed());
    assert_eq!((view.concert.organiser, view.concert.status), (organiser_id(7), ConcertStatus::Draft));
    assert_eq!(view.plan.total(), 10);
}

#[tokio::test]
async fn the_first_concert_of_a_manager_creates_an_organiser_with_their_name() {
    let mut unit = with_member(unit_with(Some(user(Role::Manager))), None);
    unit.organisers
        .expect_add()
        .times(1)
        .withf(|organiser, owner| organiser.name == "ana" && organiser.created_at == NOW && *owner == user_id(1))
        .returning(|_, _| Ok(()));
    let mut unit = writing(unit, None);
    unit.outbox.expect_append().times(1).returning(|_| Ok(()));
    let end = unit.end();
    concerts(store_of([unit])).create(&actor(Role::Manager), new_concert(), None).await.unwrap();
    assert!(end.is_committed());
}

#[tokio::test]
async fn a_manager_cannot_name_an_organiser_of_others() {
    for (role, organiser, allowed) in [
        (MemberRole::Owner, 7, true),
        (MemberRole::Manager, 7, true),
        (MemberRole::BoxOffice, 7, false),
        (MemberRole::Owner, 8, false),
    ] {
        let unit = with_member(unit_with(Some(user(Role::Manager))), Some(role));
        let unit = if allowed { with_event(writing(unit, None), 1, created(organiser_id(7))) } else { unit };
        let outcome = concerts(store_of([unit])).create(&actor(Role::Manager), for_organiser(organiser), None).await;
        match outcome {
            Ok(created) => assert!(allowed && created.view.concert.organiser == organiser_id(7)),
            Err(error) => assert!(!allowed && matches!(error, CreateConcertError::Forbidden), "{error}"),
        }
    }
}

#[tokio::test]
async fn an_organiser_has_a_daily_limit_of_concerts() {
    let limits = ConcertLimits { tickets_max: None, per_day: Some(3) };
    for (created, allowed) in [(2, true), (3, false)] {
        let mut unit = with_member(unit_with(Some(user(Role::Manager))), Some(MemberRole::Owner));
        unit.concerts
            .expect_count_created_since()
            .withf(|organiser, since| *organiser == organiser_id(7) && *since == NOW.plus_seconds(-86_400))
            .times(1)
            .returning(move |_, _| Ok(created));
        let unit = if allowed { with_event(writing(unit, None), 1, created_for_7()) } else { unit };
        let outcome =
            concerts(store_of([unit])).limited(limits).create(&actor(Role::Manager), for_organiser(7), None).await;
        assert_eq!(outcome.is_ok(), allowed);
        assert!(allowed || matches!(outcome, Err(CreateConcertError::TooMany)));
    }
}

fn created_for_7() -> EventPayload {
    created(organiser_id(7))
}

#[tokio::test]
async fn a_concert_has_at_most_the_configured_number_of_tickets() {
    let limits = |tickets_max| ConcertLimits { tickets_max: Some(tickets_max), per_day: None };
    let small = concerts(store_of([MockUnitOfWork::new()]))
        .limited(limits(9))
        .create(&actor(Role::Manager), new_concert(), None)
        .await;
    assert_eq!(faults(small), ["/sections too_many_tickets"]);
    let unit = with_member(unit_with(Some(user(Role::Manager))), Some(MemberRole::Owner));
    let unit = with_event(writing(unit, None), 1, created_for_7());
    concerts(store_of([unit])).limited(limits(10)).create(&actor(Role::Manager), for_organiser(7), None).await.unwrap();
}

#[tokio::test]
async fn admins_and_the_system_create_concerts_for_any_existing_organiser() {
    for (actor, unit) in
        [(actor(Role::Admin), unit_with(Some(user(Role::Admin)))), (Actor::System, MockUnitOfWork::new())]
    {
        let mut unit = with_event(writing(unit, Some(organiser_id(9))), 1, created(organiser_id(9)));
        unit.organisers.expect_exists().times(1).returning(|id| Ok(id == organiser_id(9)));
        assert!(concerts(store_of([unit])).create(&actor, for_organiser(9), None).await.is_ok());
    }
}

fn faults(outcome: Result<CreatedConcert, CreateConcertError>) -> Vec<String> {
    match outcome {
        Err(CreateConcertError::Invalid(faults)) => fault_codes(&faults),
        Err(error) => panic!("{error}"),
        Ok(_) => fault_codes(&Faults::new()),
    }
}

#[tokio::test]
async fn an_organiser_that_does_not_exist_is_a_fault() {
    for (actor, mut unit) in
        [(actor(Role::Admin), unit_with(Some(user(Role::Admin)))), (Actor::System, MockUnitOfWork::new())]
    {
        unit.organisers.expect_exists().times(1).returning(|_| Ok(false));
        let outcome = concerts(store_of([unit])).create(&actor, for_organiser(9), None).await;
        assert_eq!(faults(outcome), ["/organiser_id unknown_organiser"]);
    }
    let outcome = concerts(store_of([MockUnitOfWork::new()])).create(&Actor::System, new_concert(), None).await;
    assert_eq!(faults(outcome), ["/organiser_id required"]);
}

#[tokio::test]
async fn only_managers_create_concerts() {
    let anonymous = concerts(store_of([])).create(&Actor::Anonymous, new_concert(), None).await;
    assert!(matches!(anonymous, Err(CreateConcertError::LoginRequired)));
    let fan = concerts(store_of([])).create(&actor(Role::User), new_concert(), None).await;
    assert!(matches!(fan, Err(CreateConcertError::Forbidden)));
}

#[tokio::test]
async fn the_stored_account_counts_and_not_the_token() {
    let suspended = User { status: UserStatus::Suspended, ..user(Role::Manager) };
    for account in [None, Some(suspended)] {
        let outcome = concerts(store_of([unit_with(account)])).create(&actor(Role::Manager), new_concert(), None).await;
        assert!(matches!(outcome, Err(CreateConcertError::LoginRequired)));
    }
    let demoted = unit_with(Some(user(Role::User)));
    let outcome = concerts(store_of([demoted])).create(&actor(Role::Manager), new_concert(), None).await;
    assert!(matches!(outcome, Err(CreateConcertError::Forbidden)));
}

#[tokio::test]
async fn a_request_with_faults_begins_no_unit() {
    let outcome = concerts(store_of([]))
        .create(&actor(Role::Manager), NewConcert { currency: "XXX".to_owned(), ..new_concert() }, None)
        .await;
    assert_eq!(faults(outcome), ["/currency unknown_currency"]);
}

#[tokio::test]
async fn tickets_are_written_in_chunks() {
    assert_eq!(TICKETS_ADDED_AT_ONCE_MAX, usize::try_from(CHUNK).unwrap());
    let mut unit = with_member(unit_with(Some(user(Role::Manager))), Some(MemberRole::Owner));
    unit.concerts.expect_add().returning(|_| Ok(()));
    unit.sections.expect_add_all().returning(|_, _| Ok(()));
    unit.outbox.expect_append().returning(|_| Ok(()));
    for (first, count, label) in
        [(1, CHUNK, "GA-000001"), (CHUNK + 1, CHUNK, "GA-005001"), (2 * CHUNK + 1, 1, "GA-010001")]
    {
        unit.tickets
            .expect_add()
            .times(1)
            .withf(move |_, from, seats| {
                *from == TicketNumber::new(first)
                    && seats.len() == usize::try_from(count).unwrap()
                    && seats[0].as_str() == label
            })
            .returning(|_, _, _| Ok(()));
    }
    let new = NewConcert { sections: vec![standing("GA", 10_001)], ..new_concert() };
    assert!(concerts(store_of([unit])).create(&actor(Role::Manager), new, None).await.is_ok());
}

/// Makes each port fail in turn, and expects that failure with the unit rolled back.
#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    for failing in 0..7 {
        let fails = move |port| if failing == port { Err(failure()) } else { Ok(()) };
        let mut unit = MockUnitOfWork::new();
        unit.users.expect_get().returning(move |_| fails(0).map(|()| Some(user(Role::Manager))));
        unit.organisers.expect_of_user().returning(move |_| fails(1).map(|()| vec![]));
        unit.organisers.expect_add().returning(move |_, _| fails(2));
        unit.concerts.expect_add().returning(move |_| fails(3));
        unit.sections.expect_add_all().returning(move |_, _| fails(4));
        unit.tickets.expect_add().returning(move |_, _, _| fails(5));
        unit.outbox.expect_append().returning(move |_| fails(6));
        let end = unit.end();
        let outcome = concerts(store_of([unit])).create(&actor(Role::Manager), new_concert(), None).await;
        assert!(matches!(outcome, Err(CreateConcertError::Store(StoreError::Busy))), "port {failing}");
        assert!(end.is_rolled_back(), "port {failing}");
    }
}

#[tokio::test]
async fn an_unavailable_store_or_an_unknown_organiser_fails_the_creation() {
    let outcome = concerts(failing_store(failure())).create(&actor(Role::Manager), new_concert(), None).await;
    assert!(matches!(outcome, Err(CreateConcertError::Store(StoreError::Busy))));
    for (actor, mut unit) in
        [(actor(Role::Admin), unit_with(Some(user(Role::Admin)))), (Actor::System, MockUnitOfWork::new())]
    {
        unit.organisers.expect_exists().returning(|_| Err(failure()));
        let outcome = concerts(store_of([unit])).create(&actor, for_organiser(9), None).await;
        assert!(matches!(outcome, Err(CreateConcertError::Store(StoreError::Busy))));
    }
}
