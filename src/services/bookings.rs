//! Bookings: placing, cancelling and expiring them.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_adapters::group_commit::{
    GroupCommitBookings, GroupCommitCancellations, MeteredBookings, SoldOutFilter, SoldOutFilterDependencies,
};
use boxoffice_adapters::http::{BookingUseCases, UseCases};
use boxoffice_adapters::workers::{self, Worker};
use boxoffice_domain::bookings::Bookings;
use boxoffice_domain::sales::cancellation::{CancellationUnits, Cancellations};
use boxoffice_domain::sales::placement::{BookingPlacement, PlacementPolicy, PlacementUnits};

use super::{ConcertsModule, GroupCommit, Module, Shared};
use crate::settings::{Settings, WorkerSettings};

/// The use cases of bookings.
#[derive(Clone)]
pub struct BookingsModule {
    /// Places bookings.
    pub placement: Arc<dyn BookingPlacement>,
    /// Reads bookings.
    pub bookings: Arc<Bookings>,
    /// Cancels and expires bookings.
    pub cancellations: Arc<Cancellations>,
}

impl BookingsModule {
    pub(super) fn build(settings: &Settings, shared: &Shared, concerts: &ConcertsModule) -> Self {
        let Shared { database, clock, .. } = shared;
        Self {
            placement: Arc::new(MeteredBookings::new(placement(settings, shared, concerts))),
            bookings: Arc::new(Bookings::new(database.clone(), database.clone(), database.clone(), clock.clone())),
            cancellations: Arc::new(cancellations(shared)),
        }
    }
}

impl Module for BookingsModule {
    fn add_use_cases(&self, served: &mut UseCases) {
        served.bookings = Some(BookingUseCases {
            placement: self.placement.clone(),
            bookings: self.bookings.clone(),
            cancellations: self.cancellations.clone(),
        });
    }

    fn workers(&self, settings: &WorkerSettings) -> Vec<Worker> {
        let (expiry, cancelling) = (settings.hold_expiry_ms, settings.cancel_concert_bookings_ms);
        vec![
            workers::hold_expiry(self.cancellations.clone(), Duration::from_millis(expiry.into())),
            workers::cancel_concert_bookings(self.cancellations.clone(), Duration::from_millis(cancelling.into())),
        ]
    }
}

fn placement(settings: &Settings, shared: &Shared, concerts: &ConcertsModule) -> Arc<dyn BookingPlacement> {
    let Shared { database, store, clock, ids, .. } = shared;
    let policy = PlacementPolicy { hold_seconds: settings.bookings.hold_seconds.into() };
    let units = PlacementUnits::new(
        store.clone(),
        concerts.states.clone(),
        database.clone(),
        clock.clone(),
        ids.clone(),
        policy,
    );
    let Some(GroupCommit { slots, limits }) = &shared.group_commit else {
        return Arc::new(units);
    };
    let placement = GroupCommitBookings::new(Arc::new(units), slots.clone(), *limits);
    let dependencies = SoldOutFilterDependencies {
        concerts: concerts.states.clone(),
        bookings: database.clone(),
        keys: database.clone(),
        clock: clock.clone(),
    };
    Arc::new(SoldOutFilter::new(Arc::new(placement), dependencies, *limits))
}

fn cancellations(shared: &Shared) -> Cancellations {
    let Shared { database, store, clock, ids, .. } = shared;
    let cancellations =
        Cancellations::new(store.clone(), database.clone(), database.clone(), clock.clone(), ids.clone());
    let Some(GroupCommit { slots, limits }) = &shared.group_commit else {
        return cancellations;
    };
    let units = CancellationUnits::new(store.clone(), clock.clone(), ids.clone());
    cancellations.with_units(Arc::new(GroupCommitCancellations::new(units, slots.clone(), *limits)))
}
