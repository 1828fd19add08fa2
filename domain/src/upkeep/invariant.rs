//! What has to hold at every moment, whatever happened.

/// A rule that no unit may break; the audit looks for what does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// A held or sold ticket names exactly one live booking, and that booking lists it.
    TakenTickets,
    /// The tickets of a live booking are held while it is pending and sold once it is confirmed.
    LiveBookings,
    /// A confirmed booking with a total has exactly one payment, completed or partially refunded, of its total; the
    /// refunds of a payment never sum above it.
    PaidBookings,
    /// A completed payment whose booking is not confirmed is refunded or on its way.
    ReturnedPayments,
    /// For each section and concert the stored counters equal the counts and sum to the total, and what users hold of
    /// a concert equals their live bookings.
    Counters,
    /// For each user and concert the positions of its stream run from its floor to its version without a gap.
    StreamPositions,
    /// A booking that was cancelled by a person or with its concert is not confirmed later, as far back as events are
    /// kept.
    FinalCancellations,
    /// No hold is overdue by more than [`Invariant::OVERDUE_SECONDS`].
    OverdueHolds,
}

impl Invariant {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::TakenTickets,
        Self::LiveBookings,
        Self::PaidBookings,
        Self::ReturnedPayments,
        Self::Counters,
        Self::StreamPositions,
        Self::FinalCancellations,
        Self::OverdueHolds,
    ];

    /// How long a hold may outlive its booking, in seconds.
    pub const OVERDUE_SECONDS: i64 = 5;

    /// Its number and sentence, for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TakenTickets => "1 every held or sold ticket is in one live booking",
            Self::LiveBookings => "2 every live booking holds its tickets",
            Self::PaidBookings => {
                "3 every confirmed booking is paid once, and no payment is refunded beyond its amount"
            }
            Self::ReturnedPayments => "4 every payment without a confirmed booking goes back",
            Self::Counters => "5 every counter equals what it counts",
            Self::StreamPositions => "6 every change has its event",
            Self::FinalCancellations => "7 every booking that somebody cancelled stays cancelled",
            Self::OverdueHolds => "8 every overdue hold is released in time",
        }
    }
}
