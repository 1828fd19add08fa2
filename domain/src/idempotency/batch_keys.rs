//! The idempotency keys of a batch: which of its requests are new, and which repeat another one.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{IdempotencyRecord, IdempotentRequest, Known, ScopedKey};
use crate::shared::Timestamp;

/// The idempotency keys of the requests of a batch, in their order. `None` for a request without a key.
#[derive(Debug)]
pub(crate) struct BatchKeys(Vec<Option<IdempotentRequest>>);

/// What the key of a request in a batch says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyUse {
    /// The request has no key, or is the first one with its key.
    New,
    /// The same request committed before and created the resource with this id.
    Replay(Uuid),
    /// The request at this index of the batch is the same one.
    DuplicateOf(usize),
    /// The key was used for another command, before or earlier in the batch.
    Reused,
}

/// What the keys of a batch say about its requests, in their order.
#[derive(Debug)]
pub(crate) struct KeyUses(Vec<KeyUse>);

/// The outcome of a request in a batch.
pub(crate) trait BatchOutcome: Clone {
    /// The refusal of a request whose key was used for another command.
    fn key_reused() -> Self;

    /// This outcome as a duplicate of the request receives it.
    fn repeated(self) -> Self;
}

impl BatchKeys {
    pub(crate) fn new(requests: impl IntoIterator<Item = Option<IdempotentRequest>>) -> Self {
        Self(requests.into_iter().collect())
    }

    /// Each key once.
    pub(crate) fn distinct(&self) -> Vec<ScopedKey> {
        let distinct: HashSet<&ScopedKey> = self.0.iter().flatten().map(IdempotentRequest::key).collect();
        distinct.into_iter().cloned().collect()
    }

    /// Compares the keys with the records of those that were used before, and with each other.
    pub(crate) fn compare(&self, records: &[IdempotencyRecord]) -> KeyUses {
        let records: HashMap<&ScopedKey, &IdempotencyRecord> =
            records.iter().map(|record| (&record.key, record)).collect();
        let mut first_uses: HashMap<&ScopedKey, (usize, &IdempotentRequest)> = HashMap::new();
        let mut uses = Vec::with_capacity(self.0.len());
        for (index, request) in self.0.iter().enumerate() {
            let Some(request) = request else {
                uses.push(KeyUse::New);
                continue;
            };
            uses.push(match request.compare(records.get(request.key()).copied()) {
                Known::Before(resource) => KeyUse::Replay(resource),
                Known::Reused => KeyUse::Reused,
                Known::New => match first_uses.get(request.key()) {
                    None => {
                        first_uses.insert(request.key(), (index, request));
                        KeyUse::New
                    }
                    Some((first, earlier)) if earlier.command() == request.command() => KeyUse::DuplicateOf(*first),
                    Some(_) => KeyUse::Reused,
                },
            });
        }
        KeyUses(uses)
    }

    /// The record to write when the request at `index` has created `resource`; `None` when it has no key.
    pub(crate) fn record(&self, index: usize, resource: Uuid, now: Timestamp) -> Option<IdempotencyRecord> {
        Some(self.0.get(index)?.as_ref()?.record(resource, now))
    }
}

