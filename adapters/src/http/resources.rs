//! The resources of the API, each over the use cases of its module. A process serves all of them or some: the others are
//! routed nowhere, and a request for them is refused as misdirected.

use std::collections::HashMap;
use std::sync::Arc;

use boxoffice_domain::bookings::Bookings;
use boxoffice_domain::concerts::{Catalogue, Concerts};
use boxoffice_domain::events::ParkedEvents;
use boxoffice_domain::payments::Payments;
use boxoffice_domain::reports::Reports;
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::sales::payment::PaymentProcessor;
use boxoffice_domain::sales::placement::BookingPlacement;
use boxoffice_domain::shared::Clock;
use boxoffice_domain::users::{Accounts, Sessions};
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaApi, Registry};

use super::auth::RefreshCookieSettings;
use super::bookings::BookingsApi;
use super::concerts::{CatalogueApi, ConcertsApi, WatchApi};
use super::cursor::Cursors;
use super::parked_events::ParkedEventsApi;
use super::payments::PaymentsApi;
use super::rate_limit::PasswordAttempts;
use super::reports::ReportsApi;
use super::sessions::SessionsApi;
use super::users::UsersApi;
use crate::concert_state::PublicConcertCache;
use crate::live::LiveSeats;

/// The use cases that a process serves, by module. Those that are missing are served by another process.
#[derive(Clone, Default)]
pub struct UseCases {
    /// Accounts and sessions.
    pub users: Option<UserUseCases>,
    /// Concerts. With them come the web pages.
    pub concerts: Option<ConcertUseCases>,
    /// Bookings.
    pub bookings: Option<BookingUseCases>,
    /// Payments and refunds.
    pub payments: Option<PaymentUseCases>,
    /// Reports sales.
    pub reports: Option<Arc<Reports>>,
    /// What consumers of events could not handle.
    pub parked_events: Option<Arc<ParkedEvents>>,
}

/// The use cases of accounts and sessions.
#[derive(Clone)]
pub struct UserUseCases {
    /// Registers and changes accounts.
    pub accounts: Arc<Accounts>,
    /// Logs in and out.
    pub sessions: Arc<Sessions>,
}

/// The use cases of concerts.
#[derive(Clone)]
pub struct ConcertUseCases {
    /// Creates and changes concerts.
    pub concerts: Arc<Concerts>,
    /// Reads concerts.
    pub catalogue: Arc<Catalogue>,
    /// Serves public reads of concerts.
    pub cache: Arc<PublicConcertCache>,
    /// Streams seat changes to subscribers.
    pub live: Arc<LiveSeats>,
}

/// The use cases of bookings.
#[derive(Clone)]
pub struct BookingUseCases {
    /// Places bookings.
    pub placement: Arc<dyn BookingPlacement>,
    /// Reads bookings.
    pub bookings: Arc<Bookings>,
    /// Cancels bookings.
    pub cancellations: Arc<Cancellations>,
}

/// The use cases of payments.
#[derive(Clone)]
pub struct PaymentUseCases {
    /// Reads payments and refunds.
    pub payments: Arc<Payments>,
    /// Starts and refunds payments.
    pub processor: Arc<PaymentProcessor>,
}

/// What resources need besides their use cases.
pub(super) struct ResourceParts {
    pub(super) cursors: Arc<Cursors>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cookie: RefreshCookieSettings,
    /// `None` switches off the limits on wrong passwords.
    pub(super) attempts: Option<Arc<PasswordAttempts>>,
}

/// Every resource of the API, with those of a module together.
pub(super) type Resources = (
    Served<(UsersApi, SessionsApi)>,
    Served<(CatalogueApi, WatchApi, ConcertsApi)>,
    Served<BookingsApi>,
    Served<PaymentsApi>,
    Served<ReportsApi>,
    Served<ParkedEventsApi>,
);

/// The resources over the use cases that this process serves.
pub(super) fn resources(served: &UseCases, parts: &ResourceParts) -> Resources {
    let UseCases { users, concerts, bookings, payments, reports, parked_events } = served.clone();
    let ResourceParts { cursors, clock, cookie, attempts } = parts;
    (
        Served(users.map(|UserUseCases { accounts, sessions }| {
            let attempts = attempts.clone();
            (
                UsersApi { accounts, cursors: Arc::clone(cursors), attempts: attempts.clone() },
                SessionsApi { sessions, cookie: *cookie, clock: Arc::clone(clock), attempts },
            )
        })),
        Served(concerts.map(|ConcertUseCases { concerts, catalogue, cache, live }| {
            (
                CatalogueApi { cache, catalogue, cursors: Arc::clone(cursors) },
                WatchApi { live },
                ConcertsApi { concerts },
            )
        })),
        Served(bookings.map(|BookingUseCases { placement, bookings, cancellations }| BookingsApi {
            placement,
            bookings,
            cancellations,
            cursors: Arc::clone(cursors),
            clock: Arc::clone(clock),
        })),
        Served(payments.map(|PaymentUseCases { payments, processor }| PaymentsApi { payments, processor })),
        Served(reports.map(|reports| ReportsApi { reports, clock: Arc::clone(clock) })),
        Served(parked_events.map(|parked_events| ParkedEventsApi { parked_events })),
    )
}

/// What another process serves.
pub(super) fn served_elsewhere(resources: &Resources) -> Vec<MetaApi> {
    let (users, concerts, bookings, payments, reports, parked_events) = resources;
    [
        users.elsewhere(),
        concerts.elsewhere(),
        bookings.elsewhere(),
        payments.elsewhere(),
        reports.elsewhere(),
        parked_events.elsewhere(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Resources that are in the document of every process, and in the routes of those that serve them.
pub(super) struct Served<T>(Option<T>);

impl<T: OpenApi> Served<T> {
    fn elsewhere(&self) -> Vec<MetaApi> {
        if self.0.is_none() { T::meta() } else { Vec::new() }
    }
}

impl<T: OpenApi> OpenApi for Served<T> {
    fn meta() -> Vec<MetaApi> {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        if let Some(resources) = self.0 {
            resources.add_routes(routes);
        }
    }
}
