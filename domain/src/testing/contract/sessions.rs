//! Refresh tokens: used once, revoked together.

use crate::shared::{RefreshFamilyId, StoreError, UserId};
use crate::testing::{FixedClock, refresh_token};
use crate::users::{RefreshToken, SealedSecret, TokenHash};

use super::{BoxFuture, Ground, INSTANT};

const SEALED: SealedSecret = SealedSecret::from_bytes([0xA7; 32]);

async fn add(ground: &Ground, user: UserId, family: RefreshFamilyId) -> RefreshToken {
    let (token, _) = refresh_token(ground.ids(), user, family, INSTANT);
    let mut unit = ground.unit().await;
    unit.refresh_tokens().add(&token).await.unwrap();
    unit.commit().await.unwrap();
    token
}

async fn find(ground: &Ground, hash: &TokenHash) -> Option<RefreshToken> {
    let mut unit = ground.unit().await;
    let found = unit.refresh_tokens().find(hash).await.unwrap();
    unit.rollback().await.unwrap();
    found
}

async fn user_and_family(ground: &Ground) -> (UserId, RefreshFamilyId) {
    (ground.given.user("ana").await.id, RefreshFamilyId::generate(ground.ids()))
}

/// A token comes back as written; an unknown hash finds nothing.
pub async fn a_token_is_found_by_its_hash(ground: &Ground) {
    let (user, family) = user_and_family(ground).await;
    let token = add(ground, user, family).await;
    add(ground, user, family).await;
    assert_eq!(find(ground, &token.hash).await, Some(token));
    assert_eq!(find(ground, &TokenHash::from_bytes([7; 32])).await, None);
}

/// The second use meets contention, and so does the use of a revoked token.
pub async fn a_token_is_used_once(ground: &Ground) {
    let (user, family) = user_and_family(ground).await;
    let token = add(ground, user, family).await;
    let mut unit = ground.unit().await;
    unit.refresh_tokens().mark_used(token.id, INSTANT, SEALED).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(
        find(ground, &token.hash).await,
        Some(RefreshToken { used_at: Some(INSTANT), successor: Some(SEALED), ..token })
    );

    let revoked = add(ground, user, RefreshFamilyId::generate(ground.ids())).await;
    let mut unit = ground.unit().await;
    unit.refresh_tokens().revoke_family(revoked.family, INSTANT).await.unwrap();
    unit.commit().await.unwrap();
    for id in [token.id, revoked.id] {
        let mut unit = ground.unit().await;
        let outcome = unit.refresh_tokens().mark_used(id, INSTANT, SEALED).await;
        assert!(matches!(outcome, Err(StoreError::Contention)));
        unit.rollback().await.unwrap();
    }
}

/// The number of late repeats is stored with a token.
pub async fn late_repeats_are_counted(ground: &Ground) {
    let (user, family) = user_and_family(ground).await;
    let (token, other) = (add(ground, user, family).await, add(ground, user, family).await);
    let mut unit = ground.unit().await;
    unit.refresh_tokens().set_late_repeats(token.id, 3).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(find(ground, &token.hash).await, Some(RefreshToken { late_repeats: 3, ..token }));
    assert_eq!(find(ground, &other.hash).await, Some(other));
}

/// Of ten concurrent units that use one token, one succeeds.
pub async fn one_of_many_uses_a_token(ground: &Ground) {
    let (user, family) = user_and_family(ground).await;
    let token = add(ground, user, family).await;
    let use_it = || -> BoxFuture<'static, bool> {
        let store = ground.ports.store.clone();
        Box::pin(async move {
            let mut unit = store.begin().await.unwrap();
            if unit.refresh_tokens().mark_used(token.id, INSTANT, SEALED).await.is_ok() {
                return unit.commit().await.is_ok();
            }
            unit.rollback().await.unwrap();
            false
        })
    };
    let used = ground.together((0..10).map(|_| use_it()).collect()).await;
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
}

/// Revoking a family revokes all its tokens, used ones too, and no others. The first revocation stays.
pub async fn a_family_is_revoked_at_once(ground: &Ground) {
    let (user, family) = user_and_family(ground).await;
    let used = add(ground, user, family).await;
    let unused = add(ground, user, family).await;
    let other = add(ground, user, RefreshFamilyId::generate(ground.ids())).await;
    let mut unit = ground.unit().await;
    unit.refresh_tokens().mark_used(used.id, INSTANT, SEALED).await.unwrap();
    unit.refresh_tokens().revoke_family(family, INSTANT).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = ground.unit().await;
    unit.refresh_tokens().revoke_family(family, INSTANT.plus_seconds(60)).await.unwrap();
    unit.commit().await.unwrap();
    let revoked_at = Some(INSTANT);
    let used = RefreshToken { used_at: Some(INSTANT), successor: Some(SEALED), revoked_at, ..used };
    assert_eq!(find(ground, &used.hash).await, Some(used));
    assert_eq!(find(ground, &unused.hash).await, Some(RefreshToken { revoked_at, ..unused }));
    assert_eq!(find(ground, &other.hash).await, Some(other));
}

/// Revoking all tokens of a user revokes all families of the user, and none of others.
pub async fn all_tokens_of_a_user_are_revoked(ground: &Ground) {
    let (user, family) = user_and_family(ground).await;
    let first = add(ground, user, family).await;
    let second = add(ground, user, RefreshFamilyId::generate(ground.ids())).await;
    let ben = ground.given.user("ben").await.id;
    let bens = add(ground, ben, RefreshFamilyId::generate(ground.ids())).await;
    let mut unit = ground.unit().await;
    unit.refresh_tokens().revoke_all_of(user, FixedClock::START).await.unwrap();
    unit.commit().await.unwrap();
    for token in [first, second] {
        let revoked_at = Some(FixedClock::START);
        assert_eq!(find(ground, &token.hash).await, Some(RefreshToken { revoked_at, ..token }));
    }
    assert_eq!(find(ground, &bens.hash).await, Some(bens));
}

/// No two tokens have the same hash.
pub async fn a_hash_names_one_token(ground: &Ground) {
    let (user, family) = user_and_family(ground).await;
    let token = add(ground, user, family).await;
    let (other, _) = refresh_token(ground.ids(), user, family, INSTANT);
    let mut unit = ground.unit().await;
    let outcome = unit.refresh_tokens().add(&RefreshToken { hash: token.hash, ..other }).await;
    assert!(outcome.is_err());
    unit.rollback().await.unwrap();
}
