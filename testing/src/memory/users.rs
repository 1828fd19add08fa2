//! Users.

use async_trait::async_trait;
use boxoffice_domain::shared::{Page, PageLimit, Role, StoreError, Timestamp, UserId};
use boxoffice_domain::users::{
    AddUserError, ChangedUser, User, UserFilter, UserPosition, UserProfile, UserQueries, UserRepository,
};

use super::state::State;
use super::unit::MemoryUnit;
use super::{InMemoryStore, refused};

fn check_unique(state: &State, user: &User) -> Result<(), AddUserError> {
    let mut others = state.users.values().filter(|other| other.id != user.id);
    let clash = others.find(|other| other.username == user.username || other.email == user.email);
    match clash {
        None => Ok(()),
        Some(other) if other.username == user.username => Err(AddUserError::UsernameTaken),
        Some(_) => Err(AddUserError::EmailTaken),
    }
}

#[async_trait]
impl UserRepository for MemoryUnit {
    async fn add(&mut self, user: &User) -> Result<(), AddUserError> {
        check_unique(&self.state, user)?;
        if !self.state.users.insert(user.id, user.clone()) {
            return Err(AddUserError::Store(refused("a user has this id")));
        }
        Ok(())
    }

    async fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.state.users.get(&id).cloned())
    }

    async fn save(&mut self, user: &User) -> Result<(), AddUserError> {
        check_unique(&self.state, user)?;
        match self.state.users.get_mut(&user.id) {
            Some(stored) if stored.version + 1 == user.version => {
                *stored = User { created_at: stored.created_at, ..user.clone() };
                Ok(())
            }
            _ => Err(AddUserError::Store(self.contention())),
        }
    }

    async fn count_active_admins(&mut self) -> Result<u64, StoreError> {
        let admins = self.state.users.values().filter(|user| user.role == Role::Admin && user.is_active());
        Ok(admins.map(|_| 1).sum())
    }
}

fn shows(filter: &UserFilter, user: &User) -> bool {
    let matches = |text: &String| user.username.as_str().contains(text) || user.email.as_str().contains(text);
    filter.search.as_ref().is_none_or(matches)
        && filter.role.is_none_or(|role| user.role == role)
        && filter.status.is_none_or(|status| user.status == status)
}

#[async_trait]
impl UserQueries for InMemoryStore {
    async fn get(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.snapshot().users.get(&id).cloned())
    }

    async fn find_by_login(&self, login: &str) -> Result<Option<User>, StoreError> {
        let state = self.snapshot();
        let found = state.users.values().find(|user| user.username.as_str() == login || user.email.as_str() == login);
        Ok(found.cloned())
    }

    async fn changed_since(
        &self,
        since: Timestamp,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<Vec<ChangedUser>, StoreError> {
        let state = self.snapshot();
        let mut changed: Vec<ChangedUser> = state
            .users
            .values()
            .filter(|user| user.version > 1 && user.updated_at >= since)
            .filter(|user| user.updated_at > since || after.is_none_or(|after| user.id > after))
            .map(|user| ChangedUser { id: user.id, version: user.version, at: user.updated_at })
            .collect();
        changed.sort_by_key(|user| (user.at, user.id));
        changed.truncate(limit.into());
        Ok(changed)
    }

    async fn list(
        &self,
        filter: &UserFilter,
        after: Option<UserPosition>,
        limit: PageLimit,
    ) -> Result<Page<UserProfile, UserPosition>, StoreError> {
        let state = self.snapshot();
        let mut users: Vec<&User> = state.users.values().filter(|user| shows(filter, user)).collect();
        users.sort_by_key(|user| std::cmp::Reverse((user.created_at, user.id)));
        let follows = |user: &&User| after.is_none_or(|at| (user.created_at, user.id) < (at.created_at, at.id));
        let read = users.into_iter().filter(follows).take(usize::from(limit.items()) + 1).map(User::profile).collect();
        Ok(Page::from_overfull(read, limit, |user| UserPosition { created_at: user.created_at, id: user.id }))
    }
}
