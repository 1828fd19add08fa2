//! What every scenario is given: where things are, and how long and how often to measure.

use std::path::PathBuf;
use std::time::Duration;

use crate::Failure;
use crate::subject::knows_desks;

/// The private server of this run, as `scripts/with-mariadb` names it.
const SERVER_VARIABLE: &str = "BOXOFFICE_TEST_SERVER_URL";
/// How often each figure is measured; the medians count.
const RUNS_VARIABLE: &str = "BENCH_RUNS";
const RUNS: u32 = 5;
/// How long each run of a load lasts, in seconds.
const SECONDS_VARIABLE: &str = "BENCH_SECONDS";
const SECONDS: u32 = 3;
/// Names of scenarios, separated by commas; without it all of them play.
const ONLY_VARIABLE: &str = "ONLY";
/// The document to write the tables into; without it they are only printed.
const DOCUMENT_VARIABLE: &str = "BENCH_DOCUMENT";

/// What every scenario is given.
pub(crate) struct Stage {
    /// The URL of the private database server, without a database.
    pub(crate) server: String,
    /// The program under test.
    pub(crate) program: PathBuf,
    /// This program.
    pub(crate) myself: PathBuf,
    /// How often to measure.
    pub(crate) runs: u32,
    /// How long a run lasts.
    pub(crate) lasting: Duration,
    /// Whether the program can place bookings in groups.
    pub(crate) has_desks: bool,
    /// Which scenarios to play; empty for all.
    pub(crate) only: Vec<String>,
    /// Where to write down what was measured.
    pub(crate) document: Option<PathBuf>,
}

impl Stage {
    /// Out of the environment. The program under test is built beside this one.
    pub(crate) async fn set() -> Result<Self, Failure> {
        let server = std::env::var(SERVER_VARIABLE);
        let server = server.map_err(|_| format!("{SERVER_VARIABLE} is not set; `make bench` starts a server"))?;
        let myself = std::env::current_exe()?;
        let program = myself.with_file_name("boxoffice");
        let count = |name: &str, otherwise: u32| match std::env::var(name) {
            Ok(text) => text.parse().map_err(|_| Failure::from(format!("{name} must be a number, not {text}"))),
            Err(_) => Ok(otherwise),
        };
        let only = std::env::var(ONLY_VARIABLE).unwrap_or_default();
        let only = only.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let mut stage = Self {
            server: server.trim_end_matches('/').to_owned(),
            program,
            myself,
            runs: count(RUNS_VARIABLE, RUNS)?.max(1),
            lasting: Duration::from_secs(count(SECONDS_VARIABLE, SECONDS)?.max(1).into()),
            has_desks: false,
            only,
            document: std::env::var_os(DOCUMENT_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from),
        };
        stage.has_desks = knows_desks(&stage).await?;
        Ok(stage)
    }
}
