//! The machine of the measurements.
#![expect(clippy::disallowed_methods, reason = "files are read between measurements, and no request waits")]

use tokio::process::Command;

use crate::Failure;
use crate::context::BenchContext;
use crate::subject::database_version;

/// Crates whose versions affect the measurements.
const CRATES: [&str; 8] =
    ["hyper", "poem", "poem-openapi", "tokio", "diesel-async", "mysql_async", "libsqlite3-sys", "moka"];
const LOCK_FILE: &str = include_str!("../../../Cargo.lock");

/// The machine, and the versions of the measured software.
pub(crate) struct Machine {
    /// Sentences, one per line of the list.
    pub(crate) lines: Vec<String>,
}

impl Machine {
    /// Reads the properties of the system.
    pub(crate) async fn inspect(context: &BenchContext) -> Result<Self, Failure> {
        let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
        let memory = std::fs::read_to_string("/proc/meminfo")?;
        let memory = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or("unknown").trim();
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let cores = std::thread::available_parallelism()?;
        let versions: Vec<_> = CRATES.iter().filter_map(|name| Some(format!("{name} {}", locked(name)?))).collect();
        let mut lines = vec![
            format!(
                "{cores} cores of {}, {memory} of memory, Linux {}",
                model.trim_start_matches([' ', '\t', ':']),
                kernel.trim()
            ),
            format!("{}, release profile of this repository", said("rustc", &["--version"]).await),
            versions.join(", "),
            format!(
                "MariaDB {}, `innodb_flush_log_at_trx_commit=1`, on the same disk",
                database_version(&context.server).await?
            ),
            said("wrk", &["-v"]).await.split(" Copyright").next().unwrap_or_default().trim().to_owned(),
            format!("boxoffice at commit {}", said("git", &["rev-parse", "--short", "HEAD"]).await),
        ];
        if let Some(reference) = &context.reference {
            lines.push(format!(
                "the reference is boxoffice at commit {}, built with the same compiler and the release profile of that commit",
                reference.commit
            ));
        }
        Ok(Self { lines })
    }
}

/// The first line that a program prints. Empty if it does not run.
async fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().await;
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

fn locked(name: &str) -> Option<&'static str> {
    let entry = LOCK_FILE.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
    entry.split_once('"').map(|(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::{CRATES, locked};

    #[test]
    fn every_named_crate_is_used() {
        for name in CRATES {
            assert!(locked(name).is_some(), "{name}");
        }
    }
}
