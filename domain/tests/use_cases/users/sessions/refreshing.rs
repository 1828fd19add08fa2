use std::sync::OnceLock;

use boxoffice_domain::shared::{Role, StoreError};
use boxoffice_domain::users::{RefreshError, Session, UserStatus};
use boxoffice_testing::{failing_store, store_of};

use super::*;
use crate::users::fixtures::{expect_read, unavailable, user, with_status};

/// A unit that reads `token` for [`secret`], and its user.
fn unit_with(token: RefreshToken) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    expect_token(&mut unit, token);
    expect_read(&mut unit, &user(1, Role::User));
    unit
}

fn ana_s_token() -> RefreshToken {
    token_of(&user(1, Role::User))
}

async fn refresh(unit: MockUnitOfWork) -> Result<Session, RefreshError> {
    exchanging(store_of([unit])).refresh(&secret()).await
}

async fn assert_worthless(unit: MockUnitOfWork) {
    let outcome = refresh(unit).await;
    assert!(matches!(outcome, Err(RefreshError::Unknown)), "{outcome:?}");
}

#[tokio::test]
async fn a_token_is_marked_used_and_its_successor_is_of_the_same_family() {
    let token = ana_s_token();
    let mut unit = unit_with(token);
    unit.refresh_tokens
        .expect_mark_used()
        .withf(move |id, at, _| *id == token.id && *at == NOW)
        .times(1)
        .returning(|_, _, _| Ok(()));
    unit.refresh_tokens.expect_add().times(1).returning(move |next| {
        assert_eq!((next.family, next.user, next.used_at), (token.family, token.user, None));
        assert_eq!(next.expires_at, NOW.plus_seconds(LIFETIMES.unused_seconds));
        Ok(())
    });
    let end = unit.end();
    let session = refresh(unit).await.unwrap();
    assert_eq!(session.user, user(1, Role::User).profile());
    assert_eq!(session.refresh_expires_at, NOW.plus_seconds(LIFETIMES.unused_seconds));
    assert!(end.is_committed());
}

/// The token of [`secret`], used this many seconds ago, and its successor, as an exchange wrote them.
async fn used_and_next(seconds_ago: i64) -> (RefreshToken, RefreshToken) {
    let mut unit = unit_with(ana_s_token());
    let (marked, added) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    let (successor, next) = (Arc::clone(&marked), Arc::clone(&added));
    unit.refresh_tokens.expect_mark_used().returning(move |_, _, sealed| {
        successor.set(sealed).unwrap();
        Ok(())
    });
    unit.refresh_tokens.expect_add().returning(move |token| {
        next.set(*token).unwrap();
        Ok(())
    });
    assert_eq!(refresh(unit).await.unwrap().refresh, generated_secret());
    let used_at = Some(NOW.plus_seconds(-seconds_ago));
    let used = RefreshToken { used_at, successor: marked.get().copied(), ..ana_s_token() };
    (used, RefreshToken { id: RefreshTokenId::from_uuid(uuid::Uuid::from_u128(7)), ..*added.get().unwrap() })
}

fn unit_with_both(used: RefreshToken, next: RefreshToken) -> MockUnitOfWork {
    let mut unit = unit_with(used);
    expect_token(&mut unit, next);
    unit
}

#[tokio::test]
async fn a_token_that_is_sent_again_gets_the_same_successor() {
    let (used, next) = used_and_next(9).await;
    let session = refresh(unit_with_both(used, next)).await.unwrap();
    assert_eq!((session.refresh, session.refresh_expires_at), (generated_secret(), next.expires_at));
}

#[tokio::test]
async fn late_repeats_of_a_token_are_limited() {
    let (used, next) = used_and_next(3_600).await;
    let mut unit = unit_with_both(used, RefreshToken { late_repeats: 9, ..next });
    unit.refresh_tokens
        .expect_set_late_repeats()
        .withf(move |id, count| *id == next.id && *count == 10)
        .times(1)
        .returning(|_, _| Ok(()));
    assert_eq!(refresh(unit).await.unwrap().refresh, generated_secret());
    assert_ends_the_log_in(used, RefreshToken { late_repeats: 10, ..next }).await;
}

#[tokio::test]
async fn a_repeat_after_the_successor_was_used_ends_the_log_in() {
    let (used, next) = used_and_next(1).await;
    assert_ends_the_log_in(used, RefreshToken { used_at: Some(NOW), ..next }).await;
    assert_ends_the_log_in(used, RefreshToken { expires_at: NOW, ..next }).await;
    assert_ends_the_log_in(RefreshToken { successor: None, ..used }, next).await;
}

async fn assert_ends_the_log_in(used: RefreshToken, next: RefreshToken) {
    let mut unit = unit_with_both(used, next);
    unit.refresh_tokens
        .expect_revoke_family()
        .withf(move |user, family, at| (*user, *family, *at) == (used.user, used.family, NOW))
        .times(1)
        .returning(|_, _, _| Ok(()));
    let end = unit.end();
    assert_worthless(unit).await;
    assert!(end.is_committed(), "what was revoked stays revoked");
}

