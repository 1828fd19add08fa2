//! Where the states of concerts come from.

use std::sync::Arc;

use boxoffice_domain::concerts::{Catalogue, ReadConcertError, ReadSeatsError};
use boxoffice_domain::events::{EventLog, SeatUpdate};
use boxoffice_domain::shared::{Actor, Clock, ConcertId, StoreError};

use super::concert_snapshot::ConcertSnapshot;

/// What the states of concerts are read from. The reads are counted by the metric `boxoffice_cache_loads_total`.
pub struct ConcertSource {
    /// Reads concerts, as anonymous clients see them.
    pub catalogue: Arc<Catalogue>,
    /// Finds changes by other processes.
    pub log: Arc<dyn EventLog>,
    /// The clock that measures ages. It should not be set back.
    pub clock: Arc<dyn Clock>,
}

impl ConcertSource {
    /// A concert, with the states of its seats or with the counts of its sections only. `None` when it does not exist or
    /// is not public.
    pub(super) async fn load(&self, id: ConcertId, seats: bool) -> Result<Option<ConcertSnapshot>, StoreError> {
        count_read(if seats { "seats" } else { "numbers" });
        if seats {
            match self.catalogue.seats(&Actor::Anonymous, id, None).await {
                Ok(seats) => Ok(Some(seats.into())),
                Err(ReadSeatsError::Store(error)) => Err(error),
                Err(ReadSeatsError::NotFound | ReadSeatsError::Invalid(_)) => Ok(None),
            }
        } else {
            match self.catalogue.availability(&Actor::Anonymous, id).await {
                Ok(counted) => Ok(Some(counted.into())),
                Err(ReadConcertError::Store(error)) => Err(error),
                Err(ReadConcertError::NotFound) => Ok(None),
            }
        }
    }

    /// At most `limit` updates of a concert's seats after a version.
    pub(super) async fn updates(&self, id: ConcertId, after: u64, limit: u32) -> Result<Vec<SeatUpdate>, StoreError> {
        count_read("events");
        self.log.after(id, after, limit).await
    }
}

fn count_read(what: &'static str) {
    metrics::counter!("boxoffice_cache_loads_total", "read" => what).increment(1);
}
