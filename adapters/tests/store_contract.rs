//! The storage contract of the domain, on both databases.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::sync::Arc;

use boxoffice_adapters::db::Database;
use boxoffice_domain::store::CommittedEvents;
use boxoffice_domain::testing::SequentialIds;
use boxoffice_domain::testing::contract::Ports;

use support::TestDatabase;

fn ports(database: TestDatabase, listener: Arc<dyn CommittedEvents>) -> Ports {
    let db: Database = database.open();
    let all = Arc::new(db.clone());
    Ports {
        store: Arc::new(db.store(listener, Arc::new(SequentialIds::new()))),
        users: all.clone(),
        organisers: all.clone(),
        concerts: all.clone(),
        bookings: all.clone(),
        payments: all.clone(),
        reports: all.clone(),
        deliveries: all.clone(),
        keys: all.clone(),
        event_log: all.clone(),
        activity: all.clone(),
        auditor: all.clone(),
        pruner: all,
        keep: Box::new(database),
    }
}

mod sqlite {
    use super::{Arc, CommittedEvents, Ports, TestDatabase, ports};

    async fn fresh(listener: Arc<dyn CommittedEvents>) -> Ports {
        ports(TestDatabase::sqlite().await, listener)
    }

    boxoffice_domain::store_contract!(fresh);
}

mod server {
    use super::{Arc, CommittedEvents, Ports, TestDatabase, ports};

    async fn fresh(listener: Arc<dyn CommittedEvents>) -> Ports {
        ports(TestDatabase::on_server().await, listener)
    }

    boxoffice_domain::store_contract!(fresh);
}
