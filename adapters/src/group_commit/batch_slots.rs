//! Limits how many batches run at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use boxoffice_domain::shared::ConcertId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Batches under way at one concert: while one waits for the disk, the next one reads. More would only wait for the
/// lock of the concert's row.
const BATCHES_AT_A_CONCERT: usize = 2;

/// The number of remembered concerts at which those without a waiting or running batch are removed.
const CONCERTS_BEFORE_TIDYING: usize = 1_024;

/// Grants slots for batches, in the order of arrival. Clones share the slots.
#[derive(Clone)]
pub struct BatchSlots(Arc<Kind>);

enum Kind {
    OfDatabase(Arc<Semaphore>),
    OfConcert(Mutex<HashMap<ConcertId, Weak<Semaphore>>>),
}

impl BatchSlots {
    /// One batch at a time for all concerts: for SQLite, which has one writer.
    pub fn one_in_the_database() -> Self {
        Self(Arc::new(Kind::OfDatabase(Arc::new(Semaphore::new(1)))))
    }

    /// Two batches at a time at each concert.
    pub fn two_at_a_concert() -> Self {
        Self(Arc::new(Kind::OfConcert(Mutex::default())))
    }

    /// Waits for a slot, which is released when dropped.
    pub(super) async fn next(&self, concert: ConcertId) -> BatchSlot {
        let (slots, is_only_slot) = match self.0.as_ref() {
            Kind::OfDatabase(slots) => (Arc::clone(slots), true),
            Kind::OfConcert(concerts) => (of_concert(concerts, concert), false),
        };
        // The semaphore is never closed, so it always grants a permit.
        let permit = Arc::clone(&slots).acquire_owned().await.ok();
        let beside_another = !is_only_slot && slots.available_permits() == 0;
        BatchSlot { _permit: permit, _slots: slots, beside_another }
    }
}

/// The right to have one batch under way.
pub(super) struct BatchSlot {
    _permit: Option<OwnedSemaphorePermit>,
    /// Keeps the concert's semaphore alive while a slot of it is in use.
    _slots: Arc<Semaphore>,
    beside_another: bool,
}

impl BatchSlot {
    /// Whether another batch of the concert was under way when this slot was granted.
    pub(super) const fn is_beside_another(&self) -> bool {
        self.beside_another
    }
}

fn of_concert(concerts: &Mutex<HashMap<ConcertId, Weak<Semaphore>>>, concert: ConcertId) -> Arc<Semaphore> {
    let mut concerts = concerts.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(slots) = concerts.get(&concert).and_then(Weak::upgrade) {
        return slots;
    }
    if concerts.len() >= CONCERTS_BEFORE_TIDYING {
        concerts.retain(|_, slots| slots.strong_count() > 0);
    }
    let slots = Arc::new(Semaphore::new(BATCHES_AT_A_CONCERT));
    concerts.insert(concert, Arc::downgrade(&slots));
    slots
}

#[cfg(test)]
mod tests {
    use boxoffice_testing::SequentialIds;
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn each_concert_has_two_slots_of_its_own() {
        let ids = SequentialIds::new();
        let (one, other) = (ConcertId::generate(&ids), ConcertId::generate(&ids));
        let slots = BatchSlots::two_at_a_concert();
        let first = slots.next(one).await;
        let second = slots.next(one).await;
        assert!(!first.is_beside_another() && second.is_beside_another());
        assert!(slots.clone().next(one).now_or_never().is_none());
        assert!(slots.next(other).now_or_never().is_some());
        drop(second);
        assert!(slots.next(one).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_database_with_one_writer_has_one_slot() {
        let ids = SequentialIds::new();
        let slots = BatchSlots::one_in_the_database();
        let first = slots.next(ConcertId::generate(&ids)).await;
        assert!(!first.is_beside_another());
        assert!(slots.next(ConcertId::generate(&ids)).now_or_never().is_none());
        drop(first);
        assert!(slots.next(ConcertId::generate(&ids)).now_or_never().is_some());
    }

    #[tokio::test]
    async fn concerts_without_batches_are_removed() {
        let ids = SequentialIds::new();
        let slots = BatchSlots::two_at_a_concert();
        let kept = slots.next(ConcertId::generate(&ids)).await;
        for _ in 0..CONCERTS_BEFORE_TIDYING {
            slots.next(ConcertId::generate(&ids)).await;
        }
        let Kind::OfConcert(concerts) = slots.0.as_ref() else { unreachable!() };
        assert_eq!(concerts.lock().unwrap().len(), 2);
        drop(kept);
    }
}
