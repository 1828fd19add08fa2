//! The tables of `docs/BENCHMARKS.md`, which are also printed.
#![expect(clippy::disallowed_methods, reason = "files are read between measurements, and no request waits")]

use std::fmt::Write;
use std::path::Path;

use super::{Findings, Goal, Line, Machine};
use crate::Failure;

/// The text between these lines of the document is replaced. The rest is written by people.
const BEGIN: &str = "<!-- measured: written by make bench -->";
const END: &str = "<!-- end of measured -->";

/// A scenario, measured or not.
pub(crate) struct ScenarioResult {
    /// The title.
    pub(crate) title: &'static str,
    /// How it is measured.
    pub(crate) how: &'static str,
    /// Its goals.
    pub(crate) goals: &'static [Goal],
    /// Its results, or why it failed. `None` if it was not run.
    pub(crate) outcome: Option<Result<Findings, String>>,
}

impl ScenarioResult {
    fn figure(&self, goal: &Goal) -> Option<f64> {
        self.outcome.as_ref()?.as_ref().ok()?.measured.get(goal.what).copied()
    }

    /// The results as Markdown.
    pub(crate) fn to_markdown(&self) -> String {
        let mut text = String::new();
        push_result(self, &mut text);
        text
    }
}

/// All results as Markdown.
pub(crate) fn render(when: &str, machine: &Machine, command: &str, results: &[ScenarioResult]) -> String {
    let mut text = format!("Measured on {when} by `{command}`, everything in one run:\n\n");
    for line in &machine.lines {
        let _ = writeln!(text, "- {line}");
    }
    let _ = write!(text, "\n{}", goals(results));
    results.iter().for_each(|result| push_result(result, &mut text));
    text
}

/// The table of the goals of some scenarios.
pub(crate) fn goals<'a>(results: impl IntoIterator<Item = &'a ScenarioResult>) -> String {
    let mut text = String::from("## Goals\n\n| | reach | moonshot | measured | |\n|---|--:|--:|--:|---|\n");
    for (result, goal) in results.into_iter().flat_map(|result| result.goals.iter().map(move |goal| (result, goal))) {
        let figure = result.figure(goal);
        let moonshot = goal.moonshot.map(|bound| bound.shown(goal.unit)).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {moonshot} | {} | {} |",
            goal.what,
            goal.reach.shown(goal.unit),
            goal.shown(figure),
            goal.verdict(figure)
        );
    }
    text
}

fn push_result(result: &ScenarioResult, text: &mut String) {
    let _ = writeln!(text, "\n## {}\n\n{}\n", result.title, result.how);
    let findings = match &result.outcome {
        Some(Ok(findings)) => findings,
        None => {
            text.push_str("Not measured in this run.\n");
            return;
        }
        Some(Err(why)) => {
            let _ = writeln!(text, "Not measured: {why}");
            return;
        }
    };
    if !findings.lines.is_empty() {
        let _ = writeln!(text, "{}", Line::HEAD);
        findings.lines.iter().for_each(|line| {
            let _ = writeln!(text, "{}", line.row());
        });
    }
    if !findings.remarks.is_empty() {
        text.push('\n');
    }
    for remark in &findings.remarks {
        let _ = writeln!(text, "- {remark}");
    }
    for (line, violation) in findings.lines.iter().flat_map(|line| line.violations().map(move |said| (line, said))) {
        let _ = writeln!(text, "\n{}: the audit found\n\n```\n{}\n```", line.name, violation.trim_end());
    }
}

/// Replaces the measured part of the document.
pub(crate) fn write(document: &Path, measured: &str) -> Result<(), Failure> {
    let text = replaced(&std::fs::read_to_string(document)?, measured)
        .ok_or_else(|| format!("{} has no markers for the measured part", document.display()))?;
    Ok(std::fs::write(document, text)?)
}

fn replaced(document: &str, measured: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", measured.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::super::{Bound, Findings, Goal, Machine};
    use super::{ScenarioResult, render, replaced};

    const GOALS: &[Goal] = &[
        Goal { what: "fast", unit: "x", reach: Bound::AtLeast(3.0), moonshot: Some(Bound::AtLeast(5.0)) },
        Goal { what: "small", unit: " MiB", reach: Bound::AtMost(60.0), moonshot: None },
    ];

    #[test]
    fn the_rest_of_the_document_stays() {
        let document = "# Benchmarks\n<!-- measured: written by make bench -->old<!-- end of measured -->\nNotes\n";
        let text = replaced(document, "new\n").unwrap();
        assert!(text.starts_with("# Benchmarks\n") && text.ends_with("\nNotes\n"), "{text}");
        assert!(text.contains("new") && !text.contains("old"), "{text}");
        assert_eq!(replaced(&text, "new\n"), Some(text.clone()));
        assert_eq!(replaced("# Benchmarks\n", "new"), None);
    }

    #[test]
    fn missing_measurements_are_marked() {
        let mut findings = Findings::default();
        findings.measure("fast", Some(4.0));
        let result = |outcome| ScenarioResult { title: "Sale", how: "By hand.", goals: GOALS, outcome };
        let machine = Machine { lines: vec!["2 cores".to_owned()] };
        let text = render(
            "Monday",
            &machine,
            "make bench",
            &[result(Some(Ok(findings))), result(Some(Err("no disk".to_owned()))), result(None)],
        );
        assert!(text.contains("| fast | ≥ 3x | ≥ 5x | 4.00x | reached |"), "{text}");
        assert!(text.contains("| small | ≤ 60 MiB |  | — | not measured |"), "{text}");
        assert!(text.contains("Not measured: no disk") && text.contains("Not measured in this run."), "{text}");
    }
}
