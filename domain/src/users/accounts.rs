//! The use cases of accounts: registering, reading, changing and erasing them.

use std::sync::Arc;

use crate::outbox::{Aggregate, Event, OutboxEntry, Stream};
use crate::shared::{Actor, Clock, Faults, IdGenerator, Page, PageLimit, Role, StoreError, Timestamp, UserId};
use crate::store::{Store, in_unit};
use crate::users::UserEvent;

use super::commands::{OwnChange, Registration};
use super::{
    AddUserError, ChangeOwnAccount, ChangeOwnError, ChangeUser, ChangeUserError, Email, EraseOwnError, HasherError,
    Password, PasswordHash, PasswordHasher, ReadUserError, RegisterError, RegisterUser, User, UserFilter, UserPosition,
    UserProfile, UserQueries, UserStatus, UserUnit, Username, search_form,
};

/// The use cases of accounts. Passwords are hashed and checked before a unit begins, because that is slow by design and
/// must not keep a unit open.
pub struct Accounts {
    store: Arc<dyn Store<dyn UserUnit>>,
    queries: Arc<dyn UserQueries>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The checked data of a user to write.
struct NewUser {
    id: UserId,
    username: Username,
    email: Email,
    hash: PasswordHash,
    role: Role,
}

/// A change of the user's own account, after its passwords are checked and hashed.
struct HashedChange {
    email: Option<Email>,
    new_hash: Option<PasswordHash>,
    /// The hash that the current password was checked against.
    checked: Option<PasswordHash>,
}

impl Accounts {
    /// Creates the service over these ports.
    pub fn new(
        store: Arc<dyn Store<dyn UserUnit>>,
        queries: Arc<dyn UserQueries>,
        hasher: Arc<dyn PasswordHasher>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, queries, hasher, clock, ids }
    }

    /// Registers an account with the role `user`. Any actor may do so.
    ///
    /// # Errors
    /// [`RegisterError`]; each variant is one reason.
    pub async fn register(&self, actor: &Actor, command: RegisterUser) -> Result<UserProfile, RegisterError> {
        self.open_account(*actor, command, Role::User).await
    }

    /// Registers an account with the role `admin`, for an operator with access to the machine.
    ///
    /// # Errors
    /// [`RegisterError`]; each variant is one reason.
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
        let new_user = &NewUser { id: UserId::generate(self.ids.as_ref()), username, email, hash, role };
        in_unit(self.store.as_ref(), "users.register", |unit, _| Box::pin(self.write_new_user(unit, actor, new_user)))
            .await
    }

    async fn write_new_user(
        &self,
        unit: &mut dyn UserUnit,
        actor: Actor,
        new_user: &NewUser,
    ) -> Result<UserProfile, RegisterError> {
        let now = self.clock.now();
        let user = User {
            id: new_user.id,
            username: new_user.username.clone(),
            email: new_user.email.clone(),
            password_hash: Some(new_user.hash.clone()),
            role: new_user.role,
            status: UserStatus::Active,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        unit.users().add(&user).await?;
        self.record_event(unit, actor, now, &user, UserEvent::Registered { role: user.role }).await?;
        Ok(user.profile())
    }

    /// One account. Users read their own account, admins read all. Only admins see erased accounts.
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

    /// A page of all accounts, newest first, for admins. The search ignores letter case.
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

    /// Changes the role of a user, or suspends or reactivates the account, for admins. Suspending ends the user's
    /// sessions.
    ///
    /// # Errors
    /// [`ChangeUserError`]; each variant is one reason.
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
        unit: &mut dyn UserUnit,
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
        self.record_event(unit, actor, now, &user, changed(&user)).await?;
        Ok(user.profile())
    }

    /// Checks the actor's current role, because the access token can be older than a change of the role.
    async fn require_still_admin(&self, unit: &mut dyn UserUnit, actor: Actor) -> Result<(), ChangeUserError> {
        let Some(id) = actor.user_id() else {
            return Ok(());
        };
        let acting = unit.users().get(id).await?;
        if acting.is_some_and(|user| user.is_active_admin()) { Ok(()) } else { Err(ChangeUserError::Forbidden) }
    }

    /// Changes the address or password of the actor's own account. A new password ends all of its sessions.
    ///
    /// # Errors
    /// [`ChangeOwnError`]; each variant is one reason.
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
        unit: &mut dyn UserUnit,
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
        self.record_event(unit, actor, now, &user, changed(&user)).await?;
        Ok(user.profile())
    }

    /// Erases the actor's own account: removes name, address and password, and ends all sessions. Bookings stay for the
    /// records.
    ///
    /// # Errors
    /// [`EraseOwnError`]; each variant is one reason.
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
        unit: &mut dyn UserUnit,
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
        self.record_event(unit, actor, now, &user, UserEvent::Erased).await?;
        Ok(())
    }

    /// The actor's own account, if it is active.
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

    /// Checks that a new password is hard to guess, even for an attacker who knows the `hints`.
    async fn require_strength(
        &self,
        password: &Password,
        hints: Vec<String>,
        pointer: &str,
    ) -> Result<Result<(), Faults>, HasherError> {
        Ok(self.hasher.strength(password.clone(), hints).await?.require(pointer))
    }

    async fn record_event(
        &self,
        unit: &mut dyn UserUnit,
        actor: Actor,
        now: Timestamp,
        user: &User,
        event: UserEvent,
    ) -> Result<(), StoreError> {
        let event = Event::new(self.ids.as_ref(), now, actor, Aggregate::User(user.id), user.version, event);
        unit.user_outbox().append(OutboxEntry::of(Stream::User(user.id), user.version, event)).await
    }
}

const fn changed(user: &User) -> UserEvent {
    UserEvent::Changed { role: user.role, status: user.status }
}

fn reads_every_account(actor: &Actor) -> bool {
    *actor == Actor::System || actor.is_admin()
}
