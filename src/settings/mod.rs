//! The settings of an installation. `config/default.toml` lists every setting with its default and purpose.
//!
//! The last source that names a value wins: the built-in defaults, `default.toml` and then `<environment>.toml` of the
//! configuration folder, and a variable `BOXOFFICE__SECTION__KEY` (or `BOXOFFICE__SECTION__KEY_FILE`, the path of a
//! file that holds the value).

mod admin;
mod auth;
mod bookings;
mod database;
mod environment;
mod http;
mod limits;
mod list;
mod log;
mod payments;
mod serve;
mod sources;
mod workers;

use std::fmt;

use config::{Map, Value};
use serde::de::DeserializeOwned;

pub use admin::AdminSettings;
pub use auth::AuthSettings;
pub use bookings::{BookingSettings, CommitMode};
pub use database::DatabaseSettings;
pub use environment::Environment;
pub use http::HttpSettings;
pub use limits::LimitSettings;
pub use log::{LogFormat, LogSettings};
pub use payments::{Gateway, PaymentSettings};
pub use serve::{NoService, ServeSettings, Service};
pub use sources::Sources;
pub use workers::WorkerSettings;

/// Renamed settings by section: the former and the current name. A former name is accepted for one release.
const RENAMED: [(&str, &str, &str); 2] =
    [("bookings", "desk", "commit_mode"), ("workers", "wind_up_ms", "cancel_concert_bookings_ms")];

/// All settings, one struct per section.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The kind of installation.
    pub environment: Environment,
    /// Whether `BOXOFFICE_ENV` names the environment.
    pub environment_is_chosen: bool,
    /// The services of this process.
    pub serve: ServeSettings,
    /// The shop and its API.
    pub http: HttpSettings,
    /// Metrics and probes.
    pub admin: AdminSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// Bookings and their holds.
    pub bookings: BookingSettings,
    /// The payment gateway.
    pub payments: PaymentSettings,
    /// Sessions and passwords.
    pub auth: AuthSettings,
    /// Limits for each client.
    pub limits: LimitSettings,
    /// The log.
    pub log: LogSettings,
    /// The background workers.
    pub workers: WorkerSettings,
    /// Settings given by a former name: the former and the current name.
    pub renamed: Vec<(String, String)>,
}

/// All faults of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFaults(Vec<String>);

impl SettingsFaults {
    /// One sentence per fault, which names its setting.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for SettingsFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the settings have {} fault(s):", self.0.len())?;
        self.0.iter().try_for_each(|fault| writeln!(f, "  - {fault}"))
    }
}

impl std::error::Error for SettingsFaults {}

impl Settings {
    /// Reads every value without checking that the values fit together. This suffices for commands that only need the
    /// database.
    ///
    /// # Errors
    /// Returns every value that cannot be read and every unknown name.
    pub fn load(sources: &Sources) -> Result<Self, SettingsFaults> {
        let (settings, faults) = Self::read(sources)?;
        if faults.is_empty() { Ok(settings) } else { Err(SettingsFaults(faults)) }
    }

    /// Reads every value and checks the rules of [`Settings::validate`].
    ///
    /// # Errors
    /// Returns every fault of both kinds.
    pub fn load_checked(sources: &Sources) -> Result<Self, SettingsFaults> {
        let (settings, mut faults) = Self::read(sources)?;
        faults.extend(settings.validate());
        if faults.is_empty() { Ok(settings) } else { Err(SettingsFaults(faults)) }
    }

    /// Returns every violated rule, which names its setting. Empty if the settings are valid.
    pub fn validate(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.serve.validate(&self.auth, &mut faults);
        self.http.validate(self.environment, &mut faults);
        self.admin.validate(self.environment, &self.http, &mut faults);
        self.database.validate(self.environment, &mut faults);
        self.bookings.validate(&mut faults);
        self.payments.validate(self.environment, &mut faults);
        self.auth.validate(self.environment, &mut faults);
        self.limits.validate(self.environment, &mut faults);
        self.log.validate(self.environment, &mut faults);
        self.workers.validate(&mut faults);
        faults
    }

