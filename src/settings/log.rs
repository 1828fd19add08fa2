//! The log.

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::Environment;

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// For machines: one JSON object per line.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json"),
        }
    }
}

/// Section `log`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// The format of log lines.
    pub format: LogFormat,
    /// The log filter: a level, or levels for modules, such as `info,boxoffice_adapters::db=debug`.
    pub filter: String,
}

impl LogSettings {
    pub(super) fn validate(&self, environment: Environment, faults: &mut Vec<String>) {
        match EnvFilter::try_new(&self.filter) {
            Err(error) => faults.push(format!("log.filter: {error}")),
            Ok(filter) if environment.is_production() && filter.max_level_hint() == Some(LevelFilter::TRACE) => {
                faults.push("log.filter: must not be trace in production: it writes what people send".to_owned());
            }
            Ok(_) => {}
        }
    }
}
