//! The command to place a booking.

use std::collections::HashSet;

use crate::concerts::{STANDARD_CATEGORY, SeatLabel, SectionCode};
use crate::idempotency::CommandHash;
use crate::shared::{ConcertId, Faults};

/// The most tickets in one booking, even if the concert's own cap is higher.
pub const MAX_TICKETS_IN_A_BOOKING: usize = 100;

/// The longest code of a price category, in characters.
const MAX_CATEGORY_LENGTH: usize = 16;

/// A client's request to book. Its values are not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBooking {
    /// The concert to book.
    pub concert: ConcertId,
    /// The labels of the seats; excludes `section` and `quantity`.
    pub seats: Option<Vec<String>>,
    /// The code of the section to take the best available tickets of; requires `quantity`.
    pub section: Option<String>,
    /// How many tickets of the section.
    pub quantity: Option<i64>,
    /// The code of the price category; `standard` if `None`.
    pub category: Option<String>,
    /// The total that the client expects, in minor units; `None` accepts any price.
    pub expected_total: Option<i64>,
}

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
    /// All faults, each with the JSON pointer of its field.
    pub fn new(new: NewBooking) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let category = new.category.unwrap_or_else(|| STANDARD_CATEGORY.to_owned());
        let category_fits = (1..=MAX_CATEGORY_LENGTH).contains(&category.len())
            && category.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        faults.require(category_fits, "/category", "unknown_category", "there is no such price category");
        let expected_total = new.expected_total;
        faults.require(
            expected_total.is_none_or(|total| total >= 0),
            "/expected_total",
            "out_of_range",
            "a total is 0 or more",
        );
        let selection = match (new.seats, new.section, new.quantity) {
            (Some(seats), None, None) => named_seats(&seats, &mut faults),
            (None, Some(section), Some(quantity)) => best_available(&section, quantity, &mut faults),
            (Some(_), _, _) => {
                faults.add("/seats", "ambiguous", "name either seats, or a section and a quantity");
                None
            }
            (None, section, quantity) => {
                faults.require(section.is_some(), "/section", "required", "name seats, or a section and a quantity");
                faults.require(quantity.is_some(), "/quantity", "required", "say how many tickets of the section");
                None
            }
        };
        match selection {
            Some(selection) if faults.is_empty() => {
                Ok(Self { concert: new.concert, selection, category, expected_total })
            }
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

fn named_seats(seats: &[String], faults: &mut Faults) -> Option<Selection> {
    if !(1..=MAX_TICKETS_IN_A_BOOKING).contains(&seats.len()) {
        faults.add("/seats", "count", "a booking has 1 to 100 seats");
        return None;
    }
    let mut seen = HashSet::new();
    let mut labels = Vec::with_capacity(seats.len());
    for (index, seat) in seats.iter().enumerate() {
        let pointer = format!("/seats/{index}");
        faults.require(seen.insert(seat), pointer.as_str(), "duplicate", "this seat is named twice");
        match SeatLabel::parse(seat) {
            Some(label) => labels.push(label),
            None => faults.add(pointer, "unknown_seat", "there is no such seat"),
        }
    }
    Some(Selection::Seats(labels))
}

fn best_available(section: &str, quantity: i64, faults: &mut Faults) -> Option<Selection> {
    let code = SectionCode::parse(section);
    faults.require(code.is_some(), "/section", "unknown_section", "there is no such section");
    let checked = u32::try_from(quantity)
        .ok()
        .filter(|quantity| (1..=MAX_TICKETS_IN_A_BOOKING).contains(&usize::try_from(*quantity).unwrap_or(usize::MAX)));
    faults.require(checked.is_some(), "/quantity", "out_of_range", "a booking has 1 to 100 tickets");
    Some(Selection::BestAvailable { section: code?, quantity: checked? })
}

#[cfg(test)]
mod tests {
    use super::{NewBooking, PlaceBooking};
    use crate::shared::ConcertId;

    fn new_booking() -> NewBooking {
        NewBooking {
            concert: ConcertId::from_uuid(uuid::Uuid::nil()),
            seats: None,
            section: None,
            quantity: None,
            category: None,
            expected_total: None,
        }
    }

    fn seats(labels: &[&str]) -> NewBooking {
        NewBooking { seats: Some(labels.iter().map(ToString::to_string).collect()), ..new_booking() }
    }

    fn best(section: &str, quantity: i64) -> NewBooking {
        NewBooking { section: Some(section.to_owned()), quantity: Some(quantity), ..new_booking() }
    }

    fn pointers(new: NewBooking) -> Vec<String> {
        let faults = PlaceBooking::new(new).err().map(crate::shared::Faults::into_vec).unwrap_or_default();
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn quantities_are_between_one_and_a_hundred() {
        for quantity in [0, -1, 101, 10_000, i64::MAX, i64::MIN] {
            assert_eq!(pointers(best("A", quantity)), ["/quantity"], "{quantity}");
        }
        assert!(PlaceBooking::new(best("A", 100)).is_ok());
    }

    #[test]
    fn a_total_is_never_negative() {
        let expecting = |total| NewBooking { expected_total: Some(total), ..best("A", 1) };
        assert_eq!(pointers(expecting(-1)), ["/expected_total"]);
        assert_eq!(pointers(expecting(0)), [""; 0]);
    }

    #[test]
    fn every_wrong_seat_is_named() {
        assert_eq!(pointers(seats(&["A-1-1", "a\0", "A-1-1", "🎫"])), ["/seats/1", "/seats/2", "/seats/3"]);
        assert_eq!(pointers(seats(&[])), ["/seats"]);
        assert_eq!(pointers(seats(&["A-1-1"; 101])), ["/seats"]);
    }

    #[test]
    fn it_is_either_seats_or_a_section_with_a_quantity() {
        assert_eq!(pointers(new_booking()), ["/section", "/quantity"]);
        assert_eq!(pointers(NewBooking { quantity: Some(1), ..seats(&["A-1-1"]) }), ["/seats"]);
        assert_eq!(pointers(NewBooking { category: Some("Child!".to_owned()), ..best("A", 1) }), ["/category"]);
    }

    #[test]
    fn the_hash_tells_commands_apart_but_not_the_order_of_seats() {
        let hash = |new| PlaceBooking::new(new).unwrap().hash();
        assert_eq!(hash(seats(&["A-1-1", "A-1-2"])), hash(seats(&["A-1-2", "A-1-1"])));
        assert_ne!(hash(seats(&["A-1-1"])), hash(seats(&["A-1-2"])));
        assert_ne!(hash(best("A", 1)), hash(best("A", 2)));
        let expecting = |total| hash(NewBooking { expected_total: Some(total), ..best("A", 1) });
        assert_ne!(hash(best("A", 1)), expecting(0));
        assert_ne!(expecting(1), expecting(2));
        assert_ne!(hash(best("A", 1)), hash(NewBooking { category: Some("child".to_owned()), ..best("A", 1) }));
    }
}
