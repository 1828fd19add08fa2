//! How many batches are under way at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use boxoffice_domain::shared::ConcertId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Batches under way at one concert: while one waits for the disk, the next one reads. More would only wait for each
/// other at the concert's row.
const BATCHES_AT_A_CONCERT: usize = 2;

/// Concerts whose turns are remembered before those that nobody waits for are forgotten.
const CONCERTS_BEFORE_TIDYING: usize = 1_024;

/// Says whose batch may begin. Cheap to clone; clones share the turns, and whoever waits gets one in the order of coming.
#[derive(Clone)]
pub struct Turns(Arc<Kind>);

enum Kind {
    OfDatabase(Arc<Semaphore>),
    OfConcert(Mutex<HashMap<ConcertId, Weak<Semaphore>>>),
}

impl Turns {
    /// One batch at a time in the whole database: for SQLite, which has one writer.
    pub fn one_in_the_database() -> Self {
        Self(Arc::new(Kind::OfDatabase(Arc::new(Semaphore::new(1)))))
    }

    /// Two batches at a time at each concert.
    pub fn two_at_a_concert() -> Self {
        Self(Arc::new(Kind::OfConcert(Mutex::default())))
    }

    /// Waits for a turn, which lasts until it is dropped.
    pub(super) async fn next(&self, concert: ConcertId) -> Turn {
        let turns = match self.0.as_ref() {
            Kind::OfDatabase(turns) => Arc::clone(turns),
            Kind::OfConcert(concerts) => of_concert(concerts, concert),
        };
        // A semaphore that nobody closes always gives a permit.
        let permit = Arc::clone(&turns).acquire_owned().await.ok();
        Turn { _permit: permit, _turns: turns }
    }
}

/// The right to have one batch under way.
pub(super) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
    /// Remembered for as long as somebody uses them.
    _turns: Arc<Semaphore>,
}

fn of_concert(concerts: &Mutex<HashMap<ConcertId, Weak<Semaphore>>>, concert: ConcertId) -> Arc<Semaphore> {
    let mut concerts = concerts.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(turns) = concerts.get(&concert).and_then(Weak::upgrade) {
        return turns;
    }
    if concerts.len() >= CONCERTS_BEFORE_TIDYING {
        concerts.retain(|_, turns| turns.strong_count() > 0);
    }
    let turns = Arc::new(Semaphore::new(BATCHES_AT_A_CONCERT));
    concerts.insert(concert, Arc::downgrade(&turns));
    turns
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::testing::SequentialIds;
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_concert_has_two_turns_whatever_the_others_have() {
        let ids = SequentialIds::new();
        let (one, other) = (ConcertId::generate(&ids), ConcertId::generate(&ids));
        let turns = Turns::two_at_a_concert();
        let _first = turns.next(one).await;
        let second = turns.next(one).await;
        assert!(turns.clone().next(one).now_or_never().is_none());
        assert!(turns.next(other).now_or_never().is_some());
        drop(second);
        assert!(turns.next(one).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_database_with_one_writer_has_one_turn() {
        let ids = SequentialIds::new();
        let turns = Turns::one_in_the_database();
        let first = turns.next(ConcertId::generate(&ids)).await;
        assert!(turns.next(ConcertId::generate(&ids)).now_or_never().is_none());
        drop(first);
        assert!(turns.next(ConcertId::generate(&ids)).now_or_never().is_some());
    }

    #[tokio::test]
    async fn concerts_that_nobody_waits_for_are_forgotten() {
        let ids = SequentialIds::new();
        let turns = Turns::two_at_a_concert();
        let kept = turns.next(ConcertId::generate(&ids)).await;
        for _ in 0..CONCERTS_BEFORE_TIDYING {
            turns.next(ConcertId::generate(&ids)).await;
        }
        let Kind::OfConcert(concerts) = turns.0.as_ref() else { unreachable!() };
        assert_eq!(concerts.lock().unwrap().len(), 2);
        drop(kept);
    }
}
