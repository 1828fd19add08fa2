//! The invariants and pruning.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_adapters::workers::{self, Worker};
use boxoffice_domain::maintenance::Maintenance;
use boxoffice_domain::shared::IdGenerator;

use super::{Module, Shared};
use crate::settings::WorkerSettings;

/// The use cases of maintenance.
#[derive(Clone)]
pub struct MaintenanceModule {
    /// Verifies the stored data and prunes it.
    pub maintenance: Arc<Maintenance>,
    ids: Arc<dyn IdGenerator>,
}

impl MaintenanceModule {
    pub(super) fn build(shared: &Shared) -> Self {
        let Shared { database, clock, ids, .. } = shared;
        let maintenance = Maintenance::new(database.clone(), database.clone(), clock.clone());
        Self { maintenance: Arc::new(maintenance), ids: ids.clone() }
    }
}

impl Module for MaintenanceModule {
    fn workers(&self, settings: &WorkerSettings) -> Vec<Worker> {
        let interval = Duration::from_secs(settings.pruning_seconds.into());
        vec![workers::pruning(self.maintenance.clone(), interval, self.ids.as_ref())]
    }
}
