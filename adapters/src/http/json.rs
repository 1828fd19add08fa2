//! JSON bodies, read and written by serde directly. poem-openapi's own payload type goes through a tree of values in
//! both directions, which costs more than half of the throughput and reports errors less precisely.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Request, RequestBody, Response};
use poem_openapi::error::ContentTypeError;
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;

const JSON: &str = "application/json";

/// A JSON body of type `T`. Serde and the OpenAPI document must agree on its field names.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Type> Payload for Json<T> {
    const CONTENT_TYPE: &'static str = JSON;

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|fault| {
        let pointer = pointer_of(fault.path());
        Problem::malformed(Some(pointer), fault.into_inner().to_string())
    })?;
    json.end().map_err(|fault| Problem::malformed(Some(String::new()), fault.to_string()))?;
    Ok(value)
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => {
            format!("/{}", key.replace('~', "~0").replace('/', "~1"))
        }
        Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

impl<T: Serialize + Send> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => answer_of(bytes),
            Err(error) => Problem::internal(error).into_answer(None),
        }
    }
}

/// A response with a JSON body that is already serialised.
pub(crate) fn answer_of(json: Vec<u8>) -> Response {
    let mut answer = Response::from(poem::Body::from(json));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    answer
}

impl<T: Type + Serialize> ApiResponse for Json<T> {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![response_with::<T>(StatusCode::OK, "Success")] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// The documentation of a response with a JSON body.
pub(crate) fn response_with<T: Type>(status: StatusCode, description: &'static str) -> MetaResponse {
    MetaResponse {
        description,
        status: Some(status.as_u16()),
        status_range: None,
        content: vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }],
        headers: Vec::new(),
    }
}

impl<'request, T: Type + DeserializeOwned> ApiExtractor<'request> for Json<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(request_of::<T>(true))
    }

    async fn from_request(
        request: &'request Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        check_content_type(request)?;
        let bytes = body.take()?.into_bytes().await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// An optional JSON body.
#[derive(Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) Option<T>);

impl<'request, T: Type + DeserializeOwned> ApiExtractor<'request> for OptionalJson<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(request_of::<T>(false))
    }

    async fn from_request(
        request: &'request Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let bytes = body.take()?.into_bytes().await?;
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        check_content_type(request)?;
        Ok(Self(Some(parse(&bytes)?)))
    }
}

fn request_of<T: Type>(required: bool) -> MetaRequest {
    MetaRequest {
        description: None,
        content: vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }],
        required,
    }
}

/// Requires a `Content-Type` of JSON.
pub(crate) fn check_content_type(request: &Request) -> Result<(), ContentTypeError> {
    match request.content_type() {
        None => Err(ContentTypeError::ExpectContentType),
        Some(content_type) if is_json(content_type) => Ok(()),
        Some(content_type) => Err(ContentTypeError::NotSupported { content_type: content_type.to_owned() }),
    }
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == JSON || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{is_json, parse};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[serde(rename = "lines")]
        _lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[serde(rename = "quantity")]
        _quantity: i64,
    }

    #[tokio::test]
    async fn an_error_in_a_body_has_a_pointer() {
        let cases = [
            (r#"{"lines":[{"quantity":1},{"quantity":"2"}]}"#, "/lines/1/quantity"),
            (r#"{"lines":[{"quantity":1.5}]}"#, "/lines/0/quantity"),
            (r#"{"lines":[{"quantity":1,"colour":"red"}]}"#, "/lines/0/colour"),
            (r#"{"lines":[{}]}"#, "/lines/0"),
            (r#"{"lines":[]} tail"#, ""),
            ("[]", ""),
            ("", ""),
        ];
        for (body, pointer) in cases {
            let problem = parse::<Order>(body.as_bytes()).unwrap_err();
            let answer = problem.into_answer(None).into_body().into_string().await.unwrap();
            let document: serde_json::Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(document["code"], "malformed_request", "{body}");
            assert_eq!(document["errors"][0]["pointer"], pointer, "{body}");
        }
    }

    #[test]
    fn parameters_of_the_media_type_are_ignored() {
        for content_type in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
            assert!(is_json(content_type), "{content_type}");
        }
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
            assert!(!is_json(content_type), "{content_type}");
        }
    }
}
