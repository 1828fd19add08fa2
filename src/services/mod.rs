//! The modules of the program, a file each. A module builds its use cases from the ports of [`Shared`], and brings its
//! HTTP resources and its workers into the processes that run it: see [`Module`].

mod bookings;
mod concerts;
mod events;
mod maintenance;
mod module;
mod payments;
mod reports;
mod shared;
mod users;

use std::sync::Arc;

use boxoffice_adapters::db::Database;
use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::Clock;

pub use self::bookings::BookingsModule;
pub use self::concerts::ConcertsModule;
pub use self::events::EventsModule;
pub use self::maintenance::MaintenanceModule;
pub use self::module::Module;
pub use self::payments::PaymentsModule;
pub use self::reports::ReportsModule;
pub use self::shared::{CommitListeners, GroupCommit, ServicesError, Shared};
pub use self::users::UsersModule;

use crate::settings::{Service, Settings};

/// The modules of the services that the settings select, for a process that serves them.
///
/// # Errors
/// Returns [`ServicesError`].
pub fn selected(settings: &Settings, shared: &Shared) -> Result<Vec<Arc<dyn Module>>, ServicesError> {
    let mut modules: Vec<Arc<dyn Module>> = Vec::new();
    for service in Service::ALL.into_iter().filter(|service| settings.serve.includes(*service)) {
        match service {
            Service::Users => modules.push(Arc::new(UsersModule::build(settings, shared)?)),
            Service::Bookings => {
                let concerts = ConcertsModule::build(settings, shared);
                modules.push(Arc::new(BookingsModule::build(settings, shared, &concerts)));
                modules.push(Arc::new(concerts));
                modules.push(Arc::new(ReportsModule::build(shared)));
            }
            Service::Payments => modules.push(Arc::new(PaymentsModule::build(settings, shared)?)),
            Service::Worker => {
                modules.push(Arc::new(EventsModule::build(shared)));
                modules.push(Arc::new(MaintenanceModule::build(shared)));
            }
        }
    }
    Ok(modules)
}

/// Every module, for commands that call use cases and serve nothing. Cheap to clone.
#[derive(Clone)]
pub struct Modules {
    /// What the modules share.
    pub shared: Shared,
    /// Accounts and sessions.
    pub users: UsersModule,
    /// Concerts, and what anyone may read of them.
    pub concerts: ConcertsModule,
    /// Bookings.
    pub bookings: BookingsModule,
    /// Payments and refunds.
    pub payments: PaymentsModule,
    /// Sales reports.
    pub reports: ReportsModule,
    /// The delivery of events.
    pub events: EventsModule,
    /// Verifies the stored data and prunes it.
    pub maintenance: MaintenanceModule,
}

impl Modules {
    /// Builds the modules. No connection is opened yet. Call this within a tokio runtime.
    ///
    /// # Errors
    /// Returns [`ServicesError`].
    pub fn build(settings: &Settings) -> Result<Self, ServicesError> {
        let database = Database::open(&settings.database.config())?;
        Self::over(settings, Arc::new(database), Arc::new(SystemClock))
    }

    /// Builds the modules over an open database and with another clock.
    ///
    /// # Errors
    /// Returns [`ServicesError`].
    pub fn over(settings: &Settings, database: Arc<Database>, clock: Arc<dyn Clock>) -> Result<Self, ServicesError> {
        let shared = Shared::build(settings, database, clock)?;
        let concerts = ConcertsModule::build(settings, &shared);
        Ok(Self {
            users: UsersModule::build(settings, &shared)?,
            bookings: BookingsModule::build(settings, &shared, &concerts),
            payments: PaymentsModule::build(settings, &shared)?,
            reports: ReportsModule::build(&shared),
            events: EventsModule::build(&shared),
            maintenance: MaintenanceModule::build(&shared),
            concerts,
            shared,
        })
    }
}
