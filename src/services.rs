//! The use cases over the adapters that the settings choose: what every command of the program works with.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_adapters::cache::{ShopWindow, WindowParts};
use boxoffice_adapters::db::{Database, OpenError};
use boxoffice_adapters::desk::{
    Bounds, ConcertsOfBookings, GroupDesk, GroupPaymentDesk, GroupReturnsDesk, MeteredDesk, Sights, SparingDesk, Turns,
};
use boxoffice_adapters::gateways::{SandboxGateway, SandboxSettings};
use boxoffice_adapters::http::renderers;
use boxoffice_adapters::live::LiveSeats;
use boxoffice_adapters::seat_maps::MemorySeatMaps;
use boxoffice_adapters::security::{Argon2Hasher, CurrentTokens, JwtTokens, TokenRevocations, WeakSecret};
use boxoffice_adapters::system::{ClockWatch, MonotonicClock, SystemClock, SystemIds};
use boxoffice_adapters::workers::OutboxNotifier;
use boxoffice_domain::bookings::{BookingDesk, Bookings, DirectDesk, Placing, PlacingPolicy, Returns};
use boxoffice_domain::concerts::{Catalogue, ConcertLimits, Concerts};
use boxoffice_domain::events::{EventHandler, OutboxEntry, ParkedEvents, RecordAuditLog, Relay};
use boxoffice_domain::payments::{PaymentGateway, PaymentPorts, PaymentSettings, PaymentUnits, Payments};
use boxoffice_domain::reports::Reports;
use boxoffice_domain::shared::{Clock, IdGenerator};
use boxoffice_domain::store::{CommittedEvents, Store};
use boxoffice_domain::upkeep::Upkeep;
use boxoffice_domain::users::{Accounts, SecurityError, Sessions, UserQueries};
use secrecy::SecretString;

use crate::settings::{self, Settings};

/// The most tickets of a concert where all bookings wait while one is created: for less than a second.
const TICKETS_MAX_WITH_ONE_WRITER: u32 = 200_000;

/// The use cases, and what is shared beside them. Cheap to clone.
#[derive(Clone)]
pub struct Services {
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
    /// Looking at concerts.
    pub catalogue: Arc<Catalogue>,
    /// Where bookings are placed.
    pub desk: Arc<dyn BookingDesk>,
    /// Bookings once they are placed.
    pub bookings: Arc<Bookings>,
    /// Payments and refunds.
    pub payments: Arc<Payments>,
    /// How concerts sell.
    pub reports: Arc<Reports>,
    /// Audit and pruning.
    pub upkeep: Arc<Upkeep>,
    /// Delivers events, one relay a consumer.
    pub relays: Vec<Arc<Relay>>,
    /// Wakes the relays when this process commits events.
    pub outbox_notifier: Arc<OutboxNotifier>,
    /// What consumers could not handle.
    pub parked_events: Arc<ParkedEvents>,
    /// Users as they are stored.
    pub users: Arc<dyn UserQueries>,
    /// Verifies access tokens.
    pub tokens: Arc<CurrentTokens>,
    /// Which access tokens are out of date.
    pub revocations: Arc<TokenRevocations>,
    /// What cursors are signed with.
    pub signing_key: SecretString,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// How far the clock is from the database's.
    pub clock_watch: Arc<ClockWatch>,
    /// Ids and randomness.
    pub ids: Arc<dyn IdGenerator>,
    /// The database.
    pub database: Database,
}

