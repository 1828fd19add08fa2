//! What each worker does, and its interval.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_domain::events::{ParkedEventStore, Relay};
use boxoffice_domain::maintenance::Maintenance;
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::sales::payment::PaymentProcessor;
use boxoffice_domain::shared::IdGenerator;

use super::{OutboxNotifier, Worker};

/// How long a relay waits after the first commit for further ones. A busy sale commits hundreds of times a second.
const GATHER_COMMITS: Duration = Duration::from_millis(50);

/// How often parked events are counted.
const PARKED_INTERVAL: Duration = Duration::from_secs(15);

/// Expires overdue holds, which releases their tickets.
pub fn hold_expiry(cancellations: Arc<Cancellations>, interval: Duration) -> Worker {
    Worker::new("hold_expiry", interval, move || {
        let cancellations = Arc::clone(&cancellations);
        async move { cancellations.expire_overdue().await.map(u64::from) }
    })
    .draining()
}

/// Cancels the bookings of cancelled concerts.
pub fn cancel_concert_bookings(cancellations: Arc<Cancellations>, interval: Duration) -> Worker {
    Worker::new("cancel_concert_bookings", interval, move || {
        let cancellations = Arc::clone(&cancellations);
        async move { cancellations.cancel_concert_bookings().await.map(u64::from) }
    })
    .draining()
}

/// Queries the gateway about payments and refunds with an unknown outcome.
pub fn reconcile(processor: Arc<PaymentProcessor>, interval: Duration) -> Worker {
    Worker::new("reconcile", interval, move || {
        let processor = Arc::clone(&processor);
        async move { processor.reconcile().await.map(u64::from) }
    })
    .draining()
}

/// Delivers events to one consumer: those of this process as soon as they are committed, those of others at the
/// interval. While more are committed, it pauses for three quarters of the time, so that it does not slow them down.
pub fn relay(relay: Arc<Relay>, notifier: &OutboxNotifier, interval: Duration) -> Worker {
    Worker::new(relay.consumer(), interval, move || {
        let relay = Arc::clone(&relay);
        async move { relay.deliver_once().await }
    })
    .woken_by(notifier.subscribe(), GATHER_COMMITS)
    .draining()
    .yielding()
}

/// Sets the metric of parked events for each of these consumers.
pub fn parked_events(store: Arc<dyn ParkedEventStore>, consumers: Vec<&'static str>) -> Worker {
    Worker::new("parked_events", PARKED_INTERVAL, move || {
        let (store, consumers) = (Arc::clone(&store), consumers.clone());
        async move {
            let counts = store.counts().await?;
            for consumer in consumers {
                let parked = counts.iter().find(|(of, _)| of == consumer).map_or(0, |(_, count)| *count);
                let parked = f64::from(u32::try_from(parked).unwrap_or(u32::MAX));
                metrics::gauge!("boxoffice_events_parked", "consumer" => consumer).set(parked);
            }
            Ok(0)
        }
    })
}

/// Deletes what is no longer needed. The processes of an installation that start together do not prune together.
pub fn pruning(maintenance: Arc<Maintenance>, interval: Duration, ids: &dyn IdGenerator) -> Worker {
    let mut byte = [0];
    ids.fill_random(&mut byte);
    let [jitter] = byte;
    Worker::new("pruning", interval, move || {
        let maintenance = Arc::clone(&maintenance);
        async move { maintenance.prune().await }
    })
    .starting_after(interval.mul_f64(f64::from(jitter) / 256.0))
    .draining()
}
