//! What was found, and how it is told: goals from the plan, figures from the runs, tables for people.

mod document;
mod figures;
mod goal;
mod machine;

pub(crate) use document::{Chapter, goals, render, write};
pub(crate) use figures::{Findings, Line, Run};
pub(crate) use goal::{Bound, Goal};
pub(crate) use machine::Machine;
