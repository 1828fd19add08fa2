//! Tests of the API over a real socket, with the services on the in-memory store.

mod bad_input;
mod bodies;
mod bookings;
mod concerts;
pub(crate) mod contract;
mod document;
mod hot_reads;
mod misdirected;
mod parameters;
mod parked_events;
mod payments;
mod reports;
mod request_context;
mod sessions;
mod users;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::bookings::Bookings;
use boxoffice_domain::concerts::{Catalogue, Concerts};
use boxoffice_domain::events::{ParkedEvents, RecordAuditLog};
use boxoffice_domain::payments::{PaymentGateways, Payments};
use boxoffice_domain::reports::Reports;
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::sales::payment::{PaymentPorts, PaymentProcessor, PaymentSettings};
use boxoffice_domain::sales::placement::{PlacementPolicy, PlacementUnits};
use boxoffice_domain::shared::{Clock, Role, Timestamp, UserId};
use boxoffice_domain::users::{
    AccessToken, AccessTokens, Accounts, HasherError, Password, PasswordHash, PasswordHasher, PasswordStrength,
    SecurityError, SessionLifetimes, Sessions, User,
};
use boxoffice_testing::{FakeGateway, FixedClock, Given, InMemoryStore, SequentialIds, UserBuilder, assert_sound};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::{
    BookingUseCases, BoundServer, ConcertUseCases, HotReads, HttpConfig, HttpParts, PaymentUseCases, Shutdown,
    TokenRefusal, UseCases, UserUseCases, VerifiedToken, VerifyAccessToken, WebFile, WebFiles, api_endpoint, renderers,
};
use crate::concert_state::{ConcertSource, ConcertStates, PublicConcertCache};
use crate::live::LiveSeats;

/// The limit of event streams in these tests.
const WATCHERS_MAX: usize = 3;
/// How many of them from one address.
const WATCHERS_OF_AN_ADDRESS_MAX: usize = 2;

/// Access tokens that contain role and user id in plain text.
struct PlainTokens;

impl AccessTokens for PlainTokens {
    fn issue(&self, user: &User, _now: Timestamp) -> Result<AccessToken, SecurityError> {
        Ok(AccessToken { token: token_of(user), expires_in_seconds: 600 })
    }
}

impl VerifyAccessToken for PlainTokens {
    fn verify(&self, token: &str, _now: Timestamp) -> Result<VerifiedToken, TokenRefusal> {
        let read = || {
            let (role, id) = token.split_once('.')?;
            Some(VerifiedToken { user: id.parse::<UserId>().ok()?, role: Role::parse(role)?, version: 1 })
        };
        read().ok_or(TokenRefusal::Invalid)
    }

    fn check(&self, _token: VerifiedToken, _now: Timestamp) -> Result<(), TokenRefusal> {
        Ok(())
    }
}

fn token_of(user: &User) -> String {
    format!("{}.{}", user.role.as_str(), user.id)
}

/// A hasher that does not hash.
struct PlainHasher;

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn strength(&self, _password: Password, _hints: Vec<String>) -> Result<PasswordStrength, HasherError> {
        Ok(PasswordStrength::REQUIRED)
    }

    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError> {
        Ok(PasswordHash::new(password.expose().to_owned()))
    }

    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, HasherError> {
        Ok(hash.is_some_and(|hash| hash.expose() == password.expose()))
    }
}

/// The files of a program that was built without web pages.
struct NoPages;

impl WebFiles for NoPages {
    fn find(&self, _path: &str) -> Option<WebFile> {
        None
    }
}

/// The API on a port of its own, served until this is dropped.
struct Shop {
    origin: String,
    /// The same services without early responses.
    routed_origin: String,
    hot: Arc<HotReads>,
    client: reqwest::Client,
    store: InMemoryStore,
    clock: Arc<FixedClock>,
    gateway: Arc<FakeGateway>,
    given: Given,
    _stop: DropGuard,
}

/// A complete response.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the code of a problem.
    fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }
}

fn config() -> HttpConfig {
    HttpConfig {
        secure_cookies: true,
        signing_key: "a key for tests only".to_owned().into(),
        registrations_per_minute: None,
        trusted_proxies: Vec::new(),
        allowed_origins: Vec::new(),
        max_requests: 100,
    }
}

fn limited_to(registrations: u32) -> HttpConfig {
    HttpConfig { registrations_per_minute: NonZeroU32::new(registrations), ..config() }
}

impl Shop {
    async fn open() -> Self {
        Self::open_with(config()).await
    }

    async fn open_with(settings: HttpConfig) -> Self {
        Self::open_serving(settings, |_| {}).await
    }

