//! Tickets: their numbers, labels and statuses.

/// A ticket's number in its concert: 1, 2, 3 … through all sections in row and seat order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketNumber(u32);

impl TicketNumber {
    /// The most tickets that a concert can have.
    pub const MAX: u32 = 1_000_000;

    /// Wraps a number that a plan assigned.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The plain number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A ticket's label: `A-12-7` (section, row, seat) or `GA-000123` (section, number). It never changes. Clients must
/// treat it as opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeatLabel(String);

impl SeatLabel {
    /// The longest label, in characters. A code of 8, a row of 4, a seat of 5 and two dashes fit.
    pub const MAX_LENGTH: usize = 24;

    /// Parses a label from a client or the database. `None` when it has characters that no label has, or is too long.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        let characters_fit = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        (fits && characters_fit).then(|| Self(text.to_owned()))
    }

    /// Wraps a label that the plan has formatted.
    pub(super) const fn made_by_plan(text: String) -> Self {
        Self(text)
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of its section.
    pub fn section_code(&self) -> &str {
        self.0.split_once('-').map_or(self.0.as_str(), |(code, _)| code)
    }
}

/// The status of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketStatus {
    /// It can be booked.
    Available,
    /// It belongs to a pending booking.
    Held,
    /// It belongs to a confirmed booking.
    Sold,
    /// The organiser has taken it off sale.
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

    /// The status with this name.
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
