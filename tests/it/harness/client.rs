//! An API client.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Longer than any response takes, so that a hanging test fails at the right place.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// The address of the program, or those of its services, each with the beginning of the paths that it serves. They
/// change when the program restarts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Base(Arc<Mutex<Vec<Route>>>);

#[derive(Debug)]
struct Route {
    prefix: String,
    url: String,
}

impl Base {
    /// Sends every request to this address.
    pub(crate) fn move_to(&self, url: impl Into<String>) {
        let everything = Route { prefix: String::new(), url: url.into() };
        *self.routes() = vec![everything];
    }

    /// Sends requests for paths that begin with `prefix` to this address. The longest prefix wins.
    pub(crate) fn route(&self, prefix: &str, url: impl Into<String>) {
        self.routes().push(Route { prefix: prefix.to_owned(), url: url.into() });
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let routes = self.routes();
        let fitting = routes.iter().filter(|route| path.starts_with(&route.prefix));
        let route = fitting.max_by_key(|route| route.prefix.len()).expect("an address");
        format!("{}{path}", route.url)
    }

    fn routes(&self) -> MutexGuard<'_, Vec<Route>> {
        self.0.lock().expect("the addresses are never poisoned")
    }
}

/// An API client, anonymous or logged in. Paths are below `/api/v1` unless they begin with `//`: `get("/concerts")`,
/// `get("//livez")`.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Base,
    /// The user's id.
    pub(crate) id: String,
    /// The access token. Empty for an anonymous client.
    pub(crate) token: String,
}

impl Client {
    /// An anonymous client.
    pub(crate) fn anonymous(base: Base) -> Self {
        let http = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).build().expect("an HTTP client");
        Self { http, base, id: String::new(), token: String::new() }
    }

    /// A client with the session of a user.
    pub(crate) fn logged_in(&self, id: &str, token: &str) -> Self {
        Self { id: id.to_owned(), token: token.to_owned(), ..self.clone() }
    }

    /// The host and port of the program.
    pub(crate) fn host(&self) -> String {
        self.base.url("/").trim_start_matches("http://").trim_end_matches('/').to_owned()
    }

    /// A request that the caller completes and sends.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        let path = match path.strip_prefix('/') {
            Some(whole) if whole.starts_with('/') => whole.to_owned(),
            _ => format!("/api/v1{path}"),
        };
        let request = self.http.request(method, self.base.url(&path));
        Request(if self.token.is_empty() { request } else { request.bearer_auth(&self.token) })
    }

    /// Sends GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    /// Sends POST with JSON.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path).json(&body).send().await
    }

    /// Sends POST with JSON and an idempotency key.
    pub(crate) async fn post_with_key(&self, path: &str, key: &str, body: Value) -> Answer {
        self.request(Method::POST, path).header("Idempotency-Key", key).json(&body).send().await
    }

    /// Sends POST without a body.
    pub(crate) async fn post_nothing(&self, path: &str) -> Answer {
        self.request(Method::POST, path).send().await
    }

    /// Sends PATCH, conditional on `etag`.
    pub(crate) async fn patch(&self, path: &str, etag: Option<&str>, body: Value) -> Answer {
        let request = self.request(Method::PATCH, path).json(&body);
        match etag {
            Some(etag) => request.header("If-Match", etag),
            None => request,
        }
        .send()
        .await
    }

    /// Sends PUT with JSON.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PUT, path).json(&body).send().await
    }

    /// Sends DELETE.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }
}

/// A request before it is sent.
pub(crate) struct Request(RequestBuilder);

impl Request {
    /// Adds a header.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// Adds a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    /// Adds a body of any kind.
    pub(crate) fn body(self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self(self.0.header("Content-Type", content_type).body(bytes.into()))
    }

    /// Sends the request. The program must respond.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.expect("the program answers")
    }

    /// Sends the request to a program that may have stopped. Of a stream of events, which does not end, nothing is read.
    pub(crate) async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let response = self.0.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut answer = Answer { status, headers, text: String::new(), body: Value::Null };
        if !answer.is_event_stream() {
            answer.text = response.text().await?;
            answer.body = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
        }
        Ok(answer)
    }
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: reqwest::header::HeaderMap,
    /// The body as text.
    pub(crate) text: String,
    /// The body as JSON, or `null` if it is not JSON.
    pub(crate) body: Value,
}

impl Answer {
    /// Asserts the status and returns the body.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Asserts the status and code of a problem document and returns its body.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        assert_eq!(self.body["status"], status, "{}", self.text);
        self.body
    }

    /// The code of a problem document, or an empty string.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether it is a stream of events.
    pub(crate) fn is_event_stream(&self) -> bool {
        self.header("content-type") == Some("text/event-stream")
    }

    /// The ETag.
    #[track_caller]
    pub(crate) fn etag(&self) -> &str {
        self.header("etag").expect("an ETag")
    }
}

/// Repeats a request while the program responds that it is busy, as clients do. A loaded machine can cause this. The
/// request must be idempotent.
pub(crate) async fn until_answered<F>(ask: impl Fn() -> F) -> Answer
where
    F: Future<Output = Answer>,
{
    eventually(ANSWER_TIMEOUT, "an answer other than busy", || async {
        let answer = ask().await;
        if answer.code() == "busy" { Err(answer.text) } else { Ok(answer) }
    })
    .await
}

/// Repeats `found` until it succeeds. Fails with the last error after `limit`.
pub(crate) async fn eventually<T, F>(limit: Duration, what: &str, mut found: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        match found().await {
            Ok(value) => return value,
            Err(last) if tokio::time::Instant::now() >= deadline => panic!("{what} took longer than {limit:?}: {last}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
