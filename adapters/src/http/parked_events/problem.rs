//! What the use cases of parked events refuse, as problems.

use boxoffice_domain::events::ParkedEventsError;

use super::super::problem::{Kind, Problem, Refusal, kind};

impl Refusal for ParkedEventsError {
    const KINDS: &'static [&'static Kind] = &[kind::FORBIDDEN, kind::NOT_FOUND, kind::EVENT_STILL_FAILS];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::StillFails(error) => Problem::new(kind::EVENT_STILL_FAILS).with_detail(error),
            Self::Unavailable(error) => Problem::unavailable().with_detail(error),
            Self::Store(error) => error.into(),
        }
    }
}
