//! Accounts: registering, reading, changing, erasing.

use std::sync::Arc;

use crate::events::{Aggregate, Event, EventPayload, OutboxEntry, Stream};
use crate::shared::{Actor, Clock, Faults, IdGenerator, Page, PageLimit, Role, StoreError, Timestamp, UserId};
use crate::store::{Store, UnitOfWork, in_unit};

use super::commands::{OwnChange, Registration};
use super::{
    AddUserError, ChangeOwnAccount, ChangeOwnError, ChangeUser, ChangeUserError, Email, EraseOwnError, HasherError,
    Password, PasswordHash, PasswordHasher, ReadUserError, RegisterError, RegisterUser, User, UserFilter, UserPosition,
    UserProfile, UserQueries, UserStatus, Username, search_form,
};

#[cfg(test)]
mod tests;

/// The use cases of accounts. Passwords are hashed and checked before a unit begins: it takes long on purpose, and a
/// unit must not wait for it.
pub struct Accounts {
    store: Arc<dyn Store>,
    queries: Arc<dyn UserQueries>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// A user to be written.
struct Newcomer {
    id: UserId,
    username: Username,
    email: Email,
    hash: PasswordHash,
    role: Role,
}

/// A change of one's own account, its passwords hashed already.
struct HashedChange {
    email: Option<Email>,
    new_hash: Option<PasswordHash>,
    /// The hash that the current password was checked against.
    checked: Option<PasswordHash>,
}

impl Accounts {
    /// The use cases over these ports.
    pub fn new(
        store: Arc<dyn Store>,
        queries: Arc<dyn UserQueries>,
        hasher: Arc<dyn PasswordHasher>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, queries, hasher, clock, ids }
    }

