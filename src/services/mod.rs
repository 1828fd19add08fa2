//! The use cases, built over the adapters that the settings select: a file a module. [`shared`] is what all of them
//! build on.

mod bookings;
mod concerts;
mod events;
mod maintenance;
mod payments;
mod reports;
mod shared;
mod users;

use std::sync::Arc;

use boxoffice_adapters::db::Database;
use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::Clock;

pub use self::bookings::BookingServices;
pub use self::concerts::ConcertServices;
pub use self::events::EventServices;
pub use self::maintenance::MaintenanceServices;
pub use self::payments::PaymentServices;
pub use self::reports::ReportServices;
pub use self::shared::{ServicesError, Shared};
pub use self::users::UserServices;

use crate::settings::Settings;

/// The use cases of every module. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// What the modules share.
    pub shared: Shared,
    /// Accounts and sessions.
    pub users: UserServices,
    /// Concerts, and what anyone may read of them.
    pub concerts: ConcertServices,
    /// Bookings.
    pub bookings: BookingServices,
    /// Payments and refunds.
    pub payments: PaymentServices,
    /// Sales reports.
    pub reports: ReportServices,
    /// The delivery of events.
    pub events: EventServices,
    /// Verifies the stored data and prunes it.
    pub maintenance: MaintenanceServices,
}

impl Services {
    /// Builds the use cases. No connection is opened yet. Call this within a tokio runtime.
    ///
    /// # Errors
    /// Returns [`ServicesError`].
    pub fn build(settings: &Settings) -> Result<Self, ServicesError> {
        let database = Database::open(&settings.database.config())?;
        Self::over(settings, Arc::new(database), Arc::new(SystemClock))
    }

    /// Builds the use cases over an open database and with another clock.
    ///
    /// # Errors
    /// Returns [`ServicesError`].
    pub fn over(settings: &Settings, database: Arc<Database>, clock: Arc<dyn Clock>) -> Result<Self, ServicesError> {
        let shared = Shared::build(settings, database, clock)?;
        let concerts = ConcertServices::build(settings, &shared);
        Ok(Self {
            users: UserServices::build(settings, &shared)?,
            bookings: BookingServices::build(settings, &shared, &concerts),
            payments: PaymentServices::build(settings, &shared),
            reports: ReportServices::build(&shared),
            events: EventServices::build(&shared),
            maintenance: MaintenanceServices::build(&shared),
            concerts,
            shared,
        })
    }
}
