//! boxoffice: the composition root. No business rule and no SQL lives here; this crate reads the settings, builds the
//! parts, joins them and runs them.

pub mod settings;
pub mod shutdown;
pub mod telemetry;
