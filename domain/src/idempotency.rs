//! Requests that may be sent twice: what committed is remembered under the key its client chose, in the unit it guards.

mod keyed;

use std::hash::{Hash, Hasher};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::shared::{StoreError, Timestamp, UserId};

pub(crate) use keyed::{KeyedRequest, Known};

/// How long a key is remembered, in seconds: a day.
pub const KEY_RETENTION_SECONDS: i64 = 24 * 60 * 60;

/// Which use case a key guards; the same text may be used once for each.
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

    /// The operation of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::PlaceBooking, Self::StartPayment, Self::RefundPayment, Self::CreateConcert];
        all.into_iter().find(|known| known.as_str() == name)
    }
}

/// The client's own name for a request: 1 to 255 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key, in characters.
    pub const MAX_LENGTH: usize = 255;

    /// `None` when the text is empty, too long, or holds anything but printable ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        let printable = text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        (fits && printable).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 of a normalised command: equal commands have equal hashes whatever the order of their JSON.
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

    /// Hashes a command of many fields. The bytes follow from its type, so a key that was used before an upgrade which
    /// changed that type is one that was used for another command.
    pub fn of_fields(command: &impl Hash) -> Self {
        let mut fields = Fields(Sha256::new());
        command.hash(&mut fields);
        Self(fields.0.finalize().into())
    }

    /// From its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Takes the bytes of fields as [`Hash`] feeds them: each text and list with its end or its length.
struct Fields(Sha256);

impl Hasher for Fields {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Nobody asks for the short form.
    fn finish(&self) -> u64 {
        0
    }
}

/// Names one remembered request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyOfUser {
    /// Whose key; keys of different users never meet.
    pub user: UserId,
    /// For what.
    pub operation: Operation,
    /// The key.
    pub key: IdempotencyKey,
}

/// A request that committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Its name.
    pub key: KeyOfUser,
    /// What was asked.
    pub command: CommandHash,
    /// What came of it: the id of the booking, payment or refund.
    pub resource: Uuid,
    /// When.
    pub at: Timestamp,
}

/// The remembered requests.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait IdempotencyKeys: Send {
    /// Those of `keys` that are known, in one statement.
    ///
    /// # Errors
    /// What the store fails with.
    async fn find(&mut self, keys: &[KeyOfUser]) -> Result<Vec<Remembered>, StoreError>;

    /// Remembers requests, in one statement.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when another unit remembered one of the keys first.
    async fn remember(&mut self, requests: &[Remembered]) -> Result<(), StoreError>;
}

/// The remembered requests outside of units.
#[async_trait]
pub trait KnownKeys: Send + Sync {
    /// Those of `keys` that are known, in one statement.
    ///
    /// # Errors
    /// What the store fails with.
    async fn known(&self, keys: &[KeyOfUser]) -> Result<Vec<Remembered>, StoreError>;
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