    /// Anybody opens an account of role `user`.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn register(&self, actor: &Actor, command: RegisterUser) -> Result<UserProfile, RegisterError> {
        self.open_account(*actor, command, Role::User).await
    }

    /// The operator, who can reach the machine itself, opens an account of role `admin`.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn create_admin(&self, command: RegisterUser) -> Result<UserProfile, RegisterError> {
        self.open_account(Actor::System, command, Role::Admin).await
    }

    async fn open_account(
        &self,
        actor: Actor,
        command: RegisterUser,
        role: Role,
    ) -> Result<UserProfile, RegisterError> {
        let registration = command.judge()?;
        self.require_strength(&registration.password, registration.hints(), "/password").await??;
        let Registration { username, email, password } = registration;
        let hash = self.hasher.hash(password).await?;
        let newcomer = &Newcomer { id: UserId::generate(self.ids.as_ref()), username, email, hash, role };
        in_unit(self.store.as_ref(), "users.register", |unit, _| Box::pin(self.write_newcomer(unit, actor, newcomer)))
            .await
    }

    async fn write_newcomer(
        &self,
        unit: &mut dyn UnitOfWork,
        actor: Actor,
        newcomer: &Newcomer,
    ) -> Result<UserProfile, RegisterError> {
        let now = self.clock.now();
        let user = User {
            id: newcomer.id,
            username: newcomer.username.clone(),
            email: newcomer.email.clone(),
            password_hash: Some(newcomer.hash.clone()),
            role: newcomer.role,
            status: UserStatus::Active,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        unit.users().add(&user).await?;
        self.tell(unit, actor, now, &user, EventPayload::UserRegistered { role: user.role }).await?;
        Ok(user.profile())
    }

    /// Users read their own account, admins every one. Only admins see that somebody was here who erased theirs.
    ///
    /// # Errors
    /// [`ReadUserError`], never `Forbidden`.
    pub async fn get(&self, actor: &Actor, id: UserId) -> Result<UserProfile, ReadUserError> {
        let reads_all = reads_every_account(actor);
        match actor {
            Actor::Anonymous => return Err(ReadUserError::LoginRequired),
            _ if reads_all || actor.user_id() == Some(id) => {}
            _ => return Err(ReadUserError::NotFound),
        }
        let found = self.queries.get(id).await?;
        let shown = found.filter(|user| reads_all || user.status != UserStatus::Erased);
        shown.map(|user| user.profile()).ok_or(ReadUserError::NotFound)
    }

    /// Admins read all accounts, newest first. The search takes any letter case.
    ///
    /// # Errors
    /// [`ReadUserError`], never `NotFound`.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: UserFilter,
        after: Option<UserPosition>,
        limit: PageLimit,
    ) -> Result<Page<UserProfile, UserPosition>, ReadUserError> {
        match actor {
            Actor::Anonymous => return Err(ReadUserError::LoginRequired),
            _ if reads_every_account(actor) => {}
            _ => return Err(ReadUserError::Forbidden),
        }
        let search = filter.search.map(|text| search_form(&text)).filter(|text| !text.is_empty());
        if search.as_ref().is_some_and(|text| text.chars().count() > Email::MAX_LENGTH) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        Ok(self.queries.list(&UserFilter { search, ..filter }, after, limit).await?)
    }

    /// An admin gives a user another role, or locks them out and lets them in again. Locking out ends their sessions.
    ///
    /// # Errors
    /// [`ChangeUserError`].
    pub async fn change(&self, actor: &Actor, id: UserId, command: ChangeUser) -> Result<UserProfile, ChangeUserError> {
        match actor {
            Actor::Anonymous => return Err(ChangeUserError::LoginRequired),
            Actor::System => {}
            Actor::User { .. } if actor.is_admin() => {}
            Actor::User { .. } => return Err(ChangeUserError::Forbidden),
        }
        command.judge()?;
        let actor = *actor;
        in_unit(self.store.as_ref(), "users.change", |unit, _| Box::pin(self.change_in(unit, actor, id, command))).await
    }

    async fn change_in(
        &self,
        unit: &mut dyn UnitOfWork,
        actor: Actor,
        id: UserId,
        command: ChangeUser,
    ) -> Result<UserProfile, ChangeUserError> {
        let now = self.clock.now();
        let admins = unit.users().count_active_admins().await?;
        self.require_still_admin(unit, actor).await?;
        let before = unit.users().get(id).await?.ok_or(ChangeUserError::NotFound)?;
        if before.status == UserStatus::Erased {
            return Err(ChangeUserError::Erased);
        }
        let mut user = before.clone();
        user.role = command.role.unwrap_or(user.role);
        user.status = command.status.unwrap_or(user.status);
        if user == before {
            return Ok(user.profile());
        }
        if before.is_active_admin() && !user.is_active_admin() && admins <= 1 {
            return Err(ChangeUserError::LastAdmin);
        }
        user.touch(now);
        unit.users().save(&user).await.map_err(AddUserError::into_store_error)?;
        if user.status == UserStatus::Suspended {
            unit.refresh_tokens().revoke_all_of(id, now).await?;
        }
        self.tell(unit, actor, now, &user, changed(&user)).await?;
        Ok(user.profile())
    }

    /// The access token may be older than the decision to take this role away.
    async fn require_still_admin(&self, unit: &mut dyn UnitOfWork, actor: Actor) -> Result<(), ChangeUserError> {
        let Some(id) = actor.user_id() else {
            return Ok(());
        };
        let acting = unit.users().get(id).await?;
        if acting.is_some_and(|user| user.is_active_admin()) { Ok(()) } else { Err(ChangeUserError::Forbidden) }
    }

    /// Users change their own address or password. Another password ends all their sessions.
    ///
    /// # Errors
    /// [`ChangeOwnError`].
    pub async fn change_own(&self, actor: &Actor, command: ChangeOwnAccount) -> Result<UserProfile, ChangeOwnError> {
        let user = self.own_account(actor).await?.ok_or(ChangeOwnError::LoginRequired)?;
        let change = command.judge()?;
        let checked = user.password_hash.clone();
        if !self.is_password(&command.current_password, checked.clone()).await? {
            return Err(ChangeOwnError::WrongPassword);
        }
        let hints = change.hints(&user);
        let OwnChange { email, new_password } = change;
        let new_hash = match new_password {
            Some(password) => {
                self.require_strength(&password, hints, "/new_password").await??;
                Some(self.hasher.hash(password).await?)
            }
            None => None,
        };
        let change = &HashedChange { email, new_hash, checked };
        let (actor, id) = (*actor, user.id);
        in_unit(self.store.as_ref(), "users.change_own", |unit, _| {
            Box::pin(self.change_own_in(unit, actor, id, change))
        })
        .await
    }

    async fn change_own_in(
        &self,
        unit: &mut dyn UnitOfWork,
        actor: Actor,
        id: UserId,
        change: &HashedChange,
    ) -> Result<UserProfile, ChangeOwnError> {
        let now = self.clock.now();
        let found = unit.users().get(id).await?.filter(User::is_active);
        let before = found.ok_or(ChangeOwnError::LoginRequired)?;
        if before.password_hash != change.checked {
            return Err(ChangeOwnError::WrongPassword);
        }
        let mut user = before.clone();
        user.email = change.email.clone().unwrap_or(user.email);
        user.password_hash = change.new_hash.clone().or(user.password_hash);
        if user == before {
            return Ok(user.profile());
        }
        user.touch(now);
        unit.users().save(&user).await?;
        if change.new_hash.is_some() {
            unit.refresh_tokens().revoke_all_of(id, now).await?;
        }
        self.tell(unit, actor, now, &user, changed(&user)).await?;
        Ok(user.profile())
    }

    /// Users erase their own account: name, address and password are forgotten, all sessions end; bookings stay for
    /// the books.
    ///
    /// # Errors
    /// [`EraseOwnError`].
    pub async fn erase_own(&self, actor: &Actor, password: &str) -> Result<(), EraseOwnError> {
        let user = self.own_account(actor).await?.ok_or(EraseOwnError::LoginRequired)?;
        let checked = &user.password_hash;
        if !self.is_password(password, checked.clone()).await? {
            return Err(EraseOwnError::WrongPassword);
        }
        let (actor, id) = (*actor, user.id);
        in_unit(self.store.as_ref(), "users.erase_own", |unit, _| Box::pin(self.erase_own_in(unit, actor, id, checked)))
            .await
    }

    async fn erase_own_in(
        &self,
        unit: &mut dyn UnitOfWork,
        actor: Actor,
        id: UserId,
        checked: &Option<PasswordHash>,
    ) -> Result<(), EraseOwnError> {
        let now = self.clock.now();
        let admins = unit.users().count_active_admins().await?;
        let found = unit.users().get(id).await?.filter(User::is_active);
        let mut user = found.ok_or(EraseOwnError::LoginRequired)?;
        if user.password_hash != *checked {
            return Err(EraseOwnError::WrongPassword);
        }
        if user.is_active_admin() && admins <= 1 {
            return Err(EraseOwnError::LastAdmin);
        }
        user.erase();
        user.touch(now);
        unit.users().save(&user).await.map_err(AddUserError::into_store_error)?;
        unit.refresh_tokens().revoke_all_of(id, now).await?;
        self.tell(unit, actor, now, &user, EventPayload::UserErased).await?;
        Ok(())
    }

    /// The account of whoever acts, while it can be used.
    async fn own_account(&self, actor: &Actor) -> Result<Option<User>, StoreError> {
        match actor.user_id() {
            Some(id) => Ok(self.queries.get(id).await?.filter(User::is_active)),
            None => Ok(None),
        }
    }

    async fn is_password(&self, typed: &str, hash: Option<PasswordHash>) -> Result<bool, HasherError> {
        match Password::offered(typed) {
            Some(password) => self.hasher.verify(password, hash).await,
            None => Ok(false),
        }
    }

    /// Whether nobody guesses a new password soon, also if they know the `hints`.
    async fn require_strength(
        &self,
        password: &Password,
        hints: Vec<String>,
        pointer: &str,
    ) -> Result<Result<(), Faults>, HasherError> {
        Ok(self.hasher.strength(password.clone(), hints).await?.require(pointer))
    }

    async fn tell(
        &self,
        unit: &mut dyn UnitOfWork,
        actor: Actor,
        now: Timestamp,
        user: &User,
        payload: EventPayload,
    ) -> Result<(), StoreError> {
        let event = Event::new(self.ids.as_ref(), now, actor, Aggregate::User(user.id), user.version, payload);
        unit.outbox().append(OutboxEntry::of(Stream::User(user.id), user.version, event)).await
    }
}

const fn changed(user: &User) -> EventPayload {
    EventPayload::UserChanged { role: user.role, status: user.status }
}

fn reads_every_account(actor: &Actor) -> bool {
    *actor == Actor::System || actor.is_admin()
}
