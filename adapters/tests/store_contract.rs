//! The storage contract of the domain, on both databases.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::sync::Arc;

use boxoffice_adapters::db::Database;
use boxoffice_adapters::db::settings::Location;
use boxoffice_domain::events::CommittedEvents;
use boxoffice_domain::shared::EventId;
use boxoffice_testing::SequentialIds;
use boxoffice_testing::contract::Ports;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};

use support::TestDatabase;

fn ports(database: TestDatabase, listener: Arc<dyn CommittedEvents>) -> Ports {
    let db: Database = database.open();
    let location = database.config.location().unwrap();
    let all = Arc::new(db.clone());
    Ports {
        store: Arc::new(db.store(listener, Arc::new(SequentialIds::new()))),
        users: all.clone(),
        organisers: all.clone(),
        concerts: all.clone(),
        bookings: all.clone(),
        payments: all.clone(),
        reports: all.clone(),
        cursors: all.clone(),
        parked: all.clone(),
        keys: all.clone(),
        event_log: all.clone(),
        make_unreadable: Box::new(move |event| Box::pin(make_unreadable(location.clone(), event))),
        audit_log: all.clone(),
        auditor: all.clone(),
        pruner: all,
        keep: Box::new(database),
    }
}

/// Gives an event a type that this version of the program does not know.
async fn make_unreadable(location: Location, event: EventId) {
    let id = event.uuid().simple();
    let update = format!(
        r#"UPDATE outbox_entries SET events = REPLACE(events, '"id":"{id}","type":"', '"id":"{id}","type":"newer.')"#
    );
    match location {
        Location::MySql(url) => {
            use secrecy::ExposeSecret;
            let mut server = AsyncMysqlConnection::establish(url.expose_secret()).await.unwrap();
            server.batch_execute(&update).await.unwrap();
        }
        Location::Sqlite(path) => {
            let mut file = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            file.batch_execute(&format!("PRAGMA busy_timeout = 10000; {update}")).unwrap();
        }
    }
}

mod sqlite {
    use super::{Arc, CommittedEvents, Ports, TestDatabase, ports};

    async fn fresh(listener: Arc<dyn CommittedEvents>) -> Ports {
        ports(TestDatabase::sqlite().await, listener)
    }

    boxoffice_testing::store_contract!(fresh);
}

mod server {
    use super::{Arc, CommittedEvents, Ports, TestDatabase, ports};

    async fn fresh(listener: Arc<dyn CommittedEvents>) -> Ports {
        ports(TestDatabase::on_server().await, listener)
    }

    boxoffice_testing::store_contract!(fresh);
}
