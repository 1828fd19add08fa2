//! Runs the storage contract against the store in memory.

use std::sync::Arc;

use boxoffice_domain::events::CommittedEvents;
use boxoffice_testing::InMemoryStore;
use boxoffice_testing::contract::Ports;

async fn fresh(listener: Arc<dyn CommittedEvents>) -> Ports {
    let store = Arc::new(InMemoryStore::new());
    store.listen(listener);
    Ports {
        store: store.clone(),
        users: store.clone(),
        organisers: store.clone(),
        concerts: store.clone(),
        bookings: store.clone(),
        payments: store.clone(),
        reports: store.clone(),
        cursors: store.clone(),
        parked: store.clone(),
        keys: store.clone(),
        event_log: store.clone(),
        make_unreadable: Box::new({
            let store = store.clone();
            move |event| {
                let store = store.clone();
                Box::pin(async move { store.make_unreadable(event).await })
            }
        }),
        audit_log: store.clone(),
        auditor: store.clone(),
        pruner: store,
        keep: Box::new(()),
    }
}

boxoffice_testing::store_contract!(fresh);
