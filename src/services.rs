//! The use cases, built over the adapters that the settings select. Every command of the program uses them.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_adapters::cache::{CacheDependencies, PublicConcertCache};
use boxoffice_adapters::db::{Database, OpenError};
use boxoffice_adapters::gateways::{SandboxGateway, SandboxSettings};
use boxoffice_adapters::group_commit::{
    BatchLimits, BatchSlots, BookingConcertCache, GroupCommitBookings, GroupCommitCancellations, GroupCommitPayments,
    MeteredBookings, SoldOutFilter, SoldOutFilterDependencies,
};
use boxoffice_adapters::http::renderers;
use boxoffice_adapters::live::LiveSeats;
use boxoffice_adapters::seat_maps::MemorySeatMaps;
use boxoffice_adapters::security::{Argon2Hasher, CurrentTokens, JwtTokens, TokenRevocations, WeakSecret};
use boxoffice_adapters::system::{ClockWatch, MonotonicClock, SystemClock, SystemIds};
use boxoffice_adapters::workers::OutboxNotifier;
use boxoffice_domain::bookings::{BookingPlacement, Bookings, CancellationUnits, PlacementPolicy, PlacementUnits};
use boxoffice_domain::concerts::{Catalogue, ConcertLimits, Concerts};
use boxoffice_domain::events::{EventHandler, OutboxEntry, ParkedEvents, RecordAuditLog, Relay};
use boxoffice_domain::maintenance::Maintenance;
use boxoffice_domain::payments::{PaymentGateway, PaymentPorts, PaymentSettings, PaymentUnits, Payments};
use boxoffice_domain::reports::Reports;
use boxoffice_domain::shared::{Clock, IdGenerator};
use boxoffice_domain::store::{CommittedEvents, Store};
use boxoffice_domain::users::{Accounts, SecurityError, Sessions, UserQueries};
use secrecy::SecretString;

use crate::settings::{self, Settings};

/// The most tickets of a concert on a database with one writer. All bookings wait while a concert is created, and this
/// keeps the wait below a second.
const TICKETS_MAX_WITH_ONE_WRITER: u32 = 200_000;

/// The use cases and the parts that they share. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Registration and accounts.
    pub accounts: Arc<Accounts>,
    /// Log-ins.
    pub sessions: Arc<Sessions>,
    /// Creates and changes concerts.
    pub concerts: Arc<Concerts>,
    /// The public data of concerts, cached.
    pub cache: Arc<PublicConcertCache>,
    /// Streams seat changes to watching browsers.
    pub live: Arc<LiveSeats>,
    /// Reads concerts.
    pub catalogue: Arc<Catalogue>,
    /// Places bookings.
    pub placement: Arc<dyn BookingPlacement>,
    /// Reads, cancels and expires bookings.
    pub bookings: Arc<Bookings>,
    /// Payments and refunds.
    pub payments: Arc<Payments>,
    /// Sales reports.
    pub reports: Arc<Reports>,
    /// Verifies the stored data and prunes it.
    pub maintenance: Arc<Maintenance>,
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
    /// Knows which access tokens are revoked.
    pub revocations: Arc<TokenRevocations>,
    /// Signs page cursors.
    pub signing_key: SecretString,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Compares the clock with the database's.
    pub clock_watch: Arc<ClockWatch>,
    /// Generates ids and random bytes.
    pub ids: Arc<dyn IdGenerator>,
    /// The database.
    pub database: Database,
}

