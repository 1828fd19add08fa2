//! Maps errors of the framework to problems.

use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError};
use poem::http::{HeaderMap, StatusCode};
use poem_openapi::error::{ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError};

use super::{Problem, kind};

/// Headers that a response gets whether it succeeds or fails; attached to errors as data.
#[derive(Debug, Clone, Default)]
pub(crate) struct AddedHeaders(pub(crate) HeaderMap);

/// Converts any error to a problem.
pub(crate) fn problem_of(error: poem::Error) -> Problem {
    let error = match error.downcast::<Problem>() {
        Ok(problem) => return problem,
        Err(error) => error,
    };
    if let Some(ParseParamError { name, .. }) = error.downcast_ref() {
        return Problem::malformed_parameter(name, format!("The parameter `{name}` does not have the required shape."));
    }
    if error.is::<ParsePathError>() {
        return Problem::new(kind::MALFORMED_ID);
    }
    if error.is::<NotFoundError>() {
        return Problem::new(kind::NOT_FOUND);
    }
    if error.is::<MethodNotAllowedError>() {
        return Problem::new(kind::METHOD_NOT_ALLOWED);
    }
    if error.is::<ContentTypeError>() {
        return Problem::new(kind::UNSUPPORTED_MEDIA_TYPE).with_detail("Send `Content-Type: application/json`.");
    }
    if let Some(ParseRequestPayloadError { reason }) = error.downcast_ref() {
        return Problem::malformed(None, reason.clone());
    }
    match error.downcast_ref() {
        Some(ReadBodyError::PayloadTooLarge) => return Problem::new(kind::PAYLOAD_TOO_LARGE),
        Some(ReadBodyError::Io(_) | ReadBodyError::Utf8(_)) => {
            return Problem::malformed(None, "The request body did not arrive whole.");
        }
        Some(ReadBodyError::BodyHasBeenTaken) | None => {}
    }
    of_status(error)
}

fn of_status(error: poem::Error) -> Problem {
    match error.status() {
        StatusCode::UNAUTHORIZED => Problem::new(kind::LOGIN_REQUIRED),
        StatusCode::FORBIDDEN => Problem::new(kind::FORBIDDEN),
        StatusCode::NOT_FOUND => Problem::new(kind::NOT_FOUND),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(kind::METHOD_NOT_ALLOWED),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(kind::PAYLOAD_TOO_LARGE),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(kind::UNSUPPORTED_MEDIA_TYPE),
        status if status.is_client_error() => Problem::malformed(None, "The request could not be read."),
        _ => Problem::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError};
    use poem_openapi::error::{ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError};

    use super::super::{Problem, kind};
    use super::problem_of;

    #[test]
    fn errors_of_the_framework_have_our_codes() {
        let reason = || "no".to_owned();
        let cases: [(poem::Error, _); 9] = [
            (ParseParamError { name: "limit", reason: reason() }.into(), kind::MALFORMED_REQUEST),
            (ParsePathError { name: "param0", reason: reason() }.into(), kind::MALFORMED_ID),
            (ParseRequestPayloadError { reason: reason() }.into(), kind::MALFORMED_REQUEST),
            (ContentTypeError::ExpectContentType.into(), kind::UNSUPPORTED_MEDIA_TYPE),
            (NotFoundError.into(), kind::NOT_FOUND),
            (MethodNotAllowedError.into(), kind::METHOD_NOT_ALLOWED),
            (ReadBodyError::PayloadTooLarge.into(), kind::PAYLOAD_TOO_LARGE),
            (poem::Error::from_string("secret", poem::http::StatusCode::BAD_GATEWAY), kind::INTERNAL_ERROR),
            (Problem::new(kind::SOLD_OUT).into(), kind::SOLD_OUT),
        ];
        for (error, expected) in cases {
            assert_eq!(problem_of(error).kind(), expected);
        }
    }

    #[tokio::test]
    async fn the_cause_of_an_internal_error_is_not_disclosed() {
        let error = poem::Error::from_string("password=hunter2", poem::http::StatusCode::INTERNAL_SERVER_ERROR);
        let body = problem_of(error).into_answer(Some("r-1")).into_body().into_string().await.unwrap();
        let document: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            document,
            serde_json::json!({
                "type": "urn:boxoffice:problem:internal_error",
                "title": "Something went wrong on our side",
                "status": 500,
                "code": "internal_error",
                "request_id": "r-1",
            })
        );
    }
}
