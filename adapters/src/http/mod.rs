//! HTTP: the API under `/api/v1`, its OpenAPI document and documentation page, the web pages, and the admin port.
//!
//! A request passes the `middleware`, the route of its operation, and the extractors of `auth` and its body. It arrives
//! at one method of one resource, which maps the request, calls one use case, and maps the outcome. Every error is a
//! `problem`.

mod admin;
mod admission;
mod auth;
mod bookings;
mod client_address;
mod concerts;
mod cursor;
mod etag;
mod hot_reads;
mod idempotency;
mod instant;
mod json;
mod middleware;
mod openapi;
mod page;
mod parked_events;
mod payments;
mod problem;
mod public_answer;
mod rate_limit;
mod reply;
mod reports;
mod request_context;
mod server;
mod sessions;
mod strict_object;
mod users;
mod web;

use std::num::NonZeroU32;
use std::sync::Arc;

use boxoffice_domain::bookings::Bookings;
use boxoffice_domain::concerts::{Catalogue, Concerts};
use boxoffice_domain::events::ParkedEvents;
use boxoffice_domain::payments::Payments;
use boxoffice_domain::reports::Reports;
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::sales::payment::PaymentProcessor;
use boxoffice_domain::sales::placement::BookingPlacement;
use boxoffice_domain::shared::{Clock, IdGenerator};
use boxoffice_domain::users::{Accounts, Sessions};
use poem::{Endpoint, EndpointExt, Response, Route};
use secrecy::SecretString;
use tokio_util::task::TaskTracker;

use auth::RefreshCookieSettings;
use bookings::BookingsApi;
use concerts::{CatalogueApi, ConcertsApi, WatchApi};
use cursor::Cursors;
use middleware::{
    BodyArrival, Capacity, Compressed, Detached, Observed, Parameters, Permits, Problems, RequestIds, SecurityHeaders,
};
use parked_events::ParkedEventsApi;
use payments::PaymentsApi;
use rate_limit::{PasswordAttempts, RegistrationLimit};
use reports::ReportsApi;
use request_context::RequestContext;
use sessions::SessionsApi;
use users::UsersApi;
use web::{CatalogueConcerts, Origins, PublicConcerts, WebPages};

use crate::concert_state::PublicConcertCache;
use crate::live::LiveSeats;

pub use admin::{AdminParts, Health, admin_endpoint};
pub use auth::{TokenRefusal, VerifiedToken, VerifyAccessToken};
pub use client_address::{AddressRange, NoAddressRange};
pub use concerts::renderers;
pub use hot_reads::HotReads;
pub use server::{BoundServer, ConnectionTimeouts, EarlyResponder, Head, Shutdown};
pub use web::{EmbeddedFiles, WebFile, WebFiles};

/// The settings of the API.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Whether the refresh cookie is sent over HTTPS only, and HSTS is on.
    pub secure_cookies: bool,
    /// The secret that signs cursors; the same in every process of an installation.
    pub signing_key: SecretString,
    /// How often one address may register a minute; `None` switches off this limit and the one on wrong passwords.
    pub registrations_per_minute: Option<NonZeroU32>,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<AddressRange>,
    /// Further origins whose pages may use the refresh cookie, such as `https://tickets.example`.
    pub allowed_origins: Vec<String>,
    /// The most concurrent requests of each class (reads, changes, those that wait for the payment gateway). More are
    /// refused.
    pub max_requests: usize,
}

/// The dependencies of the API.
pub struct HttpParts {
    /// Registers and changes accounts.
    pub accounts: Arc<Accounts>,
    /// Logs in and out.
    pub sessions: Arc<Sessions>,
    /// Creates and changes concerts.
    pub concerts: Arc<Concerts>,
    /// Serves public reads of concerts.
    pub cache: Arc<PublicConcertCache>,
    /// Streams seat changes to subscribers.
    pub live: Arc<LiveSeats>,
    /// Reads concerts.
    pub catalogue: Arc<Catalogue>,
    /// Places bookings.
    pub placement: Arc<dyn BookingPlacement>,
    /// Reads bookings.
    pub bookings: Arc<Bookings>,
    /// Cancels bookings.
    pub cancellations: Arc<Cancellations>,
    /// Reads payments and refunds.
    pub payments: Arc<Payments>,
    /// Starts and refunds payments.
    pub payment_processor: Arc<PaymentProcessor>,
    /// The files of the web pages.
    pub pages: Arc<dyn WebFiles>,
    /// Reports sales.
    pub reports: Arc<Reports>,
    /// What consumers of events could not handle.
    pub parked_events: Arc<ParkedEvents>,
    /// Tells who an access token was issued to.
    pub tokens: Arc<dyn VerifyAccessToken>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Generates request ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Counts the requests that continue without their client; pass the same one to [`Shutdown`].
    pub tasks: TaskTracker,
    /// The settings of the API.
    pub settings: HttpConfig,
}