/// Why the use cases cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The database.
    #[error("the database cannot be used")]
    Database(#[from] OpenError),
    /// Hashing of passwords.
    #[error("passwords cannot be hashed")]
    Hasher(#[from] SecurityError),
    /// The signing key.
    #[error(transparent)]
    SigningKey(#[from] WeakSecret),
}

impl Services {
    /// Puts them together; no connection is made yet. Must be called inside of a tokio runtime.
    ///
    /// # Errors
    /// [`ServicesError`].
    pub fn build(settings: &Settings) -> Result<Self, ServicesError> {
        Self::over(settings, Database::open(&settings.database.config())?, Arc::new(SystemClock))
    }

    /// The same over a database that is open, by another clock.
    ///
    /// # Errors
    /// [`ServicesError`].
    pub fn over(settings: &Settings, database: Database, clock: Arc<dyn Clock>) -> Result<Self, ServicesError> {
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new(Arc::clone(&clock)));
        let queries = Arc::new(database.clone());
        // How old a thing in memory is must not depend on the time of day, which may be corrected.
        let age_clock: Arc<dyn Clock> = Arc::new(MonotonicClock::beginning_at(clock.now()));
        let seat_maps = Arc::new(MemorySeatMaps::new(queries.clone(), age_clock.clone()));
        let outbox_notifier = Arc::new(OutboxNotifier::default());
        let handlers: Vec<Arc<dyn EventHandler>> = vec![Arc::new(RecordAuditLog::new(queries.clone()))];
        let relay = |handler: &Arc<dyn EventHandler>| {
            Arc::new(Relay::new(queries.clone(), queries.clone(), handler.clone(), clock.clone(), ids.as_ref()))
        };
        let relays: Vec<Arc<Relay>> = handlers.iter().map(relay).collect();
        let catalogue = Arc::new(Catalogue::new(queries.clone(), queries.clone(), clock.clone()));
        let window = Arc::new(ShopWindow::new(WindowParts {
            catalogue: catalogue.clone(),
            log: queries.clone(),
            clock: age_clock,
            renderers: renderers(),
        }));
        let concerts_of_bookings = Arc::new(ConcertsOfBookings::new(queries.clone()));
        let revocations = Arc::new(TokenRevocations::new(queries.clone(), clock.clone()));
        let mut listeners: Vec<Arc<dyn CommittedEvents>> =
            vec![revocations.clone(), seat_maps.clone(), window.clone(), concerts_of_bookings.clone()];
        for relay in &relays {
            listeners.push(relay.clone());
        }
        // Only now there is something to be found.
        listeners.push(outbox_notifier.clone());
        let store: Arc<dyn Store> = Arc::new(database.store(Arc::new(Listeners(listeners)), ids.clone()));

        let signing_key = signing_key(settings, ids.as_ref());
        let tokens = Arc::new(JwtTokens::new(&signing_key, settings.auth.access_token_seconds)?);
        let hasher = Arc::new(Argon2Hasher::new(settings.auth.password_cost(), ids.clone())?);
        let accounts = Accounts::new(store.clone(), queries.clone(), hasher.clone(), clock.clone(), ids.clone());
        let sessions = Sessions::new(
            store.clone(),
            queries.clone(),
            hasher,
            tokens.clone(),
            clock.clone(),
            ids.clone(),
            settings.auth.session_lifetimes(),
        );

        let concerts = Concerts::new(store.clone(), queries.clone(), clock.clone(), ids.clone())
            .limited(concert_limits(settings, &database));
        let policy = PlacingPolicy { hold_seconds: settings.bookings.hold_seconds.into() };
        let placing = Placing::new(store.clone(), seat_maps, queries.clone(), clock.clone(), ids.clone(), policy);
        let groups = groups(&settings.bookings, &database);
        let sights =
            Sights { window: window.clone(), bookings: queries.clone(), keys: queries.clone(), clock: clock.clone() };
        let desk = MeteredDesk::new(desk(placing, groups.as_ref(), sights));
        let bookings = Bookings::new(store.clone(), queries.clone(), queries.clone(), clock.clone(), ids.clone());
        let returns = Returns::new(store.clone(), clock.clone(), ids.clone());
        let bookings = at_returns_desk(bookings, returns, groups.as_ref());

        let ports = PaymentPorts {
            store,
            payments: queries.clone(),
            bookings: queries.clone(),
            organisers: queries.clone(),
            gateway: gateway(&settings.payments, clock.clone()),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let payment_settings = PaymentSettings { grace_seconds: settings.payments.grace_seconds.into() };
        let payments = payments(ports, payment_settings, groups, concerts_of_bookings);

        let watchers = |bound: u32| usize::try_from(bound).unwrap_or(usize::MAX);
        Ok(Self {
            accounts: Arc::new(accounts),
            sessions: Arc::new(sessions),
            concerts: Arc::new(concerts),
            live: Arc::new(LiveSeats::new(
                window.clone(),
                watchers(settings.http.max_watchers),
                watchers(settings.http.max_watchers_per_address),
            )),
            window,
            catalogue,
            desk: Arc::new(desk),
            bookings: Arc::new(bookings),
            payments: Arc::new(payments),
            reports: Arc::new(Reports::new(queries.clone(), queries.clone(), clock.clone())),
            upkeep: Arc::new(Upkeep::new(queries.clone(), queries.clone(), clock.clone())),
            relays,
            outbox_notifier,
            parked_events: Arc::new(ParkedEvents::new(queries.clone(), handlers)),
            users: queries,
            tokens: Arc::new(CurrentTokens::new(tokens, revocations.clone())),
            revocations,
            signing_key,
            clock_watch: Arc::new(ClockWatch::new(clock.clone(), Arc::new(database.clone()))),
            clock,
            ids,
            database,
        })
    }
}

/// How much one concert and one organiser may write.
fn concert_limits(settings: &Settings, database: &Database) -> ConcertLimits {
    ConcertLimits {
        tickets_max: database.has_one_writer().then_some(TICKETS_MAX_WITH_ONE_WRITER),
        per_day: settings.limits.enabled.then_some(settings.limits.concerts_per_day),
    }
}

/// Who takes turns, and within which bounds, when the settings ask for groups.
fn groups(settings: &settings::BookingSettings, database: &Database) -> Option<(Turns, Bounds)> {
    let turns = || if database.has_one_writer() { Turns::one_in_the_database() } else { Turns::two_at_a_concert() };
    let bounds = Bounds::default().with_wait(Duration::from_millis(settings.wait_ms.into()));
    match settings.desk {
        settings::Desk::Direct => None,
        settings::Desk::Group => Some((turns(), bounds)),
    }
}

fn desk(placing: Placing, groups: Option<&(Turns, Bounds)>, sights: Sights) -> Arc<dyn BookingDesk> {
    match groups {
        None => Arc::new(DirectDesk::new(placing)),
        Some((turns, bounds)) => {
            let desk = GroupDesk::new(Arc::new(placing), turns.clone(), *bounds);
            Arc::new(SparingDesk::new(Arc::new(desk), sights, *bounds))
        }
    }
}

fn at_returns_desk(bookings: Bookings, returns: Returns, groups: Option<&(Turns, Bounds)>) -> Bookings {
    match groups {
        None => bookings,
        Some((turns, bounds)) => bookings.at_desk(Arc::new(GroupReturnsDesk::new(returns, turns.clone(), *bounds))),
    }
}

fn payments(
    ports: PaymentPorts,
    settings: PaymentSettings,
    groups: Option<(Turns, Bounds)>,
    concerts: Arc<ConcertsOfBookings>,
) -> Payments {
    let units = PaymentUnits::new(&ports, settings);
    let payments = Payments::new(ports, settings);
    match groups {
        None => payments,
        Some((turns, bounds)) => payments.at_desk(Arc::new(GroupPaymentDesk::new(units, concerts, turns, bounds))),
    }
}

fn gateway(settings: &settings::PaymentSettings, clock: Arc<dyn Clock>) -> Arc<dyn PaymentGateway> {
    match settings.gateway {
        settings::Gateway::Sandbox => {
            let pending_seconds = settings.sandbox_pending_seconds.into();
            let latency = Duration::from_millis(settings.sandbox_latency_ms.into());
            Arc::new(SandboxGateway::new(clock, SandboxSettings { pending_seconds, latency }))
        }
    }
}

/// The key of the settings, or one that nobody knows and that ends with this process.
fn signing_key(settings: &Settings, ids: &dyn IdGenerator) -> SecretString {
    if let Some(key) = &settings.auth.signing_key {
        return key.clone();
    }
    let mut bytes = [0_u8; JwtTokens::SECRET_BYTES_MIN];
    ids.fill_random(&mut bytes);
    let hex = bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    hex.into()
}

/// Everybody who hears of committed events, in this order.
struct Listeners(Vec<Arc<dyn CommittedEvents>>);

impl CommittedEvents for Listeners {
    fn committed(&self, entries: &[OutboxEntry]) {
        self.0.iter().for_each(|listener| listener.committed(entries));
    }
}
