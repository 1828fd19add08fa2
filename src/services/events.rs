//! The delivery of events to their consumers.

use std::sync::Arc;

use boxoffice_adapters::workers::OutboxNotifier;
use boxoffice_domain::events::{EventHandler, ParkedEvents, RecordAuditLog, Relay};

use super::Shared;

/// The relays, and what consumers could not handle.
#[derive(Clone)]
pub struct EventServices {
    /// Deliver events, one relay a consumer.
    pub relays: Vec<Arc<Relay>>,
    /// Wakes the relays when this process commits events.
    pub outbox_notifier: Arc<OutboxNotifier>,
    /// What consumers could not handle.
    pub parked_events: Arc<ParkedEvents>,
}

impl EventServices {
    pub(super) fn build(shared: &Shared) -> Self {
        let Shared { database, clock, ids, listeners, .. } = shared;
        let handlers: Vec<Arc<dyn EventHandler>> = vec![Arc::new(RecordAuditLog::new(database.clone()))];
        let relay = |handler: &Arc<dyn EventHandler>| {
            Arc::new(Relay::new(database.clone(), database.clone(), handler.clone(), clock.clone(), ids.as_ref()))
        };
        let relays: Vec<Arc<Relay>> = handlers.iter().map(relay).collect();
        for relay in &relays {
            listeners.add(relay.clone());
        }
        let outbox_notifier = Arc::new(OutboxNotifier::default());
        // After the relays: when they wake, they know what is new.
        listeners.add(outbox_notifier.clone());
        Self { relays, outbox_notifier, parked_events: Arc::new(ParkedEvents::new(database.clone(), handlers)) }
    }
}
