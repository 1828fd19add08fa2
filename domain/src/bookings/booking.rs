//! A booking: the tickets that one customer takes at once, and its life.

use crate::concerts::{SeatLabel, TicketNumber};
use crate::shared::{BookingId, ConcertId, IdGenerator, Money, PaymentId, Timestamp, UserId};

/// The short name of a booking that customers say on the phone: 8 characters that are hard to confuse.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BookingReference(String);

impl BookingReference {
    /// No 0, O, 1, I, L or U. In byte order, as [`ReferencePrefix::range`](super::ReferencePrefix::range) needs it.
    pub(super) const ALPHABET: &'static [u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
    /// The length of a reference, in characters.
    pub const LENGTH: usize = 8;

    /// A random reference, one of 30^8.
    pub fn generate(ids: &dyn IdGenerator) -> Self {
        let mut text = String::with_capacity(Self::LENGTH);
        while text.len() < Self::LENGTH {
            let mut bytes = [0_u8; 2 * Self::LENGTH];
            ids.fill_random(&mut bytes);
            // Five bits per character. Values beyond the alphabet are skipped, so that each letter is equally likely.
            let letters = bytes.iter().filter_map(|byte| Self::ALPHABET.get(usize::from(byte & 31)));
            text.extend(letters.map(|letter| char::from(*letter)).take(Self::LENGTH - text.len()));
        }
        Self(text)
    }

    /// Restores a reference from the database without checks.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The reference as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The person that the tickets are for, if it is not the account that booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The person's name.
    pub name: String,
    /// The person's e-mail address.
    pub email: crate::users::Email,
}

/// The stored status of a booking. What callers see also depends on the time: see [`Booking::status_at`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BookingStatus {
    /// Its tickets are held until it expires.
    Pending,
    /// Its tickets are sold.
    Confirmed,
    /// Its tickets are released.
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

    /// The status with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Confirmed, Self::Cancelled].into_iter().find(|status| status.as_str() == name)
    }
}

/// Why a booking was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// Its customer cancelled it.
    User,
    /// A member of the organiser or an admin cancelled it.
    Manager,
    /// It was not paid in time.
    Expired,
    /// The concert was cancelled.
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

    /// The reason with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// A ticket of a booking, at the price at which it was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedTicket {
    /// The ticket's number in the concert.
    pub number: TicketNumber,
    /// The label of its seat.
    pub seat: SeatLabel,
    /// The position of its section.
    pub section: u16,
    /// The code of its price category.
    pub category: String,
    /// The price, in minor units of the booking's currency.
    pub price: i64,
}

/// A booking with its tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The booking's unique id.
    pub id: BookingId,
    /// The short name that customers and organisers use.
    pub reference: BookingReference,
    /// The concert that it is for.
    pub concert: ConcertId,
    /// The account that booked; `None` for a guest or a counter sale.
    pub user: Option<UserId>,
    /// The person it is for, if given.
    pub customer: Option<Customer>,
    /// The stored status.
    pub status: BookingStatus,
    /// Why it was cancelled, if it was.
    pub cancel_reason: Option<CancelReason>,
    /// The end of the hold: a booking that is still pending then is overdue and reads as cancelled.
    pub expires_at: Timestamp,
    /// Its tickets, ordered by number; a cancelled booking still lists those it had.
    pub tickets: Vec<BookedTicket>,
    /// The sum of its tickets' prices.
    pub total: Money,
    /// Its live payment (pending, completed or partially refunded).
    pub payment: Option<PaymentId>,
    /// Whether its first payment has extended the hold. No other payment does.
    pub hold_extended: bool,
    /// 1 when placed, plus 1 with each change; equals the version of its newest event.
    pub version: u64,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl Booking {
    /// The status and reason that callers see at `now`. From `expires_at` on, a pending booking reads as cancelled,
    /// although its tickets stay held until a unit expires it.
    pub fn status_at(&self, now: Timestamp) -> (BookingStatus, Option<CancelReason>) {
        if self.is_overdue(now) {
            (BookingStatus::Cancelled, Some(CancelReason::Expired))
        } else {
            (self.status, self.cancel_reason)
        }
    }

    /// Whether it is stored as pending but its hold has expired.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == BookingStatus::Pending && self.expires_at <= now
    }

    /// The booking after its payment, in its next version.
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

    /// The booking after its cancellation, in its next version.
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

    /// The booking with another live payment and expiry, in its next version.
    #[must_use]
    pub fn with_payment(self, payment: Option<PaymentId>, expires_at: Timestamp, now: Timestamp) -> Self {
        Self { payment, expires_at, version: self.version + 1, updated_at: now, ..self }
    }

    /// The booking after its hold was extended for its first payment, which needs until `end`. Later payments leave the
    /// hold as it is: otherwise a series of declined payments could hold seats for ever.
    #[must_use]
    pub fn with_extended_hold(self, end: Timestamp) -> Self {
        if self.hold_extended {
            return self;
        }
        Self { expires_at: self.expires_at.max(end), hold_extended: true, ..self }
    }

    /// Whether it can never be confirmed again: a user cancelled it, or its concert was cancelled. An expired booking
    /// can still be confirmed by a late payment.
    pub fn is_cancelled_for_good(&self) -> bool {
        self.status == BookingStatus::Cancelled && self.cancel_reason != Some(CancelReason::Expired)
    }

    /// Whether it owns its tickets: it is pending, even if overdue, or confirmed.
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
    fn a_reference_has_eight_letters_that_are_hard_to_confuse() {
        for start in 0..=255 {
            let reference = BookingReference::generate(&Bytes(start));
            assert_eq!(reference.as_str().len(), 8);
            assert!(!reference.as_str().contains(['0', 'O', '1', 'I', 'L', 'U']));
        }
    }
}
