//! boxoffice: the composition root. No business rule and no SQL lives here; this crate reads the settings, builds the
//! parts, joins them and runs them.
//!
//! Start with [`cli`] (what the program can be asked to do), then [`services`] (how the parts are joined) and [`app`]
//! (how they run).

pub mod app;
pub mod cli;
pub mod demo;
mod open_files;
pub mod services;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
