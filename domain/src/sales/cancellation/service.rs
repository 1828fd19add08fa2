//! The service that cancels bookings. `cancel_booking.rs`, `expire.rs` and `cancel_concert_bookings.rs` hold its use cases.

use std::sync::Arc;

use crate::bookings::BookingQueries;
use crate::concerts::OrganiserQueries;
use crate::sales::SalesUnit;
use crate::shared::{Clock, IdGenerator};
use crate::store::Store;

use super::cancellation_units::{BookingCancellation, CancellationUnits};

/// Cancels bookings, expires overdue ones, and cancels those of cancelled concerts.
pub struct Cancellations {
    pub(super) store: Arc<dyn Store<dyn SalesUnit>>,
    pub(super) queries: Arc<dyn BookingQueries>,
    pub(super) organisers: Arc<dyn OrganiserQueries>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) units: Arc<dyn BookingCancellation>,
}

impl Cancellations {
    /// Creates the service over these ports. It cancels each booking in a unit of its own.
    pub fn new(
        store: Arc<dyn Store<dyn SalesUnit>>,
        queries: Arc<dyn BookingQueries>,
        organisers: Arc<dyn OrganiserQueries>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        let units = Arc::new(CancellationUnits::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&ids)));
        Self { store, queries, organisers, clock, ids, units }
    }

    /// The same service with other cancellation processing, for example one that groups commits.
    #[must_use]
    pub fn with_units(self, units: Arc<dyn BookingCancellation>) -> Self {
        Self { units, ..self }
    }
}
