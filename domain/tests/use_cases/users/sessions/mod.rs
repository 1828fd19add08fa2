mod life;
mod logging_in;
mod logging_out;
mod refreshing;

use std::sync::Arc;

use boxoffice_domain::shared::{RefreshFamilyId, RefreshTokenId, Timestamp};
use boxoffice_domain::users::{
    AccessToken, MockAccessTokens, MockPasswordHasher, MockUserQueries, RefreshToken, RefreshTokenSecret,
    SecurityError, SessionLifetimes, Sessions, User,
};
use boxoffice_testing::{FixedClock, MockStore, MockUnitOfWork, SequentialIds};

use crate::users::fixtures::NOW;

/// A month unused, a quarter at most.
const LIFETIMES: SessionLifetimes =
    SessionLifetimes { unused_seconds: 30 * 24 * 60 * 60, absolute_seconds: 90 * 24 * 60 * 60 };

fn sessions(
    store: MockStore,
    queries: MockUserQueries,
    hasher: MockPasswordHasher,
    access_tokens: MockAccessTokens,
) -> Sessions {
    Sessions::new(
        Arc::new(store),
        Arc::new(queries),
        Arc::new(hasher),
        Arc::new(access_tokens),
        Arc::new(FixedClock::at(NOW)),
        Arc::new(SequentialIds::new()),
        LIFETIMES,
    )
}

/// Sessions that only refresh and log out.
fn exchanging(store: MockStore) -> Sessions {
    sessions(store, MockUserQueries::new(), MockPasswordHasher::new(), signing())
}

/// Issues a token whose text is name, role and time.
fn signing() -> MockAccessTokens {
    let mut tokens = MockAccessTokens::new();
    tokens.expect_issue().returning(|user, now| {
        let token = format!("{} {} {}", user.username.as_str(), user.role.as_str(), now.micros());
        Ok(AccessToken { token, expires_in_seconds: 600 })
    });
    tokens
}

fn not_signing() -> MockAccessTokens {
    let mut tokens = MockAccessTokens::new();
    tokens.expect_issue().returning(|_, _| Err(SecurityError("no key".to_owned())));
    tokens
}

/// The secret that these tests send.
fn secret() -> RefreshTokenSecret {
    RefreshTokenSecret::parse(&"a7".repeat(32)).unwrap()
}

/// The first secret that [`sessions`] generate.
fn generated_secret() -> RefreshTokenSecret {
    RefreshTokenSecret::generate(&SequentialIds::new())
}

/// The stored token of [`secret`]: an unused token of `user`, issued an hour ago.
fn token_of(user: &User) -> RefreshToken {
    let ids = SequentialIds::new();
    let issued_at: Timestamp = NOW.plus_seconds(-3600);
    RefreshToken {
        id: RefreshTokenId::generate(&ids),
        family: RefreshFamilyId::generate(&ids),
        user: user.id,
        hash: secret().hash(),
        session_started_at: issued_at,
        issued_at,
        expires_at: issued_at.plus_seconds(LIFETIMES.unused_seconds),
        used_at: None,
        successor: None,
        late_repeats: 0,
        revoked_at: None,
    }
}

/// A unit in which each read of [`secret`] returns `token`.
fn expect_token(unit: &mut MockUnitOfWork, token: RefreshToken) {
    unit.refresh_tokens.expect_find().withf(move |hash| *hash == token.hash).returning(move |_| Ok(Some(token)));
}
