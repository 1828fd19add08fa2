//! The context of every scenario: addresses and paths, and the duration and number of runs.

use std::path::PathBuf;
use std::time::Duration;

use crate::Failure;

/// The private server of this run, as `scripts/with-mariadb` names it.
const SERVER_VARIABLE: &str = "BOXOFFICE_TEST_SERVER_URL";
/// The number of runs of each measurement. The medians count.
const RUNS_VARIABLE: &str = "BENCH_RUNS";
const RUNS: u32 = 5;
/// The duration of each run, in seconds.
const SECONDS_VARIABLE: &str = "BENCH_SECONDS";
const SECONDS: u32 = 3;
/// The commit to compare with, whose program is beside this one: `boxoffice-5f8d590`. Without it, what is compared with a
/// reference is not measured.
const REFERENCE_VARIABLE: &str = "BENCH_REFERENCE";
/// The names of the scenarios to run, separated by commas. By default all run.
const ONLY_VARIABLE: &str = "ONLY";
/// The document that receives the tables. Without it they are only printed.
const DOCUMENT_VARIABLE: &str = "BENCH_DOCUMENT";

/// The context of every scenario.
pub(crate) struct BenchContext {
    /// The URL of the private database server, without a database.
    pub(crate) server: String,
    /// The program under test.
    pub(crate) program: PathBuf,
    /// The same program at an older commit.
    pub(crate) reference: Option<Reference>,
    /// This program.
    pub(crate) driver: PathBuf,
    /// The number of runs of each measurement.
    pub(crate) runs: u32,
    /// The duration of a run.
    pub(crate) lasting: Duration,
    /// The scenarios to run. Empty for all.
    pub(crate) only: Vec<String>,
    /// The document that receives the results.
    pub(crate) document: Option<PathBuf>,
}

/// The program at the commit to compare with.
pub(crate) struct Reference {
    /// The commit.
    pub(crate) commit: String,
    /// The program.
    pub(crate) program: PathBuf,
}

impl BenchContext {
    /// Reads the environment. The program under test is built beside this one.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        let server = std::env::var(SERVER_VARIABLE);
        let server = server.map_err(|_| format!("{SERVER_VARIABLE} is not set; `make bench` starts a server"))?;
        let driver = std::env::current_exe()?;
        let program = driver.with_file_name("boxoffice");
        let count = |name: &str, otherwise: u32| match std::env::var(name) {
            Ok(text) => text.parse().map_err(|_| Failure::from(format!("{name} must be a number, not {text}"))),
            Err(_) => Ok(otherwise),
        };
        let only = std::env::var(ONLY_VARIABLE).unwrap_or_default();
        let only = only.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let reference = std::env::var(REFERENCE_VARIABLE).ok().filter(|commit| !commit.is_empty());
        let reference = reference.map(|commit| {
            let program = driver.with_file_name(format!("boxoffice-{commit}"));
            Reference { commit, program }
        });
        Ok(Self {
            server: server.trim_end_matches('/').to_owned(),
            program,
            reference,
            driver,
            runs: count(RUNS_VARIABLE, RUNS)?.max(1),
            lasting: Duration::from_secs(count(SECONDS_VARIABLE, SECONDS)?.max(1).into()),
            only,
            document: std::env::var_os(DOCUMENT_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from),
        })
    }
}
