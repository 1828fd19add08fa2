//! The scenarios, one a file. Each says what it is to show, and plays it.

mod best_available;
mod bookings;
mod common;
mod creating;
mod expiry;
mod footprint;
mod instances;
mod mariadb;
mod mixed;
mod no_cache;
mod paid;
mod reads;
mod size;
mod stadium;
mod tail;
mod watchers;

use futures_util::future::LocalBoxFuture;

use crate::Failure;
use crate::report::{Chapter, Findings, Goal};
use crate::stage::Stage;

/// Something to measure.
pub(crate) struct Scenario {
    /// What `ONLY=` calls it.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) title: &'static str,
    /// How it is measured, for readers of the document.
    pub(crate) how: &'static str,
    /// What it is to show.
    pub(crate) goals: &'static [Goal],
    /// Measures it.
    pub(crate) play: for<'stage> fn(&'stage Stage) -> LocalBoxFuture<'stage, Result<Findings, Failure>>,
}

impl Scenario {
    /// Its chapter before it is played.
    pub(crate) const fn unplayed(&self) -> Chapter {
        Chapter { title: self.title, how: self.how, goals: self.goals, outcome: None }
    }

    /// Whether it was asked for.
    pub(crate) fn plays_on(&self, stage: &Stage) -> bool {
        stage.only.is_empty() || stage.only.iter().any(|name| name == self.name)
    }
}

/// All of them, the most telling ones first.
pub(crate) const SCENARIOS: &[Scenario] = &[
    reads::SCENARIO,
    bookings::SCENARIO,
    mariadb::SCENARIO,
    best_available::SCENARIO,
    paid::SCENARIO,
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
];
