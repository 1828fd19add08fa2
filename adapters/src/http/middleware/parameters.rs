//! Unknown and repeated parameters are refused and not ignored: a mistyped filter must not return everything. The
//! problem names the parameter and what it must be.

use std::collections::HashSet;
use std::sync::Arc;

use boxoffice_domain::shared::Faults;
use percent_encoding::percent_decode_str;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::OperationId;
use poem_openapi::error::{ParseParamError, ParsePathError};

use super::super::openapi::{Addresses, Operation};
use super::super::problem::{FaultDocument, Problem, kind};

/// Checks the parameters of operations.
pub(crate) struct Parameters {
    /// The operations and their parameters.
    pub(crate) addresses: Arc<Addresses>,
}

impl<E: Endpoint> Middleware<E> for Parameters {
    type Output = ParametersEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ParametersEndpoint { inner, addresses: Arc::clone(&self.addresses) }
    }
}

pub(crate) struct ParametersEndpoint<E> {
    inner: E,
    addresses: Arc<Addresses>,
}

impl<E: Endpoint> Endpoint for ParametersEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let address = self.addresses.find(request.original_uri().path());
        let Some(operation) = address.and_then(|address| address.operation(request.method())) else {
            return Ok(self.inner.call(request).await?.into_response());
        };
        if let Some(query) = request.uri().query() {
            check_query(operation, query, &request).map_err(|problem| error_of(problem, operation))?;
        }
        match self.inner.call(request).await {
            Ok(answer) => Ok(answer.into_response()),
            Err(error) => Err(match refused_parameter(operation, &error) {
                Some(problem) => error_of(problem, operation),
                None => error,
            }),
        }
    }
}

/// Attaches the operation to a problem, for the log and the metrics.
fn error_of(problem: Problem, operation: &Operation) -> poem::Error {
    let mut error = poem::Error::from(problem);
    error.set_data(OperationId(operation.id));
    error
}

fn check_query(operation: &Operation, query: &str, request: &Request) -> Result<(), Problem> {
    // Bytes that are not UTF-8 would be decoded as replacement characters, for which a search matches everything.
    if percent_decode_str(query).decode_utf8().is_err() {
        return Err(Problem::malformed(None, "The query of the address is not UTF-8."));
    }
    let given: Vec<(String, String)> =
        request.params().map_err(|_| Problem::malformed(None, "The query of the address cannot be read."))?;
    let (mut faults, mut seen) = (Vec::new(), HashSet::new());
    for (name, _) in &given {
        let is_new = seen.insert(name.as_str());
        if operation.in_query().all(|known| known.name != *name) {
            faults.push(FaultDocument::of_parameter(name, FaultDocument::UNKNOWN_PARAMETER, known_instead(operation)));
        } else if !is_new {
            let detail = format!("The parameter `{name}` is given more than once.");
            faults.push(FaultDocument::of_parameter(name, FaultDocument::DUPLICATE, detail));
        }
    }
    faults.truncate(Faults::MAX);
    if faults.is_empty() { Ok(()) } else { Err(Problem::of_parameters(kind::MALFORMED_REQUEST, faults)) }
}

fn known_instead(operation: &Operation) -> String {
    let names: Vec<String> = operation.in_query().map(|known| format!("`{}`", known.name)).collect();
    if names.is_empty() {
        "This operation has no parameters after the question mark.".to_owned()
    } else {
        format!("The parameters here are {}.", names.join(", "))
    }
}

/// The problem for a parameter that poem-openapi could not parse.
fn refused_parameter(operation: &Operation, error: &poem::Error) -> Option<Problem> {
    let (kind, parameter) = if let Some(ParseParamError { name, .. }) = error.downcast_ref() {
        (kind::MALFORMED_REQUEST, operation.parameter(name)?)
    } else if let Some(ParsePathError { name, .. }) = error.downcast_ref() {
        (kind::MALFORMED_ID, operation.in_path(name)?)
    } else {
        return None;
    };
    let detail = format!("The parameter `{}` is {}.", parameter.name, parameter.expected);
    let fault = FaultDocument::of_parameter(&parameter.name, FaultDocument::MALFORMED, detail);
    Some(Problem::of_parameters(kind, vec![fault]))
}
