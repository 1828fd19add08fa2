//! Identifiers: one newtype per aggregate, so that the compiler keeps their ids apart.

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Generates a new id. Ids of one process sort by the time of their generation.
            pub fn generate(ids: &dyn IdGenerator) -> Self {
                Self(ids.next_uuid())
            }

            /// Wraps an existing id.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID, for adapters.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A user of the platform.
    UserId;
    /// A team that sells concerts.
    OrganiserId;
    /// A concert.
    ConcertId;
    /// A booking: the tickets that one customer takes at once.
    BookingId;
    /// One attempt to pay a booking.
    PaymentId;
    /// A refund of a payment.
    RefundId;
    /// One event in the outbox.
    EventId;
    /// One refresh token. It can be used once.
    RefreshTokenId;
    /// All refresh tokens that descend from one log-in.
    RefreshFamilyId;
}

/// The only source of ids and of randomness in the domain.
pub trait IdGenerator: Send + Sync {
    /// A UUIDv7 that is greater than all that this generator returned before.
    fn next_uuid(&self) -> Uuid;

    /// Fills `buffer` with unpredictable bytes.
    fn fill_random(&self, buffer: &mut [u8]);
}
