//! Ids that sort by their creation time.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use boxoffice_domain::shared::{Clock, IdGenerator};
use uuid::Uuid;

/// The bits of a UUIDv7 other than time, version and variant.
const TAIL_BITS: u32 = 74;
const TAIL_MAX: u128 = (1 << TAIL_BITS) - 1;
/// The bits of the tail after the variant.
const LOW_BITS: u32 = 62;
const LOW_MAX: u128 = (1 << LOW_BITS) - 1;
/// The bits of the time.
const MILLIS_MAX: u64 = (1 << 48) - 1;
const MICROS_PER_MILLI: i64 = 1_000;
/// The number of random bytes that one system call reads.
const RANDOMNESS_STORED: usize = 256;

/// Generates UUIDv7 from the clock and the operating system's randomness. Each id is greater than all before it. Within
/// a millisecond, and while the clock is behind the newest id, the random part grows by a random step instead.
pub struct SystemIds {
    clock: Arc<dyn Clock>,
    newest: Mutex<Newest>,
}

/// The parts of the newest id.
struct Newest {
    millis: u64,
    tail: u128,
    randomness: Randomness,
}

/// A buffer of random bytes: a system call for each id would cost more than the id.
struct Randomness {
    bytes: [u8; RANDOMNESS_STORED],
    used: usize,
}

impl Randomness {
    const fn used_up() -> Self {
        Self { bytes: [0; RANDOMNESS_STORED], used: RANDOMNESS_STORED }
    }

    /// Takes bytes that are used only once.
    fn take<const BYTES: usize>(&mut self) -> [u8; BYTES] {
        const { assert!(BYTES <= RANDOMNESS_STORED) };
        if RANDOMNESS_STORED - self.used < BYTES {
            fill(&mut self.bytes);
            self.used = 0;
        }
        let mut taken = [0; BYTES];
        for (taken, stored) in taken.iter_mut().zip(self.bytes.iter_mut().skip(self.used)) {
            *taken = std::mem::take(stored);
        }
        self.used += BYTES;
        taken
    }
}

impl SystemIds {
    /// Creates a generator that takes the time from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, newest: Mutex::new(Newest { millis: 0, tail: 0, randomness: Randomness::used_up() }) }
    }

    fn now_millis(&self) -> u64 {
        u64::try_from(self.clock.now().micros() / MICROS_PER_MILLI).unwrap_or(0).min(MILLIS_MAX)
    }
}

impl Newest {
    fn advance(&mut self, now_millis: u64) {
        if now_millis > self.millis {
            self.begin(now_millis);
            return;
        }
        let grown = self.tail + self.random_step();
        if grown > TAIL_MAX {
            self.begin(self.millis + 1);
        } else {
            self.tail = grown;
        }
    }

    /// Starts a millisecond in the lower half of the tail, which leaves room for later ids.
    fn begin(&mut self, millis: u64) {
        self.millis = millis;
        self.tail = u128::from_be_bytes(self.randomness.take()) & (TAIL_MAX >> 1);
    }

    /// At least 1, so that the next id is greater. Up to 2^32, so that the next id cannot be guessed.
    fn random_step(&mut self) -> u128 {
        u128::from(u32::from_be_bytes(self.randomness.take())) + 1
    }

    fn uuid(&self) -> Uuid {
        const VERSION: u128 = 7 << 76;
        const VARIANT: u128 = 0b10 << LOW_BITS;
        let time = u128::from(self.millis) << 80;
        let high = (self.tail >> LOW_BITS) << 64;
        Uuid::from_u128(time | VERSION | high | VARIANT | (self.tail & LOW_MAX))
    }
}

/// # Panics
/// If the operating system provides no randomness: no later id or secret would be safe.
#[expect(clippy::disallowed_methods, reason = "everything else uses this port")]
fn fill(buffer: &mut [u8]) {
    if let Err(error) = getrandom::fill(buffer) {
        panic!("the operating system provides no randomness: {error}");
    }
}

impl IdGenerator for SystemIds {
    fn next_uuid(&self) -> Uuid {
        let now = self.now_millis();
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.advance(now);
        newest.uuid()
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        fill(buffer);
    }
}

impl fmt::Debug for SystemIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemIds")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::thread;

    use boxoffice_domain::shared::{IdGenerator, Timestamp};
    use boxoffice_testing::FixedClock;
    use uuid::{Uuid, Variant};

    use super::{Newest, Randomness, SystemIds, TAIL_MAX};
    use crate::system::SystemClock;

    fn clock_at(micros: i64) -> Arc<FixedClock> {
        Arc::new(FixedClock::at(Timestamp::from_micros(micros)))
    }

    fn millis_of(id: Uuid) -> u128 {
        id.as_u128() >> 80
    }

    #[test]
    fn an_id_is_a_uuid_of_version_7_with_the_time_in_front() {
        let id = SystemIds::new(clock_at(1_800_000_000_123_999)).next_uuid();
        assert_eq!((id.get_version_num(), id.get_variant()), (7, Variant::RFC4122));
        assert_eq!(millis_of(id), 1_800_000_000_123);
    }

    #[test]
    fn ids_grow_within_a_millisecond_and_when_the_clock_steps_back() {
        let clock = clock_at(5_000_000);
        let ids = SystemIds::new(clock.clone());
        let mut previous = ids.next_uuid();
        for round in 0..10_000 {
            if round == 5_000 {
                clock.set(Timestamp::from_micros(1_000_000));
            }
            let next = ids.next_uuid();
            assert!(next > previous, "{next} came after {previous}");
            previous = next;
        }
        assert_eq!(millis_of(previous), 5_000);
        clock.set(Timestamp::from_micros(6_000_000));
        assert!(ids.next_uuid() > previous);
    }

    #[test]
    fn a_full_millisecond_continues_in_the_next_one() {
        let mut newest = Newest { millis: 7, tail: TAIL_MAX, randomness: Randomness::used_up() };
        let before = newest.uuid();
        newest.advance(7);
        assert_eq!(newest.millis, 8);
        assert!(newest.uuid() > before);
        assert_eq!(newest.uuid().get_version_num(), 7);
    }

    #[test]
    fn threads_never_share_an_id_and_each_sees_growing_ids() {
        let ids = SystemIds::new(Arc::new(SystemClock));
        let lists: Vec<Vec<Uuid>> = thread::scope(|scope| {
            let running: Vec<_> =
                (0..4).map(|_| scope.spawn(|| (0..2_000).map(|_| ids.next_uuid()).collect::<Vec<_>>())).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(lists.iter().all(|list| list.is_sorted()));
        let all: HashSet<Uuid> = lists.into_iter().flatten().collect();
        assert_eq!(all.len(), 8_000);
    }

    #[test]
    fn random_bytes_differ() {
        let ids = SystemIds::new(clock_at(0));
        let mut buffers = [[0; 32]; 2];
        for buffer in &mut buffers {
            ids.fill_random(buffer);
        }
        assert_ne!(buffers[0], buffers[1]);
        assert!(buffers.iter().all(|buffer| *buffer != [0; 32]));
    }
}
