use super::*;

const NEW_PASSWORD: &str = "copper lantern tide 4";

fn to(email: Option<&str>, new_password: Option<&str>) -> ChangeOwnAccount {
    ChangeOwnAccount {
        email: email.map(str::to_owned),
        current_password: PASSWORD.to_owned(),
        new_password: new_password.map(str::to_owned),
    }
}

async fn change(user: &User, units: Vec<MockUnitOfWork>, command: ChangeOwnAccount) -> Result<(), ChangeOwnError> {
    let accounts = accounts(store_of(units), queries_with(user), hasher());
    accounts.change_own(&actor(user), command).await.map(drop)
}

#[tokio::test]
async fn a_new_address_keeps_the_sessions() {
    let ana = user(1, Role::User);
    let mut unit = MockUnitOfWork::new();
    expect_read(&mut unit, &ana);
    unit.users.expect_save().times(1).returning(|user| {
        assert_eq!((user.email.as_str(), user.version), ("new@example.com", 2));
        assert_eq!(user.password_hash, Some(hash_of(PASSWORD)));
        Ok(())
    });
    let payload = EventPayload::User(UserEvent::Changed { role: Role::User, status: UserStatus::Active });
    expect_event(&mut unit, actor(&ana), &ana, 2, payload);
    let end = unit.end();
    change(&ana, vec![unit], to(Some("New@Example.com"), None)).await.unwrap();
    assert!(end.is_committed());
}

#[tokio::test]
async fn a_new_password_ends_all_sessions() {
    let ana = user(1, Role::User);
    let mut unit = MockUnitOfWork::new();
    expect_read(&mut unit, &ana);
    unit.users.expect_save().times(1).returning(|user| {
        assert_eq!(user.password_hash, Some(hash_of(NEW_PASSWORD)));
        Ok(())
    });
    let id = ana.id;
    unit.refresh_tokens.expect_revoke_all_of().withf(move |user, _| *user == id).times(1).returning(|_, _| Ok(()));
    unit.outbox.expect_append().times(1).returning(|_| Ok(()));
    change(&ana, vec![unit], to(None, Some(NEW_PASSWORD))).await.unwrap();
}

#[tokio::test]
async fn the_same_address_again_writes_nothing() {
    let ana = user(1, Role::User);
    let mut unit = MockUnitOfWork::new();
    expect_read(&mut unit, &ana);
    change(&ana, vec![unit], to(Some(ana.email.as_str()), None)).await.unwrap();
}

#[tokio::test]
async fn faults_and_a_wrong_password_begin_no_unit() {
    let ana = user(1, Role::User);
    let outcome = change(&ana, vec![], to(Some("unknown"), Some("short"))).await;
    let Err(ChangeOwnError::Invalid(faults)) = outcome else { panic!("{outcome:?}") };
    let pointers: Vec<&str> = faults.as_slice().iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/email", "/new_password"]);
    for typed in ["wrong", &"x".repeat(129)] {
        let command = ChangeOwnAccount { current_password: typed.to_owned(), ..to(Some("new@example.com"), None) };
        assert!(matches!(change(&ana, vec![], command).await, Err(ChangeOwnError::WrongPassword)));
    }
}

#[tokio::test]
async fn only_active_users_change_their_account() {
    for outsider in [Actor::Anonymous, Actor::System] {
        let outcome = reading(MockUserQueries::new()).change_own(&outsider, to(None, None)).await;
        assert!(matches!(outcome, Err(ChangeOwnError::LoginRequired)));
    }
    let locked = with_status(user(1, Role::User), UserStatus::Suspended);
    assert!(matches!(change(&locked, vec![], to(None, None)).await, Err(ChangeOwnError::LoginRequired)));
}

#[tokio::test]
async fn changes_since_the_password_was_checked_count() {
    let ana = user(1, Role::User);
    let cases = [
        (with_status(ana.clone(), UserStatus::Suspended), "log in first"),
        (User { password_hash: Some(hash_of(NEW_PASSWORD)), ..ana.clone() }, "this is not the current password"),
    ];
    for (by_now, expected) in cases {
        let mut unit = MockUnitOfWork::new();
        expect_read(&mut unit, &by_now);
        let end = unit.end();
        let error = change(&ana, vec![unit], to(Some("new@example.com"), None)).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(end.is_rolled_back());
    }
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    let ana = user(1, Role::User);
    let saving = |outcome: fn() -> Result<(), AddUserError>| {
        let mut unit = MockUnitOfWork::new();
        expect_read(&mut unit, &ana);
        unit.users.expect_save().returning(move |_| outcome());
        unit
    };
    let new_address = || to(Some("new@example.com"), None);
    let taken = change(&ana, vec![saving(|| Err(AddUserError::EmailTaken))], new_address()).await;
    assert!(matches!(taken, Err(ChangeOwnError::EmailTaken)));
    let odd = change(&ana, vec![saving(|| Err(AddUserError::UsernameTaken))], new_address()).await;
    assert!(matches!(odd, Err(ChangeOwnError::Store(StoreError::Inconsistent(_)))));
    let cut = change(&ana, vec![saving(|| Err(unavailable().into()))], new_address()).await;
    assert!(matches!(cut, Err(ChangeOwnError::Store(StoreError::Unavailable(_)))));

    let mut unit = saving(|| Ok(()));
    unit.refresh_tokens.expect_revoke_all_of().returning(|_, _| Err(unavailable()));
    let cut = change(&ana, vec![unit], to(None, Some(NEW_PASSWORD))).await;
    assert!(matches!(cut, Err(ChangeOwnError::Store(_))));
    let mut unit = saving(|| Ok(()));
    unit.outbox.expect_append().returning(|_| Err(unavailable()));
    assert!(matches!(change(&ana, vec![unit], new_address()).await, Err(ChangeOwnError::Store(_))));
}

#[tokio::test]
async fn a_hasher_that_fails_begins_no_unit() {
    let ana = user(1, Role::User);
    let with = |error| accounts(MockStore::new(), queries_with(&ana), failing_hasher(error));
    let busy = with(HasherError::Busy).change_own(&actor(&ana), to(None, Some(NEW_PASSWORD))).await;
    assert!(matches!(busy, Err(ChangeOwnError::Busy)));
    let failed = with(broken()).change_own(&actor(&ana), to(None, Some(NEW_PASSWORD))).await;
    assert!(matches!(failed, Err(ChangeOwnError::Security(_))));
}