#[tokio::test]
async fn no_token_outlives_its_session() {
    let started = NOW.plus_seconds(60 - LIFETIMES.absolute_seconds);
    let mut unit = unit_with(RefreshToken { session_started_at: started, ..ana_s_token() });
    unit.refresh_tokens.expect_mark_used().returning(|_, _, _| Ok(()));
    unit.refresh_tokens.expect_add().times(1).returning(move |next| {
        assert_eq!((next.session_started_at, next.expires_at), (started, NOW.plus_seconds(60)));
        Ok(())
    });
    assert_eq!(refresh(unit).await.unwrap().refresh_expires_at, NOW.plus_seconds(60));
}

#[tokio::test]
async fn an_invalid_token_changes_nothing() {
    let mut unit = MockUnitOfWork::new();
    unit.refresh_tokens.expect_find().returning(|_| Ok(None));
    assert_worthless(unit).await;
    assert_worthless(unit_with(RefreshToken { revoked_at: Some(NOW), ..ana_s_token() })).await;
    assert_worthless(unit_with(RefreshToken { expires_at: NOW, ..ana_s_token() })).await;
    let revoked_and_used =
        RefreshToken { used_at: Some(NOW.plus_seconds(-60)), revoked_at: Some(NOW), ..ana_s_token() };
    assert_worthless(unit_with(revoked_and_used)).await;
}

#[tokio::test]
async fn a_session_of_an_inactive_account_does_not_continue() {
    for status in [UserStatus::Suspended, UserStatus::Erased] {
        let mut unit = MockUnitOfWork::new();
        expect_token(&mut unit, ana_s_token());
        expect_read(&mut unit, &with_status(user(1, Role::User), status));
        assert_worthless(unit).await;
    }
    let mut unit = MockUnitOfWork::new();
    expect_token(&mut unit, ana_s_token());
    unit.users.expect_get().returning(|_| Ok(None));
    assert_worthless(unit).await;
}

#[tokio::test]
async fn a_token_revoked_while_waiting_for_its_user_is_refused() {
    let token = ana_s_token();
    let mut unit = MockUnitOfWork::new();
    unit.refresh_tokens.expect_find().times(1).return_once(move |_| Ok(Some(token)));
    expect_read(&mut unit, &user(1, Role::User));
    let revoked = RefreshToken { revoked_at: Some(NOW), ..token };
    unit.refresh_tokens.expect_find().times(1).return_once(move |_| Ok(Some(revoked)));
    assert_worthless(unit).await;
}

#[tokio::test]
async fn the_loser_of_a_race_for_a_token_gets_the_same_successor() {
    let token = ana_s_token();
    let mut lost = unit_with(token);
    lost.refresh_tokens.expect_mark_used().times(1).returning(|_, _, _| Err(StoreError::Contention));
    let (used, next) = used_and_next(0).await;
    let won = unit_with_both(used, next);
    let ends = [lost.end(), won.end()];
    exchanging(store_of([lost, won])).refresh(&secret()).await.unwrap();
    assert!(ends[0].is_rolled_back() && ends[1].is_committed());
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    let used = RefreshToken { used_at: Some(NOW.plus_seconds(-60)), ..ana_s_token() };
    let mut units = vec![MockUnitOfWork::new()];
    units[0].refresh_tokens.expect_find().returning(|_| Err(unavailable()));

    let mut unit = MockUnitOfWork::new();
    expect_token(&mut unit, ana_s_token());
    unit.users.expect_get().returning(|_| Err(unavailable()));
    units.push(unit);

    let mut unit = unit_with(ana_s_token());
    unit.refresh_tokens.expect_mark_used().returning(|_, _, _| Err(unavailable()));
    units.push(unit);

    let mut unit = unit_with(used);
    unit.refresh_tokens.expect_revoke_family().returning(|_, _, _| Err(unavailable()));
    units.push(unit);

    let mut unit = unit_with(ana_s_token());
    unit.refresh_tokens.expect_mark_used().returning(|_, _, _| Ok(()));
    unit.refresh_tokens.expect_add().returning(|_| Err(unavailable()));
    units.push(unit);

    for unit in units {
        let end = unit.end();
        assert!(matches!(refresh(unit).await, Err(RefreshError::Store(_))));
        assert!(end.is_rolled_back());
    }
    let outcome = exchanging(failing_store(StoreError::Busy)).refresh(&secret()).await;
    assert!(matches!(outcome, Err(RefreshError::Store(StoreError::Busy))));
}

#[tokio::test]
async fn a_token_stays_unused_when_signing_fails() {
    let mut unit = unit_with(ana_s_token());
    unit.refresh_tokens.expect_mark_used().returning(|_, _, _| Ok(()));
    unit.refresh_tokens.expect_add().returning(|_| Ok(()));
    let end = unit.end();
    let sessions = sessions(store_of([unit]), MockUserQueries::new(), MockPasswordHasher::new(), not_signing());
    assert!(matches!(sessions.refresh(&secret()).await, Err(RefreshError::Security(_))));
    assert!(end.is_rolled_back());
}
