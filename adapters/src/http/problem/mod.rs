//! RFC 9457 problem documents: the error responses of the API.
//!
//! A [`Problem`] is created where something fails, is passed on as an error, and is rendered once by the middleware
//! `problems`, which knows the request id and logs internal errors.

pub(crate) mod kind;

mod document;
mod framework;
mod refusal;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use boxoffice_domain::shared::{Fault, Faults, StoreError};
use bytes::Bytes;
use poem::error::ResponseError;
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};

pub(crate) use document::{Facts, FaultDocument, ProblemDocument};
pub(crate) use framework::{AddedHeaders, problem_of};
pub(crate) use kind::Kind;
pub(crate) use refusal::{RESPONSE_KEY_SEPARATOR, Refusal, Refused};

/// The media type of problem documents.
pub(crate) const CONTENT_TYPE: &str = "application/problem+json";

/// Seconds after which a client may retry after contention.
const BUSY_RETRY_SECONDS: u64 = 1;
/// Seconds after which a client may retry while the database is unavailable.
const UNAVAILABLE_RETRY_SECONDS: u64 = 5;

/// An error response that is not rendered yet.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: &'static Kind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FaultDocument>,
    facts: Box<Facts>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem of this kind without details.
    pub(crate) fn new(kind: &'static Kind) -> Self {
        let problem =
            Self { kind, detail: None, errors: Vec::new(), facts: Box::default(), headers: Vec::new(), cause: None };
        match kind.status {
            401 => problem.with_challenge(),
            _ => problem,
        }
    }

    /// An internal error. The cause is logged when the response is rendered, and never disclosed.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(kind::INTERNAL_ERROR).with_cause(cause)
    }

    /// A dependency that the request needs is not available at the moment.
    pub(crate) fn unavailable() -> Self {
        Self::new(kind::UNAVAILABLE).retry_after(UNAVAILABLE_RETRY_SECONDS)
    }

    /// A request with invalid values; lists all of them.
    pub(crate) fn invalid(faults: Faults) -> Self {
        let mut problem = Self::new(kind::VALIDATION_FAILED);
        problem.errors = faults.into_vec().into_iter().map(FaultDocument::from).collect();
        problem
    }

    /// Names the fields of the body that caused this problem.
    pub(crate) fn with_fields(mut self, fields: impl IntoIterator<Item = &'static str>) -> Self {
        let fault = |field| FaultDocument::in_body(format!("/{field}"), self.kind.code, self.kind.title);
        self.errors = fields.into_iter().map(fault).collect();
        self
    }

    /// A request with invalid parameters; lists all of them. Validation points into the command, whose fields are the
    /// parameters in operations that list.
    pub(crate) fn invalid_parameters(faults: Faults) -> Self {
        let of_parameter = |fault: Fault| {
            let name = fault.pointer.trim_start_matches('/');
            FaultDocument::of_parameter(name, fault.code, fault.detail)
        };
        Self::of_parameters(kind::VALIDATION_FAILED, faults.into_vec().into_iter().map(of_parameter).collect())
    }

    /// A problem caused by parameters.
    pub(crate) fn of_parameters(kind: &'static Kind, faults: Vec<FaultDocument>) -> Self {
        let details: Vec<&str> = faults.iter().map(|fault| fault.detail.as_str()).collect();
        let detail = details.join(" ");
        Self { errors: faults, ..Self::new(kind) }.with_detail(detail)
    }

    /// A parameter or header of the wrong shape.
    pub(crate) fn malformed_parameter(name: &str, detail: impl Into<String>) -> Self {
        let fault = FaultDocument::of_parameter(name, FaultDocument::MALFORMED, detail);
        Self::of_parameters(kind::MALFORMED_REQUEST, vec![fault])
    }

    /// A request of the wrong shape; `pointer` says where, if known.
    pub(crate) fn malformed(pointer: Option<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        let mut problem = Self::new(kind::MALFORMED_REQUEST);
        if let Some(pointer) = pointer {
            problem.errors.push(FaultDocument::in_body(pointer, FaultDocument::MALFORMED, detail.clone()));
        }
        problem.with_detail(detail)
    }

    /// Sets the detail of this occurrence.
    #[must_use]
    pub(crate) fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets the members that only some kinds have.
    #[must_use]
    pub(crate) fn with_facts(mut self, facts: Facts) -> Self {
        *self.facts = facts;
        self
    }

    /// Adds a header to the response.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets in how many seconds a retry makes sense.
    #[must_use]
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, seconds)
    }

    fn with_cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    fn with_challenge(self) -> Self {
        let challenge = match self.kind.code {
            "invalid_token" | "token_revoked" => {
                HeaderValue::from_static(r#"Bearer realm="boxoffice", error="invalid_token""#)
            }
            _ => HeaderValue::from_static(r#"Bearer realm="boxoffice""#),
        };
        self.with_header(header::WWW_AUTHENTICATE, challenge)
    }

    /// The kind of the problem.
    pub(crate) fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// Whether it contains a fault with this code.
    pub(crate) fn has_fault(&self, code: &str) -> bool {
        self.errors.iter().any(|fault| fault.code == code)
    }

    /// The HTTP status of the response.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Renders the response.
    pub(crate) fn into_answer(self, request_id: Option<&str>) -> Response {
        let (status, headers, document) = self.into_parts(request_id);
        let mut answer = document.into_response();
        answer.set_status(status);
        *answer.headers_mut() = headers;
        answer
    }

    /// Renders the status, the headers and the body of the response.
    pub(crate) fn into_parts(self, request_id: Option<&str>) -> (StatusCode, HeaderMap, Bytes) {
        let status = self.status();
        let document = ProblemDocument {
            r#type: ProblemDocument::type_of(self.kind),
            title: self.kind.title.to_owned(),
            status: self.kind.status,
            detail: self.detail.map(Cow::into_owned),
            code: self.kind.code.to_owned(),
            errors: self.errors,
            request_id: request_id.map(str::to_owned),
            facts: *self.facts,
        };
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 1);
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        (status, headers, document.to_bytes())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.code)
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Some(cause) => Some(cause.as_ref()),
            None => None,
        }
    }
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        Self::status(self)
    }
}

/// Errors of the database are the same problem in every operation.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Contention | StoreError::Busy => Self::new(kind::BUSY).retry_after(BUSY_RETRY_SECONDS),
            error @ StoreError::Unavailable(_) => Self::unavailable().with_cause(error),
            error @ (StoreError::Rejected(_) | StoreError::Inconsistent(_)) => Self::internal(error),
        }
    }
}
