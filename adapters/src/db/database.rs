//! The database: it creates the store for units of work and serves every port that needs none.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::events::CommittedEvents;
use boxoffice_domain::shared::{IdGenerator, StoreError, Timestamp};

use super::conn::Conn;
use super::pool::{OpenError, PoolUsage, Pools};
use super::settings::DatabaseConfig;
use super::unit_of_work::SqlStore;
use crate::system::ReferenceTime;

/// A database, with every port that needs no unit of work. Clones are cheap and share the connections.
#[derive(Clone)]
pub struct Database {
    pub(super) pools: Arc<Pools>,
}

impl Database {
    /// Creates the pools. Connections are opened when they are needed; only the folder and file of an SQLite database
    /// are created immediately. Call this within a tokio runtime.
    ///
    /// # Errors
    /// Returns [`OpenError`] if the settings cannot work.
    pub fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        Ok(Self { pools: Arc::new(Pools::open(config)?) })
    }

    /// Creates the store for units of work. `listener` receives the events of each committed unit; `ids` supplies the
    /// jitter of retries.
    pub fn store(&self, listener: Arc<dyn CommittedEvents>, ids: Arc<dyn IdGenerator>) -> SqlStore {
        SqlStore::new(Arc::clone(&self.pools), listener, ids)
    }

    /// Whether only one unit of work can be open at a time.
    pub fn has_one_writer(&self) -> bool {
        self.pools.units.is_single_writer()
    }

    /// The current usage of each pool.
    pub fn usage(&self) -> Vec<PoolUsage> {
        self.pools.usage()
    }

    /// Checks that the file of an SQLite database takes writes and, if it is small enough to read in full, that it is
    /// undamaged. Call this before the program serves requests. It does nothing for a database server, which checks its
    /// own files.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the file is read-only, full or damaged. The program must not sell tickets then.
    pub async fn inspect_file(&self) -> Result<(), StoreError> {
        self.pools.inspect_file().await
    }

    /// Checks that the database responds and takes writes, within the time limits of the settings.
    ///
    /// # Errors
    /// Returns [`StoreError`] if it does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.pools.check().await
    }
}

#[async_trait]
impl ReferenceTime for Database {
    async fn reference_time(&self) -> Result<Option<Timestamp>, StoreError> {
        self.pools.reads.read(Conn::time).await.map(|micros| micros.map(Timestamp::from_micros))
    }
}
