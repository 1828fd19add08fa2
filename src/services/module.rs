//! What a module brings into a process.

use boxoffice_adapters::http::UseCases;
use boxoffice_adapters::workers::Worker;

use crate::settings::WorkerSettings;

/// A module of the program: what it serves and what it does in the background.
pub trait Module: Send + Sync {
    /// Adds the use cases that its HTTP resources call.
    fn add_use_cases(&self, _served: &mut UseCases) {}

    /// Its background work.
    fn workers(&self, _settings: &WorkerSettings) -> Vec<Worker> {
        Vec::new()
    }

    /// Updates the gauges that are only measured at a scrape.
    fn record_usage(&self) {}

    /// Ends the answers that do not end by themselves, so that the process can stop.
    fn close(&self) {}
}
