//! boxoffice: the composition root. It holds no business rule and no SQL. This crate reads the settings, builds and
//! connects the parts, and runs them.
//!
//! Start with [`cli`] (the commands of the program), then [`services`] (how the parts are connected) and [`app`] (how
//! they run).

pub mod app;
pub mod cli;
pub mod demo;
mod open_files;
pub mod services;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
