//! The verification of access tokens, as HTTP needs it.

use boxoffice_domain::shared::{Role, Timestamp, UserId};

use super::super::problem::{Problem, kind};

/// The content of a verified access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The user it was issued to.
    pub user: UserId,
    /// The user's role at that time.
    pub role: Role,
    /// The version of the user's account at that time.
    pub version: u64,
}

/// Why an access token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// It is not genuine, or has expired.
    Invalid,
    /// The account has changed since the token was issued.
    Revoked,
    /// It cannot be determined at the moment whether the account has changed.
    Unknown,
}

impl From<TokenRefusal> for Problem {
    fn from(refusal: TokenRefusal) -> Self {
        match refusal {
            TokenRefusal::Invalid => Self::new(kind::INVALID_TOKEN),
            TokenRefusal::Revoked => Self::new(kind::TOKEN_REVOKED),
            TokenRefusal::Unknown => Self::unavailable(),
        }
    }
}

/// Verifies access tokens.
pub trait VerifyAccessToken: Send + Sync {
    /// Returns the content of a token that is valid at `now`.
    ///
    /// # Errors
    /// Returns [`TokenRefusal`] when the token is invalid or revoked, or when revocations are unknown.
    fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, TokenRefusal>;

    /// Checks that the account of an earlier verified token has not changed; the token itself may have expired.
    ///
    /// # Errors
    /// Returns [`TokenRefusal`], but never `Invalid`.
    fn check(&self, token: VerifiedToken, now: Timestamp) -> Result<(), TokenRefusal>;
}
