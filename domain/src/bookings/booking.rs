//! What one customer takes in one go.

use crate::concerts::{SeatLabel, TicketNumber};
use crate::shared::{BookingId, ConcertId, IdGenerator, Money, PaymentId, Timestamp, UserId};

/// What people say on the phone: 8 characters that nobody mistakes for one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BookingReference(String);

impl BookingReference {
    /// No 0, O, 1, I, L or U; in the order of the bytes.
    pub(super) const ALPHABET: &'static [u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
    /// Its length in characters.
    pub const LENGTH: usize = 8;

    /// A random reference, one of 30^8.
    pub fn generate(ids: &dyn IdGenerator) -> Self {
        let mut text = String::with_capacity(Self::LENGTH);
        while text.len() < Self::LENGTH {
            let mut bytes = [0_u8; 2 * Self::LENGTH];
            ids.fill_random(&mut bytes);
            // Five bits a character; what lies beyond the alphabet is thrown away, so that each is equally likely.
            let letters = bytes.iter().filter_map(|byte| Self::ALPHABET.get(usize::from(byte & 31)));
            text.extend(letters.map(|letter| char::from(*letter)).take(Self::LENGTH - text.len()));
        }
        Self(text)
    }

    /// Takes a reference that was generated before.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whom the tickets are for, apart from the account that booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: crate::users::Email,
}

/// Where a booking is in its life, as stored. What it reads as depends on the time: see [`Booking::status_at`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BookingStatus {
    /// Its tickets are held until it expires.
    Pending,
    /// Its tickets are sold.
    Confirmed,
    /// It has no tickets any more.
    Cancelled,
}

impl BookingStatus {
    /// The status' name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Confirmed, Self::Cancelled].into_iter().find(|status| status.as_str() == name)
    }
}

/// Why a booking was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// Its customer wished it.
    User,
    /// A member of the organiser did it.
    Manager,
    /// It was not paid in time.
    Expired,
    /// The concert will not take place.
    ConcertCancelled,
}

impl CancelReason {
    const ALL: [Self; 4] = [Self::User, Self::Manager, Self::Expired, Self::ConcertCancelled];

    /// The reason's name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Manager => "manager",
            Self::Expired => "expired",
            Self::ConcertCancelled => "concert_cancelled",
        }
    }

    /// The reason of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// A ticket in a booking, at the price of the day it was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedTicket {
    /// Its number in the concert.
    pub number: TicketNumber,
    /// Its label.
    pub seat: SeatLabel,
    /// The position of its section.
    pub section: u16,
    /// The price category.
    pub category: String,
    /// In minor units of the booking's currency.
    pub price: i64,
}

/// A booking with its tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// What people call it.
    pub reference: BookingReference,
    /// Of which concert.
    pub concert: ConcertId,
    /// Who booked; `None` for a guest or a counter sale.
    pub user: Option<UserId>,
    /// Whom it is for, when that was said.
    pub customer: Option<Customer>,
    /// As stored.
    pub status: BookingStatus,
    /// Why it was cancelled, if it was.
    pub cancel_reason: Option<CancelReason>,
    /// While pending: from then on it reads as cancelled.
    pub expires_at: Timestamp,
    /// Its tickets by number; a cancelled booking still lists what it had.
    pub tickets: Vec<BookedTicket>,
    /// The sum of its tickets' prices.
    pub total: Money,
    /// Its live payment (pending, completed or partially refunded).
    pub payment: Option<PaymentId>,
    /// 1 when placed, one more with each change; the version of its newest event.
    pub version: u64,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl Booking {
    /// What it reads as at `now`: from `expires_at` on a pending booking is cancelled, though its tickets stay held until
    /// a unit expires it.
    pub fn status_at(&self, now: Timestamp) -> (BookingStatus, Option<CancelReason>) {
        if self.is_overdue(now) {
            (BookingStatus::Cancelled, Some(CancelReason::Expired))
        } else {
            (self.status, self.cancel_reason)
        }
    }

    /// Whether it is stored as pending but its time is up.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == BookingStatus::Pending && self.expires_at <= now
    }

    /// This booking paid, one version on.
    #[must_use]
    pub fn confirmed(self, payment: PaymentId, now: Timestamp) -> Self {
        Self {
            status: BookingStatus::Confirmed,
            cancel_reason: None,
            payment: Some(payment),
            version: self.version + 1,
            updated_at: now,
            ..self
        }
    }

    /// This booking cancelled, one version on.
    #[must_use]
    pub fn cancelled(self, reason: CancelReason, now: Timestamp) -> Self {
        Self {
            status: BookingStatus::Cancelled,
            cancel_reason: Some(reason),
            version: self.version + 1,
            updated_at: now,
            ..self
        }
    }

    /// This booking with another live payment and expiry, one version on.
    #[must_use]
    pub fn with_payment(self, payment: Option<PaymentId>, expires_at: Timestamp, now: Timestamp) -> Self {
        Self { payment, expires_at, version: self.version + 1, updated_at: now, ..self }
    }

    /// Whether nothing can bring it back: cancelled by a person or with its concert. One that expired may still be paid
    /// late.
    pub fn is_cancelled_for_good(&self) -> bool {
        self.status == BookingStatus::Cancelled && self.cancel_reason != Some(CancelReason::Expired)
    }

    /// Whether its tickets are its own: pending (in time or not) or confirmed.
    pub fn is_live(&self) -> bool {
        self.status != BookingStatus::Cancelled
    }
}

#[cfg(test)]
mod tests {
    use super::BookingReference;
    use crate::shared::IdGenerator;

    struct Bytes(u8);

    impl IdGenerator for Bytes {
        fn next_uuid(&self) -> uuid::Uuid {
            uuid::Uuid::nil()
        }

        fn fill_random(&self, buffer: &mut [u8]) {
            for (index, byte) in (0..).zip(buffer) {
                *byte = self.0.wrapping_add(index);
            }
        }
    }

    #[test]
    fn a_reference_has_eight_letters_that_nobody_confuses() {
        for start in 0..=255 {
            let reference = BookingReference::generate(&Bytes(start));
            assert_eq!(reference.as_str().len(), 8);
            assert!(!reference.as_str().contains(['0', 'O', '1', 'I', 'L', 'U']));
        }
    }
}
