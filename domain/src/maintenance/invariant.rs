//! The invariants of the stored data.

/// A rule that no unit of work may break. The audit searches for violations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// A held or sold ticket refers to exactly one live booking, and that booking lists it.
    TakenTickets,
    /// The tickets of a live booking are held while it is pending and sold once it is confirmed.
    LiveBookings,
    /// A confirmed booking with a total above 0 has exactly one completed or partially refunded payment, of its total.
    /// The refunds of a payment never exceed its amount.
    PaidBookings,
    /// A completed payment whose booking is not confirmed has refunds for its whole amount.
    RefundedPayments,
    /// For each section and concert the stored counters equal the counts and sum to the total. The stored holdings of
    /// users equal the sums over their live bookings.
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
    /// All invariants, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::TakenTickets,
        Self::LiveBookings,
        Self::PaidBookings,
        Self::RefundedPayments,
        Self::Counters,
        Self::StreamPositions,
        Self::FinalCancellations,
        Self::OverdueHolds,
    ];

    /// How long a hold may be overdue before it is released, in seconds.
    pub const OVERDUE_SECONDS: i64 = 5;

    /// The number and description of the invariant, for operators.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TakenTickets => "1 every held or sold ticket is in one live booking",
            Self::LiveBookings => "2 every live booking holds its tickets",
            Self::PaidBookings => {
                "3 every confirmed booking is paid once, and no payment is refunded beyond its amount"
            }
            Self::RefundedPayments => "4 every payment without a confirmed booking is refunded",
            Self::Counters => "5 every counter equals what it counts",
            Self::StreamPositions => "6 every change has its event",
            Self::FinalCancellations => {
                "7 every booking that was cancelled by a person or with its concert stays cancelled"
            }
            Self::OverdueHolds => "8 every overdue hold is released in time",
        }
    }
}
