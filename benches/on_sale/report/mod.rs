//! The report: goals, figures of the runs, and tables.

mod document;
mod figures;
mod goal;
mod machine;

pub(crate) use document::{ScenarioResult, goals, render, write};
pub(crate) use figures::{Findings, Line, Run};
pub(crate) use goal::{Bound, Goal};
pub(crate) use machine::Machine;
