//! Users.

use async_trait::async_trait;
use boxoffice_domain::shared::{Page, PageLimit, Role, StoreError, Timestamp, UserId};
use boxoffice_domain::users::{
    AddUserError, ChangedUser, User, UserFilter, UserPosition, UserProfile, UserQueries, UserRepository, UserStatus,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::conn::{Conn, on_conn};
use super::database::Database;
use super::errors::{Failure, UniqueKey};
use super::instr;
use super::readable::{ReadableList, if_readable};
use super::rows::{UserRow, number};
use super::schema::users;
use super::types::{Id, Micros};
use super::unit_of_work::SqlUnit;

const USERNAME: UniqueKey = UniqueKey { name: "users_username", columns: "users.username" };
const EMAIL: UniqueKey = UniqueKey { name: "users_email", columns: "users.email" };

fn taken(failure: Failure) -> AddUserError {
    if failure.violates(&USERNAME) {
        AddUserError::UsernameTaken
    } else if failure.violates(&EMAIL) {
        AddUserError::EmailTaken
    } else {
        AddUserError::Store(failure.into())
    }
}

#[async_trait]
impl UserRepository for SqlUnit {
    async fn add(&mut self, user: &User) -> Result<(), AddUserError> {
        let row = UserRow::from(user);
        let insert =
            self.run(async |conn| on_conn!(conn, |c| diesel::insert_into(users::table).values(&row).execute(c).await));
        insert.await.map(drop).map_err(taken)
    }

    async fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let id = Id::from(id);
        let row = self.run(async |conn| {
            let user = users::table.find(id);
            match conn {
                Conn::MySql(c) => user.select(UserRow::as_select()).for_update().first(&mut **c).await.optional(),
                // SQLite has only one writer, so the read needs no row lock.
                Conn::Sqlite(c) => user.select(UserRow::as_select()).first(c).await.optional(),
            }
        });
        row.await?.map(User::try_from).transpose()
    }

    async fn save(&mut self, user: &User) -> Result<(), AddUserError> {
        let row = UserRow::from(user);
        let before = row.version_before();
        let update = self.run(async |conn| {
            on_conn!(conn, |c| {
                diesel::update(users::table.find(row.id()).filter(users::version.eq(before))).set(&row).execute(c).await
            })
        });
        match update.await.map_err(taken)? {
            1 => Ok(()),
            _ => Err(StoreError::Contention.into()),
        }
    }

    async fn count_active_admins(&mut self) -> Result<u64, StoreError> {
        let admins = self.run(async |conn| {
            let active_admins = users::table
                .filter(users::role.eq(Role::Admin.as_str()))
                .filter(users::status.eq(UserStatus::Active.as_str()))
                .select(users::id);
            match conn {
                Conn::MySql(c) => active_admins.for_update().load::<Id>(&mut **c).await,
                Conn::Sqlite(c) => active_admins.load::<Id>(c).await,
            }
        });
        Ok(admins.await?.iter().map(|_| 1).sum())
    }
}

#[async_trait]
impl UserQueries for Database {
    async fn get(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let id = Id::from(id);
        let row = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| users::table.find(id).select(UserRow::as_select()).first(c).await.optional())
        });
        row.await?.map(User::try_from).transpose()
    }

    async fn find_by_login(&self, login: &str) -> Result<Option<User>, StoreError> {
        // No username contains `@`, so one of the two unique keys suffices.
        let row = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| {
                let by_login = users::table.select(UserRow::as_select());
                if login.contains('@') {
                    by_login.filter(users::email.eq(login)).first(c).await.optional()
                } else {
                    by_login.filter(users::username.eq(login)).first(c).await.optional()
                }
            })
        });
        let user = row.await?.map(User::try_from).transpose()?;
        // MySQL's comparison ignores trailing spaces.
        Ok(user.filter(|user| [user.username.as_str(), user.email.as_str()].contains(&login)))
    }

    async fn changed_since(
        &self,
        since: Timestamp,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<Vec<ChangedUser>, StoreError> {
        let (since, after) = (Micros::from(since), after.map(Id::from));
        let rows = self.pools.reads.read(async |conn| {
            on_conn!(conn, |c| {
                let mut changed = users::table
                    .filter(users::updated_at.ge(since).and(users::version.gt(1)))
                    .order((users::updated_at, users::id))
                    .limit(limit.into())
                    .select((users::id, users::version, users::updated_at))
                    .into_boxed();
                if let Some(after) = after {
                    changed = changed.filter(users::updated_at.gt(since).or(users::id.gt(after)));
                }
                changed.load::<(Id, i64, Micros)>(c).await
            })
        });
        let changed = |(id, version, at): (Id, i64, Micros)| {
            Ok(ChangedUser { id: id.into(), version: number("users.version", version)?, at: at.into() })
        };
        rows.await?.into_iter().map(changed).collect()
    }

    async fn list(
        &self,
        filter: &UserFilter,
        after: Option<UserPosition>,
        limit: PageLimit,
    ) -> Result<Page<UserProfile, UserPosition>, StoreError> {
        let mut list = ReadableList::page(limit, after);
        while list.is_short() {
            let (after, rows) = (list.after().copied(), list.rows());
            let read = self.pools.read_lagging(async |conn| page_of_users(conn, filter, after, rows).await);
            list.take(read.await?, UserRow::position, |row| if_readable("users", row.id(), row.try_into()));
        }
        Ok(list.into_page())
    }
}

/// At most `rows` users that a filter shows, after a position.
async fn page_of_users(
    conn: &mut Conn,
    filter: &UserFilter,
    after: Option<UserPosition>,
    rows: i64,
) -> QueryResult<Vec<UserRow>> {
    on_conn!(conn, |c| {
        let mut page = users::table
            .select(UserRow::as_select())
            .order((users::created_at.desc(), users::id.desc()))
            .limit(rows)
            .into_boxed();
        if let Some(text) = &filter.search {
            page = page.filter(instr(users::username, text).gt(0).or(instr(users::email, text).gt(0)));
        }
        if let Some(role) = filter.role {
            page = page.filter(users::role.eq(role.as_str()));
        }
        if let Some(status) = filter.status {
            page = page.filter(users::status.eq(status.as_str()));
        }
        if let Some(UserPosition { created_at, id }) = after {
            let (at, id) = (Micros::from(created_at), Id::from(id));
            page = page.filter(users::created_at.le(at)).filter(users::created_at.lt(at).or(users::id.lt(id)));
        }
        page.load(c).await
    })
}
