//! HTTP: the API under `/api/v1`, its document and documentation page, the web pages, and the operator's port.
//!
//! A request passes the `middleware`, the route of its operation, the extractors of `auth` and its body, and arrives
//! at one method of one resource, which translates, calls one use case, and translates back. Whatever does not work out
//! is a `problem`.

mod admin;
mod admission;
mod auth;
mod bookings;
mod client_address;
mod concerts;
mod cursor;
mod edge;
mod etag;
mod hot_reads;
mod idempotency;
mod instant;
mod json;
mod middleware;
mod objects;
mod openapi;
mod page;
mod parked_events;
mod payments;
mod problem;
mod public_answer;
mod rate_limit;
mod reply;
mod reports;
mod server;
mod sessions;
mod users;
mod web;

use std::num::NonZeroU32;
use std::sync::Arc;

use boxoffice_domain::bookings::{BookingDesk, Bookings};
use boxoffice_domain::concerts::{Catalogue, Concerts};
use boxoffice_domain::events::ParkedEvents;
use boxoffice_domain::payments::Payments;
use boxoffice_domain::reports::Reports;
use boxoffice_domain::shared::{Clock, IdGenerator};
use boxoffice_domain::users::{Accounts, Sessions};
use poem::{Endpoint, EndpointExt, Response, Route};
use secrecy::SecretString;
use tokio_util::task::TaskTracker;

use auth::RefreshCookieSettings;
use bookings::BookingsApi;
use concerts::{CatalogueApi, ConcertsApi, WatchApi};
use cursor::Cursors;
use edge::Edge;
use middleware::{
    BodyArrival, Capacity, Compressed, Detached, Observed, Parameters, Permits, Problems, RequestIds, SecurityHeaders,
};
use parked_events::ParkedEventsApi;
use payments::PaymentsApi;
use rate_limit::{PasswordAttempts, RegistrationLimit};
use reports::ReportsApi;
use sessions::SessionsApi;
use users::UsersApi;
use web::{CatalogueConcerts, Origins, PublicConcerts, WebPages};

use crate::cache::ShopWindow;
use crate::live::LiveSeats;

pub use admin::{AdminParts, Health, admin_endpoint};
pub use auth::{TokenRefusal, VerifiedToken, VerifyAccessToken};
pub use client_address::{AddressRange, NoAddressRange};
pub use concerts::renderers;
pub use hot_reads::HotReads;
pub use server::{BoundServer, Ending, Head, Patience, Shortcut};
pub use web::{EmbeddedFiles, WebFile, WebFiles};

/// How the API meets its clients.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Whether the refresh cookie travels over HTTPS only, and browsers are told to stay there.
    pub secure_cookies: bool,
    /// What cursors are signed with; the same in every process of an installation.
    pub signing_key: SecretString,
    /// How often one address may register a minute; `None` for no limit, neither on this nor on wrong passwords.
    pub registrations_per_minute: Option<NonZeroU32>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<AddressRange>,
    /// Origins of pages beside our own that may use the refresh cookie, such as `https://tickets.example`.
    pub allowed_origins: Vec<String>,
    /// Requests of each kind (reads, changes, those that wait for the payment gateway) that are worked on at once; the rest
    /// is turned away.
    pub max_requests: usize,
}

/// What the API is made of.
pub struct HttpParts {
    /// Accounts.
    pub accounts: Arc<Accounts>,
    /// Sessions.
    pub sessions: Arc<Sessions>,
    /// Putting concerts on sale.
    pub concerts: Arc<Concerts>,
    /// What everybody may read of concerts.
    pub window: Arc<ShopWindow>,
    /// What changes of concerts while somebody watches.
    pub live: Arc<LiveSeats>,
    /// Reading concerts.
    pub catalogue: Arc<Catalogue>,
    /// Where bookings are placed.
    pub desk: Arc<dyn BookingDesk>,
    /// Bookings once they are placed.
    pub bookings: Arc<Bookings>,
    /// Payments.
    pub payments: Arc<Payments>,
    /// The web pages.
    pub pages: Arc<dyn WebFiles>,
    /// How concerts sell.
    pub reports: Arc<Reports>,
    /// What consumers of events could not handle.
    pub parked_events: Arc<ParkedEvents>,
    /// Tells who an access token was issued to.
    pub tokens: Arc<dyn VerifyAccessToken>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Where request ids come from.
    pub ids: Arc<dyn IdGenerator>,
    /// Counts the requests that go on without their client; give the same one to [`Ending`].
    pub tasks: TaskTracker,
    /// How the API meets its clients.
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
            window: Arc::clone(&parts.window),
            catalogue: Arc::clone(&parts.catalogue),
            cursors: Arc::clone(&cursors),
        },
        WatchApi { live: Arc::clone(&parts.live) },
        ConcertsApi { concerts: Arc::clone(&parts.concerts) },
        BookingsApi {
            desk: Arc::clone(&parts.desk),
            bookings: Arc::clone(&parts.bookings),
            cursors,
            clock: Arc::clone(&parts.clock),
        },
        PaymentsApi { payments: Arc::clone(&parts.payments) },
        ReportsApi { reports: Arc::clone(&parts.reports), clock: Arc::clone(&parts.clock) },
        ParkedEventsApi { parked_events: Arc::clone(&parts.parked_events) },
    )
}

/// The API with its document and its documentation page, and what answers its hot reads before they reach it.
pub fn api_endpoint(parts: HttpParts) -> (impl Endpoint<Output = Response> + 'static, HotReads) {
    let hot_reads = HotReads {
        window: Arc::clone(&parts.window),
        clock: Arc::clone(&parts.clock),
        ids: Arc::clone(&parts.ids),
        plain_list: concerts::plain_list_key(),
        hsts: parts.settings.secure_cookies,
        observed: hot_reads::Observed::default(),
    };
    let service = openapi::service(resources(&parts));
    let addresses = Arc::new(openapi::addresses::<Resources>());
    let document = openapi_document();
    let HttpParts { pages, tokens, clock, ids, tasks, settings, window, catalogue, .. } = parts;
    let trusted_proxies = settings.trusted_proxies.clone();
    let concerts: Arc<dyn PublicConcerts> = Arc::new(CatalogueConcerts { window, catalogue });
    let origins = Origins { https: settings.secure_cookies };
    let edge = Edge {
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
        .data(Arc::new(edge))
        .with(Problems { addresses })
        .with(SecurityHeaders { hsts: settings.secure_cookies })
        .with(Observed)
        .with(RequestIds { ids })
        .map_to_response();
    (endpoint, hot_reads)
}

/// The OpenAPI document of the API, the same text each time.
pub fn openapi_document() -> String {
    openapi::document_of::<Resources>()
}

#[cfg(test)]
pub(crate) mod tests;