    /// Opens the API of a process that leaves some use cases to others.
    async fn open_serving(settings: HttpConfig, leave: impl FnOnce(&mut UseCases)) -> Self {
        let (store, ids) = (InMemoryStore::new(), Arc::new(SequentialIds::default()));
        let (clock, gateway) = (Arc::new(FixedClock::default()), Arc::new(FakeGateway::new()));
        let tasks = TaskTracker::new();
        let mut parts = parts(&store, &ids, &clock, &gateway, &tasks, settings);
        leave(&mut parts.served);
        let (endpoint, hot) = api_endpoint(parts);
        let (endpoint, hot) = (Arc::new(endpoint), Arc::new(hot));
        let stop = CancellationToken::new();
        let ending = Shutdown { stop: stop.clone(), drain: Duration::from_secs(5), tasks };
        let bind = || BoundServer::bind("127.0.0.1:0".parse().unwrap(), 100);
        let (server, routed) = (bind().await.unwrap(), bind().await.unwrap());
        let [origin, routed_origin] = [&server, &routed].map(|server| format!("http://{}", server.address()));
        tokio::spawn(server.serve(Arc::clone(&endpoint), Arc::clone(&hot), ending.clone()));
        tokio::spawn(routed.serve(endpoint, (), ending));
        Self {
            origin,
            routed_origin,
            hot,
            client: reqwest::Client::new(),
            given: Given::new(Arc::new(store.clone()), ids),
            store,
            clock,
            gateway,
            _stop: stop.drop_guard(),
        }
    }

    /// Adds a user with this role, and returns the user with an access token.
    async fn add_user(&self, name: &str, role: Role) -> (User, String) {
        let user = self.given.add_user(UserBuilder::new(self.given.ids(), name).role(role).build()).await;
        let token = token_of(&user);
        (user, token)
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin))
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        answer(self.request(Method::GET, path).bearer_auth(token)).await
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).bearer_auth(token).json(body)).await
    }

    async fn patch(&self, path: &str, token: &str, body: &Value) -> Answer {
        answer(self.request(Method::PATCH, path).bearer_auth(token).json(body)).await
    }

    /// Asserts that no invariant of the store is broken.
    async fn assert_sound(&self) {
        assert_sound(&self.store, self.clock.now()).await;
    }
}

/// Sends a request and checks the response: it has a request id, an error is a problem document, and the OpenAPI
/// document describes it.
async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let answer = client.execute(request).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    let answer = Answer { status, headers, body };
    assert!(!answer.header("x-request-id").is_empty());
    if status.is_client_error() || status.is_server_error() {
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["status"], status.as_u16());
        assert_eq!(answer.body["request_id"], answer.header("x-request-id"));
        assert_eq!(answer.body["type"], format!("urn:boxoffice:problem:{}", answer.problem().1));
    }
    let (headers, body) = (&answer.headers, &answer.body);
    contract::Seen { method: &method, path: &path, status: status.as_u16(), headers, body }.assert_documented();
    answer
}

fn parts(
    store: &InMemoryStore,
    ids: &Arc<SequentialIds>,
    clock: &Arc<FixedClock>,
    gateway: &Arc<FakeGateway>,
    tasks: &TaskTracker,
    settings: HttpConfig,
) -> HttpParts {
    let store = Arc::new(store.clone());
    let (hasher, tokens) = (Arc::new(PlainHasher), Arc::new(PlainTokens));
    let policy = PlacementPolicy { hold_seconds: 600 };
    let placing = PlacementUnits::new(store.clone(), store.clone(), store.clone(), clock.clone(), ids.clone(), policy);
    let payment_ports = PaymentPorts {
        store: store.clone(),
        payments: store.clone(),
        bookings: store.clone(),
        organisers: store.clone(),
        gateways: Arc::new(PaymentGateways::only(gateway.clone())),
        clock: clock.clone(),
        ids: ids.clone(),
    };
    let catalogue = Arc::new(Catalogue::new(store.clone(), store.clone(), clock.clone()));
    let source = ConcertSource { catalogue: catalogue.clone(), log: store.clone(), clock: clock.clone() };
    let states = Arc::new(ConcertStates::new(source));
    store.listen(states.clone());
    let sessions = Sessions::new(
        store.clone(),
        store.clone(),
        hasher.clone(),
        tokens.clone(),
        clock.clone(),
        ids.clone(),
        SessionLifetimes::default(),
    );
    let cancellations = Cancellations::new(store.clone(), store.clone(), store.clone(), clock.clone(), ids.clone());
    HttpParts {
        served: UseCases {
            users: Some(UserUseCases {
                accounts: Arc::new(Accounts::new(store.clone(), store.clone(), hasher, clock.clone(), ids.clone())),
                sessions: Arc::new(sessions),
            }),
            concerts: Some(ConcertUseCases {
                concerts: Arc::new(Concerts::new(store.clone(), store.clone(), clock.clone(), ids.clone())),
                catalogue,
                live: Arc::new(LiveSeats::new(states.clone(), WATCHERS_MAX, WATCHERS_OF_AN_ADDRESS_MAX)),
                cache: Arc::new(PublicConcertCache::new(states, renderers())),
            }),
            bookings: Some(BookingUseCases {
                placement: Arc::new(placing),
                bookings: Arc::new(Bookings::new(store.clone(), store.clone(), store.clone(), clock.clone())),
                cancellations: Arc::new(cancellations),
            }),
            payments: Some(PaymentUseCases {
                payments: Arc::new(Payments::new(store.clone(), store.clone())),
                processor: Arc::new(PaymentProcessor::new(payment_ports, PaymentSettings::default())),
            }),
            reports: Some(Arc::new(Reports::new(store.clone(), store.clone(), store.clone(), clock.clone()))),
            parked_events: Some(Arc::new(ParkedEvents::new(
                store.clone(),
                vec![Arc::new(RecordAuditLog::new(store.clone()))],
            ))),
        },
        pages: Arc::new(NoPages),
        tokens,
        clock: clock.clone(),
        ids: ids.clone(),
        tasks: tasks.clone(),
        settings,
    }
}
