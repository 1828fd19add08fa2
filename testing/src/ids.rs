//! Ids and random bytes that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use boxoffice_domain::shared::IdGenerator;
use uuid::{Builder, Uuid};

/// Ascending UUIDv7s that differ in their last bytes, and bytes that only look random.
#[derive(Debug, Default)]
pub struct SequentialIds {
    ids: AtomicU64,
    words: AtomicU64,
}

impl SequentialIds {
    /// The time in every id, in milliseconds since 1970: [`crate::FixedClock::START`].
    const MILLIS: u64 = 1_777_636_800_000;
    const WORD_BYTES: usize = 8;

    /// Starts with id 1.
    pub const fn new() -> Self {
        Self { ids: AtomicU64::new(0), words: AtomicU64::new(0) }
    }

    /// The next word of the sequence. `SplitMix64` gives a different word for each seed.
    fn next_word(&self) -> u64 {
        let seed = self.words.fetch_add(1, Ordering::SeqCst).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl IdGenerator for SequentialIds {
    fn next_uuid(&self) -> Uuid {
        let id = self.ids.fetch_add(1, Ordering::SeqCst) + 1;
        let mut tail = [0_u8; 10];
        tail[2..].copy_from_slice(&id.to_be_bytes());
        // The builder overwrites the two highest bits of the third byte with the variant.
        assert!(id < 1 << 62, "no test makes that many ids");
        Builder::from_unix_timestamp_millis(Self::MILLIS, &tail).into_uuid()
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(Self::WORD_BYTES) {
            let word = self.next_word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SequentialIds;
    use boxoffice_domain::shared::IdGenerator;

    #[test]
    fn ids_ascend_and_are_version_7() {
        let ids = SequentialIds::new();
        let made: Vec<_> = (0..300).map(|_| ids.next_uuid()).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(made[0].to_string(), "019de368-f600-7000-8000-000000000001");
    }

    #[test]
    fn bytes_repeat_between_runs_but_not_within_one() {
        let bytes = |ids: &SequentialIds| {
            let mut buffer = [0; 20];
            ids.fill_random(&mut buffer);
            buffer
        };
        let (one, other) = (SequentialIds::new(), SequentialIds::new());
        let first = bytes(&one);
        assert_eq!(first, bytes(&other));
        assert_ne!(first, bytes(&one));
    }
}
