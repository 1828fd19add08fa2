//! What each worker does, and how often.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_domain::bookings::Bookings;
use boxoffice_domain::payments::Payments;

use super::Worker;

/// Gives the tickets of overdue bookings back.
pub fn hold_expiry(bookings: Arc<Bookings>, interval: Duration) -> Worker {
    Worker::new("hold_expiry", interval, move || {
        let bookings = Arc::clone(&bookings);
        async move { bookings.expire_overdue().await.map(u64::from) }
    })
    .draining()
}

/// Cancels the bookings of cancelled concerts.
pub fn wind_up(bookings: Arc<Bookings>, interval: Duration) -> Worker {
    Worker::new("wind_up", interval, move || {
        let bookings = Arc::clone(&bookings);
        async move { bookings.wind_up_cancelled().await.map(u64::from) }
    })
    .draining()
}

/// Asks the gateway about payments and refunds whose outcome is not known.
pub fn reconcile(payments: Arc<Payments>, interval: Duration) -> Worker {
    Worker::new("reconcile", interval, move || {
        let payments = Arc::clone(&payments);
        async move { payments.reconcile().await.map(u64::from) }
    })
    .draining()
}
