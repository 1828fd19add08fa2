//! The sources of the settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::builder::DefaultState;
use config::{Config, ConfigBuilder, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

use super::{Environment, Service};

/// The variable that names the environment. The default is [`Environment::Development`].
const ENVIRONMENT_VARIABLE: &str = "BOXOFFICE_ENV";
/// The variable that names the configuration folder.
const FOLDER_VARIABLE: &str = "BOXOFFICE_CONFIG_DIR";
/// The default configuration folder. It is used if it exists.
const DEFAULT_FOLDER: &str = "config";
/// The prefix of variables for single settings.
const PREFIX: &str = "BOXOFFICE__";
/// The suffix of a variable that names a file with the value.
const FILE_SUFFIX: &str = "_FILE";
/// Settings that are themselves file paths.
const PATHS: [&str; 1] = ["DATABASE__CA_FILE"];
/// Every setting with its default.
const BUILT_IN_DEFAULTS: &str = include_str!("../../config/default.toml");

/// The sources of the settings.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration folder. It must exist if it is set.
    pub folder: Option<PathBuf>,
    /// Variables by name. Those without the prefix `BOXOFFICE` are ignored.
    pub variables: BTreeMap<String, String>,
}

/// The values of the sources, where later sources override earlier ones.
pub(super) struct Layers {
    /// The built-in values.
    pub(super) defaults: Map<String, Value>,
    /// The values of the configuration folder and the variables.
    pub(super) chosen: Map<String, Value>,
    /// The values that could not be read.
    pub(super) faults: Vec<String>,
}

impl Sources {
    /// The variables of this process. `folder` comes from the command line.
    pub fn of_process(folder: Option<PathBuf>) -> Self {
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables: BTreeMap<_, _> = std::env::vars_os().filter_map(readable).collect();
        let folder = folder.or_else(|| variables.get(FOLDER_VARIABLE).map(PathBuf::from));
        let folder = folder.or_else(|| Some(PathBuf::from(DEFAULT_FOLDER)).filter(|folder| folder.is_dir()));
        Self { folder, variables }
    }

    /// With the services that the command line names, which win over every other source.
    #[must_use]
    pub fn serving(mut self, only: &[Service]) -> Self {
        if !only.is_empty() {
            let names: Vec<_> = only.iter().map(|service| service.as_str()).collect();
            self.variables.insert(format!("{PREFIX}SERVE__ONLY"), names.join(","));
        }
        self
    }

    /// Reads all sources.
    pub(super) fn layers(&self) -> Result<(Environment, Layers), Vec<String>> {
        let environment = self.environment()?;
        let defaults = collect(
            Config::builder()
                .add_source(File::from_str(BUILT_IN_DEFAULTS, FileFormat::Toml))
                .add_source(File::from_str(environment.built_in_toml(), FileFormat::Toml)),
        )
        .map_err(|error| vec![error.to_string()])?;

        let mut builder = Config::builder();
        if let Some(folder) = &self.folder {
            if !folder.is_dir() {
                return Err(vec![format!("the configuration folder {} does not exist", folder.display())]);
            }
            builder = builder
                .add_source(optional_file(folder, "default"))
                .add_source(optional_file(folder, environment.as_str()));
        }
        let (variables, faults) = Variables::of(&self.variables);
        let chosen = collect(builder.add_source(variables)).map_err(|error| vec![error.to_string()])?;
        Ok((environment, Layers { defaults, chosen, faults }))
    }

    /// Whether a variable names the environment.
    pub(super) fn chooses_environment(&self) -> bool {
        self.variables.contains_key(ENVIRONMENT_VARIABLE)
    }

    fn environment(&self) -> Result<Environment, Vec<String>> {
        let Some(name) = self.variables.get(ENVIRONMENT_VARIABLE) else { return Ok(Environment::Development) };
        Environment::parse(name).ok_or_else(|| {
            vec![format!("{ENVIRONMENT_VARIABLE}: must be development, staging, production or test, not {name:?}")]
        })
    }
}

fn optional_file(folder: &Path, name: &str) -> File<config::FileSourceFile, FileFormat> {
    File::new(&folder.join(name).with_extension("toml").to_string_lossy(), FileFormat::Toml).required(false)
}

fn collect(builder: ConfigBuilder<DefaultState>) -> Result<Map<String, Value>, ConfigError> {
    builder.build()?.collect()
}

/// The values of variables, with the variable's name as origin. They stay text: a password of digits is not a number.
#[derive(Debug, Clone)]
struct Variables(Map<String, Value>);

impl Variables {
    #[expect(clippy::disallowed_methods, reason = "settings are read before anything is served")]
    fn of(variables: &BTreeMap<String, String>) -> (Self, Vec<String>) {
        let mut values = Map::new();
        let mut faults = Vec::new();
        for (name, text) in variables {
            let Some(path) = name.strip_prefix(PREFIX) else { continue };
            let (path, text) = match path.strip_suffix(FILE_SUFFIX).filter(|_| !PATHS.contains(&path)) {
                None => (path, text.clone()),
                Some(_) if variables.contains_key(name.trim_end_matches(FILE_SUFFIX)) => {
                    faults.push(format!("{name}: the variable without {FILE_SUFFIX} is set as well; choose one"));
                    continue;
                }
                Some(path) => match std::fs::read_to_string(text) {
                    Ok(content) => (path, content.trim().to_owned()),
                    Err(error) => {
                        faults.push(format!("{name}: the file {text} cannot be read: {error}"));
                        continue;
                    }
                },
            };
            let key = path.to_lowercase().replace("__", ".");
            values.insert(key, Value::new(Some(name), ValueKind::String(text)));
        }
        (Self(values), faults)
    }
}

impl Source for Variables {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}
