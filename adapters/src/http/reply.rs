//! Successful responses other than a plain 200.

use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use serde::Serialize;

use super::etag::ETag;
use super::json::{Json, answer_of, response_with};
use super::problem::Problem;
use super::public_answer::{CACHE_STATUS, MISS, PublicAnswer};

const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// For responses to authorised users: only their own browser may store them, and must revalidate.
pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private, max-age=0, must-revalidate");

fn documented<T: Type>(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: T::IS_REQUIRED,
        deprecated: false,
        schema: T::schema_ref(),
    }
}

fn etag_header() -> MetaHeader {
    documented::<String>("ETag", "The version of the response.")
}

fn set_etag(answer: &mut Response, etag: &ETag) {
    if let Some(value) = etag.header() {
        answer.headers_mut().insert(header::ETAG, value);
    }
}

/// 201 with the created resource and its location; for idempotent operations also whether it is a replay.
#[derive(Debug)]
pub(crate) struct Created<T> {
    body: T,
    location: String,
    etag: Option<ETag>,
    replayed: bool,
}

impl<T> Created<T> {
    /// A new resource at `location`.
    pub(crate) fn at(location: String, body: T) -> Self {
        Self { body, location, etag: None, replayed: false }
    }

    /// Adds the version of the resource.
    pub(crate) fn with_etag(self, etag: ETag) -> Self {
        Self { etag: Some(etag), ..self }
    }

    /// Marks whether an earlier request with the same idempotency key created it.
    pub(crate) fn replayed(self, replayed: bool) -> Self {
        Self { replayed, ..self }
    }
}

impl<T: Serialize + Send> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut answer = Json(self.body).into_response();
        answer.set_status(StatusCode::CREATED);
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            answer.headers_mut().insert(header::LOCATION, location);
        }
        if let Some(etag) = &self.etag {
            set_etag(&mut answer, etag);
        }
        if self.replayed {
            answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        }
        answer
    }
}

