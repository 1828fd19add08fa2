//! A fixed-length bit set, and the runs of ones in it.

/// A fixed number of bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits {
    length: u32,
    words: Vec<u64>,
}

/// Ones without a zero between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The index of the first one.
    pub(super) from: u32,
    /// The number of ones, at least 1.
    pub(super) length: u32,
}

impl Bits {
    /// All zeros.
    pub(super) fn new(length: u32) -> Self {
        Self { length, words: vec![0; index(length.div_ceil(u64::BITS))] }
    }

    pub(super) const fn length(&self) -> u32 {
        self.length
    }

    /// The bit at an index; beyond the end it is zero.
    pub(super) fn get(&self, place: u32) -> bool {
        self.words.get(index(place / u64::BITS)).is_some_and(|word| word >> (place % u64::BITS) & 1 == 1)
    }

    /// Sets the bit at an index and returns whether it changed. Beyond the end nothing happens.
    pub(super) fn put(&mut self, place: u32, one: bool) -> bool {
        let changes = place < self.length && self.get(place) != one;
        if changes && let Some(word) = self.words.get_mut(index(place / u64::BITS)) {
            *word ^= 1 << (place % u64::BITS);
        }
        changes
    }

    /// The indexes of the ones, ascending.
    pub(super) fn ones(&self) -> impl Iterator<Item = u32> + '_ {
        (0_u32..).step_by(64).zip(&self.words).flat_map(|(start, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let place = (rest != 0).then(|| start + rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(place)
            })
        })
    }

    /// The maximal runs of ones, ascending.
    pub(super) fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        let mut place = 0;
        std::iter::from_fn(move || {
            let from = self.next(place, true)?;
            place = self.next(from, false).unwrap_or(self.length);
            Some(Run { from, length: place - from })
        })
    }

    /// The first index at or after `place` whose bit equals `one`.
    fn next(&self, place: u32, one: bool) -> Option<u32> {
        let first = index(place / u64::BITS);
        let mut skip = place % u64::BITS;
        for (start, word) in (place - skip..).step_by(64).zip(self.words.iter().skip(first)) {
            let wanted = if one { *word } else { !*word } >> skip << skip;
            if wanted != 0 {
                return Some(start + wanted.trailing_zeros()).filter(|found| *found < self.length);
            }
            skip = 0;
        }
        None
    }
}

/// Converts a count of bits or words to an index.
fn index(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Bits, Run};

    fn bits(values: &[bool]) -> Bits {
        let mut bits = Bits::new(u32::try_from(values.len()).unwrap());
        for (place, value) in (0..).zip(values) {
            assert_eq!(bits.put(place, *value), *value);
        }
        bits
    }

    fn runs_one_by_one(values: &[bool]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (place, _) in (0_u32..).zip(values).filter(|(_, value)| **value) {
            match runs.last_mut() {
                Some(run) if run.from + run.length == place => run.length += 1,
                _ => runs.push(Run { from: place, length: 1 }),
            }
        }
        runs
    }

    #[test]
    fn beyond_the_end_everything_is_zero() {
        let mut bits = Bits::new(65);
        assert!(!bits.put(65, true) && !bits.put(u32::MAX, true));
        assert!(bits.put(64, true) && !bits.put(64, true));
        assert_eq!((bits.ones().count(), bits.get(64), bits.get(65), bits.get(u32::MAX)), (1, true, false, false));
    }

    proptest! {
        #[test]
        fn runs_and_ones_are_those_found_one_by_one(values in prop::collection::vec(prop::bool::weighted(0.8), 0..300)) {
            let bits = bits(&values);
            let ones: Vec<u32> = (0..).zip(&values).filter(|(_, value)| **value).map(|(place, _)| place).collect();
            prop_assert_eq!(bits.ones().collect::<Vec<_>>(), ones);
            prop_assert_eq!(bits.runs().collect::<Vec<_>>(), runs_one_by_one(&values));
        }
    }
}
