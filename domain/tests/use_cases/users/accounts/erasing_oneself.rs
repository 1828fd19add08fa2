use super::*;

fn unit_with(admins: u64, user: &User) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_count_active_admins().returning(move || Ok(admins));
    expect_read(&mut unit, user);
    unit
}

async fn erase(user: &User, units: Vec<MockUnitOfWork>, password: &str) -> Result<(), EraseOwnError> {
    accounts(store_of(units), queries_with(user), hasher()).erase_own(&actor(user), password).await
}

#[tokio::test]
async fn personal_data_is_removed_and_all_sessions_end() {
    let ana = user(1, Role::User);
    let mut unit = unit_with(0, &ana);
    unit.users.expect_save().times(1).returning(|user| {
        assert_eq!(user.username.as_str(), "erased-0000000000000000000000001");
        assert_eq!(user.email.as_str(), "00000000000000000000000000000001@erased.invalid");
        assert_eq!((&user.password_hash, user.status, user.version), (&None, UserStatus::Erased, 2));
        Ok(())
    });
    unit.refresh_tokens.expect_revoke_all_of().times(1).returning(|_, _| Ok(()));
    expect_event(&mut unit, actor(&ana), &ana, 2, EventPayload::User(UserEvent::Erased));
    let end = unit.end();
    erase(&ana, vec![unit], PASSWORD).await.unwrap();
    assert!(end.is_committed());
}

#[tokio::test]
async fn erasing_requires_the_password() {
    let ana = user(1, Role::User);
    assert!(matches!(erase(&ana, vec![], "wrong").await, Err(EraseOwnError::WrongPassword)));
    let changed = User { password_hash: Some(hash_of("another")), ..ana.clone() };
    let unit = unit_with(0, &changed);
    assert!(matches!(erase(&ana, vec![unit], PASSWORD).await, Err(EraseOwnError::WrongPassword)));
}

#[tokio::test]
async fn erasing_requires_an_active_account() {
    let anonymous = reading(MockUserQueries::new()).erase_own(&Actor::Anonymous, PASSWORD).await;
    assert!(matches!(anonymous, Err(EraseOwnError::LoginRequired)));
    let ana = user(1, Role::User);
    let suspended = with_status(ana.clone(), UserStatus::Suspended);
    assert!(matches!(erase(&suspended, vec![], PASSWORD).await, Err(EraseOwnError::LoginRequired)));
    let unit = unit_with(0, &suspended);
    assert!(matches!(erase(&ana, vec![unit], PASSWORD).await, Err(EraseOwnError::LoginRequired)));
}

#[tokio::test]
async fn the_last_admin_cannot_be_erased() {
    let admin = user(9, Role::Admin);
    let unit = unit_with(1, &admin);
    let end = unit.end();
    assert!(matches!(erase(&admin, vec![unit], PASSWORD).await, Err(EraseOwnError::LastAdmin)));
    assert!(end.is_rolled_back());
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    let ana = user(1, Role::User);
    let failing: [fn(&mut MockUnitOfWork); 3] = [
        |unit| {
            unit.users.expect_save().returning(|_| Err(AddUserError::UsernameTaken));
        },
        |unit| {
            unit.users.expect_save().returning(|_| Ok(()));
            unit.refresh_tokens.expect_revoke_all_of().returning(|_, _| Err(unavailable()));
        },
        |unit| {
            unit.users.expect_save().returning(|_| Ok(()));
            unit.refresh_tokens.expect_revoke_all_of().returning(|_, _| Ok(()));
            unit.outbox.expect_append().returning(|_| Err(unavailable()));
        },
    ];
    for fail in failing {
        let mut unit = unit_with(0, &ana);
        fail(&mut unit);
        let end = unit.end();
        assert!(matches!(erase(&ana, vec![unit], PASSWORD).await, Err(EraseOwnError::Store(_))));
        assert!(end.is_rolled_back());
    }
    let with = |error| accounts(MockStore::new(), queries_with(&ana), failing_hasher(error));
    let busy = with(HasherError::Busy).erase_own(&actor(&ana), PASSWORD).await;
    assert!(matches!(busy, Err(EraseOwnError::Busy)));
    let failed = with(broken()).erase_own(&actor(&ana), PASSWORD).await;
    assert!(matches!(failed, Err(EraseOwnError::Security(_))));
}
