//! Refresh tokens.

use async_trait::async_trait;
use boxoffice_domain::shared::{RefreshFamilyId, RefreshTokenId, StoreError, Timestamp, UserId};
use boxoffice_domain::users::{RefreshToken, RefreshTokenRepository, SealedSecret, TokenHash};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::conn::on_conn;
use super::rows::RefreshTokenRow;
use super::schema::refresh_tokens;
use super::types::{Bytes, Id, Micros};
use super::unit_of_work::SqlUnit;

#[async_trait]
impl RefreshTokenRepository for SqlUnit {
    async fn add(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let row = RefreshTokenRow::from(token);
        self.run(async |conn| {
            on_conn!(conn, |c| diesel::insert_into(refresh_tokens::table).values(&row).execute(c).await)
        })
        .await?;
        Ok(())
    }

    async fn find(&mut self, hash: &TokenHash) -> Result<Option<RefreshToken>, StoreError> {
        let hash = Bytes(*hash.bytes());
        let row = self.run(async |conn| {
            on_conn!(conn, |c| {
                refresh_tokens::table
                    .filter(refresh_tokens::token_hash.eq(hash))
                    .select(RefreshTokenRow::as_select())
                    .first(c)
                    .await
                    .optional()
            })
        });
        row.await?.map(TryInto::try_into).transpose()
    }

    async fn mark_used(
        &mut self,
        id: RefreshTokenId,
        at: Timestamp,
        successor: SealedSecret,
    ) -> Result<(), StoreError> {
        let (id, at, successor) = (Id::from(id), Micros::from(at), Bytes(*successor.bytes()));
        self.run_exactly(1, async |conn| {
            on_conn!(conn, |c| {
                let unused = refresh_tokens::table
                    .find(id)
                    .filter(refresh_tokens::used_at.is_null())
                    .filter(refresh_tokens::revoked_at.is_null());
                let used = (refresh_tokens::used_at.eq(Some(at)), refresh_tokens::sealed_successor.eq(Some(successor)));
                diesel::update(unused).set(used).execute(c).await
            })
        })
        .await
    }

    async fn set_late_repeats(&mut self, id: RefreshTokenId, late_repeats: u32) -> Result<(), StoreError> {
        let id = Id::from(id);
        self.run(async |conn| {
            on_conn!(conn, |c| {
                diesel::update(refresh_tokens::table.find(id))
                    .set(refresh_tokens::late_repeats.eq(i64::from(late_repeats)))
                    .execute(c)
                    .await
            })
        })
        .await?;
        Ok(())
    }

    async fn revoke_family(&mut self, user: UserId, family: RefreshFamilyId, at: Timestamp) -> Result<(), StoreError> {
        let (user, family, at) = (Id::from(user), Id::from(family), Micros::from(at));
        self.run(async |conn| {
            on_conn!(conn, |c| {
                let valid = refresh_tokens::table
                    .filter(refresh_tokens::user_id.eq(user))
                    .filter(refresh_tokens::family_id.eq(family))
                    .filter(refresh_tokens::revoked_at.is_null());
                diesel::update(valid).set(refresh_tokens::revoked_at.eq(Some(at))).execute(c).await
            })
        })
        .await?;
        Ok(())
    }

    async fn revoke_all_of(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        let (user, at) = (Id::from(user), Micros::from(at));
        self.run(async |conn| {
            on_conn!(conn, |c| {
                let valid = refresh_tokens::table
                    .filter(refresh_tokens::user_id.eq(user))
                    .filter(refresh_tokens::revoked_at.is_null());
                diesel::update(valid).set(refresh_tokens::revoked_at.eq(Some(at))).execute(c).await
            })
        })
        .await?;
        Ok(())
    }
}
