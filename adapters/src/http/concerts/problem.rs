//! Maps the errors of concert use cases to problems.

use boxoffice_domain::concerts::{
    BlockSeatsError, ChangeConcertError, ConcertStatusError, CreateConcertError, ListConcertsError, ReadConcertError,
    ReadSeatsError, RemoveConcertError,
};

use super::super::problem::{Facts, Kind, Problem, Refusal, kind};
use crate::live::WatchError;

/// When a client may retry after the limit of subscribers was reached, in seconds; it can read the seats until then.
const RETRY_WATCHING_SECONDS: u64 = 10;

fn outdated(revision: u64) -> Problem {
    Problem::new(kind::OUTDATED).with_detail(format!("The concert is at revision {revision} now."))
}

/// When an organiser with too many new concerts may retry, in seconds: the oldest of them may be a day old by then.
const RETRY_CREATING_SECONDS: u64 = 60 * 60;

impl Refusal for CreateConcertError {
    const KINDS: &'static [&'static Kind] = &[
        kind::FORBIDDEN,
        kind::NOT_FOUND,
        kind::VALIDATION_FAILED,
        kind::IDEMPOTENCY_KEY_REUSED,
        kind::TOO_MANY_CONCERTS,
    ];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::KeyReused => Problem::new(kind::IDEMPOTENCY_KEY_REUSED),
            Self::Gone => Problem::new(kind::NOT_FOUND).with_detail("The concert was created before and is gone."),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::Invalid(faults) => Problem::invalid(faults),
            Self::TooMany => Problem::new(kind::TOO_MANY_CONCERTS).retry_after(RETRY_CREATING_SECONDS),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ChangeConcertError {
    const KINDS: &'static [&'static Kind] =
        &[kind::FORBIDDEN, kind::NOT_CHANGEABLE, kind::OUTDATED, kind::IF_MATCH_REQUIRED, kind::VALIDATION_FAILED];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::Invalid(faults) => Problem::invalid(faults),
            Self::Outdated { revision } => outdated(revision),
            Self::NotChangeable { status, fields } => {
                let detail = format!("The concert is {}.", status.as_str());
                Problem::new(kind::NOT_CHANGEABLE).with_detail(detail).with_fields(fields)
            }
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ConcertStatusError {
    const KINDS: &'static [&'static Kind] = &[kind::FORBIDDEN, kind::WRONG_STATUS, kind::OUTDATED];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::Outdated { revision } => outdated(revision),
            Self::NotPossible(status) => {
                Problem::new(kind::WRONG_STATUS).with_detail(format!("The concert is {}.", status.as_str()))
            }
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for RemoveConcertError {
    const KINDS: &'static [&'static Kind] = &[kind::FORBIDDEN, kind::OUTDATED];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::Outdated { revision } => outdated(revision),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for BlockSeatsError {
    const KINDS: &'static [&'static Kind] =
        &[kind::FORBIDDEN, kind::CONCERT_CANCELLED, kind::SEATS_UNAVAILABLE, kind::OUTDATED, kind::VALIDATION_FAILED];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::Invalid(faults) => Problem::invalid(faults),
            Self::Outdated { version } => {
                Problem::new(kind::OUTDATED).with_detail(format!("The seats are at version {version} now."))
            }
            Self::Cancelled => Problem::new(kind::CONCERT_CANCELLED),
            Self::SeatsUnavailable { seats } => {
                let seats = seats.iter().map(|seat| seat.as_str().to_owned()).collect();
                Problem::new(kind::SEATS_UNAVAILABLE).with_facts(Facts { seats: Some(seats), ..Facts::default() })
            }
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ListConcertsError {
    const KINDS: &'static [&'static Kind] = &[kind::INVALID_CURSOR, kind::LOGIN_REQUIRED, kind::VALIDATION_FAILED];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::Invalid(faults) => Problem::invalid_parameters(faults),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ReadConcertError {
    const KINDS: &'static [&'static Kind] = &[];

    fn into_problem(self) -> Problem {
        match self {
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for WatchError {
    const KINDS: &'static [&'static Kind] = &[];

    fn into_problem(self) -> Problem {
        match self {
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Full => Problem::new(kind::BUSY).retry_after(RETRY_WATCHING_SECONDS),
            Self::Store(error) => error.into(),
            Self::Render(error) => Problem::internal(error),
        }
    }
}

impl Refusal for ReadSeatsError {
    const KINDS: &'static [&'static Kind] = &[kind::VALIDATION_FAILED];

    fn into_problem(self) -> Problem {
        match self {
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Invalid(faults) => Problem::invalid_parameters(faults),
            Self::Store(error) => error.into(),
        }
    }
}
