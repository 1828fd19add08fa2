//! Refresh tokens.

use async_trait::async_trait;
use boxoffice_domain::shared::{RefreshFamilyId, RefreshTokenId, StoreError, Timestamp, UserId};
use boxoffice_domain::users::{RefreshToken, RefreshTokenRepository, SealedSecret, TokenHash};

use super::refused;
use super::unit::MemoryUnit;

impl MemoryUnit {
    fn revoke(&mut self, at: Timestamp, concerns: impl Fn(&RefreshToken) -> bool) {
        let tokens = self.state.refresh_tokens.values_mut();
        for token in tokens.filter(|token| token.revoked_at.is_none() && concerns(token)) {
            token.revoked_at = Some(at);
        }
    }
}

#[async_trait]
impl RefreshTokenRepository for MemoryUnit {
    async fn add(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let hash_is_new = self.state.refresh_tokens.values().all(|other| other.hash != token.hash);
        if hash_is_new && self.state.refresh_tokens.insert(token.id, *token) {
            return Ok(());
        }
        Err(refused("a refresh token has this id or hash"))
    }

    async fn find(&mut self, hash: &TokenHash) -> Result<Option<RefreshToken>, StoreError> {
        Ok(self.state.refresh_tokens.values().find(|token| token.hash == *hash).copied())
    }

    async fn mark_used(
        &mut self,
        id: RefreshTokenId,
        at: Timestamp,
        successor: SealedSecret,
    ) -> Result<(), StoreError> {
        match self.state.refresh_tokens.get_mut(&id) {
            Some(token) if token.used_at.is_none() && token.revoked_at.is_none() => {
                token.used_at = Some(at);
                token.successor = Some(successor);
                Ok(())
            }
            _ => Err(self.contention()),
        }
    }

    async fn set_late_repeats(&mut self, id: RefreshTokenId, late_repeats: u32) -> Result<(), StoreError> {
        if let Some(token) = self.state.refresh_tokens.get_mut(&id) {
            token.late_repeats = late_repeats;
        }
        Ok(())
    }

    async fn revoke_family(&mut self, user: UserId, family: RefreshFamilyId, at: Timestamp) -> Result<(), StoreError> {
        self.revoke(at, |token| (token.user, token.family) == (user, family));
        Ok(())
    }

    async fn revoke_all_of(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        self.revoke(at, |token| token.user == user);
        Ok(())
    }
}
