//! The command to place a booking.

use std::collections::HashSet;

use crate::concerts::{STANDARD_CATEGORY, SeatLabel, SectionCode};
use crate::idempotency::CommandHash;
use crate::shared::{ConcertId, Faults};

/// The most tickets in one booking, even if the concert's own cap is higher.
pub const MAX_TICKETS_IN_A_BOOKING: usize = 100;

/// The longest code of a price category, in characters.
const MAX_CATEGORY_LENGTH: usize = 16;

/// Which tickets a customer wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Exactly these seats, in the order requested.
    Seats(Vec<SeatLabel>),
    /// The best available tickets of a section.
    BestAvailable {
        /// The section's code.
        section: SectionCode,
        /// How many tickets, 1 to [`MAX_TICKETS_IN_A_BOOKING`].
        quantity: u32,
    },
}

impl Selection {
    /// The seats with these labels.
    ///
    /// # Errors
    /// All faults, at `/seats`.
    pub fn seats<Label: AsRef<str>>(labels: &[Label]) -> Result<Self, Faults> {
        if !(1..=MAX_TICKETS_IN_A_BOOKING).contains(&labels.len()) {
            return Err(Faults::one("/seats", "count", "a booking has 1 to 100 seats"));
        }
        let mut faults = Faults::new();
        let mut seen = HashSet::new();
        let mut seats = Vec::with_capacity(labels.len());
        for (index, label) in labels.iter().map(AsRef::as_ref).enumerate() {
            let pointer = format!("/seats/{index}");
            faults.require(seen.insert(label), pointer.as_str(), "duplicate", "this seat is named twice");
            match SeatLabel::parse(label) {
                Some(seat) => seats.push(seat),
                None => faults.add(pointer, "unknown_seat", "there is no such seat"),
            }
        }
        faults.into_result().map(|()| Self::Seats(seats))
    }

    /// The best available tickets of the section with this code.
    ///
    /// # Errors
    /// All faults, at `/section` and `/quantity`.
    pub fn best_available(section: &str, quantity: i64) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let section = SectionCode::parse(section);
        faults.require(section.is_some(), "/section", "unknown_section", "there is no such section");
        let quantity =
            usize::try_from(quantity).ok().filter(|quantity| (1..=MAX_TICKETS_IN_A_BOOKING).contains(quantity));
        let quantity = quantity.and_then(|quantity| u32::try_from(quantity).ok());
        faults.require(quantity.is_some(), "/quantity", "out_of_range", "a booking has 1 to 100 tickets");
        match (section, quantity) {
            (Some(section), Some(quantity)) => Ok(Self::BestAvailable { section, quantity }),
            _ => Err(faults),
        }
    }

    /// How many tickets are requested.
    pub fn quantity(&self) -> u32 {
        match self {
            Self::Seats(seats) => u32::try_from(seats.len()).unwrap_or(u32::MAX),
            Self::BestAvailable { quantity, .. } => *quantity,
        }
    }
}

/// The command to place a booking, with all checks done that do not need the concert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceBooking {
    /// The concert to book.
    pub concert: ConcertId,
    /// Which tickets to book.
    pub selection: Selection,
    /// The code of the price category.
    pub category: String,
    /// The total that the client expects, in minor units of the concert's currency; `None` accepts any price.
    pub expected_total: Option<i64>,
}

