//! The product as a separate process.
#![expect(clippy::disallowed_methods, reason = "files are read between measurements, and no request waits")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Database;
use crate::Failure;

/// How long the program may take to start. It applies the migrations first.
const START_TIME_MAX: Duration = Duration::from_secs(60);
/// The key that signs tokens, here and in the program.
pub(crate) const SIGNING_KEY: &str = "only benchmarks are signed with this key";

/// How bookings are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitMode {
    /// One unit for all waiting bookings.
    Group,
    /// One unit per booking.
    Direct,
}

impl CommitMode {
    /// Its name in settings and tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Direct => "direct",
        }
    }
}

/// A running `boxoffice serve`. It is killed when the value is dropped.
pub(crate) struct Shop {
    /// The address of its API.
    pub(crate) http: SocketAddr,
    /// Its process id.
    pub(crate) process: u32,
    child: Child,
    folder: TempDir,
}

impl Shop {
    /// Starts the program and waits until it prints its address.
    pub(crate) async fn start(program: &Path, database: &Database, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let log = std::fs::File::create(folder.path().join("boxoffice.log"))?;
        let mut command = command(program, database, settings);
        command.arg("serve").current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn()?;
        let process = child.id().ok_or("the program ended immediately")?;
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
        let http = tokio::time::timeout(START_TIME_MAX, address).await??;
        // The output must still be read, or the program would block on a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { http, process, child, folder })
    }

    /// Stops the program as an operator would and waits for its end.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        Command::new("kill").args(["-TERM", &self.process.to_string()]).status().await?;
        self.child.wait().await?;
        drop(self.folder);
        Ok(())
    }
}

/// Runs `boxoffice audit`. Returns `None` if the data is valid, and its output otherwise.
///
/// # Errors
/// If the audit could not run.
pub(crate) async fn audit(program: &Path, database: &Database) -> Result<Option<String>, Failure> {
    // This folder holds no settings.
    let folder = tempfile::tempdir()?;
    let output = command(program, database, &[]).arg("audit").current_dir(folder.path()).output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    match (output.status.success(), said.is_empty()) {
        (true, _) => Ok(None),
        (false, false) => Ok(Some(said)),
        (false, true) => Err(format!("no audit: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

fn command(program: &Path, database: &Database, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().kill_on_drop(true);
    let fixed = [
        ("DATABASE__URL", database.url.as_str()),
        ("AUTH__SIGNING_KEY", SIGNING_KEY),
        ("HTTP__ADDRESS", "127.0.0.1:0"),
        ("ADMIN__ADDRESS", "127.0.0.1:0"),
        ("LIMITS__ENABLED", "false"),
        // All load comes from this address. As a trusted proxy it has no limit per address.
        ("HTTP__TRUSTED_PROXIES", "127.0.0.1"),
        // No hold expires during a scenario, except where a scenario sets it.
        ("BOOKINGS__HOLD_SECONDS", "7200"),
        // No log line per request.
        ("LOG__FILTER", "warn"),
    ];
    for (name, value) in fixed.iter().chain(settings) {
        command.env(format!("BOXOFFICE__{name}"), value);
    }
    command
}
