use super::*;

fn command() -> RegisterUser {
    RegisterUser { username: " Ana ".to_owned(), email: "Ana@Example.com".to_owned(), password: PASSWORD.to_owned() }
}

fn refusing_unit(error: AddUserError) -> (MockUnitOfWork, UnitEnd) {
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_add().times(1).return_once(move |_| Err(error));
    let end = unit.end();
    (unit, end)
}

#[tokio::test]
async fn registers_an_active_account_with_a_hashed_password_and_an_event() {
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_add().times(1).returning(|user| {
        assert_eq!((user.username.as_str(), user.email.as_str()), ("ana", "ana@example.com"));
        assert_eq!(user.password_hash, Some(hash_of(PASSWORD)));
        assert_eq!((user.role, user.status, user.version), (Role::User, UserStatus::Active, 1));
        assert_eq!((user.created_at, user.updated_at), (NOW, NOW));
        Ok(())
    });
    unit.outbox.expect_append().times(1).returning(|entry| {
        let events = entry.events;
        assert_eq!(events[0].payload, EventPayload::User(UserEvent::Registered { role: Role::User }));
        assert_eq!((events[0].actor, events[0].version), (Actor::Anonymous, 1));
        Ok(())
    });
    let end = unit.end();
    let profile = writing(store_of([unit])).register(&Actor::Anonymous, command()).await.unwrap();
    assert_eq!((profile.username.as_str(), profile.role), ("ana", Role::User));
    assert!(end.is_committed());
}

#[tokio::test]
async fn the_operator_registers_admins() {
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_add().times(1).returning(|_| Ok(()));
    unit.outbox.expect_append().times(1).returning(|entry| {
        let events = entry.events;
        assert_eq!(events[0].payload, EventPayload::User(UserEvent::Registered { role: Role::Admin }));
        assert_eq!(events[0].actor, Actor::System);
        Ok(())
    });
    let profile = writing(store_of([unit])).create_admin(command()).await.unwrap();
    assert_eq!(profile.role, Role::Admin);
}

#[tokio::test]
async fn faults_are_reported_before_a_password_is_hashed_or_a_user_written() {
    let command = RegisterUser { username: "a".to_owned(), email: "b".to_owned(), password: "c".to_owned() };
    let outcome = reading(MockUserQueries::new()).register(&Actor::Anonymous, command).await;
    let Err(RegisterError::Invalid(faults)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(faults.as_slice().len(), 3);
}

#[tokio::test]
async fn a_hasher_that_fails_begins_no_unit() {
    let with = |error| accounts(MockStore::new(), MockUserQueries::new(), failing_hasher(error));
    let busy = with(HasherError::Busy).register(&Actor::Anonymous, command()).await;
    assert!(matches!(busy, Err(RegisterError::Busy)));
    let failed = with(broken()).register(&Actor::Anonymous, command()).await;
    assert!(matches!(failed, Err(RegisterError::Security(_))));
}

#[tokio::test]
async fn a_taken_name_or_address_is_refused() {
    let (unit, end) = refusing_unit(AddUserError::EmailTaken);
    let outcome = writing(store_of([unit])).register(&Actor::Anonymous, command()).await;
    assert!(matches!(outcome, Err(RegisterError::EmailTaken)));
    assert!(end.is_rolled_back());
    let (unit, end) = refusing_unit(AddUserError::UsernameTaken);
    let outcome = writing(store_of([unit])).register(&Actor::Anonymous, command()).await;
    assert!(matches!(outcome, Err(RegisterError::UsernameTaken)));
    assert!(end.is_rolled_back());
}

#[tokio::test]
async fn a_failure_of_the_store_rolls_the_unit_back() {
    let outcome = writing(failing_store(StoreError::Busy)).register(&Actor::Anonymous, command()).await;
    assert!(matches!(outcome, Err(RegisterError::Store(StoreError::Busy))));

    let (unit, end) = refusing_unit(unavailable().into());
    let outcome = writing(store_of([unit])).register(&Actor::Anonymous, command()).await;
    assert!(matches!(outcome, Err(RegisterError::Store(StoreError::Unavailable(_)))));
    assert!(end.is_rolled_back());

    let mut unit = MockUnitOfWork::new();
    unit.users.expect_add().returning(|_| Ok(()));
    unit.outbox.expect_append().returning(|_| Err(unavailable()));
    let end = unit.end();
    let outcome = writing(store_of([unit])).register(&Actor::Anonymous, command()).await;
    assert!(matches!(outcome, Err(RegisterError::Store(_))));
    assert!(end.is_rolled_back());
}

#[tokio::test]
async fn a_unit_that_meets_contention_is_retried_for_the_same_user() {
    let first = MockUnitOfWork::new().failing_commit(StoreError::Contention);
    let ends = [first, MockUnitOfWork::new()].map(|mut unit| {
        unit.users.expect_add().times(1).withf(|user| user.id.to_string().ends_with("01")).returning(|_| Ok(()));
        unit.outbox.expect_append().times(1).returning(|_| Ok(()));
        (unit.end(), unit)
    });
    let [(lost, first), (won, second)] = ends;
    writing(store_of([first, second])).register(&Actor::Anonymous, command()).await.unwrap();
    assert!(lost.is_commit_failed() && won.is_committed());
}
