//! Maps the errors of account use cases to problems.

use boxoffice_domain::users::{ChangeOwnError, ChangeUserError, EraseOwnError, ReadUserError, RegisterError};

use super::super::problem::{Kind, Problem, Refusal, kind};

/// Seconds after which a client may retry when too many passwords wait to be hashed.
const HASHER_RETRY_SECONDS: u64 = 2;

/// Too many passwords wait to be hashed.
pub(crate) fn hasher_busy() -> Problem {
    Problem::new(kind::BUSY).retry_after(HASHER_RETRY_SECONDS)
}

impl Refusal for RegisterError {
    const KINDS: &'static [&'static Kind] =
        &[kind::EMAIL_TAKEN, kind::USERNAME_TAKEN, kind::VALIDATION_FAILED, kind::TOO_MANY_REQUESTS];

    fn into_problem(self) -> Problem {
        match self {
            Self::Invalid(faults) => Problem::invalid(faults),
            Self::EmailTaken => Problem::new(kind::EMAIL_TAKEN),
            Self::UsernameTaken => Problem::new(kind::USERNAME_TAKEN),
            Self::Busy => hasher_busy(),
            Self::Security(error) => Problem::internal(error),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ReadUserError {
    const KINDS: &'static [&'static Kind] = &[kind::FORBIDDEN, kind::NOT_FOUND, kind::INVALID_CURSOR];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ChangeUserError {
    const KINDS: &'static [&'static Kind] =
        &[kind::FORBIDDEN, kind::ACCOUNT_ERASED, kind::LAST_ADMIN, kind::VALIDATION_FAILED];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Invalid(faults) => Problem::invalid(faults),
            Self::Erased => Problem::new(kind::ACCOUNT_ERASED),
            Self::LastAdmin => Problem::new(kind::LAST_ADMIN),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ChangeOwnError {
    const KINDS: &'static [&'static Kind] = &[
        kind::WRONG_PASSWORD,
        kind::EMAIL_TAKEN,
        kind::VALIDATION_FAILED,
        kind::TOO_MANY_REQUESTS,
        kind::TOO_MANY_ATTEMPTS,
    ];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::Invalid(faults) => Problem::invalid(faults),
            Self::WrongPassword => Problem::new(kind::WRONG_PASSWORD),
            Self::EmailTaken => Problem::new(kind::EMAIL_TAKEN),
            Self::Busy => hasher_busy(),
            Self::Security(error) => Problem::internal(error),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for EraseOwnError {
    const KINDS: &'static [&'static Kind] = &[kind::WRONG_PASSWORD, kind::LAST_ADMIN, kind::TOO_MANY_ATTEMPTS];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::WrongPassword => Problem::new(kind::WRONG_PASSWORD),
            Self::LastAdmin => Problem::new(kind::LAST_ADMIN),
            Self::Busy => hasher_busy(),
            Self::Security(error) => Problem::internal(error),
            Self::Store(error) => error.into(),
        }
    }
}