impl PlaceBooking {
    /// Checks a client's request.
    ///
    /// # Errors
    /// All faults, those of the selection included, each with the JSON pointer of its field.
    pub fn new(
        concert: ConcertId,
        selection: Result<Selection, Faults>,
        category: Option<String>,
        expected_total: Option<i64>,
    ) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let category = category.unwrap_or_else(|| STANDARD_CATEGORY.to_owned());
        let category_fits = (1..=MAX_CATEGORY_LENGTH).contains(&category.len())
            && category.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        faults.require(category_fits, "/category", "unknown_category", "there is no such price category");
        let total_fits = expected_total.is_none_or(|total| total >= 0);
        faults.require(total_fits, "/expected_total", "out_of_range", "a total is 0 or more");
        match faults.take(selection) {
            Some(selection) if faults.is_empty() => Ok(Self { concert, selection, category, expected_total }),
            _ => Err(faults),
        }
    }

    /// The hash that recognises a repeated command. It does not depend on the order of the seats.
    pub fn hash(&self) -> CommandHash {
        let concert = self.concert.uuid();
        let quantity = self.selection.quantity().to_be_bytes();
        let expected_total = self.expected_total.map(i64::to_be_bytes);
        let mut parts: Vec<&[u8]> = vec![concert.as_bytes(), self.category.as_bytes()];
        match &self.selection {
            Selection::Seats(seats) => {
                let mut sorted: Vec<&[u8]> = seats.iter().map(|seat| seat.as_str().as_bytes()).collect();
                sorted.sort_unstable();
                parts.push(b"seats");
                parts.extend(sorted);
            }
            Selection::BestAvailable { section, .. } => {
                parts.extend([b"best".as_slice(), section.as_str().as_bytes(), &quantity]);
            }
        }
        if let Some(total) = &expected_total {
            parts.extend([b"total".as_slice(), total]);
        }
        CommandHash::of(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::{PlaceBooking, Selection};
    use crate::shared::{ConcertId, Faults};

    fn command(
        selection: Result<Selection, Faults>,
        category: Option<&str>,
        expected_total: Option<i64>,
    ) -> Result<PlaceBooking, Faults> {
        let concert = ConcertId::from_uuid(uuid::Uuid::nil());
        PlaceBooking::new(concert, selection, category.map(str::to_owned), expected_total)
    }

    fn one() -> Result<Selection, Faults> {
        Selection::best_available("A", 1)
    }

    fn pointers<T>(checked: Result<T, Faults>) -> Vec<String> {
        let faults = checked.err().map(Faults::into_vec).unwrap_or_default();
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn quantities_are_between_one_and_a_hundred() {
        for quantity in [0, -1, 101, 10_000, i64::MAX, i64::MIN] {
            assert_eq!(pointers(Selection::best_available("A", quantity)), ["/quantity"], "{quantity}");
        }
        assert!(Selection::best_available("A", 100).is_ok());
    }

    #[test]
    fn a_total_is_never_negative() {
        assert_eq!(pointers(command(one(), None, Some(-1))), ["/expected_total"]);
        assert_eq!(pointers(command(one(), None, Some(0))), [""; 0]);
    }

    #[test]
    fn every_wrong_seat_is_named() {
        assert_eq!(pointers(Selection::seats(&["A-1-1", "a\0", "A-1-1", "🎫"])), ["/seats/1", "/seats/2", "/seats/3"]);
        assert_eq!(pointers(Selection::seats(&[""; 0])), ["/seats"]);
        assert_eq!(pointers(Selection::seats(&["A-1-1"; 101])), ["/seats"]);
    }

    #[test]
    fn all_faults_of_a_command_are_named() {
        let wrong = Selection::best_available("?", 0);
        assert_eq!(
            pointers(command(wrong, Some("Child!"), Some(-1))),
            ["/category", "/expected_total", "/section", "/quantity"]
        );
    }

    #[test]
    fn the_hash_tells_commands_apart_but_not_the_order_of_seats() {
        let hash = |selection, category, total| command(selection, category, total).unwrap().hash();
        let seats = |labels: &[&str]| hash(Selection::seats(labels), None, None);
        let best = |quantity| hash(Selection::best_available("A", quantity), None, None);
        assert_eq!(seats(&["A-1-1", "A-1-2"]), seats(&["A-1-2", "A-1-1"]));
        assert_ne!(seats(&["A-1-1"]), seats(&["A-1-2"]));
        assert_ne!(best(1), best(2));
        let expecting = |total| hash(one(), None, Some(total));
        assert_ne!(best(1), expecting(0));
        assert_ne!(expecting(1), expecting(2));
        assert_ne!(best(1), hash(one(), Some("child"), None));
    }
}
