//! The desk that spares the store the wishes that are hopeless: when everything is sold, thousands still ask.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::bookings::{BookingDesk, BookingQueries, PlaceError, PlaceRequest, Placed, SeatsInView};
use boxoffice_domain::idempotency::{KeyOfUser, KnownKeys};
use boxoffice_domain::shared::{Clock, ConcertId, StoreError, Timestamp};
use metrics::counter;
use moka::sync::Cache;

use super::gathering::{Bounds, Gathering, Work};
use super::turns::Turns;
use crate::cache::ShopWindow;

/// Concerts at which hopeless wishes are expected, about 200 bytes each.
const CONCERTS_MAX: u64 = 1_000;
/// A concert at which nobody asked for so long is forgotten.
const IDLE_MAX: Duration = Duration::from_secs(300);
/// How often the holds of a concert are looked at: a hold that another process made, or that ends earlier than it was
/// to, is noticed after this time.
const LOOK_EVERY_SECONDS: i64 = 1;

/// Refuses what is certain to be refused without bothering the desk behind it.
///
/// It judges by the shop window, which is at most a second behind other processes and never behind this one. Where that
/// is not enough to be certain it passes the wish on: while a hold of the concert is overdue, because the desk gives its
/// tickets away again; when the wish was granted before under its idempotency key; and when the store does not answer. A
/// concert whose wishes are all granted costs nothing here: only from the first refusal on is there anything to look at.
pub struct SparingDesk {
    desk: Arc<dyn BookingDesk>,
    window: Arc<ShopWindow>,
    bookings: Arc<dyn BookingQueries>,
    clock: Arc<dyn Clock>,
    keys: Gathering<RecallWork>,
    refusing: Cache<ConcertId, Arc<Holds>>,
}

/// What hopelessness is judged by.
pub struct Sights {
    /// What everybody can see.
    pub window: Arc<ShopWindow>,
    /// Where overdue holds are found.
    pub bookings: Arc<dyn BookingQueries>,
    /// Where wishes that were granted are remembered.
    pub keys: Arc<dyn KnownKeys>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

impl SparingDesk {
    /// Spares `desk` what is hopeless judging by `sights`.
    pub fn new(desk: Arc<dyn BookingDesk>, sights: Sights, bounds: Bounds) -> Self {
        let Sights { window, bookings, keys, clock } = sights;
        Self {
            desk,
            window,
            bookings,
            clock,
            keys: Gathering::new(RecallWork(keys), Turns::two_at_a_concert(), bounds),
            refusing: Cache::builder().max_capacity(CONCERTS_MAX).time_to_idle(IDLE_MAX).build(),
        }
    }

    /// Why a wish is certain to be refused, if it is.
    async fn refusal(&self, request: &PlaceRequest) -> Option<PlaceError> {
        let concert = request.command.concert;
        let holds = self.refusing.get(&concert)?;
        let picture = self.window.picture(concert).await.ok()??;
        let now = self.clock.now();
        let view = SeatsInView { concert: picture.concert(), plan: picture.plan(), states: picture.states() };
        let refusal = view.refusal(request, now)?;
        let is_certain = holds.all_last(self.bookings.as_ref(), concert, now).await.ok()?
            && !self.was_granted(request).await.ok()?;
        is_certain.then_some(refusal)
    }

    async fn was_granted(&self, request: &PlaceRequest) -> Result<bool, StoreError> {
        match request.key_of_user() {
            None => Ok(false),
            Some(key) => {
                let asked = self.keys.ask(request.command.concert, key).await;
                asked.unwrap_or_else(|unanswered| Err(unanswered.into_store_error()))
            }
        }
    }
}

#[async_trait]
impl BookingDesk for SparingDesk {
    async fn place(&self, request: PlaceRequest) -> Result<Placed, PlaceError> {
        if let Some(refusal) = self.refusal(&request).await {
            counter!("boxoffice_desk_spared_total").increment(1);
            return Err(refusal);
        }
        let concert = request.command.concert;
        let outcome = self.desk.place(request).await;
        if outcome.as_ref().is_err_and(PlaceError::concerns_everybody) {
            self.refusing.get_with(concert, Arc::default);
        }
        outcome
    }
}

/// What is known of the holds of a concert.
#[derive(Default)]
struct Holds {
    looking: tokio::sync::Mutex<()>,
    seen: Mutex<Option<Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    at: Timestamp,
    all_last: bool,
}

impl Holds {
    /// Whether none is overdue at `now`.
    async fn all_last(
        &self,
        bookings: &dyn BookingQueries,
        concert: ConcertId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if let Some(seen) = self.seen_lately(now) {
            return Ok(seen.all_last);
        }
        let _looking = self.looking.lock().await;
        if let Some(seen) = self.seen_lately(now) {
            return Ok(seen.all_last);
        }
        // What is seen now is good for as long as nobody looks again.
        let all_last = !bookings.any_overdue(concert, now.plus_seconds(LOOK_EVERY_SECONDS)).await?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen { at: now, all_last });
        Ok(all_last)
    }

    fn seen_lately(&self, now: Timestamp) -> Option<Seen> {
        let seen = (*self.seen.lock().unwrap_or_else(PoisonError::into_inner))?;
        // A clock that was put back does not make what was seen last longer.
        (seen.at..seen.at.plus_seconds(LOOK_EVERY_SECONDS)).contains(&now).then_some(seen)
    }
}

/// Finds out which wishes were granted before, in one statement for all who ask at the same moment.
struct RecallWork(Arc<dyn KnownKeys>);

#[async_trait]
impl Work for RecallWork {
    type Request = KeyOfUser;
    type Outcome = Result<bool, StoreError>;

    const NAME: &'static str = "recall";
    const LEFT_WITH_CLIENT: bool = true;

    fn tickets(_: &KeyOfUser) -> usize {
        1
    }

    async fn run(&self, _: ConcertId, keys: Vec<KeyOfUser>) -> Vec<Self::Outcome> {
        match self.0.known(&keys).await {
            Ok(known) => keys.iter().map(|key| Ok(known.iter().any(|known| known.key == *key))).collect(),
            Err(error) => keys.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}
