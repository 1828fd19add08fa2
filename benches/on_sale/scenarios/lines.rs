//! The length of the code.

use futures_util::FutureExt;
use tokio::process::Command;

use super::Scenario;
use crate::Failure;
use crate::context::BenchContext;
use crate::report::{Bound, Findings, Goal};

const AGAINST_REFERENCE: &str = "lines of `domain/src` and `adapters/src` without tests, against the reference";

/// Prints the number of lines at a commit.
const SCRIPT: &str = "scripts/source-lines";

pub(super) const SCENARIO: Scenario = Scenario {
    name: "lines",
    title: "Lines of code",
    how: "`scripts/source-lines COMMIT` counts the lines of the Rust files, comments included; tests and what only tests use \
          are left out.",
    goals: &[Goal { what: AGAINST_REFERENCE, unit: "", reach: Bound::AtMost(1.0), moonshot: Some(Bound::AtMost(0.9)) }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let mut findings = Findings::default();
    let current = lines("HEAD").await?;
    findings.remarks.push(format!("{current} lines."));
    if let Some(reference) = &context.reference {
        let before = lines(&reference.commit).await?;
        findings.remarks.push(format!("Reference: {before} lines."));
        findings.divide(AGAINST_REFERENCE, Some(current), Some(before));
    }
    Ok(findings)
}

async fn lines(commit: &str) -> Result<f64, Failure> {
    let output = Command::new(SCRIPT).arg(commit).output().await?;
    if !output.status.success() {
        return Err(format!("{SCRIPT} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}