/// Why the use cases cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The database cannot be opened.
    #[error("the database cannot be used")]
    Database(#[from] OpenError),
    /// The settings of password hashing do not work.
    #[error("passwords cannot be hashed")]
    Hasher(#[from] SecurityError),
    /// The signing key is too weak.
    #[error(transparent)]
    SigningKey(#[from] WeakSecret),
}

impl Services {
    /// Builds the use cases. No connection is opened yet. Call this within a tokio runtime.
    ///
    /// # Errors
    /// Returns [`ServicesError`].
    pub fn build(settings: &Settings) -> Result<Self, ServicesError> {
        Self::over(settings, Database::open(&settings.database.config())?, Arc::new(SystemClock))
    }

    /// Builds the use cases over an open database and with another clock.
    ///
    /// # Errors
    /// Returns [`ServicesError`].
    pub fn over(settings: &Settings, database: Database, clock: Arc<dyn Clock>) -> Result<Self, ServicesError> {
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new(Arc::clone(&clock)));
        let queries = Arc::new(database.clone());
        // The age of an item in memory must not depend on the time of day, which may be corrected.
        let age_clock: Arc<dyn Clock> = Arc::new(MonotonicClock::beginning_at(clock.now()));
        let seat_maps = Arc::new(MemorySeatMaps::new(queries.clone(), age_clock.clone()));
        let outbox_notifier = Arc::new(OutboxNotifier::default());
        let handlers: Vec<Arc<dyn EventHandler>> = vec![Arc::new(RecordAuditLog::new(queries.clone()))];
        let relay = |handler: &Arc<dyn EventHandler>| {
            Arc::new(Relay::new(queries.clone(), queries.clone(), handler.clone(), clock.clone(), ids.as_ref()))
        };
        let relays: Vec<Arc<Relay>> = handlers.iter().map(relay).collect();
        let catalogue = Arc::new(Catalogue::new(queries.clone(), queries.clone(), clock.clone()));
        let cache = Arc::new(PublicConcertCache::new(CacheDependencies {
            catalogue: catalogue.clone(),
            log: queries.clone(),
            clock: age_clock,
            renderers: renderers(),
        }));
        let concerts_of_bookings = Arc::new(BookingConcertCache::new(queries.clone()));
        let revocations = Arc::new(TokenRevocations::new(queries.clone(), clock.clone()));
        let mut listeners: Vec<Arc<dyn CommittedEvents>> =
            vec![revocations.clone(), seat_maps.clone(), cache.clone(), concerts_of_bookings.clone()];
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
        let policy = PlacementPolicy { hold_seconds: settings.bookings.hold_seconds.into() };
        let placing =
            PlacementUnits::new(store.clone(), seat_maps, queries.clone(), clock.clone(), ids.clone(), policy);
        let groups = groups(&settings.bookings, &database);
        let dependencies = SoldOutFilterDependencies {
            cache: cache.clone(),
            bookings: queries.clone(),
            keys: queries.clone(),
            clock: clock.clone(),
        };
        let placement = MeteredBookings::new(placement(placing, groups.as_ref(), dependencies));
        let bookings = Bookings::new(store.clone(), queries.clone(), queries.clone(), clock.clone(), ids.clone());
        let cancellation = CancellationUnits::new(store.clone(), clock.clone(), ids.clone());
        let bookings = with_cancellation(bookings, cancellation, groups.as_ref());

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
                cache.clone(),
                watchers(settings.http.max_watchers),
                watchers(settings.http.max_watchers_per_address),
            )),
            cache,
            catalogue,
            placement: Arc::new(placement),
            bookings: Arc::new(bookings),
            payments: Arc::new(payments),
            reports: Arc::new(Reports::new(queries.clone(), queries.clone(), clock.clone())),
            maintenance: Arc::new(Maintenance::new(queries.clone(), queries.clone(), clock.clone())),
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

/// The limits for one concert and one organiser.
fn concert_limits(settings: &Settings, database: &Database) -> ConcertLimits {
    ConcertLimits {
        tickets_max: database.has_one_writer().then_some(TICKETS_MAX_WITH_ONE_WRITER),
        per_day: settings.limits.enabled.then_some(settings.limits.concerts_per_day),
    }
}

/// The batch slots and limits of the group commit, if the settings select it.
fn groups(settings: &settings::BookingSettings, database: &Database) -> Option<(BatchSlots, BatchLimits)> {
    let slots =
        || if database.has_one_writer() { BatchSlots::one_in_the_database() } else { BatchSlots::two_at_a_concert() };
    let bounds = BatchLimits::default().with_wait(Duration::from_millis(settings.wait_ms.into()));
    match settings.commit_mode {
        settings::CommitMode::Direct => None,
        settings::CommitMode::Group => Some((slots(), bounds)),
    }
}

fn placement(
    placing: PlacementUnits,
    groups: Option<&(BatchSlots, BatchLimits)>,
    dependencies: SoldOutFilterDependencies,
) -> Arc<dyn BookingPlacement> {
    match groups {
        None => Arc::new(placing),
        Some((slots, bounds)) => {
            let placement = GroupCommitBookings::new(Arc::new(placing), slots.clone(), *bounds);
            Arc::new(SoldOutFilter::new(Arc::new(placement), dependencies, *bounds))
        }
    }
}

fn with_cancellation(
    bookings: Bookings,
    cancellation: CancellationUnits,
    groups: Option<&(BatchSlots, BatchLimits)>,
) -> Bookings {
    match groups {
        None => bookings,
        Some((slots, bounds)) => {
            bookings.with_cancellation(Arc::new(GroupCommitCancellations::new(cancellation, slots.clone(), *bounds)))
        }
    }
}

fn payments(
    ports: PaymentPorts,
    settings: PaymentSettings,
    groups: Option<(BatchSlots, BatchLimits)>,
    concerts: Arc<BookingConcertCache>,
) -> Payments {
    let units = PaymentUnits::new(&ports, settings);
    let payments = Payments::new(ports, settings);
    match groups {
        None => payments,
        Some((slots, bounds)) => {
            payments.with_processing(Arc::new(GroupCommitPayments::new(units, concerts, slots, bounds)))
        }
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

/// The configured key, or a random one that is lost when the process ends.
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

/// Notifies every listener of committed events, in this order.
struct Listeners(Vec<Arc<dyn CommittedEvents>>);

impl CommittedEvents for Listeners {
    fn committed(&self, entries: &[OutboxEntry]) {
        self.0.iter().for_each(|listener| listener.committed(entries));
    }
}
