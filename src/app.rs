//! The running program: the API, the admin port and the workers, from start to shutdown.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use boxoffice_adapters::db::{Database, PoolUsage, migrate};
use boxoffice_adapters::http::{
    AdminParts, BoundServer, EarlyResponder, EmbeddedFiles, Health, HttpConfig, HttpParts, Shutdown, UseCases,
    admin_endpoint, api_endpoint,
};
use boxoffice_adapters::system::{ClockSkewed, ClockWatch, SystemClock};
use boxoffice_adapters::workers::{RunningWorkers, Worker};
use boxoffice_domain::shared::{Causes, StoreError};
use metrics_exporter_prometheus::PrometheusHandle;
use poem::Endpoint;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::open_files::{self, TooFewOpenFiles};
use crate::services::{self, Module, ServicesError, Shared};
use crate::settings::{Service, Settings};
use crate::telemetry::{self, TelemetryError};

/// The maximum number of connections on the admin port: a scraper, probes, an operator or two.
const ADMIN_CONNECTIONS_MAX: usize = 64;
/// How long a scrape may continue after everything else has stopped.
const ADMIN_DRAIN: Duration = Duration::from_secs(1);

/// How long a start tries to read from a database that is too busy.
const CATCH_UP_TIME_MAX: Duration = Duration::from_secs(30);
/// The pause before it tries again.
const CATCH_UP_PAUSE: Duration = Duration::from_secs(1);