/// Every resource.
type Resources =
    (UsersApi, SessionsApi, CatalogueApi, WatchApi, ConcertsApi, BookingsApi, PaymentsApi, ReportsApi, ParkedEventsApi);

fn resources(parts: &HttpParts) -> Resources {
    let cursors = Arc::new(Cursors::new(&parts.settings.signing_key));
    let is_limited = parts.settings.registrations_per_minute.is_some();
    let attempts = is_limited.then(|| Arc::new(PasswordAttempts::new(&parts.clock)));
    let cookie = RefreshCookieSettings { secure: parts.settings.secure_cookies };
    (
        UsersApi { accounts: Arc::clone(&parts.accounts), cursors: Arc::clone(&cursors), attempts: attempts.clone() },
        SessionsApi { sessions: Arc::clone(&parts.sessions), cookie, clock: Arc::clone(&parts.clock), attempts },
        CatalogueApi {
            cache: Arc::clone(&parts.cache),
            catalogue: Arc::clone(&parts.catalogue),
            cursors: Arc::clone(&cursors),
        },
        WatchApi { live: Arc::clone(&parts.live) },
        ConcertsApi { concerts: Arc::clone(&parts.concerts) },
        BookingsApi {
            placement: Arc::clone(&parts.placement),
            bookings: Arc::clone(&parts.bookings),
            cancellations: Arc::clone(&parts.cancellations),
            cursors,
            clock: Arc::clone(&parts.clock),
        },
        PaymentsApi { payments: Arc::clone(&parts.payments), processor: Arc::clone(&parts.payment_processor) },
        ReportsApi { reports: Arc::clone(&parts.reports), clock: Arc::clone(&parts.clock) },
        ParkedEventsApi { parked_events: Arc::clone(&parts.parked_events) },
    )
}

/// The endpoint of the API with its document and its documentation page, and the responder that serves hot reads before
/// routing.
pub fn api_endpoint(parts: HttpParts) -> (impl Endpoint<Output = Response> + 'static, HotReads) {
    let hot_reads = HotReads {
        cache: Arc::clone(&parts.cache),
        clock: Arc::clone(&parts.clock),
        ids: Arc::clone(&parts.ids),
        plain_list: concerts::plain_list_key(),
        hsts: parts.settings.secure_cookies,
        metrics: hot_reads::HotReadMetrics::default(),
    };
    let service = openapi::service(resources(&parts));
    let addresses = Arc::new(openapi::addresses::<Resources>());
    let document = openapi_document();
    let HttpParts { pages, tokens, clock, ids, tasks, settings, cache, catalogue, .. } = parts;
    let trusted_proxies = settings.trusted_proxies.clone();
    let concerts: Arc<dyn PublicConcerts> = Arc::new(CatalogueConcerts { cache, catalogue });
    let origins = Origins { https: settings.secure_cookies };
    let request_context = RequestContext {
        tokens,
        registrations: settings.registrations_per_minute.map(|limit| RegistrationLimit::new(limit, &clock)),
        clock: Arc::clone(&clock),
        trusted_proxies: settings.trusted_proxies,
        allowed_origins: settings.allowed_origins,
    };
    let endpoint = Route::new()
        .at("/openapi.json", poem::get(openapi::document_endpoint(&document)))
        .at("/docs", poem::get(openapi::docs_endpoint(&service, &document)))
        .nest(openapi::API_BASE, service.with(Parameters { addresses: Arc::clone(&addresses) }))
        .at("/robots.txt", poem::get(web::robots_endpoint(origins)))
        .at("/sitemap.xml", poem::get(web::sitemap_endpoint(Arc::clone(&concerts), clock, origins)))
        .at("/*path", web::web_endpoint(WebPages { files: pages, concerts, origins }))
        .with(Compressed)
        .with(Capacity { permits: Arc::new(Permits::new(settings.max_requests)) })
        .with(Detached { tasks, trusted_proxies })
        .with(BodyArrival { addresses: Arc::clone(&addresses) })
        .data(Arc::new(request_context))
        .with(Problems { addresses })
        .with(SecurityHeaders { hsts: settings.secure_cookies })
        .with(Observed)
        .with(RequestIds { ids })
        .map_to_response();
    (endpoint, hot_reads)
}

/// The OpenAPI document of the API. Its text is deterministic.
pub fn openapi_document() -> String {
    openapi::document_of::<Resources>()
}

#[cfg(test)]
pub(crate) mod tests;
