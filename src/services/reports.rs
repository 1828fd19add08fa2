//! Sales reports.

use std::sync::Arc;

use boxoffice_domain::reports::Reports;

use super::Shared;

/// The use cases of reports.
#[derive(Clone)]
pub struct ReportServices {
    /// Sales reports.
    pub reports: Arc<Reports>,
}

impl ReportServices {
    pub(super) fn build(shared: &Shared) -> Self {
        let Shared { database, clock, .. } = shared;
        Self { reports: Arc::new(Reports::new(database.clone(), database.clone(), clock.clone())) }
    }
}