    /// Returns the settings, with the built-in default for each value that cannot be read, and the faults.
    fn read(sources: &Sources) -> Result<(Self, Vec<String>), SettingsFaults> {
        let (environment, layers) = sources.layers().map_err(SettingsFaults)?;
        let mut reader =
            Reader { defaults: layers.defaults, chosen: layers.chosen, faults: layers.faults, renamed: Vec::new() };
        let settings = reader.settings(environment, sources.chooses_environment());
        reader.name_unknown_sections();
        match settings {
            Some(settings) => Ok((settings, reader.faults)),
            None => Err(SettingsFaults(reader.faults)),
        }
    }
}

/// Takes the sections out of the layers and collects their faults.
struct Reader {
    defaults: Map<String, Value>,
    chosen: Map<String, Value>,
    faults: Vec<String>,
    renamed: Vec<(String, String)>,
}

impl Reader {
    fn settings(&mut self, environment: Environment, environment_is_chosen: bool) -> Option<Settings> {
        Some(Settings {
            environment,
            environment_is_chosen,
            serve: self.section("serve")?,
            http: self.section("http")?,
            admin: self.section("admin")?,
            database: self.section("database")?,
            bookings: self.section("bookings")?,
            payments: self.section("payments")?,
            auth: self.section("auth")?,
            limits: self.section("limits")?,
            log: self.section("log")?,
            workers: self.section("workers")?,
            renamed: std::mem::take(&mut self.renamed),
        })
    }

    /// Applies each chosen value separately to the defaults, so that every fault is reported and not only the first.
    fn section<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let mut table = self.take_table(name, Layer::Defaults);
        let mut chosen: Vec<_> = self.take_table(name, Layer::Chosen).into_iter().collect();
        chosen.sort_by(|left, right| left.0.cmp(&right.0));
        for (key, value) in chosen {
            let key = self.current_name(name, key);
            let origin = value.origin().unwrap_or("unknown source").to_owned();
            let mut tried = table.clone();
            tried.insert(key.clone(), value);
            match T::deserialize(Value::from(tried.clone())) {
                Ok(_) => table = tried,
                Err(error) => self.faults.push(format!("{name}.{key} ({origin}): {}", bare_message(error))),
            }
        }
        T::deserialize(Value::from(table))
            .map_err(|error| self.faults.push(format!("the built-in defaults of {name} are broken: {error}")))
            .ok()
    }

    /// The current name of a setting.
    fn current_name(&mut self, section: &str, key: String) -> String {
        let Some((_, _, current)) = RENAMED.iter().find(|(of, former, _)| *of == section && *former == key) else {
            return key;
        };
        self.renamed.push((format!("{section}.{key}"), format!("{section}.{current}")));
        (*current).to_owned()
    }

    fn take_table(&mut self, name: &str, layer: Layer) -> Map<String, Value> {
        let layer = match layer {
            Layer::Defaults => &mut self.defaults,
            Layer::Chosen => &mut self.chosen,
        };
        let Some(value) = layer.remove(name) else { return Map::new() };
        value.into_table().unwrap_or_else(|_| {
            self.faults.push(format!("{name}: this is a section, not a setting"));
            Map::new()
        })
    }

    fn name_unknown_sections(&mut self) {
        let mut unknown: Vec<_> = self.chosen.drain().map(|(name, _)| name).collect();
        unknown.sort();
        self.faults.extend(unknown.into_iter().map(|name| format!("{name}: there is no such section of settings")));
    }
}

enum Layer {
    Defaults,
    Chosen,
}

/// The message without the key and origin, which the caller adds.
fn bare_message(error: config::ConfigError) -> String {
    match error {
        config::ConfigError::At { error, .. } => bare_message(*error),
        config::ConfigError::Type { origin: _, unexpected, expected, key: _ } => {
            format!("invalid type: {unexpected}, expected {expected}")
        }
        other => other.to_string(),
    }
}

/// Records a fault if a number is below its minimum.
fn require_at_least(least: u64, value: u64, name: &str, faults: &mut Vec<String>) {
    if value < least {
        faults.push(format!("{name}: must be at least {least}, not {value}"));
    }
}

/// Records a fault if a number is outside of its bounds.
fn require_within(bounds: std::ops::RangeInclusive<u64>, value: u64, name: &str, faults: &mut Vec<String>) {
    if !bounds.contains(&value) {
        faults.push(format!("{name}: must be from {} to {}, not {value}", bounds.start(), bounds.end()));
    }
}

#[cfg(test)]
mod tests;
