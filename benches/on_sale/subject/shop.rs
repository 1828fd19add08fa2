//! The program under test, as a process of its own.
#![expect(clippy::disallowed_methods, reason = "files are read between measurements, and no request waits")]

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Database;
use crate::Failure;
use crate::stage::Stage;

/// How long the program may take to start: it migrates first.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// What tokens are signed with, here and there.
pub(crate) const SIGNING_KEY: &str = "only benchmarks are signed with this key";

/// How bookings are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Desk {
    /// One unit for all that wait.
    Group,
    /// One unit a booking.
    Direct,
}

impl Desk {
    /// Its name in settings and tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Direct => "direct",
        }
    }
}

/// A running `boxoffice serve`. Killed when the value goes.
pub(crate) struct Shop {
    /// Where its API is.
    pub(crate) http: SocketAddr,
    /// Its process id.
    pub(crate) process: u32,
    child: Child,
    folder: TempDir,
}

impl Shop {
    /// Starts it and waits until it prints its address.
    pub(crate) async fn start(stage: &Stage, database: &Database, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let log = std::fs::File::create(folder.path().join("boxoffice.log"))?;
        let mut command = command(stage, database, settings);
        command.arg("serve").current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn()?;
        let process = child.id().ok_or("the program ended at once")?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("its output is piped")?).lines();
        let address = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(url) = line.strip_prefix("shop and API") {
                    return Ok::<SocketAddr, Failure>(url.trim().trim_start_matches("http://").parse()?);
                }
            }
            let log = std::fs::read_to_string(folder.path().join("boxoffice.log")).unwrap_or_default();
            Err(format!("boxoffice did not start: {log}").into())
        };
        let http = tokio::time::timeout(START_PATIENCE, address).await??;
        // It goes on reading what the program prints, or the program would wait for it at some time.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { http, process, child, folder })
    }

    /// Ends it as an operator would and waits for the end.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        Command::new("kill").args(["-TERM", &self.process.to_string()]).status().await?;
        self.child.wait().await?;
        drop(self.folder);
        Ok(())
    }
}

/// Runs `boxoffice audit`: `None` when the data is sound, else what it said.
///
/// # Errors
/// The audit could not look.
pub(crate) async fn audit(stage: &Stage, database: &Database) -> Result<Option<String>, Failure> {
    // Nothing is configured there.
    let folder = tempfile::tempdir()?;
    let output = command(stage, database, &[]).arg("audit").current_dir(folder.path()).output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    match (output.status.success(), said.is_empty()) {
        (true, _) => Ok(None),
        (false, false) => Ok(Some(said)),
        (false, true) => Err(format!("no audit: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// Whether the program has the setting `bookings.desk`.
pub(crate) async fn knows_desks(stage: &Stage) -> Result<bool, Failure> {
    let mut command = Command::new(&stage.program);
    let settings = [("BOXOFFICE__BOOKINGS__DESK", "group")];
    let folder = tempfile::tempdir()?;
    let output = command.env_clear().envs(settings).arg("check-config").current_dir(folder.path()).output().await?;
    Ok(output.status.success())
}

fn command(stage: &Stage, database: &Database, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(&stage.program);
    command.env_clear().kill_on_drop(true);
    let fixed = [
        ("DATABASE__URL", database.url.as_str()),
        ("AUTH__SIGNING_KEY", SIGNING_KEY),
        ("HTTP__ADDRESS", "127.0.0.1:0"),
        ("ADMIN__ADDRESS", "127.0.0.1:0"),
        ("LIMITS__ENABLED", "false"),
        // All load comes from here, as it would from a proxy: no share of an address is to be measured.
        ("HTTP__TRUSTED_PROXIES", "127.0.0.1"),
        // No hold runs out before its scenario has ended, unless the scenario is about that.
        ("BOOKINGS__HOLD_SECONDS", "7200"),
        // Without a log line a request.
        ("LOG__FILTER", "warn"),
    ];
    for (name, value) in fixed.iter().chain(settings) {
        command.env(format!("BOXOFFICE__{name}"), value);
    }
    command
}
