//! Maps the errors of session use cases to problems.

use boxoffice_domain::shared::StoreError;
use boxoffice_domain::users::{LogInError, RefreshError};

use super::super::problem::{Kind, Problem, Refusal, kind};
use super::super::users::hasher_busy;

impl Refusal for LogInError {
    const KINDS: &'static [&'static Kind] =
        &[kind::WRONG_CREDENTIALS, kind::ACCOUNT_SUSPENDED, kind::TOO_MANY_ATTEMPTS];

    fn into_problem(self) -> Problem {
        match self {
            Self::WrongCredentials => Problem::new(kind::WRONG_CREDENTIALS),
            Self::Suspended => Problem::new(kind::ACCOUNT_SUSPENDED),
            Self::Busy => hasher_busy(),
            Self::Security(error) => Problem::internal(error),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for RefreshError {
    const KINDS: &'static [&'static Kind] = &[kind::INVALID_REFRESH_TOKEN, kind::CROSS_SITE_REQUEST];

    fn into_problem(self) -> Problem {
        match self {
            Self::Unknown => Problem::new(kind::INVALID_REFRESH_TOKEN),
            Self::Security(error) => Problem::internal(error),
            Self::Store(error) => error.into(),
        }
    }
}

/// Why a log-out failed.
pub(crate) enum LogOutError {
    /// The body does not contain a refresh token.
    NoToken,
    /// The database failed.
    Store(StoreError),
}

impl Refusal for LogOutError {
    const KINDS: &'static [&'static Kind] = &[kind::INVALID_REFRESH_TOKEN, kind::CROSS_SITE_REQUEST];

    fn into_problem(self) -> Problem {
        match self {
            Self::NoToken => Problem::new(kind::INVALID_REFRESH_TOKEN),
            Self::Store(error) => error.into(),
        }
    }
}
