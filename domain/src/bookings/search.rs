//! Looking for bookings of a concert, as its organiser does.

use crate::concerts::MemberRole;
use crate::shared::{Actor, ConcertId, Faults, Page, PageLimit, Timestamp};
use crate::users::{Email, Username, login_form};

use super::{Booking, BookingPosition, BookingReference, BookingStatus, Bookings, ListBookingsError};

/// The shortest text that bookings are searched by, in characters: as long as the shortest username. Fewer letters begin
/// so many references that reading them all would take long.
pub const BOOKING_SEARCH_LENGTH_MIN: usize = 3;
/// The longest text that bookings are searched by, in characters: as long as the longest e-mail address.
pub const BOOKING_SEARCH_LENGTH_MAX: usize = Email::MAX_LENGTH;

/// Which bookings of a concert somebody looks for, as they typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookingWish {
    /// Only those that read as this now.
    pub status: Option<BookingStatus>,
    /// The beginning of a reference, in either case and with blanks, dashes and `#`, or the whole username or e-mail address of
    /// the account that booked; blank is as good as none.
    pub search: Option<String>,
}

/// Which bookings of a concert a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookingFilter {
    /// Only those of a status.
    pub status: Option<StatusAt>,
    /// Only those that are found by a text.
    pub search: Option<BookingSearch>,
}

/// What bookings are stored as. An overdue one has no status here: it reads as expired, and is stored so within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusAt {
    /// The status.
    pub status: BookingStatus,
    /// The time, which tells what is overdue.
    pub now: Timestamp,
}

/// What bookings are searched by: any of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingSearch {
    /// How their reference begins, if the text could begin one.
    pub reference: Option<ReferencePrefix>,
    /// The username or the e-mail address of their account, in lower case.
    pub login: String,
}

/// How a reference begins: [`BOOKING_SEARCH_LENGTH_MIN`] of its characters or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePrefix(String);

/// A booking with the name of the account it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBooking {
    /// The booking.
    pub booking: Booking,
    /// The account's name; `None` without an account, and where it is not to be known.
    pub username: Option<Username>,
}

impl BookingWish {
    /// The filter in the form in which bookings are stored.
    ///
    /// # Errors
    /// A text that is too short or too long, at `/search`.
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
    /// Whether the list shows a booking whose account has this name and this address.
    pub fn shows(&self, booking: &Booking, account: Option<(&Username, &Email)>) -> bool {
        self.status.is_none_or(|at| booking.status == at.status && !booking.is_overdue(at.now))
            && self.search.as_ref().is_none_or(|search| {
                search.reference.as_ref().is_some_and(|prefix| prefix.begins(&booking.reference))
                    || account.is_some_and(|(name, email)| [name.as_str(), email.as_str()].contains(&&*search.login))
            })
    }
}

impl ReferencePrefix {
    /// Takes a text in either case, as people copy it out of mails and tables: with blanks, dashes of any kind and `#`
    /// anywhere. `None` when no reference begins so.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|letter| !is_decoration(*letter));
        let prefix: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let fits = (BOOKING_SEARCH_LENGTH_MIN..=BookingReference::LENGTH).contains(&prefix.len());
        (fits && prefix.bytes().all(|letter| BookingReference::ALPHABET.contains(&letter))).then_some(Self(prefix))
    }

    /// Whether a reference begins so.
    pub fn begins(&self, reference: &BookingReference) -> bool {
        reference.as_str().starts_with(&self.0)
    }

    /// The first and the last of all references that begin so, by their bytes.
    pub fn range(&self) -> (String, String) {
        let padded = |letter: Option<&u8>| {
            let letter = letter.copied().map_or(' ', char::from);
            self.0.chars().chain(std::iter::repeat(letter)).take(BookingReference::LENGTH).collect()
        };
        (padded(BookingReference::ALPHABET.first()), padded(BookingReference::ALPHABET.last()))
    }
}

/// What people and text editors put around and between the letters of a reference.
fn is_decoration(letter: char) -> bool {
    let dashes = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{ad}'];
    letter.is_whitespace() || matches!(letter, '#' | '\u{200b}' | '\u{feff}') || dashes.contains(&letter)
}

impl NamedBooking {
    /// A booking whose account is not to be known.
    pub const fn unnamed(booking: Booking) -> Self {
        Self { booking, username: None }
    }
}

impl Bookings {
    /// The bookings of a concert that fit a wish, newest first, for members of its organiser who read bookings and for
    /// admins.
    ///
    /// # Errors
    /// [`ListBookingsError`].
    pub async fn of_concert(
        &self,
        actor: &Actor,
        concert: ConcertId,
        wish: BookingWish,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<NamedBooking, BookingPosition>, ListBookingsError> {
        let user = actor.user_id().ok_or(ListBookingsError::LoginRequired)?;
        let role = self.organisers.role_at(user, concert).await?;
        if !actor.is_admin() && !role.is_some_and(MemberRole::reads_bookings) {
            return Err(ListBookingsError::Forbidden);
        }
        let filter = wish.judge(self.clock.now()).map_err(ListBookingsError::Invalid)?;
        Ok(self.queries.of_concert(concert, &filter, after, limit).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::{BOOKING_SEARCH_LENGTH_MAX, BookingWish, ReferencePrefix};
    use crate::testing::FixedClock;

    fn range(text: &str) -> Option<(String, String)> {
        ReferencePrefix::parse(text).map(|prefix| prefix.range())
    }

    #[test]
    fn a_reference_is_known_by_its_beginning_however_it_is_said() {
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
    fn what_begins_no_reference_is_none() {
        for text in ["", "6s", "6-s", "6SWYBC999", "ana.b", "6SO", "ÄÖÜ", "a@b.example", "%%%", "ſſſ"] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn a_search_has_bounds_and_a_blank_one_is_none() {
        let judged = |text: &str| {
            BookingWish { search: Some(text.to_owned()), ..BookingWish::default() }.judge(FixedClock::START)
        };
        assert_eq!(judged("   ").unwrap().search, None);
        assert_eq!(judged(" Ana@Example.com ").unwrap().search.unwrap().login, "ana@example.com");
        assert!(judged(&"ä".repeat(BOOKING_SEARCH_LENGTH_MAX)).is_ok());
        for (text, code) in [("ab".to_owned(), "too_short"), ("a".repeat(BOOKING_SEARCH_LENGTH_MAX + 1), "too_long")] {
            let faults = judged(&text).unwrap_err();
            let told: Vec<_> = faults.as_slice().iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
            assert_eq!(told, [("/search", code)]);
        }
    }
}
