//! Idempotency keys: a request that committed is remembered under the key that its client chose, so that a repeated
//! request replays the result. The key is written in the unit of work that it guards.

mod batch_keys;
mod keyed;

use std::hash::{Hash, Hasher};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::shared::{StoreError, Timestamp, UserId};

pub(crate) use batch_keys::{BatchKeys, BatchOutcome, KeyUses};
pub(crate) use keyed::{IdempotentRequest, Known};

/// How long a key is remembered, in seconds: a day.
pub const KEY_RETENTION_SECONDS: i64 = 24 * 60 * 60;

/// The use case that a key guards. A client may use the same key once per operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Placing a booking.
    PlaceBooking,
    /// Starting a payment.
    StartPayment,
    /// Refunding a payment.
    RefundPayment,
    /// Creating a concert.
    CreateConcert,
}

impl Operation {
    /// The operation's name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlaceBooking => "place_booking",
            Self::StartPayment => "start_payment",
            Self::RefundPayment => "refund_payment",
            Self::CreateConcert => "create_concert",
        }
    }

    /// The operation with this name.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::PlaceBooking, Self::StartPayment, Self::RefundPayment, Self::CreateConcert];
        all.into_iter().find(|known| known.as_str() == name)
    }
}

/// A key that a client chooses for a request: 1 to 255 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key, in characters.
    pub const MAX_LENGTH: usize = 255;

    /// Parses a key. `None` when the text is empty, too long, or has other characters than printable ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        let printable = text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        (fits && printable).then(|| Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 of a normalised command: equal commands have equal hashes, independent of the order of their JSON fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommandHash([u8; 32]);

impl CommandHash {
    /// Hashes the parts of a command, each with its length so that no two commands share their bytes.
    pub fn of<'part>(parts: impl IntoIterator<Item = &'part [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Hashes a command of many fields. The hash depends on the command's type: a key that was used before an upgrade
    /// that changed the type counts as used for another command.
    pub fn of_fields(command: &impl Hash) -> Self {
        let mut fields = Fields(Sha256::new());
        command.hash(&mut fields);
        Self(fields.0.finalize().into())
    }

    /// Restores a hash from its stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the hash.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Hashes the bytes that [`Hash`] feeds it. Each text and list comes with its terminator or length, so fields do not
/// run together.
struct Fields(Sha256);

impl Hasher for Fields {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Unused: only the SHA-256 is read.
    fn finish(&self) -> u64 {
        0
    }
}

/// An idempotency key in the scope of its user and operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopedKey {
    /// The user who sent the key. The same key of another user is a different one.
    pub user: UserId,
    /// The operation that it guards.
    pub operation: Operation,
    /// The key that the client chose.
    pub key: IdempotencyKey,
}

/// A remembered request: one that committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// The key of the request.
    pub key: ScopedKey,
    /// The hash of its command.
    pub command: CommandHash,
    /// The id of what it created: a booking, payment, refund or concert.
    pub resource: Uuid,
    /// When the request was made.
    pub at: Timestamp,
}

/// The remembered requests, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait IdempotencyRepository: Send {
    /// Reads the records of those `keys` that were used before, in one statement.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn find(&mut self, keys: &[ScopedKey]) -> Result<Vec<IdempotencyRecord>, StoreError>;

    /// Writes records of requests, in one statement.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when another unit remembered one of the keys first.
    async fn remember(&mut self, requests: &[IdempotencyRecord]) -> Result<(), StoreError>;
}

/// The remembered requests, outside of units of work.
#[async_trait]
pub trait IdempotencyQueries: Send + Sync {
    /// Reads the records of those `keys` that were used before, in one statement.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn known(&self, keys: &[ScopedKey]) -> Result<Vec<IdempotencyRecord>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::{CommandHash, IdempotencyKey};

    #[test]
    fn parts_do_not_run_together() {
        let joined = CommandHash::of([b"ab".as_slice(), b"c"]);
        assert_ne!(joined, CommandHash::of([b"a".as_slice(), b"bc"]));
        assert_eq!(joined, CommandHash::of([b"ab".as_slice(), b"c"]));
    }

    #[test]
    fn fields_do_not_run_together() {
        let of = |fields: (Vec<&str>, Option<i64>)| CommandHash::of_fields(&fields);
        let one = of((vec!["ab", "c"], None));
        assert_eq!(one, of((vec!["ab", "c"], None)));
        for other in [(vec!["a", "bc"], None), (vec!["ab"], None), (vec!["ab", "c"], Some(0))] {
            assert_ne!(one, of(other.clone()), "{other:?}");
        }
    }

    #[test]
    fn keys_are_short_printable_ascii() {
        assert!(IdempotencyKey::parse("order-1").is_some());
        for text in ["", " ", "käse", "a\0b", &"x".repeat(256)] {
            assert!(IdempotencyKey::parse(text).is_none(), "{text}");
        }
    }
}
