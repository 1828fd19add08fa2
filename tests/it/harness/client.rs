//! Somebody who sends requests.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Longer than any answer may take; a hanging test should say where it hangs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Where the program listens; it may move when it is started again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Base(Arc<Mutex<String>>);

impl Base {
    pub(crate) fn move_to(&self, url: impl Into<String>) {
        *self.0.lock().expect("nobody panics with the address") = url.into();
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.lock().expect("nobody panics with the address"))
    }
}

/// Somebody who sends requests: nobody in particular, or a user who logged in. Paths are below `/api/v1` unless they
/// begin with `//`: `get("/concerts")`, `get("//livez")`.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Base,
    /// The user's id.
    pub(crate) id: String,
    /// The access token; empty for nobody in particular.
    pub(crate) token: String,
}

impl Client {
    /// Nobody in particular.
    pub(crate) fn anonymous(base: Base) -> Self {
        let http = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).build().expect("an HTTP client");
        Self { http, base, id: String::new(), token: String::new() }
    }

    /// A user who logged in.
    pub(crate) fn logged_in(&self, id: &str, token: &str) -> Self {
        Self { id: id.to_owned(), token: token.to_owned(), ..self.clone() }
    }

    /// The host and port that it talks to.
    pub(crate) fn host(&self) -> String {
        self.base.url("").trim_start_matches("http://").to_owned()
    }

    /// A request to be completed and sent.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        let path = match path.strip_prefix('/') {
            Some(whole) if whole.starts_with('/') => whole.to_owned(),
            _ => format!("/api/v1{path}"),
        };
        let request = self.http.request(method, self.base.url(&path));
        Request(if self.token.is_empty() { request } else { request.bearer_auth(&self.token) })
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    /// Sends JSON.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path).json(&body).send().await
    }

    /// Sends JSON that the program may have got before.
    pub(crate) async fn post_with_key(&self, path: &str, key: &str, body: Value) -> Answer {
        self.request(Method::POST, path).header("Idempotency-Key", key).json(&body).send().await
    }

    /// Asks for something that needs no body.
    pub(crate) async fn post_nothing(&self, path: &str) -> Answer {
        self.request(Method::POST, path).send().await
    }

    /// Sends changes, if the thing is still as `etag` says.
    pub(crate) async fn patch(&self, path: &str, etag: Option<&str>, body: Value) -> Answer {
        let request = self.request(Method::PATCH, path).json(&body);
        match etag {
            Some(etag) => request.header("If-Match", etag),
            None => request,
        }
        .send()
        .await
    }

    /// Replaces.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PUT, path).json(&body).send().await
    }

    /// Deletes.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }
}

/// A request on its way.
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

    /// Sends it. The program must answer.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.expect("the program answers")
    }

    /// Sends it to a program that may be gone.
    pub(crate) async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let response = self.0.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, headers, text, body })
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: reqwest::header::HeaderMap,
    /// The body as it came.
    pub(crate) text: String,
    /// The body when it is JSON, else `null`.
    pub(crate) body: Value,
}

impl Answer {
    /// The body, after making sure of the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// The body of a problem, after making sure that it is the one and looks as every problem does.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        assert_eq!(self.body["status"], status, "{}", self.text);
        self.body
    }

    /// The code of a problem; empty when it is none.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The ETag.
    #[track_caller]
    pub(crate) fn etag(&self) -> &str {
        self.header("etag").expect("an ETag")
    }
}

/// Asks again while the program says that it is busy, as its clients do: a machine under load makes it say so. What is
/// asked must do no more when it is asked twice.
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

/// Asks again until `found` says yes, and fails with the last answer when that takes longer than `limit`.
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
