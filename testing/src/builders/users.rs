//! Builds users and refresh tokens.

use boxoffice_domain::shared::{IdGenerator, RefreshFamilyId, RefreshTokenId, Role, Timestamp, UserId};
use boxoffice_domain::users::{Email, PasswordHash, RefreshToken, RefreshTokenSecret, User, UserStatus, Username};

use crate::clock::FixedClock;

/// Builds an active user who registered at [`FixedClock::START`].
#[derive(Debug, Clone)]
pub struct UserBuilder(User);

impl UserBuilder {
    /// A user with this name and an address at `example.com`.
    pub fn new(ids: &dyn IdGenerator, name: &str) -> Self {
        Self(User {
            id: UserId::generate(ids),
            username: Username::parse(name, "/username").unwrap(),
            email: Email::parse(&format!("{name}@example.com"), "/email").unwrap(),
            password_hash: Some(PasswordHash::new(format!("hash of {name}'s password"))),
            role: Role::User,
            status: UserStatus::Active,
            version: 1,
            created_at: FixedClock::START,
            updated_at: FixedClock::START,
        })
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn email(mut self, address: &str) -> Self {
        self.0.email = Email::parse(address, "/email").unwrap();
        self
    }

    /// Sets the role.
    #[must_use]
    pub const fn role(mut self, role: Role) -> Self {
        self.0.role = role;
        self
    }

    /// Sets the status.
    #[must_use]
    pub const fn status(mut self, status: UserStatus) -> Self {
        self.0.status = status;
        self
    }

    /// Sets or removes the password hash.
    #[must_use]
    pub fn password_hash(mut self, hash: Option<PasswordHash>) -> Self {
        self.0.password_hash = hash;
        self
    }

    /// Sets when the user registered.
    #[must_use]
    pub const fn created_at(mut self, at: Timestamp) -> Self {
        self.0.created_at = at;
        self.0.updated_at = at;
        self
    }

    /// Returns the user.
    pub fn build(self) -> User {
        self.0
    }
}

/// An unused refresh token of a user that expires 30 days after `now`, with its secret.
pub fn refresh_token(
    ids: &dyn IdGenerator,
    user: UserId,
    family: RefreshFamilyId,
    now: Timestamp,
) -> (RefreshToken, RefreshTokenSecret) {
    let secret = RefreshTokenSecret::generate(ids);
    let token = RefreshToken {
        id: RefreshTokenId::generate(ids),
        family,
        user,
        hash: secret.hash(),
        session_started_at: now,
        issued_at: now,
        expires_at: now.plus_seconds(30 * 24 * 60 * 60),
        used_at: None,
        successor: None,
        late_repeats: 0,
        revoked_at: None,
    };
    (token, secret)
}
