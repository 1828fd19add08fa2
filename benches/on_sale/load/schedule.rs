//! The planned starts of requests in the open model: random moments at a given rate (Poisson), the same in every run.
//! They do not depend on the server: a request that starts late has waited since its planned moment.

use std::time::Duration;

/// The planned starts, in order, relative to the beginning of the load.
#[derive(Debug)]
pub(crate) struct Schedule {
    mean_gap: Duration,
    lasting: Duration,
    next: Duration,
    index: u32,
    random: SplitMix64,
}

impl Schedule {
    /// Plans `per_second` starts per second on average, for `lasting`.
    pub(crate) fn new(per_second: f64, lasting: Duration) -> Self {
        let mean_gap = Duration::from_secs_f64(1.0 / per_second.max(0.001));
        Self { mean_gap, lasting, next: Duration::ZERO, index: 0, random: SplitMix64(0x0b0f_f1ce) }
    }
}

impl Iterator for Schedule {
    /// The number of the start, from 0, and its moment.
    type Item = (u32, Duration);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.lasting {
            return None;
        }
        let start = (self.index, self.next);
        self.index = self.index.checked_add(1)?;
        // The gaps of a Poisson process are exponential.
        self.next += self.mean_gap.mul_f64(-self.random.open_unit().ln());
        Some(start)
    }
}

/// Sebastiano Vigna's generator. It is good enough to spread arrivals, and equal on every machine.
#[derive(Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number above 0 and at most 1.
    fn open_unit(&mut self) -> f64 {
        let upper = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        (f64::from(upper) + 1.0) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;

    const LASTING: Duration = Duration::from_secs(10);

    #[test]
    fn starts_come_in_order_within_the_time_and_are_numbered() {
        let starts: Vec<_> = Schedule::new(500.0, LASTING).collect();
        assert!(starts.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        assert!(starts.iter().all(|start| start.1 < LASTING));
        assert!(starts.iter().zip(0_u32..).all(|(start, number)| start.0 == number));
    }

    #[test]
    fn the_rate_is_the_requested_one() {
        for rate in [100_u32, 1_000, 20_000] {
            let count = u32::try_from(Schedule::new(f64::from(rate), LASTING).count()).unwrap();
            // Six standard deviations of a Poisson count.
            let expected = f64::from(rate) * 10.0;
            assert!((f64::from(count) - expected).abs() < 6.0 * expected.sqrt(), "{rate}: {count}");
        }
    }

    #[test]
    fn gaps_vary_like_those_of_independent_arrivals() {
        let starts: Vec<_> = Schedule::new(1_000.0, LASTING).map(|start| start.1).collect();
        let gaps: Vec<f64> = starts.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let count = f64::from(u32::try_from(gaps.len()).unwrap());
        let mean = gaps.iter().sum::<f64>() / count;
        let deviation = (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / count).sqrt();
        assert!((0.9..1.1).contains(&(deviation / mean)), "{deviation} / {mean}");
    }

    #[test]
    fn two_runs_have_the_same_plan() {
        assert!(Schedule::new(100.0, LASTING).eq(Schedule::new(100.0, LASTING)));
    }

    #[test]
    fn an_empty_duration_has_no_starts() {
        assert_eq!(Schedule::new(1_000.0, Duration::ZERO).count(), 0);
    }
}
