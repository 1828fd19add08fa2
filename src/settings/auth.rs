//! Sessions and passwords.

use std::collections::HashSet;

use boxoffice_adapters::security::{Argon2Cost, JwtTokens};
use boxoffice_domain::users::SessionLifetimes;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Environment, require_within};

/// Section `auth`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// The key that signs access tokens and page cursors. It must be the same in every process of an installation.
    /// Without it, each start creates a random key.
    pub signing_key: Option<SecretString>,
    /// The lifetime of an access token.
    pub access_token_seconds: u32,
    /// How long a session lasts without use.
    pub refresh_token_days: u32,
    /// The maximum length of a session.
    pub session_days: u32,
    /// The memory that hashing a password takes.
    pub password_memory_kib: u32,
    /// The number of passes over that memory.
    pub password_passes: u32,
    /// Lets production run without a signing key. Only for a single process; every start ends all sessions.
    pub allow_generated_key: bool,
}

impl AuthSettings {
    const DAY_SECONDS: i64 = 24 * 60 * 60;
    /// The longest lifetime of an access token in production: a leaked token is valid for this long.
    const PRODUCTION_ACCESS_TOKEN_SECONDS_MAX: u64 = 60 * 60;
    /// The minimum number of different bytes in a signing key. 32 random hexadecimal digits have 9 or fewer once in
    /// 10,000 times.
    const DIFFERENT_BYTES_MIN: usize = 9;

    /// The lifetimes of a session.
    pub fn session_lifetimes(&self) -> SessionLifetimes {
        SessionLifetimes {
            unused_seconds: i64::from(self.refresh_token_days) * Self::DAY_SECONDS,
            absolute_seconds: i64::from(self.session_days) * Self::DAY_SECONDS,
        }
    }

    /// The cost of hashing a password.
    pub const fn password_cost(&self) -> Argon2Cost {
        Argon2Cost { memory_kib: self.password_memory_kib, passes: self.password_passes, lanes: 1 }
    }

    pub(super) fn validate(&self, environment: Environment, faults: &mut Vec<String>) {
        let longest = if environment.is_production() {
            Self::PRODUCTION_ACCESS_TOKEN_SECONDS_MAX
        } else {
            JwtTokens::LIFETIME_SECONDS_MAX.unsigned_abs()
        };
        require_within(30..=longest, self.access_token_seconds.into(), "auth.access_token_seconds", faults);
        require_within(1..=3_650, self.session_days.into(), "auth.session_days", faults);
        require_within(1..=365, self.refresh_token_days.into(), "auth.refresh_token_days", faults);
        let least = if environment == Environment::Test { Argon2Cost::LEAST } else { Argon2Cost::RECOMMENDED };
        let memory = u64::from(least.memory_kib)..=1_048_576;
        require_within(memory, self.password_memory_kib.into(), "auth.password_memory_kib", faults);
        require_within(least.passes.into()..=100, self.password_passes.into(), "auth.password_passes", faults);
        match &self.signing_key {
            Some(key) if key.expose_secret().len() < JwtTokens::SECRET_BYTES_MIN => {
                faults.push(format!("auth.signing_key: must have at least {} bytes", JwtTokens::SECRET_BYTES_MIN));
            }
            Some(key) if environment.is_production() && is_guessable(key.expose_secret().as_bytes()) => {
                faults.push(
                    "auth.signing_key: must be random in production, not a few bytes again and again; `openssl rand \
                     -hex 32` makes one"
                        .to_owned(),
                );
            }
            None if environment.is_production() && !self.allow_generated_key => {
                faults.push(
                    "auth.signing_key: production needs one (BOXOFFICE__AUTH__SIGNING_KEY or …_FILE) unless \
                     auth.allow_generated_key is true"
                        .to_owned(),
                );
            }
            Some(_) | None => {}
        }
    }
}

/// Whether a key consists of few different bytes, of one repeated piece, or of consecutive characters such as
/// `abcdefgh…`.
fn is_guessable(key: &[u8]) -> bool {
    let different: HashSet<u8> = key.iter().copied().collect();
    let repeats =
        (1..=key.len() / 2).any(|period| key.iter().zip(key.iter().skip(period)).all(|(one, other)| one == other));
    let is_row =
        key.windows(2).filter(|pair| matches!(pair, [one, other] if one.abs_diff(*other) <= 1)).count() * 2 > key.len();
    different.len() < AuthSettings::DIFFERENT_BYTES_MIN || repeats || is_row
}
