//! Figures: of one run, of the runs of one line, and of the lines of a scenario.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::load::{Tally, Wrk};
use crate::numbers::{median, milliseconds, number, shown};
use crate::subject::Usage;

/// One run of a load.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    /// Counted responses per second.
    pub(crate) per_second: f64,
    /// The server's processor time per counted response, in µs.
    pub(crate) server_us: f64,
    /// The same of the database server.
    pub(crate) database_us: f64,
    /// The median latency.
    pub(crate) p50_ms: f64,
    /// The 99th percentile.
    pub(crate) p99_ms: f64,
    /// The longest latency, if known.
    pub(crate) longest_ms: f64,
    /// Responses that do not count.
    pub(crate) others: String,
    /// The violations that the audit found. Such a run has no figures.
    pub(crate) violation: Option<String>,
}

impl Run {
    /// A run of our own driver. `counted` is the response that counts, and `expected` are other valid ones.
    pub(crate) fn of(tally: &Tally, counted: (&'static str, u16), expected: &[(&str, u16)], usage: Usage) -> Self {
        let count = tally.count(counted.0, counted.1);
        let latencies = tally.latencies(counted.0);
        let in_order: Vec<_> = expected.iter().copied().chain([counted]).collect();
        Self {
            per_second: tally.rate(count),
            server_us: micros_each(usage.server, count),
            database_us: micros_each(usage.database, count),
            p50_ms: milliseconds(latencies.quantile(500)),
            p99_ms: milliseconds(latencies.quantile(990)),
            longest_ms: milliseconds(latencies.longest()),
            others: tally.others(&in_order),
            violation: None,
        }
    }

    /// A run of wrk.
    pub(crate) fn of_wrk(wrk: &Wrk, usage: Usage) -> Self {
        Self {
            per_second: wrk.per_second,
            server_us: micros_each(usage.server, wrk.answers),
            database_us: micros_each(usage.database, wrk.answers),
            p50_ms: wrk.p50_ms,
            p99_ms: wrk.p99_ms,
            ..Self::default()
        }
    }
}

fn micros_each(used: Duration, count: u32) -> f64 {
    used.as_secs_f64() * 1e6 / number(count.max(1))
}

/// The runs of one measurement.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The name in the table.
    pub(crate) name: String,
    /// Whether its runs wrote, so that each was audited.
    pub(crate) audited: bool,
    runs: Vec<Run>,
}

impl Line {
    /// A line of reads, which need no audit.
    pub(crate) fn reads(name: impl Into<String>) -> Self {
        Self { name: name.into(), audited: false, runs: Vec::new() }
    }

    /// A line of writes. Every run is audited.
    pub(crate) fn writes(name: impl Into<String>) -> Self {
        Self { name: name.into(), audited: true, runs: Vec::new() }
    }

    /// Adds a run.
    pub(crate) fn push(&mut self, run: Run) {
        self.runs.push(run);
    }

    /// Counted responses per second: the median of the runs without a violation.
    pub(crate) fn per_second(&self) -> Option<f64> {
        self.median(|run| run.per_second)
    }

    /// The processor time of program and database per counted response, in µs: the median of the runs without a violation.
    pub(crate) fn processor_us(&self) -> Option<f64> {
        self.median(|run| run.server_us + run.database_us)
    }

    /// The median of a figure over the runs without a violation.
    pub(crate) fn median(&self, figure: impl Fn(&Run) -> f64) -> Option<f64> {
        median(self.sound().map(figure))
    }

    fn sound(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.violation.is_none())
    }

    /// The row in the table of a scenario. [`Line::HEAD`] names the columns.
    pub(crate) fn row(&self) -> String {
        let figure = |value: Option<f64>| value.map_or("—".to_owned(), shown);
        let rates = || self.sound().map(|run| run.per_second);
        let range = match (rates().min_by(f64::total_cmp), rates().max_by(f64::total_cmp)) {
            (Some(least), Some(most)) => format!("{}–{}", shown(least), shown(most)),
            _ => "—".to_owned(),
        };
        let sound = self.sound().count();
        let audit = match (self.audited, sound == self.runs.len()) {
            (false, _) => "—".to_owned(),
            (true, true) => format!("{sound} sound"),
            (true, false) => format!("**{} violated**", self.runs.len().saturating_sub(sound)),
        };
        let mut others: Vec<_> =
            self.runs.iter().map(|run| run.others.as_str()).filter(|text| !text.is_empty()).collect();
        others.dedup();
        format!(
            "| {} | {} | {range} | {} | {} | {} | {} | {} | {audit} | {} |",
            self.name,
            figure(self.per_second()),
            figure(self.median(|run| run.server_us)),
            figure(self.median(|run| run.database_us).filter(|value| *value > 0.0)),
            figure(self.median(|run| run.p50_ms)),
            figure(self.median(|run| run.p99_ms)),
            figure(self.median(|run| run.longest_ms).filter(|value| *value > 0.0)),
            others.join("; "),
        )
    }

    /// The columns of [`Line::row`].
    pub(crate) const HEAD: &str = "| | a second, median | range | CPU µs each, boxoffice | database | p50 ms | p99 ms | longest ms \
                                   | audit after each run | other answers |\n|---|--:|--:|--:|--:|--:|--:|--:|---|---|";

    /// The violations that the audits found.
    pub(crate) fn violations(&self) -> impl Iterator<Item = &str> {
        self.runs.iter().filter_map(|run| run.violation.as_deref())
    }
}

/// The results of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The figures of the measured goals.
    pub(crate) measured: BTreeMap<&'static str, f64>,
    /// The measured lines.
    pub(crate) lines: Vec<Line>,
    /// Additional remarks.
    pub(crate) remarks: Vec<String>,
}

impl Findings {
    /// Records the figure of a goal, if there is one.
    pub(crate) fn measure(&mut self, what: &'static str, figure: Option<f64>) {
        if let Some(figure) = figure {
            self.measured.insert(what, figure);
        }
    }

    /// Records the ratio of two lines' rates.
    pub(crate) fn compare(&mut self, what: &'static str, line: &Line, other: &Line) {
        self.divide(what, line.per_second(), other.per_second());
    }

    /// Records the ratio of two figures.
    pub(crate) fn divide(&mut self, what: &'static str, ours: Option<f64>, theirs: Option<f64>) {
        self.measure(what, ours.zip(theirs).map(|(ours, theirs)| ours / theirs));
    }
}

#[cfg(test)]
mod tests {
    use super::{Findings, Line, Run};

    fn run(per_second: f64, violation: Option<&str>) -> Run {
        Run { per_second, violation: violation.map(str::to_owned), ..Run::default() }
    }

    #[test]
    fn a_run_with_a_violation_has_no_number() {
        let mut line = Line::writes("bookings");
        line.push(run(9_000.0, Some("1  a ticket names no booking")));
        assert_eq!(line.per_second(), None);
        line.push(run(100.0, None));
        line.push(run(200.0, None));
        assert_eq!(line.per_second(), Some(150.0));
        assert!(line.row().contains("**1 violated**"), "{}", line.row());
        assert_eq!(line.violations().count(), 1);
    }

    #[test]
    fn a_ratio_needs_both_figures() {
        let (mut ours, mut theirs) = (Line::reads("ours"), Line::reads("theirs"));
        ours.push(run(150.0, None));
        let mut findings = Findings::default();
        findings.compare("ratio", &ours, &theirs);
        assert!(findings.measured.is_empty());
        theirs.push(run(200.0, None));
        findings.compare("ratio", &ours, &theirs);
        assert_eq!(findings.measured["ratio"], 0.75);
    }
}
