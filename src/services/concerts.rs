//! Concerts: creating and changing them, and what anyone may read of them, from memory and live.

use std::sync::Arc;

use boxoffice_adapters::concert_state::{ConcertSource, ConcertStates, PublicConcertCache};
use boxoffice_adapters::db::Database;
use boxoffice_adapters::http::{ConcertUseCases, UseCases, renderers};
use boxoffice_adapters::live::LiveSeats;
use boxoffice_domain::concerts::{Catalogue, ConcertLimits, Concerts};

use super::{Module, Shared};
use crate::settings::Settings;

/// The most tickets of a concert on a database with one writer. All bookings wait while a concert is created, and this
/// keeps the wait below a second.
const TICKETS_MAX_WITH_ONE_WRITER: u32 = 200_000;

/// The use cases of concerts, and their data in memory.
#[derive(Clone)]
pub struct ConcertsModule {
    /// Creates and changes concerts.
    pub concerts: Arc<Concerts>,
    /// Reads concerts.
    pub catalogue: Arc<Catalogue>,
    /// What this process knows of each concert in use. Best available proposes from it.
    pub states: Arc<ConcertStates>,
    /// The public data of concerts, cached.
    pub cache: Arc<PublicConcertCache>,
    /// Streams seat changes to watching browsers.
    pub live: Arc<LiveSeats>,
}

impl ConcertsModule {
    pub(super) fn build(settings: &Settings, shared: &Shared) -> Self {
        let Shared { database, store, clock, age_clock, ids, listeners, .. } = shared;
        let concerts = Concerts::new(store.clone(), database.clone(), clock.clone(), ids.clone())
            .limited(limits(settings, database));
        let catalogue = Arc::new(Catalogue::new(database.clone(), database.clone(), clock.clone()));
        let source = ConcertSource { catalogue: catalogue.clone(), log: database.clone(), clock: age_clock.clone() };
        let states = Arc::new(ConcertStates::new(source));
        listeners.add(states.clone());
        let watchers = |bound: u32| usize::try_from(bound).unwrap_or(usize::MAX);
        let live = LiveSeats::new(
            states.clone(),
            watchers(settings.http.max_watchers),
            watchers(settings.http.max_watchers_per_address),
        );
        let cache = Arc::new(PublicConcertCache::new(states.clone(), renderers()));
        Self { concerts: Arc::new(concerts), catalogue, states, cache, live: Arc::new(live) }
    }
}

impl Module for ConcertsModule {
    fn add_use_cases(&self, served: &mut UseCases) {
        served.concerts = Some(ConcertUseCases {
            concerts: self.concerts.clone(),
            catalogue: self.catalogue.clone(),
            cache: self.cache.clone(),
            live: self.live.clone(),
        });
    }

    fn record_usage(&self) {
        let watchers = u32::try_from(self.live.watchers()).unwrap_or(u32::MAX);
        metrics::gauge!("boxoffice_live_watchers").set(f64::from(watchers));
    }

    fn close(&self) {
        self.live.close();
    }
}

/// The limits for one concert and one organiser.
fn limits(settings: &Settings, database: &Database) -> ConcertLimits {
    ConcertLimits {
        tickets_max: database.has_one_writer().then_some(TICKETS_MAX_WITH_ONE_WRITER),
        per_day: settings.limits.enabled.then_some(settings.limits.concerts_per_day),
    }
}