impl<T: Type + Serialize> ApiResponse for Created<T> {
    fn meta() -> MetaResponses {
        let mut created = response_with::<T>(StatusCode::CREATED, "Created");
        created.headers = vec![
            documented::<String>("Location", "The URL of the created resource."),
            documented::<Option<bool>>(
                "Idempotency-Replayed",
                "`true` when an earlier request with the same `Idempotency-Key` had created it.",
            ),
        ];
        MetaResponses { responses: vec![created] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 200 with the version that changes are based on.
#[derive(Debug)]
pub(crate) struct Versioned<T> {
    /// The representation.
    pub(crate) body: T,
    /// Its version.
    pub(crate) etag: ETag,
}

impl<T: Serialize + Send> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut answer = Json(self.body).into_response();
        set_etag(&mut answer, &self.etag);
        answer
    }
}

impl<T: Type + Serialize> ApiResponse for Versioned<T> {
    fn meta() -> MetaResponses {
        let mut shown = response_with::<T>(StatusCode::OK, "Success");
        shown.headers = vec![etag_header()];
        MetaResponses { responses: vec![shown] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 200, or 304 when the client has this version already.
#[derive(Debug)]
pub(crate) enum Revalidated<T> {
    /// The same for all clients.
    Public(PublicAnswer),
    /// For this client only.
    Private(PrivateAnswer<T>),
}

/// A response for one client.
#[derive(Debug)]
pub(crate) struct PrivateAnswer<T> {
    body: Option<Rendered<T>>,
    etag: ETag,
}

#[derive(Debug)]
enum Rendered<T> {
    Value(T),
    Bytes(Vec<u8>),
}

impl<T: Serialize> Revalidated<T> {
    /// A private response whose version is given.
    pub(crate) fn of_version(version: u64, if_none_match: Option<&str>, body: T) -> Self {
        Self::private(&ETag::of_version(version), if_none_match, Rendered::Value(body))
    }

    /// A private response whose version is a hash of its content.
    pub(crate) fn of_content(if_none_match: Option<&str>, body: &T) -> Result<Self, Problem> {
        let bytes = serde_json::to_vec(body).map_err(Problem::internal)?;
        Ok(Self::private(&ETag::of_content(&bytes), if_none_match, Rendered::Bytes(bytes)))
    }

    fn private(etag: &ETag, if_none_match: Option<&str>, body: Rendered<T>) -> Self {
        let known = etag.known_as(if_none_match);
        let body = known.is_none().then_some(body);
        Self::Private(PrivateAnswer { body, etag: known.unwrap_or_else(|| etag.clone()) })
    }
}

impl<T: Serialize + Send> IntoResponse for Revalidated<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Private(answer) => answer.into_response(),
            Self::Public(public) => {
                let mut answer = public.status().into_response();
                let body = public.into_parts(answer.headers_mut());
                answer.set_body(body);
                answer
            }
        }
    }
}

impl<T: Serialize + Send> IntoResponse for PrivateAnswer<T> {
    fn into_response(self) -> Response {
        let mut answer = match self.body {
            Some(Rendered::Value(value)) => Json(value).into_response(),
            Some(Rendered::Bytes(bytes)) => answer_of(bytes),
            None => StatusCode::NOT_MODIFIED.into_response(),
        };
        set_etag(&mut answer, &self.etag);
        answer.headers_mut().insert(CACHE_STATUS, MISS);
        answer.headers_mut().insert(header::CACHE_CONTROL, PRIVATE);
        answer
    }
}

impl<T: Type + Serialize> ApiResponse for Revalidated<T> {
    fn meta() -> MetaResponses {
        let headers = || {
            vec![
                etag_header(),
                documented::<String>(
                    "Cache-Control",
                    "Which caches may store the response, and that they must revalidate it.",
                ),
                documented::<String>("Cache-Status", "Whether the response came from the cache (RFC 9211)."),
            ]
        };
        let mut shown = response_with::<T>(StatusCode::OK, "Success");
        shown.headers = headers();
        let unchanged = MetaResponse {
            description: "The version named in `If-None-Match` is still the current one",
            status: Some(StatusCode::NOT_MODIFIED.as_u16()),
            status_range: None,
            content: Vec::new(),
            headers: headers(),
        };
        MetaResponses { responses: vec![shown, unchanged] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 204.
#[derive(Debug, ApiResponse)]
pub(crate) enum NoContent {
    /// Done, without content.
    #[oai(status = 204)]
    Done,
}

#[cfg(test)]
mod tests {
    use poem::IntoResponse;
    use poem::http::StatusCode;

    use super::{Created, Revalidated};

    #[tokio::test]
    async fn a_304_has_no_body() {
        let fresh = Revalidated::of_version(7, Some("\"6\""), "seats").into_response();
        assert_eq!((fresh.status(), &fresh.headers()["etag"]), (StatusCode::OK, &"\"7\"".parse().unwrap()));
        assert_eq!(fresh.headers()["cache-control"], "private, max-age=0, must-revalidate");
        assert_eq!(fresh.into_body().into_string().await.unwrap(), "\"seats\"");

        let known = Revalidated::of_version(7, Some("\"7\""), "seats").into_response();
        assert_eq!((known.status(), &known.headers()["etag"]), (StatusCode::NOT_MODIFIED, &"\"7\"".parse().unwrap()));
        assert!(known.into_body().into_vec().await.unwrap().is_empty());
    }

    #[test]
    fn a_hash_of_the_content_is_its_version() {
        let first = Revalidated::of_content(None, &["a"]).unwrap().into_response();
        let etag = first.headers()["etag"].to_str().unwrap();
        let again = Revalidated::of_content(Some(etag), &["a"]).unwrap().into_response();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let changed = Revalidated::of_content(Some(etag), &["b"]).unwrap().into_response();
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[test]
    fn a_replay_has_a_header_and_is_otherwise_equal() {
        let answer = |replayed| Created::at("/api/v1/bookings/1".to_owned(), "x").replayed(replayed).into_response();
        assert_eq!(answer(true).headers()["idempotency-replayed"], "true");
        assert!(!answer(false).headers().contains_key("idempotency-replayed"));
        assert_eq!((answer(true).status(), answer(false).status()), (StatusCode::CREATED, StatusCode::CREATED));
    }
}
