//! Sales reports.

use std::sync::Arc;

use boxoffice_adapters::http::UseCases;
use boxoffice_domain::reports::Reports;

use super::{Module, Shared};

/// The use cases of reports.
#[derive(Clone)]
pub struct ReportsModule {
    /// Sales reports.
    pub reports: Arc<Reports>,
}

impl ReportsModule {
    pub(super) fn build(shared: &Shared) -> Self {
        let Shared { database, clock, .. } = shared;
        Self { reports: Arc::new(Reports::new(database.clone(), database.clone(), database.clone(), clock.clone())) }
    }
}

impl Module for ReportsModule {
    fn add_use_cases(&self, served: &mut UseCases) {
        served.reports = Some(self.reports.clone());
    }
}
