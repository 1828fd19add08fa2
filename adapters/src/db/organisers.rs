//! Organisers and their members.

use async_trait::async_trait;
use boxoffice_domain::concerts::{MemberRole, Organiser, OrganiserQueries, OrganiserRepository};
use boxoffice_domain::shared::{ConcertId, OrganiserId, Role, StoreError, UserId};
use boxoffice_domain::users::UserStatus;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::conn::on_conn;
use super::database::Database;
use super::readable::if_readable;
use super::rows::parse_enum;
use super::schema::{concerts, organiser_members, organisers, users};
use super::types::{Id, Micros};
use super::unit_of_work::SqlUnit;

/// The roles of accounts whose memberships count.
pub(super) const ACTING_ROLES: [&str; 2] = [Role::Manager.as_str(), Role::Admin.as_str()];
/// The status of accounts whose memberships count.
pub(super) const ACTING_STATUS: &str = UserStatus::Active.as_str();

fn role(text: &str) -> Result<MemberRole, StoreError> {
    parse_enum("organiser_members.role", text, MemberRole::parse)
}

#[async_trait]
impl OrganiserRepository for SqlUnit {
    async fn add(&mut self, organiser: &Organiser, owner: UserId) -> Result<(), StoreError> {
        let (id, founded) = (Id::from(organiser.id), Micros::from(organiser.created_at));
        self.run(async |conn| {
            on_conn!(conn, |c| {
                diesel::insert_into(organisers::table)
                    .values((
                        organisers::id.eq(id),
                        organisers::name.eq(&organiser.name),
                        organisers::created_at.eq(founded),
                    ))
                    .execute(c)
                    .await?;
                diesel::insert_into(organiser_members::table)
                    .values((
                        organiser_members::organiser_id.eq(id),
                        organiser_members::user_id.eq(Id::from(owner)),
                        organiser_members::role.eq(MemberRole::Owner.as_str()),
                        organiser_members::created_at.eq(founded),
                    ))
                    .execute(c)
                    .await
            })
        })
        .await?;
        Ok(())
    }

    async fn exists(&mut self, id: OrganiserId) -> Result<bool, StoreError> {
        let id = Id::from(id);
        let found = self.run(async |conn| {
            on_conn!(conn, |c| organisers::table.find(id).select(organisers::id).first::<Id>(c).await.optional())
        });
        Ok(found.await?.is_some())
    }

    async fn of_user(&mut self, user: UserId) -> Result<Vec<(OrganiserId, MemberRole)>, StoreError> {
        let user = Id::from(user);
        let rows = self.run(async |conn| {
            on_conn!(conn, |c| {
                organiser_members::table
                    .inner_join(users::table.on(users::id.eq(organiser_members::user_id)))
                    .filter(users::role.eq_any(ACTING_ROLES).and(users::status.eq(ACTING_STATUS)))
                    .filter(organiser_members::user_id.eq(user))
                    .order((organiser_members::created_at, organiser_members::organiser_id))
                    .select((organiser_members::organiser_id, organiser_members::role))
                    .load::<(Id, String)>(c)
                    .await
            })
        });
        let membership = |(organiser, text): (Id, String)| {
            if_readable("organiser_members", organiser, role(&text)).map(|role| (organiser.into(), role))
        };
        Ok(rows.await?.into_iter().filter_map(membership).collect())
    }
}

#[async_trait]
impl OrganiserQueries for Database {
    async fn role_at(&self, user: UserId, concert: ConcertId) -> Result<Option<MemberRole>, StoreError> {
        let (user, concert) = (Id::from(user), Id::from(concert));
        let found = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| {
                concerts::table
                    .inner_join(
                        organiser_members::table.on(organiser_members::organiser_id
                            .eq(concerts::organiser_id)
                            .and(organiser_members::user_id.eq(user))),
                    )
                    .inner_join(users::table.on(users::id.eq(organiser_members::user_id)))
                    .filter(concerts::id.eq(concert))
                    .filter(users::role.eq_any(ACTING_ROLES).and(users::status.eq(ACTING_STATUS)))
                    .select(organiser_members::role)
                    .first::<String>(c)
                    .await
                    .optional()
            })
        });
        found.await?.as_deref().map(role).transpose()
    }

    async fn role_in(&self, user: UserId, organiser: OrganiserId) -> Result<Option<MemberRole>, StoreError> {
        let (organiser, user) = (Id::from(organiser), Id::from(user));
        let found = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| {
                organiser_members::table
                    .inner_join(users::table.on(users::id.eq(organiser_members::user_id)))
                    .filter(organiser_members::organiser_id.eq(organiser))
                    .filter(organiser_members::user_id.eq(user))
                    .filter(users::role.eq_any(ACTING_ROLES).and(users::status.eq(ACTING_STATUS)))
                    .select(organiser_members::role)
                    .first::<String>(c)
                    .await
                    .optional()
            })
        });
        found.await?.as_deref().map(role).transpose()
    }
}
