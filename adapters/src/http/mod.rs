//! HTTP: the API under `/api/v1`, its OpenAPI document and documentation page, the web pages, and the admin port.
//!
//! A request passes the `middleware`, the route of its operation, and the extractors of `auth` and its body. It arrives
//! at one method of one resource, which maps the request, calls one use case, and maps the outcome. Every error is a
//! `problem`.

mod address_range;
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
mod resources;
mod server;
mod sessions;
mod strict_object;
mod users;
mod web;

use std::num::NonZeroU32;
use std::sync::Arc;

use boxoffice_domain::shared::{Clock, IdGenerator};
use poem::{Endpoint, EndpointExt, Response, Route};
use secrecy::SecretString;
use tokio_util::task::TaskTracker;

use auth::RefreshCookieSettings;
use cursor::Cursors;
use middleware::{
    BodyArrival, Capacity, Compressed, Detached, Misdirected, Observed, Parameters, Permits, Problems, RequestIds,
    SecurityHeaders,
};
use rate_limit::{PasswordAttempts, RegistrationLimit};
use request_context::RequestContext;
use resources::{ResourceParts, Resources, resources, served_elsewhere};
use web::{CatalogueConcerts, Origins, PublicConcerts, WebPages};

pub use address_range::{AddressRange, NoAddressRange};
pub use admin::{AdminParts, Health, admin_endpoint};
pub use auth::{TokenRefusal, VerifiedToken, VerifyAccessToken};
pub use concerts::renderers;
pub use hot_reads::HotReads;
pub use resources::{BookingUseCases, ConcertUseCases, PaymentUseCases, UseCases, UserUseCases};
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
    /// The use cases that this process serves.
    pub served: UseCases,
    /// The files of the web pages.
    pub pages: Arc<dyn WebFiles>,
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

/// The endpoint of the API with its document, its documentation page and the web pages, and the responder that serves hot
/// reads before routing. What another process serves is refused with `not_served_here`.
pub fn api_endpoint(parts: HttpParts) -> (impl Endpoint<Output = Response> + 'static, HotReads) {
    let HttpParts { served, pages, tokens, clock, ids, tasks, settings } = parts;
    let hot_reads = HotReads {
        cache: served.concerts.as_ref().map(|concerts| Arc::clone(&concerts.cache)),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        plain_list: concerts::plain_list_key(),
        hsts: settings.secure_cookies,
        metrics: hot_reads::HotReadMetrics::default(),
    };
    let is_limited = settings.registrations_per_minute.is_some();
    let resources = resources(
        &served,
        &ResourceParts {
            cursors: Arc::new(Cursors::new(&settings.signing_key)),
            clock: Arc::clone(&clock),
            cookie: RefreshCookieSettings { secure: settings.secure_cookies },
            attempts: is_limited.then(|| Arc::new(PasswordAttempts::new(&clock))),
        },
    );
    let addresses = Arc::new(openapi::addresses::<Resources>());
    let elsewhere = Arc::new(openapi::addresses_of::<Resources>(served_elsewhere(&resources)));
    let service = openapi::service(resources);
    let document = openapi_document();
    let trusted_proxies = settings.trusted_proxies.clone();
    let request_context = RequestContext {
        tokens,
        registrations: settings.registrations_per_minute.map(|limit| RegistrationLimit::new(limit, &clock)),
        clock: Arc::clone(&clock),
        trusted_proxies: settings.trusted_proxies,
        allowed_origins: settings.allowed_origins,
    };
    let api = Route::new()
        .at("/openapi.json", poem::get(openapi::document_endpoint(&document)))
        .at("/docs", poem::get(openapi::docs_endpoint(&service, &document)))
        .nest(openapi::API_BASE, service.with(Parameters { addresses: Arc::clone(&addresses) }));
    let origins = Origins { https: settings.secure_cookies };
    let endpoint = with_web_pages(api, served.concerts, pages, clock, origins)
        .with(Compressed)
        .with(Capacity { permits: Arc::new(Permits::new(settings.max_requests)) })
        .with(Detached { tasks, trusted_proxies })
        .with(BodyArrival { addresses: Arc::clone(&addresses) })
        .with(Misdirected { elsewhere })
        .data(Arc::new(request_context))
        .with(Problems { addresses })
        .with(SecurityHeaders { hsts: settings.secure_cookies })
        .with(Observed)
        .with(RequestIds { ids })
        .map_to_response();
    (endpoint, hot_reads)
}

/// Adds the web pages, which are served with the concerts that they show.
fn with_web_pages(
    route: Route,
    concerts: Option<ConcertUseCases>,
    files: Arc<dyn WebFiles>,
    clock: Arc<dyn Clock>,
    origins: Origins,
) -> Route {
    let Some(ConcertUseCases { cache, catalogue, .. }) = concerts else {
        return route.at("/*path", web::misdirected_endpoint(files));
    };
    let concerts: Arc<dyn PublicConcerts> = Arc::new(CatalogueConcerts { cache, catalogue });
    route
        .at("/robots.txt", poem::get(web::robots_endpoint(origins)))
        .at("/sitemap.xml", poem::get(web::sitemap_endpoint(Arc::clone(&concerts), clock, origins)))
        .at("/*path", web::web_endpoint(WebPages { files, concerts, origins }))
}

/// The OpenAPI document of the API. Its text is deterministic.
pub fn openapi_document() -> String {
    openapi::document_of::<Resources>()
}

#[cfg(test)]
pub(crate) mod tests;
