//! The results of a load: responses by kind of request and status, and their latencies.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Histogram;
use crate::numbers::number;

/// The responses of one load.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    answers: BTreeMap<(&'static str, u16), u32>,
    latencies: BTreeMap<&'static str, Histogram>,
    /// Broken connections. Each lost the request in progress.
    pub(crate) broken: u32,
    /// The time from the first start to the last response.
    pub(crate) elapsed: Duration,
}

impl Tally {
    pub(super) fn note(&mut self, kind: &'static str, status: u16, latency: Duration) {
        let count = self.answers.entry((kind, status)).or_default();
        *count = count.saturating_add(1);
        self.latencies.entry(kind).or_default().record(latency);
    }

    /// The number of responses of a kind with a status.
    pub(crate) fn count(&self, kind: &str, status: u16) -> u32 {
        self.answers.iter().filter(|((k, s), _)| *k == kind && *s == status).map(|(_, count)| *count).sum()
    }

    /// The number of all responses.
    pub(crate) fn total(&self) -> u32 {
        self.answers.values().sum()
    }

    /// The latencies of a kind.
    pub(crate) fn latencies(&self, kind: &str) -> Histogram {
        self.latencies.get(kind).cloned().unwrap_or_default()
    }

    /// A count per second, over the duration of the load.
    pub(crate) fn rate(&self, count: u32) -> f64 {
        number(count) / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    /// All unexpected results, such as `booking 503: 12, broken: 1`. Empty if there are none.
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
