//! The clock of the demo's past sales.

use std::sync::atomic::{AtomicI64, Ordering};

use boxoffice_domain::shared::{Clock, Timestamp};

/// A clock that shows the time to which it was set.
pub(super) struct DemoClock(AtomicI64);

impl DemoClock {
    pub(super) const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    pub(super) fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::Relaxed);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}
