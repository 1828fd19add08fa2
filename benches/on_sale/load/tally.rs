//! What came of a load: answers by kind of request and status, and how long they took.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Histogram;
use crate::numbers::number;

/// Answers of one load.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    answers: BTreeMap<(&'static str, u16), u32>,
    latencies: BTreeMap<&'static str, Histogram>,
    /// Connections that broke, each with the request that was under way.
    pub(crate) broken: u32,
    /// From the first start to the last answer.
    pub(crate) elapsed: Duration,
}

impl Tally {
    pub(super) fn note(&mut self, kind: &'static str, status: u16, latency: Duration) {
        let count = self.answers.entry((kind, status)).or_default();
        *count = count.saturating_add(1);
        self.latencies.entry(kind).or_default().record(latency);
    }

    /// How many answers of a kind had a status.
    pub(crate) fn count(&self, kind: &str, status: u16) -> u32 {
        self.answers.iter().filter(|((k, s), _)| *k == kind && *s == status).map(|(_, count)| *count).sum()
    }

    /// All answers.
    pub(crate) fn total(&self) -> u32 {
        self.answers.values().sum()
    }

    /// The latencies of a kind.
    pub(crate) fn latencies(&self, kind: &str) -> Histogram {
        self.latencies.get(kind).cloned().unwrap_or_default()
    }

    /// So many in the time that the load took, a second.
    pub(crate) fn rate(&self, count: u32) -> f64 {
        number(count) / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    /// Everything but the expected, such as `booking 503: 12, broken: 1`; empty when there was nothing else.
    pub(crate) fn others(&self, expected: &[(&str, u16)]) -> String {
        let unexpected = self.answers.iter().filter(|((kind, status), _)| !expected.contains(&(kind, *status)));
        let mut others: Vec<_> =
            unexpected.map(|((kind, status), count)| format!("{kind} {status}: {count}")).collect();
        if self.broken > 0 {
            others.push(format!("broken connections: {}", self.broken));
        }
        others.join(", ")
    }
}
