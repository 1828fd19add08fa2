//! Delivering events to their consumers.

use std::collections::HashSet;
use std::sync::Arc;

use crate::shared::{Clock, EventId, StoreError, Timestamp};

use super::{Aggregate, Delivery, Event, EventDeliveries, EventHandler, HandlerError};

#[cfg(test)]
mod tests;

/// How many events are claimed and handled at once.
pub const DELIVERED_AT_ONCE_MAX: u32 = 256;

/// How long claimed events belong to this process, in seconds. After a crash they wait for so long.
const LEASE_SECONDS: i64 = 60;

/// The pause after an event's first failure, in seconds; it doubles with each further one.
const RETRY_SECONDS: i64 = 1;
/// The longest pause after a failure, in seconds: 10 minutes.
const RETRY_SECONDS_MAX: i64 = 600;

/// No event is put off for longer, in seconds, be it leased or given back.
pub const PUT_OFF_SECONDS_MAX: i64 = if LEASE_SECONDS > RETRY_SECONDS_MAX { LEASE_SECONDS } else { RETRY_SECONDS_MAX };

/// Delivers events, at least once each and in order for each aggregate. Any number of processes may run one for the
/// same consumer: each claims what it handles.
pub struct Relay {
    deliveries: Arc<dyn EventDeliveries>,
    clock: Arc<dyn Clock>,
}

/// An event that failed, or that waits behind one.
struct PutOff {
    event: EventId,
    retry_at: Timestamp,
}

/// What became of the events of one claim.
#[derive(Default)]
struct Outcome {
    handled: Vec<EventId>,
    put_off: Vec<PutOff>,
}

impl Relay {
    /// A relay over the book of deliveries.
    pub fn new(deliveries: Arc<dyn EventDeliveries>, clock: Arc<dyn Clock>) -> Self {
        Self { deliveries, clock }
    }

    /// Takes the events that wait for `handler`, at most [`DELIVERED_AT_ONCE_MAX`], and lets it handle them. Returns how
    /// many it has handled: 0 says that none wait, or none that can be handled now.
    ///
    /// # Errors
    /// What the store fails with; what was handled by then comes again.
    pub async fn deliver_once(&self, handler: &dyn EventHandler) -> Result<u32, StoreError> {
        let consumer = handler.consumer();
        let now = self.clock.now();
        let lease_until = now.plus_seconds(LEASE_SECONDS);
        let claimed = self.deliveries.claim(consumer, now, lease_until, DELIVERED_AT_ONCE_MAX).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        let outcome = self.hand_over(handler, &claimed, lease_until).await;
        if !outcome.handled.is_empty() {
            self.deliveries.handled(consumer, &outcome.handled, self.clock.now()).await?;
        }
        for PutOff { event, retry_at } in outcome.put_off {
            self.deliveries.failed(consumer, event, retry_at).await?;
        }
        Ok(u32::try_from(outcome.handled.len()).unwrap_or(u32::MAX))
    }

    async fn hand_over(&self, handler: &dyn EventHandler, claimed: &[Delivery], lease_until: Timestamp) -> Outcome {
        let events: Vec<Event> = claimed.iter().map(|delivery| delivery.event.clone()).collect();
        match handler.handle(&events).await {
            Ok(()) => Outcome { handled: events.iter().map(|event| event.id).collect(), put_off: Vec::new() },
            Err(error) => match claimed {
                [only] => Outcome { handled: Vec::new(), put_off: vec![self.put_off(handler, only, &error)] },
                _ => self.hand_over_singly(handler, claimed, lease_until).await,
            },
        }
    }

    /// Whatever is left when the lease ends is somebody else's by then.
    async fn hand_over_singly(
        &self,
        handler: &dyn EventHandler,
        claimed: &[Delivery],
        lease_until: Timestamp,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let mut stuck: HashSet<Aggregate> = HashSet::new();
        for delivery in claimed {
            let event = &delivery.event;
            if self.clock.now() >= lease_until {
                break;
            }
            if stuck.contains(&event.aggregate) {
                // Given back at once: the book keeps it behind the one that failed.
                outcome.put_off.push(PutOff { event: event.id, retry_at: self.clock.now() });
                continue;
            }
            match handler.handle(std::slice::from_ref(event)).await {
                Ok(()) => outcome.handled.push(event.id),
                Err(error) => {
                    stuck.insert(event.aggregate);
                    outcome.put_off.push(self.put_off(handler, delivery, &error));
                }
            }
        }
        outcome
    }

    fn put_off(&self, handler: &dyn EventHandler, delivery: &Delivery, error: &HandlerError) -> PutOff {
        let pause = retry_pause_seconds(delivery.attempts);
        let event = &delivery.event;
        tracing::warn!(
            consumer = handler.consumer(),
            event = %event.id,
            r#type = event.payload.type_name(),
            attempts = delivery.attempts,
            retry_in_seconds = pause,
            %error,
            "an event could not be handled"
        );
        PutOff { event: event.id, retry_at: self.clock.now().plus_seconds(pause) }
    }
}

/// How long an event is put off that was handed out so often before and could not be handled, or not even be read.
pub fn retry_pause_seconds(attempts: u32) -> i64 {
    let doubled = 1_i64.checked_shl(attempts.min(32)).unwrap_or(i64::MAX);
    RETRY_SECONDS.saturating_mul(doubled).min(RETRY_SECONDS_MAX)
}