/// The addresses on which the program listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The shop and its API.
    pub http: SocketAddr,
    /// Metrics and probes.
    pub admin: SocketAddr,
}

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The modules cannot be built.
    #[error(transparent)]
    Services(#[from] ServicesError),
    /// The migrations failed.
    #[error("the tables of the database cannot be made")]
    Migrate(#[from] migrate::MigrateError),
    /// The clock differs too much from the database's.
    #[error(transparent)]
    Clock(#[from] ClockSkewed),
    /// The database failed.
    #[error("the database cannot be worked with")]
    Store(#[from] StoreError),
    /// Migrations are missing, and the program must not apply them.
    #[error("the tables of the database miss {0} step(s); run `boxoffice migrate up`")]
    Outdated(usize),
    /// The system's limit of open files is too low.
    #[error(transparent)]
    TooFewOpenFiles(#[from] TooFewOpenFiles),
    /// The metrics cannot be recorded.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// An address cannot be bound.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
}

/// The program, built but not serving yet.
pub struct App {
    settings: Settings,
    shared: Shared,
    modules: Vec<Arc<dyn Module>>,
    api: BoundServer,
    admin: BoundServer,
    metrics: PrometheusHandle,
}

impl App {
    /// Applies the migrations, builds the modules that the settings select, and binds the addresses.
    ///
    /// # Errors
    /// Returns [`BuildError`].
    pub async fn build(settings: &Settings) -> Result<Self, BuildError> {
        let metrics = telemetry::metrics()?;
        prepare_tables(settings).await?;
        let database = Arc::new(Database::open(&settings.database.config()).map_err(ServicesError::from)?);
        let shared = Shared::build(settings, database, Arc::new(SystemClock))?;
        let modules = services::selected(settings, &shared)?;
        shared.database.inspect_file().await?;
        catch_up_patiently(&shared).await?;
        shared.clock_watch.check()?;
        if !settings.environment_is_chosen {
            tracing::warn!(
                "BOXOFFICE_ENV is not set: these are the settings of a developer's machine, with cookies that travel \
                 without HTTPS and with play money. Set it to production, staging, test or development"
            );
        }
        for (former, current) in &settings.renamed {
            tracing::warn!("the setting {former} is called {current}; its former name is read for one release");
        }
        if settings.auth.signing_key.is_none() {
            tracing::warn!("auth.signing_key is not set: access tokens end with this process, and others refuse them");
        }
        let http = &settings.http;
        let connections_max = open_files::connections_max(settings)?;
        let share = usize::try_from(http.max_connections_per_address).unwrap_or(usize::MAX);
        let api = bind(http.address, connections_max).await?.with_share(share, http.trusted_proxies.clone());
        let admin = bind(settings.admin.address, ADMIN_CONNECTIONS_MAX).await?;
        Ok(Self { settings: settings.clone(), shared, modules, api, admin, metrics })
    }

    /// The bound addresses. If the settings say port 0, these contain the ports that the system chose.
    pub fn addresses(&self) -> Addresses {
        Addresses { http: self.api.address(), admin: self.admin.address() }
    }

    /// The database.
    pub const fn database(&self) -> &Arc<Database> {
        &self.shared.database
    }

    /// The services of this process.
    pub fn services(&self) -> impl Iterator<Item = Service> {
        Service::ALL.into_iter().filter(|service| self.settings.serve.includes(*service))
    }

    /// Serves requests and runs the workers until `stop` is cancelled or a server panics. Then, in this order:
    /// `/readyz` fails, new connections are refused, running requests finish, the workers finish their current runs,
    /// and the admin port closes. Each wait is bounded.
    ///
    /// # Errors
    /// Returns the error of the first task that panicked.
    pub async fn run_until_stopped(self, stop: CancellationToken) -> io::Result<()> {
        let Self { settings, shared, modules, api, admin, metrics } = self;
        let drain = Duration::from_secs(settings.http.drain_seconds.into());
        let draining = CancellationToken::new();
        let (api_stop, admin_stop) = (CancellationToken::new(), CancellationToken::new());
        // Cancelled when either server ends.
        let ended = CancellationToken::new();

        let tidying = tokio::spawn(telemetry::keep_metrics_small(metrics.clone(), admin_stop.clone()));
        let logging = tokio::spawn(telemetry::log_omitted(admin_stop.clone()));
        let endpoint = admin_endpoint(admin_parts(&shared, modules.clone(), draining.clone(), metrics));
        let ending = Shutdown { stop: admin_stop.clone(), drain: ADMIN_DRAIN, tasks: TaskTracker::new() };
        let admin = spawn_server(admin, endpoint, (), ending, ended.clone());
        let revocations = shared.revocations.clone();
        let (polling_stop, tasks) = (admin_stop.clone(), TaskTracker::new());
        let polling = tokio::spawn(async move { revocations.keep_refreshing(polling_stop).await });
        let (clock_watch, comparing_stop) = (shared.clock_watch.clone(), admin_stop.clone());
        let comparing = tokio::spawn(async move { clock_watch.keep_comparing(comparing_stop).await });
        let (endpoint, hot_reads) = api_endpoint(http_parts(&settings, &shared, &modules, tasks.clone()));
        let ending = Shutdown { stop: api_stop.clone(), drain, tasks };
        let api = spawn_server(api, endpoint, hot_reads, ending, ended.clone());
        let workers = RunningWorkers::start(background(&settings, &shared, &modules));

        tokio::select! {
            () = stop.cancelled() => {
                draining.cancel();
                tokio::time::sleep(Duration::from_secs(settings.http.unready_seconds.into())).await;
            }
            () = ended.cancelled() => draining.cancel(),
        }
        modules.iter().for_each(|module| module.close());
        api_stop.cancel();
        let api = api.await;
        if tokio::time::timeout(drain, workers.stop()).await.is_err() {
            tracing::warn!("workers are stopped because they took too long to finish");
        }
        admin_stop.cancel();
        let admin = admin.await;
        let others = tidying.await.and(logging.await).and(polling.await).and(comparing.await);
        tracing::info!("stopped");
        api.and(admin).and(others).map_err(io::Error::other)
    }
}

async fn prepare_tables(settings: &Settings) -> Result<(), BuildError> {
    let config = settings.database.config();
    if settings.database.migrate {
        for step in migrate::up(&config).await? {
            tracing::info!(step = step.name, "a migration was applied");
        }
    }
    let status = migrate::status(&config).await?;
    if !status.unknown.is_empty() {
        tracing::warn!(
            steps = status.unknown.join(", "),
            "a newer version of boxoffice changed the tables of the database; this one serves with what it knows of them"
        );
    }
    match status.missing() {
        0 => Ok(()),
        missing => Err(BuildError::Outdated(missing)),
    }
}

/// Catches up, and tries again while the database is too busy to accept a connection or to answer in time. It has
/// answered the migrations, so its settings are right. Many instances that start at once are the usual cause.
async fn catch_up_patiently(shared: &Shared) -> Result<(), StoreError> {
    let begun_at = Instant::now();
    loop {
        let error = match catch_up(shared).await {
            Err(error @ (StoreError::Busy | StoreError::Contention | StoreError::Unavailable(_))) => error,
            outcome => return outcome,
        };
        if begun_at.elapsed() > CATCH_UP_TIME_MAX {
            return Err(error);
        }
        tracing::warn!(
            error = %Causes(&error),
            retry_in_seconds = CATCH_UP_PAUSE.as_secs(),
            "the database is too busy for this start, which is tried again"
        );
        tokio::time::sleep(CATCH_UP_PAUSE).await;
    }
}

/// Reads what this process must know before it serves, and refreshes what an older version of the program wrote.
async fn catch_up(shared: &Shared) -> Result<(), StoreError> {
    shared.clock_watch.compare().await?;
    let folded = shared.database.refresh_search_texts().await?;
    if folded > 0 {
        tracing::info!(concerts = folded, "the search texts of an older version were refreshed");
    }
    shared.revocations.refresh().await
}

async fn bind(address: SocketAddr, connections_max: usize) -> Result<BoundServer, BuildError> {
    BoundServer::bind(address, connections_max).await.map_err(|source| BuildError::Listen { address, source })
}

/// Serves in a separate task, which cancels `ended` when it ends, even after a panic.
fn spawn_server(
    server: BoundServer,
    endpoint: impl Endpoint + 'static,
    shortcut: impl EarlyResponder,
    ending: Shutdown,
    ended: CancellationToken,
) -> JoinHandle<()> {
    let ended = ended.drop_guard();
    tokio::spawn(async move {
        server.serve(endpoint, shortcut, ending).await;
        drop(ended);
    })
}

fn http_parts(settings: &Settings, shared: &Shared, modules: &[Arc<dyn Module>], tasks: TaskTracker) -> HttpParts {
    let limits = &settings.limits;
    let registrations_per_minute = limits.enabled.then(|| NonZeroU32::new(limits.registrations_per_minute)).flatten();
    let mut served = UseCases::default();
    modules.iter().for_each(|module| module.add_use_cases(&mut served));
    HttpParts {
        served,
        pages: Arc::new(EmbeddedFiles),
        tokens: shared.tokens.clone(),
        clock: shared.clock.clone(),
        ids: shared.ids.clone(),
        tasks,
        settings: HttpConfig {
            secure_cookies: settings.http.secure_cookies,
            signing_key: shared.signing_key.clone(),
            registrations_per_minute,
            trusted_proxies: settings.http.trusted_proxies.clone(),
            allowed_origins: settings.http.allowed_origins.clone(),
            max_requests: usize::try_from(settings.http.max_requests).unwrap_or(usize::MAX),
        },
    }
}

fn admin_parts(
    shared: &Shared,
    modules: Vec<Arc<dyn Module>>,
    draining: CancellationToken,
    metrics: PrometheusHandle,
) -> AdminParts {
    let database = shared.database.clone();
    AdminParts {
        health: Arc::new(Readiness { database: database.clone(), clock: shared.clock_watch.clone() }),
        draining,
        clock: shared.clock.clone(),
        render_metrics: Arc::new(move || {
            record_pool_usage(&database);
            modules.iter().for_each(|module| module.record_usage());
            metrics.render()
        }),
    }
}

/// Updates the gauges that are only measured at a scrape.
fn record_pool_usage(database: &Database) {
    let gauge = |value| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    for PoolUsage { purpose, size, in_use } in database.usage() {
        metrics::gauge!("boxoffice_pool_connections_max", "pool" => purpose).set(gauge(size));
        metrics::gauge!("boxoffice_pool_connections_in_use", "pool" => purpose).set(gauge(in_use));
    }
}

/// The workers of this process. Empty if the settings leave them to other processes.
fn background(settings: &Settings, shared: &Shared, modules: &[Arc<dyn Module>]) -> Vec<Worker> {
    if !settings.workers.enabled {
        return Vec::new();
    }
    // What they do is a matter of the time: a process that does not know it leaves it to others.
    let with_right_clock = |worker: Worker| {
        let clock = shared.clock_watch.clone();
        worker.only_while(move || clock.check().is_ok())
    };
    modules.iter().flat_map(|module| module.workers(&settings.workers)).map(with_right_clock).collect()
}

/// The instance is ready if its database takes writes and its clock is right.
struct Readiness {
    database: Arc<Database>,
    clock: Arc<ClockWatch>,
}

#[async_trait]
impl Health for Readiness {
    async fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Err(error) = self.database.check().await {
            tracing::warn!(error = %Causes(&error), "the database does not take writes");
            faults.push("the database does not take writes".to_owned());
        }
        faults.extend(self.clock.check().err().map(|skewed| skewed.to_string()));
        faults
    }
}
