//! Log-ins.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Environment, require_within};

/// Section `auth`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// What access tokens and page cursors are signed with, the same in every process of an installation. Without one, a
    /// random key is made at each start.
    pub signing_key: Option<SecretString>,
    /// How long an access token is worth something.
    pub access_token_seconds: u32,
    /// How long a log-in lasts without being used.
    pub refresh_token_days: u32,
    /// Production may run without a signing key: one process, and every start signs everybody out.
    pub allow_generated_key: bool,
}

impl AuthSettings {
    /// Shorter keys can be guessed; HS256 wants 256 bits.
    const SIGNING_KEY_BYTES_MIN: usize = 32;

    pub(super) fn validate(&self, environment: Environment, faults: &mut Vec<String>) {
        require_within(30..=86_400, self.access_token_seconds.into(), "auth.access_token_seconds", faults);
        require_within(1..=365, self.refresh_token_days.into(), "auth.refresh_token_days", faults);
        match &self.signing_key {
            Some(key) if key.expose_secret().len() < Self::SIGNING_KEY_BYTES_MIN => {
                faults.push(format!("auth.signing_key: must have at least {} bytes", Self::SIGNING_KEY_BYTES_MIN));
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
