//! Maps the errors of reports to problems.

use boxoffice_domain::reports::ReportError;

use super::super::problem::{Kind, Problem, Refusal, kind};

impl Refusal for ReportError {
    const KINDS: &'static [&'static Kind] = &[kind::FORBIDDEN, kind::VALIDATION_FAILED];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Invalid(faults) => Problem::invalid_parameters(faults),
            Self::Store(error) => error.into(),
        }
    }
}