impl KeyUses {
    /// The indices of the requests that have to be decided.
    pub(crate) fn new_requests(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, key_use)| **key_use == KeyUse::New).map(|(index, _)| index)
    }

    /// The ids of the resources that earlier requests created.
    pub(crate) fn replayed_resources(&self) -> Vec<Uuid> {
        let resources = self.0.iter().filter_map(|key_use| match key_use {
            KeyUse::Replay(resource) => Some(*resource),
            KeyUse::New | KeyUse::DuplicateOf(_) | KeyUse::Reused => None,
        });
        resources.collect()
    }

    /// The outcomes in the order of the requests: `decide` gives that of a new request, by its index, and `replay` that
    /// of a request which created this resource before. A duplicate gets the outcome of the first one, also a refusal.
    pub(crate) fn outcomes<O: BatchOutcome>(
        &self,
        mut decide: impl FnMut(usize) -> O,
        replay: impl Fn(Uuid) -> O,
    ) -> Vec<O> {
        let mut outcomes: Vec<O> = Vec::with_capacity(self.0.len());
        for (index, key_use) in self.0.iter().enumerate() {
            let outcome = match key_use {
                KeyUse::New => decide(index),
                KeyUse::Replay(resource) => replay(*resource),
                KeyUse::DuplicateOf(first) => {
                    outcomes.get(*first).cloned().map_or_else(|| decide(index), BatchOutcome::repeated)
                }
                KeyUse::Reused => O::key_reused(),
            };
            outcomes.push(outcome);
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{BatchKeys, BatchOutcome, KeyUse};
    use crate::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord, IdempotentRequest, Operation};
    use crate::shared::{Timestamp, UserId};

    const NOW: Timestamp = Timestamp::from_micros(0);

    #[derive(Debug, Clone, PartialEq)]
    enum Outcome {
        Decided(usize),
        Replayed(Uuid),
        Repeated(Box<Self>),
        KeyReused,
    }

    impl BatchOutcome for Outcome {
        fn key_reused() -> Self {
            Self::KeyReused
        }

        fn repeated(self) -> Self {
            Self::Repeated(Box::new(self))
        }
    }

    fn request(user: u128, key: &str, command: &str) -> Option<IdempotentRequest> {
        let (user, key) = (UserId::from_uuid(Uuid::from_u128(user)), IdempotencyKey::parse(key).unwrap());
        Some(IdempotentRequest::new(user, Operation::StartPayment, key, CommandHash::of([command.as_bytes()])))
    }

    fn record(request: Option<IdempotentRequest>, resource: Uuid) -> IdempotencyRecord {
        request.unwrap().record(resource, NOW)
    }

    #[test]
    fn requests_are_new_or_repeat_one_of_before_or_of_the_batch() {
        let resource = Uuid::from_u128(7);
        let keys = BatchKeys::new([
            None,
            request(1, "a", "pay"),
            request(1, "b", "pay"),
            request(1, "a", "pay"),
            request(1, "a", "other"),
            request(2, "a", "other"),
            request(1, "b", "other"),
            None,
        ]);
        let uses = keys.compare(&[record(request(1, "b", "pay"), resource)]);
        assert_eq!(
            uses.0,
            [
                KeyUse::New,
                KeyUse::New,
                KeyUse::Replay(resource),
                KeyUse::DuplicateOf(1),
                KeyUse::Reused,
                KeyUse::New,
                KeyUse::Reused,
                KeyUse::New,
            ]
        );
        assert_eq!(uses.new_requests().collect::<Vec<_>>(), [0, 1, 5, 7]);
        assert_eq!(uses.replayed_resources(), [resource]);
        let outcomes = uses.outcomes(Outcome::Decided, Outcome::Replayed);
        assert_eq!(
            outcomes,
            [
                Outcome::Decided(0),
                Outcome::Decided(1),
                Outcome::Replayed(resource),
                Outcome::Repeated(Box::new(Outcome::Decided(1))),
                Outcome::KeyReused,
                Outcome::Decided(5),
                Outcome::KeyReused,
                Outcome::Decided(7),
            ]
        );
    }

    #[test]
    fn each_key_is_read_once_and_recorded_with_its_command() {
        let keys = BatchKeys::new([request(1, "a", "pay"), None, request(1, "a", "pay"), request(2, "a", "pay")]);
        assert_eq!(keys.distinct().len(), 2);
        let resource = Uuid::from_u128(9);
        let expected = record(request(1, "a", "pay"), resource);
        assert_eq!(keys.record(2, resource, NOW), Some(expected));
        assert_eq!(keys.record(1, resource, NOW), None);
    }
}
