//! The command to block and unblock seats. A blocked seat is not on sale.

use std::collections::HashSet;

use crate::shared::Faults;

use super::{SeatLabel, SeatPlan, TicketNumber};

/// The most seats that one request may block and unblock together.
pub const BLOCKED_AT_ONCE_MAX: usize = 5_000;

/// A client's request to block and unblock seats. Its values are not yet checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockSeats {
    /// Labels of the seats to block.
    pub block: Vec<String>,
    /// Labels of the seats to unblock.
    pub unblock: Vec<String>,
}

/// A seat of the request, found in the plan.
#[derive(Debug, Clone)]
pub(super) struct NamedSeat {
    pub(super) label: SeatLabel,
    pub(super) number: TicketNumber,
    /// Whether to block the seat; otherwise it is unblocked.
    pub(super) block: bool,
}

impl BlockSeats {
    /// Checks what can be checked without the plan: the number of seats, and that no seat is named twice.
    pub(super) fn judge(&self) -> Result<(), Faults> {
        let mut faults = Faults::new();
        let count = self.block.len() + self.unblock.len();
        faults.require(count > 0, "/block", "required", "name a seat to block or to unblock");
        if count > BLOCKED_AT_ONCE_MAX {
            faults.add("/block", "count", format!("at most {BLOCKED_AT_ONCE_MAX} seats are changed at once"));
            return Err(faults);
        }
        let mut seen = HashSet::new();
        for (pointer, _, seat) in self.seats() {
            faults.require(seen.insert(seat), pointer, "duplicate", "this seat is named twice");
        }
        faults.into_result()
    }

    /// Finds the seats in the plan, in the order requested, those to block first.
    pub(super) fn find_in(&self, plan: &SeatPlan) -> Result<Vec<NamedSeat>, Faults> {
        let mut faults = Faults::new();
        let mut named = Vec::with_capacity(self.block.len() + self.unblock.len());
        for (pointer, block, seat) in self.seats() {
            match SeatLabel::parse(seat).and_then(|label| Some((plan.number(&label)?, label))) {
                Some((number, label)) => named.push(NamedSeat { label, number, block }),
                None => faults.add(pointer, "unknown_seat", "there is no such seat"),
            }
        }
        faults.into_result().map(|()| named)
    }

    fn seats(&self) -> impl Iterator<Item = (String, bool, &str)> {
        let blocked = self.block.iter().enumerate().map(|(at, seat)| (format!("/block/{at}"), true, seat.as_str()));
        let freed = self.unblock.iter().enumerate().map(|(at, seat)| (format!("/unblock/{at}"), false, seat.as_str()));
        blocked.chain(freed)
    }
}
