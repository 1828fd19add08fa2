//! The scenarios, one per file. Each states its goals and runs its measurement.

mod bare_bookings;
mod best_available;
mod bookings;
mod common;
mod creating;
mod delivery;
mod expiry;
mod footprint;
mod instances;
mod lines;
mod mariadb;
mod mixed;
mod no_cache;
mod paid;
mod reads;
mod size;
mod stadium;
mod standing;
mod tail;
mod watchers;

use futures_util::future::LocalBoxFuture;

use crate::Failure;
use crate::context::BenchContext;
use crate::report::{Findings, Goal, ScenarioResult};

/// A measurement.
pub(crate) struct Scenario {
    /// The name for `ONLY=`.
    pub(crate) name: &'static str,
    /// The title.
    pub(crate) title: &'static str,
    /// How it is measured, for readers of the document.
    pub(crate) how: &'static str,
    /// The goals.
    pub(crate) goals: &'static [Goal],
    /// Runs the measurement.
    pub(crate) run: for<'context> fn(&'context BenchContext) -> LocalBoxFuture<'context, Result<Findings, Failure>>,
}

impl Scenario {
    /// The result before the scenario has run.
    pub(crate) const fn not_run(&self) -> ScenarioResult {
        ScenarioResult { title: self.title, how: self.how, goals: self.goals, outcome: None }
    }

    /// Whether the scenario is selected.
    pub(crate) fn is_selected(&self, context: &BenchContext) -> bool {
        context.only.is_empty() || context.only.iter().any(|name| name == self.name)
    }
}

/// All scenarios, the most informative ones first.
pub(crate) const SCENARIOS: &[Scenario] = &[
    reads::SCENARIO,
    bookings::SCENARIO,
    bare_bookings::SCENARIO,
    standing::SCENARIO,
    mariadb::SCENARIO,
    best_available::SCENARIO,
    paid::SCENARIO,
    delivery::SCENARIO,
    mixed::SCENARIO,
    no_cache::SCENARIO,
    tail::SCENARIO,
    watchers::SCENARIO,
    stadium::SCENARIO,
    instances::SCENARIO,
    expiry::SCENARIO,
    footprint::SCENARIO,
    creating::SCENARIO,
    size::SCENARIO,
    lines::SCENARIO,
];
