//! Maps a use case's error to a problem, and keeps the possible problems of an operation in its return type.

use std::marker::PhantomData;

use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

use super::{CONTENT_TYPE, Kind, Problem, ProblemDocument, kind};

/// Separates status and code in the keys under which [`Refused`] documents its problems. The module `openapi` merges
/// the problems of one status into one response.
pub(crate) const RESPONSE_KEY_SEPARATOR: char = ' ';

/// A use case's error that clients see as a problem.
pub(crate) trait Refusal: Send + Sync + 'static {
    /// All kinds it maps to, except those of [`kind::OF_EVERY_OPERATION`].
    const KINDS: &'static [&'static Kind];

    /// Maps the error to a problem, in one exhaustive match.
    fn into_problem(self) -> Problem;
}

/// The error of an operation: one of the kinds of `R`, or of every operation.
#[derive(Debug)]
pub(crate) struct Refused<R> {
    problem: Problem,
    refusal: PhantomData<fn() -> R>,
}

impl<R: Refusal> Refused<R> {
    fn new(problem: Problem) -> Self {
        let kind = problem.kind();
        debug_assert!(
            R::KINDS.contains(&kind) || kind::OF_EVERY_OPERATION.contains(&kind),
            "the problem {} is missing in the documentation of its operation",
            kind.code
        );
        Self { problem, refusal: PhantomData }
    }
}

impl<R: Refusal> From<R> for Refused<R> {
    fn from(refusal: R) -> Self {
        Self::new(refusal.into_problem())
    }
}

impl<R: Refusal> From<Problem> for Refused<R> {
    fn from(problem: Problem) -> Self {
        Self::new(problem)
    }
}

impl<R> From<Refused<R>> for poem::Error {
    fn from(refused: Refused<R>) -> Self {
        refused.problem.into()
    }
}

impl<R: Refusal> ApiResponse for Refused<R> {
    fn meta() -> MetaResponses {
        let responses = R::KINDS
            .iter()
            .map(|kind| MetaResponse {
                description: kind.title,
                status: None,
                status_range: Some(format!("{}{RESPONSE_KEY_SEPARATOR}{}", kind.status, kind.code)),
                content: vec![MetaMediaType { content_type: CONTENT_TYPE, schema: ProblemDocument::schema_ref() }],
                headers: Vec::new(),
            })
            .collect();
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        ProblemDocument::register(registry);
    }
}
