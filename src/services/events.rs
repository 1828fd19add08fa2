//! The delivery of events to their consumers.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_adapters::http::UseCases;
use boxoffice_adapters::workers::{self, OutboxNotifier, Worker};
use boxoffice_domain::events::{EventHandler, ParkedEventStore, ParkedEvents, RecordAuditLog, Relay};

use super::{Module, Shared};
use crate::settings::WorkerSettings;

/// The relays, and what consumers could not handle.
#[derive(Clone)]
pub struct EventsModule {
    /// Deliver events, one relay a consumer.
    pub relays: Vec<Arc<Relay>>,
    /// Wakes the relays when this process commits events.
    pub outbox_notifier: Arc<OutboxNotifier>,
    /// What consumers could not handle.
    pub parked_events: Arc<ParkedEvents>,
    parked_store: Arc<dyn ParkedEventStore>,
}

impl EventsModule {
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
        Self {
            relays,
            outbox_notifier,
            parked_events: Arc::new(ParkedEvents::new(database.clone(), handlers)),
            parked_store: database.clone(),
        }
    }
}

impl Module for EventsModule {
    fn add_use_cases(&self, served: &mut UseCases) {
        served.parked_events = Some(self.parked_events.clone());
    }

    fn workers(&self, settings: &WorkerSettings) -> Vec<Worker> {
        let interval = Duration::from_millis(settings.relay_ms.into());
        let relay = |relay: &Arc<Relay>| workers::relay(relay.clone(), &self.outbox_notifier, interval);
        let consumers = self.relays.iter().map(|relay| relay.consumer()).collect();
        let mut workers: Vec<Worker> = self.relays.iter().map(relay).collect();
        workers.push(workers::parked_events(self.parked_store.clone(), consumers));
        workers
    }
}
