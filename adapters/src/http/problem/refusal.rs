//! From a use case's error to a problem, with the problems an operation may answer kept in its type.

use std::marker::PhantomData;

use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

use super::{CONTENT_TYPE, Kind, Problem, ProblemDocument, kind};

/// Between the status and the code in the keys under which [`Refused`] hands its problems to the document.
/// `openapi.rs` joins all problems of one status into one response.
pub(crate) const RESPONSE_KEY_SEPARATOR: char = ' ';

/// A use case's error, as the client sees it.
pub(crate) trait Refusal: Send + Sync + 'static {
    /// Every kind of problem it becomes, except those of [`kind::OF_EVERY_OPERATION`].
    const KINDS: &'static [&'static Kind];

    /// The problem, found in one exhaustive match.
    fn into_problem(self) -> Problem;
}

/// Why an operation was refused: one of the kinds of `R`, or of every operation.
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
