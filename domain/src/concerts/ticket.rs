//! One admission.

/// A ticket's number in its concert: 1, 2, 3 … through all sections in row and seat order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketNumber(u32);

impl TicketNumber {
    /// The most tickets a concert has.
    pub const MAX: u32 = 1_000_000;

    /// Wraps a number that a plan gave out.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// What a ticket is called: `A-12-7` (section, row, seat) or `GA-000123` (section, number). To clients it is opaque,
/// and it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeatLabel(String);

impl SeatLabel {
    /// The longest label in characters: code 8, row 4, seat 5 and two dashes fit well.
    pub const MAX_LENGTH: usize = 24;

    /// Takes a label that a plan made or a client sent; `None` when no plan could have made it.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        let characters_fit = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        (fits && characters_fit).then(|| Self(text.to_owned()))
    }

    /// Takes a label that the plan itself has written.
    pub(super) const fn made_by_plan(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of the section it lies in.
    pub fn section_code(&self) -> &str {
        self.0.split_once('-').map_or(self.0.as_str(), |(code, _)| code)
    }
}

/// What can be done with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketStatus {
    /// Can be booked.
    Available,
    /// In a booking that is not paid yet.
    Held,
    /// In a confirmed booking.
    Sold,
    /// Kept back by the organiser.
    Blocked,
}

impl TicketStatus {
    const ALL: [Self; 4] = [Self::Available, Self::Held, Self::Sold, Self::Blocked];

    /// The status' name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Held => "held",
            Self::Sold => "sold",
            Self::Blocked => "blocked",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// The letter in compact seat maps and live events.
    pub const fn letter(self) -> char {
        match self {
            Self::Available => 'a',
            Self::Held => 'h',
            Self::Sold => 's',
            Self::Blocked => 'b',
        }
    }
}
