use super::*;

const PROMOTE: ChangeUser = ChangeUser { role: Some(Role::Manager), status: None };
const SUSPEND: ChangeUser = ChangeUser { role: None, status: Some(UserStatus::Suspended) };
const DEMOTE: ChangeUser = ChangeUser { role: Some(Role::User), status: None };

/// A unit that reads the admin and the user, and counts this many admins.
fn unit_with(admins: u64, admin: &User, user: &User) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_count_active_admins().times(1).returning(move || Ok(admins));
    expect_read(&mut unit, admin);
    if user.id != admin.id {
        expect_read(&mut unit, user);
    }
    unit
}

async fn refused(unit: MockUnitOfWork, admin: &User, user: &User, change: ChangeUser) -> ChangeUserError {
    let end = unit.end();
    let error = writing(store_of([unit])).change(&actor(admin), user.id, change).await.unwrap_err();
    assert!(end.is_rolled_back());
    error
}

#[tokio::test]
async fn a_new_role_is_written_as_the_next_version() {
    let (admin, ana) = (user(9, Role::Admin), user(1, Role::User));
    let mut unit = unit_with(1, &admin, &ana);
    unit.users.expect_save().times(1).returning(|user| {
        assert_eq!((user.role, user.version, user.updated_at), (Role::Manager, 2, NOW));
        Ok(())
    });
    let payload = EventPayload::User(UserEvent::Changed { role: Role::Manager, status: UserStatus::Active });
    expect_event(&mut unit, actor(&admin), &ana, 2, payload);
    let end = unit.end();
    let profile = writing(store_of([unit])).change(&actor(&admin), ana.id, PROMOTE).await.unwrap();
    assert_eq!(profile.role, Role::Manager);
    assert!(end.is_committed());
}

#[tokio::test]
async fn suspending_ends_all_sessions() {
    let (admin, ana) = (user(9, Role::Admin), user(1, Role::User));
    let mut unit = unit_with(1, &admin, &ana);
    unit.users.expect_save().times(1).returning(|_| Ok(()));
    let id = ana.id;
    let of_ana = move |user: &_, at: &_| *user == id && *at == NOW;
    unit.refresh_tokens.expect_revoke_all_of().withf(of_ana).times(1).returning(|_, _| Ok(()));
    let payload = EventPayload::User(UserEvent::Changed { role: Role::User, status: UserStatus::Suspended });
    expect_event(&mut unit, actor(&admin), &ana, 2, payload);
    let profile = writing(store_of([unit])).change(&actor(&admin), ana.id, SUSPEND).await.unwrap();
    assert_eq!(profile.status, UserStatus::Suspended);
}

#[tokio::test]
async fn the_system_changes_without_an_admin() {
    let ana = with_status(user(1, Role::User), UserStatus::Suspended);
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_count_active_admins().returning(|| Ok(0));
    expect_read(&mut unit, &ana);
    unit.users.expect_save().times(1).returning(|_| Ok(()));
    let payload = EventPayload::User(UserEvent::Changed { role: Role::User, status: UserStatus::Active });
    expect_event(&mut unit, Actor::System, &ana, 2, payload);
    let change = ChangeUser { role: None, status: Some(UserStatus::Active) };
    let profile = writing(store_of([unit])).change(&Actor::System, ana.id, change).await.unwrap();
    assert_eq!(profile.status, UserStatus::Active);
}

#[tokio::test]
async fn a_change_to_the_current_values_writes_nothing() {
    let (admin, ana) = (user(9, Role::Admin), user(1, Role::Manager));
    let unit = unit_with(1, &admin, &ana);
    let profile = writing(store_of([unit])).change(&actor(&admin), ana.id, PROMOTE).await.unwrap();
    assert_eq!(profile, ana.profile());
}

#[tokio::test]
async fn only_admins_begin_a_unit() {
    let accounts = writing(MockStore::new());
    let anonymous = accounts.change(&Actor::Anonymous, user_id(1), PROMOTE).await;
    assert!(matches!(anonymous, Err(ChangeUserError::LoginRequired)));
    let manager = accounts.change(&actor(&user(1, Role::Manager)), user_id(1), PROMOTE).await;
    assert!(matches!(manager, Err(ChangeUserError::Forbidden)));
    let erase = ChangeUser { role: None, status: Some(UserStatus::Erased) };
    let erasing = accounts.change(&actor(&user(9, Role::Admin)), user_id(1), erase).await;
    assert!(matches!(erasing, Err(ChangeUserError::Invalid(_))));
}

#[tokio::test]
async fn an_old_access_token_of_a_former_admin_is_refused() {
    let (token_of, ana) = (user(9, Role::Admin), user(1, Role::User));
    for now in [user(9, Role::Manager), with_status(user(9, Role::Admin), UserStatus::Suspended)] {
        let error = refused(unit_with(1, &now, &ana), &token_of, &ana, PROMOTE).await;
        assert!(matches!(error, ChangeUserError::Forbidden));
    }
}

#[tokio::test]
async fn the_last_admin_cannot_be_changed() {
    let admin = user(9, Role::Admin);
    for change in [DEMOTE, SUSPEND] {
        let error = refused(unit_with(1, &admin, &admin), &admin, &admin, change).await;
        assert!(matches!(error, ChangeUserError::LastAdmin));
    }
}

#[tokio::test]
async fn the_last_admin_but_one_may_step_down() {
    let admin = user(9, Role::Admin);
    let mut unit = unit_with(2, &admin, &admin);
    unit.users.expect_save().times(1).returning(|_| Ok(()));
    unit.outbox.expect_append().times(1).returning(|_| Ok(()));
    let profile = writing(store_of([unit])).change(&actor(&admin), admin.id, DEMOTE).await.unwrap();
    assert_eq!(profile.role, Role::User);
}

#[tokio::test]
async fn missing_and_erased_users_are_not_changed() {
    let (admin, ana) = (user(9, Role::Admin), user(1, Role::User));
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_count_active_admins().returning(|| Ok(1));
    expect_read(&mut unit, &admin);
    unit.users.expect_get().returning(|_| Ok(None));
    assert!(matches!(refused(unit, &admin, &ana, PROMOTE).await, ChangeUserError::NotFound));
    let erased = with_status(ana, UserStatus::Erased);
    let unit = unit_with(1, &admin, &erased);
    assert!(matches!(refused(unit, &admin, &erased, PROMOTE).await, ChangeUserError::Erased));
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    let (admin, ana) = (user(9, Role::Admin), user(1, Role::User));
    let failing: [fn(&mut MockUnitOfWork); 4] = [
        |unit| {
            unit.users.expect_save().returning(|_| Err(unavailable().into()));
        },
        |unit| {
            unit.users.expect_save().returning(|_| Err(AddUserError::EmailTaken));
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
        let mut unit = unit_with(1, &admin, &ana);
        fail(&mut unit);
        assert!(matches!(refused(unit, &admin, &ana, SUSPEND).await, ChangeUserError::Store(_)));
    }
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_count_active_admins().returning(|| Err(unavailable()));
    assert!(matches!(refused(unit, &admin, &ana, SUSPEND).await, ChangeUserError::Store(_)));
    let mut unit = MockUnitOfWork::new();
    unit.users.expect_count_active_admins().returning(|| Ok(1));
    unit.users.expect_get().returning(|_| Err(unavailable()));
    assert!(matches!(refused(unit, &admin, &ana, SUSPEND).await, ChangeUserError::Store(_)));
}
