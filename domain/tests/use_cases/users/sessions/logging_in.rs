use boxoffice_domain::shared::{Role, StoreError};
use boxoffice_domain::users::{HasherError, LogInError, Session, UserStatus};
use boxoffice_testing::{failing_store, store_of};

use super::*;
use crate::users::fixtures::{
    PASSWORD, broken, expect_read, failing_hasher, hash_of, hasher, unavailable, user, with_status,
};

fn queries_for(login: &'static str, found: Option<User>) -> MockUserQueries {
    let mut queries = MockUserQueries::new();
    queries.expect_find_by_login().withf(move |asked| asked == login).times(1).return_once(move |_| Ok(found));
    queries
}

/// Logs in with the right password, in `unit`.
async fn log_in_meeting(unit: MockUnitOfWork, tokens: MockAccessTokens) -> Result<Session, LogInError> {
    let queries = queries_for("user-1", Some(user(1, Role::User)));
    sessions(store_of([unit]), queries, hasher(), tokens).log_in("user-1", PASSWORD).await
}

#[tokio::test]
async fn issues_an_access_token_and_the_first_refresh_token_of_a_family() {
    let ana = user(1, Role::User);
    let mut unit = MockUnitOfWork::new();
    expect_read(&mut unit, &ana);
    let id = ana.id;
    unit.refresh_tokens.expect_add().times(1).returning(move |token| {
        assert_eq!((token.user, token.issued_at), (id, NOW));
        assert_eq!(token.expires_at, NOW.plus_seconds(LIFETIMES.unused_seconds));
        assert_eq!((token.used_at, token.revoked_at), (None, None));
        assert_eq!(token.hash, generated_secret().hash());
        Ok(())
    });
    let end = unit.end();
    let queries = queries_for("user-1@example.com", Some(ana.clone()));
    let sessions = sessions(store_of([unit]), queries, hasher(), signing());
    let session = sessions.log_in(" User-1@Example.com ", PASSWORD).await.unwrap();
    assert_eq!(session.user, ana.profile());
    assert!(session.access.token.starts_with("user-1 user "));
    assert_eq!(session.refresh, generated_secret());
    assert!(end.is_committed());
}

#[tokio::test]
async fn an_unknown_user_takes_as_long_as_a_wrong_password_and_looks_the_same() {
    let erased = User { password_hash: None, ..with_status(user(1, Role::User), UserStatus::Erased) };
    let cases = [
        (None, PASSWORD, None),
        (Some(erased), PASSWORD, None),
        (Some(user(1, Role::User)), "wrong", Some(hash_of(PASSWORD))),
        (Some(with_status(user(1, Role::User), UserStatus::Suspended)), "wrong", Some(hash_of(PASSWORD))),
    ];
    for (found, typed, checked_against) in cases {
        let mut hasher = MockPasswordHasher::new();
        hasher
            .expect_verify()
            .withf(move |password, hash| password.expose() == typed && *hash == checked_against)
            .times(1)
            .returning(|_, _| Ok(false));
        let sessions = sessions(MockStore::new(), queries_for("user-1", found), hasher, MockAccessTokens::new());
        let outcome = sessions.log_in("user-1", typed).await;
        assert!(matches!(outcome, Err(LogInError::WrongCredentials)), "{outcome:?}");
    }
}

#[tokio::test]
async fn too_long_names_and_passwords_are_refused_before_any_read() {
    let long = "x".repeat(800);
    let sessions =
        || sessions(MockStore::new(), MockUserQueries::new(), MockPasswordHasher::new(), MockAccessTokens::new());
    for (login, password) in [("user-1", long.as_str()), (long.as_str(), PASSWORD)] {
        assert!(matches!(sessions().log_in(login, password).await, Err(LogInError::WrongCredentials)));
    }
}

#[tokio::test]
async fn changes_since_the_password_was_checked_count() {
    let ana = user(1, Role::User);
    let refused = |by_now: Option<User>| async {
        let mut unit = MockUnitOfWork::new();
        unit.users.expect_get().return_once(move |_| Ok(by_now));
        let end = unit.end();
        let error = log_in_meeting(unit, signing()).await.unwrap_err();
        assert!(end.is_rolled_back());
        error
    };
    let suspended = with_status(ana.clone(), UserStatus::Suspended);
    assert!(matches!(refused(Some(suspended)).await, LogInError::Suspended));
    let other_password = User { password_hash: Some(hash_of("another")), ..ana.clone() };
    assert!(matches!(refused(Some(other_password)).await, LogInError::WrongCredentials));
    let erased = with_status(ana, UserStatus::Erased);
    assert!(matches!(refused(Some(erased)).await, LogInError::WrongCredentials));
    assert!(matches!(refused(None).await, LogInError::WrongCredentials));
}

#[tokio::test]
async fn a_hasher_that_fails_begins_no_unit() {
    let log_in = |error| async {
        let queries = queries_for("user-1", Some(user(1, Role::User)));
        let sessions = sessions(MockStore::new(), queries, failing_hasher(error), MockAccessTokens::new());
        sessions.log_in("user-1", PASSWORD).await
    };
    assert!(matches!(log_in(HasherError::Busy).await, Err(LogInError::Busy)));
    assert!(matches!(log_in(broken()).await, Err(LogInError::Security(_))));
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    let mut queries = MockUserQueries::new();
    queries.expect_find_by_login().returning(|_| Err(unavailable()));
    let outcome = sessions(MockStore::new(), queries, hasher(), signing()).log_in("user-1", PASSWORD).await;
    assert!(matches!(outcome, Err(LogInError::Store(_))));

    let queries = queries_for("user-1", Some(user(1, Role::User)));
    let sessions = sessions(failing_store(StoreError::Busy), queries, hasher(), signing());
    assert!(matches!(sessions.log_in("user-1", PASSWORD).await, Err(LogInError::Store(StoreError::Busy))));

    let mut unit = MockUnitOfWork::new();
    unit.users.expect_get().returning(|_| Err(unavailable()));
    assert!(matches!(log_in_meeting(unit, signing()).await, Err(LogInError::Store(_))));

    let mut unit = MockUnitOfWork::new();
    expect_read(&mut unit, &user(1, Role::User));
    let end = unit.end();
    assert!(matches!(log_in_meeting(unit, not_signing()).await, Err(LogInError::Security(_))));
    assert!(end.is_rolled_back());

    let mut unit = MockUnitOfWork::new();
    expect_read(&mut unit, &user(1, Role::User));
    unit.refresh_tokens.expect_add().returning(|_| Err(unavailable()));
    assert!(matches!(log_in_meeting(unit, signing()).await, Err(LogInError::Store(_))));

    let mut unit = MockUnitOfWork::new().failing_commit(unavailable());
    expect_read(&mut unit, &user(1, Role::User));
    unit.refresh_tokens.expect_add().returning(|_| Ok(()));
    assert!(matches!(log_in_meeting(unit, signing()).await, Err(LogInError::Store(_))));
}
