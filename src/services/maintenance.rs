//! The invariants and pruning.

use std::sync::Arc;

use boxoffice_domain::maintenance::Maintenance;

use super::Shared;

/// The use cases of maintenance.
#[derive(Clone)]
pub struct MaintenanceServices {
    /// Verifies the stored data and prunes it.
    pub maintenance: Arc<Maintenance>,
}

impl MaintenanceServices {
    pub(super) fn build(shared: &Shared) -> Self {
        let Shared { database, clock, .. } = shared;
        Self { maintenance: Arc::new(Maintenance::new(database.clone(), database.clone(), clock.clone())) }
    }
}
