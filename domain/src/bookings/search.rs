//! Searching the bookings of a concert, for its organiser.

use crate::shared::{Faults, Timestamp};
use crate::users::{Email, Username, login_form};

use super::{Booking, BookingReference, BookingStatus};

/// The shortest search text, in characters: the length of the shortest username. A shorter prefix matches so many
/// references that reading them would take long.
pub const BOOKING_SEARCH_LENGTH_MIN: usize = 3;
/// The longest search text, in characters: the length of the longest e-mail address.
pub const BOOKING_SEARCH_LENGTH_MAX: usize = Email::MAX_LENGTH;

/// Which bookings of a concert to list, as the user typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookingFilterRequest {
    /// Only bookings that have this status now.
    pub status: Option<BookingStatus>,
    /// The beginning of a reference, in either case and with blanks, dashes and `#`, or the whole username or e-mail
    /// address of the account that booked. A blank text means no search.
    pub search: Option<String>,
}

/// Which bookings of a concert a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookingFilter {
    /// Only bookings with this status.
    pub status: Option<StatusAt>,
    /// Only bookings that this search finds.
    pub search: Option<BookingSearch>,
}

/// A stored status at a point in time. An overdue booking matches none: it is about to be stored as expired, which
/// normally takes less than a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusAt {
    /// The status as stored.
    pub status: BookingStatus,
    /// The time at which a booking counts as overdue.
    pub now: Timestamp,
}

/// A search for bookings: one that matches either field is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingSearch {
    /// The beginning of the reference, if the text can be one.
    pub reference: Option<ReferencePrefix>,
    /// The username or the e-mail address of the account, in lower case.
    pub login: String,
}

/// The beginning of a reference: [`BOOKING_SEARCH_LENGTH_MIN`] of its characters or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePrefix(String);

/// A booking with the name of its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBooking {
    /// The booking itself.
    pub booking: Booking,
    /// The account's name; `None` without an account, and where the caller may not see it.
    pub username: Option<Username>,
}

impl BookingFilterRequest {
    /// Checks the request and turns it into a filter on stored values.
    ///
    /// # Errors
    /// A fault at `/search` when the text is too short or too long.
    pub fn judge(self, now: Timestamp) -> Result<BookingFilter, Faults> {
        let status = self.status.map(|status| StatusAt { status, now });
        let text = self.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = text else {
            return Ok(BookingFilter { status, search: None });
        };
        let mut faults = Faults::new();
        let length = text.chars().count();
        let (min, max) = (BOOKING_SEARCH_LENGTH_MIN, BOOKING_SEARCH_LENGTH_MAX);
        faults.require(length >= min, "/search", "too_short", format!("a search has at least {min} characters"));
        faults.require(length <= max, "/search", "too_long", format!("a search has at most {max} characters"));
        faults.into_result()?;
        let search = BookingSearch { reference: ReferencePrefix::parse(text), login: login_form(text) };
        Ok(BookingFilter { status, search: Some(search) })
    }
}

impl BookingFilter {
    /// Whether the filter matches a booking whose account has this name and this e-mail address.
    pub fn shows(&self, booking: &Booking, account: Option<(&Username, &Email)>) -> bool {
        self.status.is_none_or(|at| booking.status == at.status && !booking.is_overdue(at.now))
            && self.search.as_ref().is_none_or(|search| {
                search.reference.as_ref().is_some_and(|prefix| prefix.begins(&booking.reference))
                    || account.is_some_and(|(name, email)| [name.as_str(), email.as_str()].contains(&&*search.login))
            })
    }
}

impl ReferencePrefix {
    /// Parses a text as users copy it from mails and tables: in either case, with blanks, dashes of any kind and `#`
    /// anywhere. `None` when no reference can begin with it.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|letter| !is_decoration(*letter));
        let prefix: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let fits = (BOOKING_SEARCH_LENGTH_MIN..=BookingReference::LENGTH).contains(&prefix.len());
        (fits && prefix.bytes().all(|letter| BookingReference::ALPHABET.contains(&letter))).then_some(Self(prefix))
    }

    /// Whether a reference begins with this prefix.
    pub fn begins(&self, reference: &BookingReference) -> bool {
        reference.as_str().starts_with(&self.0)
    }

    /// The first and the last possible reference with this prefix, in byte order.
    pub fn range(&self) -> (String, String) {
        let padded = |letter: Option<&u8>| {
            let letter = letter.copied().map_or(' ', char::from);
            self.0.chars().chain(std::iter::repeat(letter)).take(BookingReference::LENGTH).collect()
        };
        (padded(BookingReference::ALPHABET.first()), padded(BookingReference::ALPHABET.last()))
    }
}

/// Whether a character is one that users and text editors put around and between the letters of a reference.
fn is_decoration(letter: char) -> bool {
    let dashes = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{ad}'];
    letter.is_whitespace() || matches!(letter, '#' | '\u{200b}' | '\u{feff}') || dashes.contains(&letter)
}

impl NamedBooking {
    /// A booking without the name of its account, for callers who may not see it.
    pub const fn unnamed(booking: Booking) -> Self {
        Self { booking, username: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{BOOKING_SEARCH_LENGTH_MAX, BookingFilterRequest, ReferencePrefix};
    use crate::shared::Timestamp;

    fn range(text: &str) -> Option<(String, String)> {
        ReferencePrefix::parse(text).map(|prefix| prefix.range())
    }

    #[test]
    fn a_reference_prefix_is_recognised_with_any_decoration() {
        let between = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        assert_eq!(range("6sw"), between("6SW22222", "6SWZZZZZ"));
        assert_eq!(range(" 6SW-ybc 9 "), between("6SWYBC92", "6SWYBC9Z"));
        for text in
            ["6SWYBC99", "#6SWYBC99", "# 6SWY\u{2013}BC99", "6swy\u{2014}bc99\u{200b}", "6SWY\u{2212}BC\u{a0}99"]
        {
            assert_eq!(range(text), between("6SWYBC99", "6SWYBC99"), "{text}");
        }
    }

    #[test]
    fn a_text_that_begins_no_reference_is_none() {
        for text in ["", "6s", "6-s", "6SWYBC999", "ana.b", "6SO", "ÄÖÜ", "a@b.example", "%%%", "ſſſ"] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn a_search_has_bounds_and_a_blank_one_is_none() {
        let judged = |text: &str| {
            BookingFilterRequest { search: Some(text.to_owned()), ..BookingFilterRequest::default() }
                .judge(Timestamp::from_micros(0))
        };
        assert_eq!(judged("   ").unwrap().search, None);
        assert_eq!(judged(" Ana@Example.com ").unwrap().search.unwrap().login, "ana@example.com");
        assert!(judged(&"ä".repeat(BOOKING_SEARCH_LENGTH_MAX)).is_ok());
        for (text, code) in [("ab".to_owned(), "too_short"), ("a".repeat(BOOKING_SEARCH_LENGTH_MAX + 1), "too_long")] {
            let faults = judged(&text).unwrap_err();
            let codes: Vec<_> = faults.as_slice().iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
            assert_eq!(codes, [("/search", code)]);
        }
    }
}
