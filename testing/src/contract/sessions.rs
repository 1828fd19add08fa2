//! Refresh tokens: used once, revoked together.

use boxoffice_domain::shared::{RefreshFamilyId, StoreError, UserId};
use boxoffice_domain::users::{RefreshToken, SealedSecret, TokenHash};

use super::{BoxFuture, Fixture, INSTANT};
use crate::builders::refresh_token;
use crate::clock::FixedClock;

const SEALED: SealedSecret = SealedSecret::from_bytes([0xA7; 32]);

async fn add(fixture: &Fixture, user: UserId, family: RefreshFamilyId) -> RefreshToken {
    let (token, _) = refresh_token(fixture.ids(), user, family, INSTANT);
    let mut unit = fixture.unit().await;
    unit.refresh_tokens().add(&token).await.unwrap();
    unit.commit().await.unwrap();
    token
}

async fn find(fixture: &Fixture, hash: &TokenHash) -> Option<RefreshToken> {
    let mut unit = fixture.unit().await;
    let found = unit.refresh_tokens().find(hash).await.unwrap();
    unit.rollback().await.unwrap();
    found
}

async fn user_and_family(fixture: &Fixture) -> (UserId, RefreshFamilyId) {
    (fixture.given.user("ana").await.id, RefreshFamilyId::generate(fixture.ids()))
}

/// A token comes back as written; an unknown hash finds nothing.
pub async fn a_token_is_found_by_its_hash(fixture: &Fixture) {
    let (user, family) = user_and_family(fixture).await;
    let token = add(fixture, user, family).await;
    add(fixture, user, family).await;
    assert_eq!(find(fixture, &token.hash).await, Some(token));
    assert_eq!(find(fixture, &TokenHash::from_bytes([7; 32])).await, None);
}

/// The second use meets contention, and so does the use of a revoked token.
pub async fn a_token_is_used_once(fixture: &Fixture) {
    let (user, family) = user_and_family(fixture).await;
    let token = add(fixture, user, family).await;
    let mut unit = fixture.unit().await;
    unit.refresh_tokens().mark_used(token.id, INSTANT, SEALED).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(
        find(fixture, &token.hash).await,
        Some(RefreshToken { used_at: Some(INSTANT), successor: Some(SEALED), ..token })
    );

    let revoked = add(fixture, user, RefreshFamilyId::generate(fixture.ids())).await;
    let mut unit = fixture.unit().await;
    unit.refresh_tokens().revoke_family(user, revoked.family, INSTANT).await.unwrap();
    unit.commit().await.unwrap();
    for id in [token.id, revoked.id] {
        let mut unit = fixture.unit().await;
        let outcome = unit.refresh_tokens().mark_used(id, INSTANT, SEALED).await;
        assert!(matches!(outcome, Err(StoreError::Contention)));
        unit.rollback().await.unwrap();
    }
}

/// The number of late repeats is stored with a token.
pub async fn late_repeats_are_counted(fixture: &Fixture) {
    let (user, family) = user_and_family(fixture).await;
    let (token, other) = (add(fixture, user, family).await, add(fixture, user, family).await);
    let mut unit = fixture.unit().await;
    unit.refresh_tokens().set_late_repeats(token.id, 3).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(find(fixture, &token.hash).await, Some(RefreshToken { late_repeats: 3, ..token }));
    assert_eq!(find(fixture, &other.hash).await, Some(other));
}

/// Of ten concurrent units that use one token, one succeeds.
pub async fn one_of_many_uses_a_token(fixture: &Fixture) {
    let (user, family) = user_and_family(fixture).await;
    let token = add(fixture, user, family).await;
    let use_it = || -> BoxFuture<'static, bool> {
        let store = fixture.ports.store.clone();
        Box::pin(async move {
            let mut unit = store.begin().await.unwrap();
            if unit.refresh_tokens().mark_used(token.id, INSTANT, SEALED).await.is_ok() {
                return unit.commit().await.is_ok();
            }
            unit.rollback().await.unwrap();
            false
        })
    };
    let used = fixture.together((0..10).map(|_| use_it()).collect()).await;
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
}

/// Revoking a family revokes all its tokens, used ones too, and no others. The first revocation stays.
pub async fn a_family_is_revoked_at_once(fixture: &Fixture) {
    let (user, family) = user_and_family(fixture).await;
    let used = add(fixture, user, family).await;
    let unused = add(fixture, user, family).await;
    let other = add(fixture, user, RefreshFamilyId::generate(fixture.ids())).await;
    let mut unit = fixture.unit().await;
    unit.refresh_tokens().mark_used(used.id, INSTANT, SEALED).await.unwrap();
    unit.refresh_tokens().revoke_family(user, family, INSTANT).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = fixture.unit().await;
    unit.refresh_tokens().revoke_family(user, family, INSTANT.plus_seconds(60)).await.unwrap();
    unit.commit().await.unwrap();
    let revoked_at = Some(INSTANT);
    let used = RefreshToken { used_at: Some(INSTANT), successor: Some(SEALED), revoked_at, ..used };
    assert_eq!(find(fixture, &used.hash).await, Some(used));
    assert_eq!(find(fixture, &unused.hash).await, Some(RefreshToken { revoked_at, ..unused }));
    assert_eq!(find(fixture, &other.hash).await, Some(other));
}

/// Revoking all tokens of a user revokes all families of the user, and none of others.
pub async fn all_tokens_of_a_user_are_revoked(fixture: &Fixture) {
    let (user, family) = user_and_family(fixture).await;
    let first = add(fixture, user, family).await;
    let second = add(fixture, user, RefreshFamilyId::generate(fixture.ids())).await;
    let ben = fixture.given.user("ben").await.id;
    let bens = add(fixture, ben, RefreshFamilyId::generate(fixture.ids())).await;
    let mut unit = fixture.unit().await;
    unit.refresh_tokens().revoke_all_of(user, FixedClock::START).await.unwrap();
    unit.commit().await.unwrap();
    for token in [first, second] {
        let revoked_at = Some(FixedClock::START);
        assert_eq!(find(fixture, &token.hash).await, Some(RefreshToken { revoked_at, ..token }));
    }
    assert_eq!(find(fixture, &bens.hash).await, Some(bens));
}

/// No two tokens have the same hash.
pub async fn a_hash_names_one_token(fixture: &Fixture) {
    let (user, family) = user_and_family(fixture).await;
    let token = add(fixture, user, family).await;
    let (other, _) = refresh_token(fixture.ids(), user, family, INSTANT);
    let mut unit = fixture.unit().await;
    let outcome = unit.refresh_tokens().add(&RefreshToken { hash: token.hash, ..other }).await;
    assert!(outcome.is_err());
    unit.rollback().await.unwrap();
}
