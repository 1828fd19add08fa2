//! Latencies in buckets whose width is at most 1/64 of their values. Millions of latencies take a few kilobytes, and a
//! quantile is at most 1.6 % too high.

use std::time::Duration;

/// Each value below this number of microseconds has its own bucket.
const EXACT: u64 = 128;
/// The number of buckets between a power of two and the next.
const STEPS: u64 = 64;
/// `log2(EXACT)`.
const EXACT_BITS: u32 = 7;
/// The longest distinct latency: about 19 hours.
const MICROS_MAX: u64 = (1 << 36) - 1;

/// Latencies, in microseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Histogram {
    buckets: Vec<u32>,
    count: u64,
    longest: u64,
}

impl Histogram {
    /// Adds a latency.
    pub(crate) fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(MICROS_MAX).min(MICROS_MAX);
        let bucket = bucket_of(micros);
        if self.buckets.len() <= bucket {
            self.buckets.resize(bucket.saturating_add(1), 0);
        }
        if let Some(count) = self.buckets.get_mut(bucket) {
            *count = count.saturating_add(1);
        }
        self.count = self.count.saturating_add(1);
        self.longest = self.longest.max(micros);
    }

    /// The latency that `per_mille` of all values do not exceed. Zero if there are no values.
    pub(crate) fn quantile(&self, per_mille: u64) -> Duration {
        let rank = self.count.saturating_mul(per_mille).div_ceil(1000).max(1);
        let mut seen = 0_u64;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen = seen.saturating_add(u64::from(*count));
            if seen >= rank {
                return Duration::from_micros(highest_of(bucket).min(self.longest));
            }
        }
        Duration::ZERO
    }

    /// The longest latency.
    pub(crate) const fn longest(&self) -> Duration {
        Duration::from_micros(self.longest)
    }
}

fn bucket_of(micros: u64) -> usize {
    let bucket = if micros < EXACT {
        micros
    } else {
        // The power of two of the value, and its position between that and the next.
        let shift = u64::from(u64::BITS - 1 - micros.leading_zeros() - (EXACT_BITS - 1));
        EXACT + (shift - 1) * STEPS + ((micros >> shift) - STEPS)
    };
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The longest latency of a bucket.
fn highest_of(bucket: usize) -> u64 {
    let bucket = u64::try_from(bucket).unwrap_or(u64::MAX);
    if bucket < EXACT {
        return bucket;
    }
    let (shift, step) = ((bucket - EXACT) / STEPS + 1, (bucket - EXACT) % STEPS);
    ((STEPS + step + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{EXACT, Histogram, MICROS_MAX, bucket_of, highest_of};

    fn of(micros: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        micros.into_iter().for_each(|micros| histogram.record(Duration::from_micros(micros)));
        histogram
    }

    #[test]
    fn every_latency_lies_in_one_bucket_and_buckets_follow_each_other() {
        let mut next = 0;
        for bucket in 0..1_000 {
            assert_eq!(bucket_of(next), bucket);
            assert_eq!(bucket_of(highest_of(bucket)), bucket);
            next = highest_of(bucket) + 1;
        }
    }

    #[test]
    fn short_latencies_are_exact_and_long_ones_a_sixty_fourth_too_high_at_most() {
        for micros in (0..EXACT).chain([200, 12_345, 1_000_000, 86_399_999_999 / 2, MICROS_MAX]) {
            let highest = highest_of(bucket_of(micros));
            assert!(micros <= highest && highest - micros <= micros / 64, "{micros}: {highest}");
        }
    }

    #[test]
    fn quantiles_of_1_to_100_are_themselves() {
        let histogram = of(1..=100);
        for percent in [1, 50, 99, 100] {
            assert_eq!(histogram.quantile(percent * 10), Duration::from_micros(percent));
        }
        assert_eq!(histogram.longest(), Duration::from_micros(100));
    }

    #[test]
    fn one_slow_answer_in_a_thousand_is_not_the_99th_percentile() {
        let histogram = of(std::iter::repeat_n(10, 999).chain([5_000_000]));
        assert_eq!(histogram.quantile(990), Duration::from_micros(10));
        assert_eq!(histogram.quantile(1000), Duration::from_secs(5));
    }

    #[test]
    fn an_empty_histogram_is_zero() {
        assert_eq!(Histogram::default().quantile(990), Duration::ZERO);
    }

    #[test]
    fn absurd_latencies_count_as_the_longest_distinct_one() {
        assert_eq!(of([u64::MAX]).quantile(500), Duration::from_micros(MICROS_MAX));
    }
}
