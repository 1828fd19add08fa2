//! Fixtures that the tests of users share.

use std::sync::Arc;

use boxoffice_domain::shared::{Actor, Role, StoreError, Timestamp, UserId};
use boxoffice_domain::users::{
    Email, HasherError, MockPasswordHasher, MockUserQueries, PasswordHash, PasswordStrength, SecurityError, User,
    UserStatus, Username,
};
use boxoffice_testing::{FixedClock, MockUnitOfWork};

/// The time at which all tests run.
pub(crate) const NOW: Timestamp = FixedClock::START;
/// The password of all users in these tests.
pub(crate) const PASSWORD: &str = "velvet otter harbour 9";

pub(crate) fn user_id(number: u128) -> UserId {
    UserId::from_uuid(uuid::Uuid::from_u128(number))
}

/// An active user who registered a day ago.
pub(crate) fn user(number: u128, role: Role) -> User {
    let registered = NOW.plus_seconds(-24 * 60 * 60);
    User {
        id: user_id(number),
        username: Username::from_stored(format!("user-{number}")),
        email: Email::from_stored(format!("user-{number}@example.com")),
        password_hash: Some(hash_of(PASSWORD)),
        role,
        status: UserStatus::Active,
        version: 1,
        created_at: registered,
        updated_at: registered,
    }
}

pub(crate) fn with_status(user: User, status: UserStatus) -> User {
    User { status, ..user }
}

pub(crate) fn actor(user: &User) -> Actor {
    Actor::User { id: user.id, role: user.role }
}

pub(crate) fn hash_of(password: &str) -> PasswordHash {
    PasswordHash::new(format!("hash of {password}"))
}

/// A hasher that succeeds at once.
pub(crate) fn hasher() -> MockPasswordHasher {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_strength().returning(|_, _| Ok(PasswordStrength::REQUIRED));
    hasher.expect_hash().returning(|password| Ok(hash_of(password.expose())));
    hasher.expect_verify().returning(|password, hash| Ok(hash == Some(hash_of(password.expose()))));
    hasher
}

/// A hasher whose calls all fail.
pub(crate) fn failing_hasher(error: HasherError) -> MockPasswordHasher {
    let mut hasher = MockPasswordHasher::new();
    let (for_strength, for_verify) = (error.clone(), error.clone());
    hasher.expect_strength().returning(move |_, _| Err(for_strength.clone()));
    hasher.expect_hash().returning(move |_| Err(error.clone()));
    hasher.expect_verify().returning(move |_, _| Err(for_verify.clone()));
    hasher
}

pub(crate) fn broken() -> HasherError {
    HasherError::Broken(SecurityError("no memory".to_owned()))
}

/// Queries that expect one read by id and return `user`.
pub(crate) fn queries_with(user: &User) -> MockUserQueries {
    let mut queries = MockUserQueries::new();
    let found = user.clone();
    queries.expect_get().withf(move |id| *id == found.id).times(1).return_once({
        let user = user.clone();
        move |_| Ok(Some(user))
    });
    queries
}

/// A unit whose reads return `user`.
pub(crate) fn expect_read(unit: &mut MockUnitOfWork, user: &User) {
    let (id, user) = (user.id, user.clone());
    unit.users.expect_get().withf(move |asked| *asked == id).returning(move |_| Ok(Some(user.clone())));
}

pub(crate) fn unavailable() -> StoreError {
    StoreError::Unavailable(Arc::from(Box::from("the line is cut")))
}
