//! The database as a whole: what is made from it, and everything that happens outside of units of work.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::shared::{IdGenerator, StoreError, Timestamp};
use boxoffice_domain::store::CommittedEvents;

use super::conn::Conn;
use super::pool::{OpenError, PoolUsage, Pools};
use super::settings::DatabaseConfig;
use super::unit_of_work::SqlStore;
use crate::system::ReferenceTime;

/// A database, with every port that needs no unit of work. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Database {
    pub(super) pools: Arc<Pools>,
}

impl Database {
    /// Prepares the pools. Connections are made when they are needed; only the folder and file of an SQLite database
    /// are created at once. Must be called inside of a tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`] when the settings cannot work.
    pub fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        Ok(Self { pools: Arc::new(Pools::open(config)?) })
    }

    /// Where units of work begin. `listener` hears of each committed one; `ids` gives the jitter of retries.
    pub fn store(&self, listener: Arc<dyn CommittedEvents>, ids: Arc<dyn IdGenerator>) -> SqlStore {
        SqlStore::new(Arc::clone(&self.pools), listener, ids)
    }

    /// Whether only one unit can be open at a time, whatever it is about.
    pub fn has_one_writer(&self) -> bool {
        self.pools.units.is_single_writer()
    }

    /// How busy each pool is.
    pub fn usage(&self) -> Vec<PoolUsage> {
        self.pools.usage()
    }

    /// Whether the file of an SQLite database takes writes, and, if it is small enough to be read through, whether it is
    /// sound. Asked before anything is served; a server looks after its files itself.
    ///
    /// # Errors
    /// Why nothing must be sold into it.
    pub async fn inspect_file(&self) -> Result<(), StoreError> {
        self.pools.inspect_file().await
    }

    /// Whether the database answers and takes writes, within the bounds of the settings.
    ///
    /// # Errors
    /// Why it does not.
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
