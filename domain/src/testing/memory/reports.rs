//! Reports.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::bookings::{Booking, BookingFilter, BookingPosition, BookingStatus, CancelReason, NamedBooking};
use crate::concerts::Concert;
use crate::payments::PaymentStatus;
use crate::reports::{Outcome, Placed, ReportQueries, SLOT_SECONDS, SalesFigures, SectionSales, Span, Tally};
use crate::shared::{ConcertId, StoreError, Timestamp};

use super::InMemoryStore;
use super::bookings::{found, items};
use super::state::{SectionRow, State};

const SLOT_MICROS: i64 = SLOT_SECONDS * 1_000_000;

impl From<&SectionRow> for SectionSales {
    fn from(row: &SectionRow) -> Self {
        Self {
            code: row.section.code.clone(),
            name: row.section.name.clone(),
            total: row.section.capacity(),
            available: row.available,
            held: row.held,
            sold: row.sold,
            blocked: row.blocked,
            revenue: row.revenue,
        }
    }
}

fn outcome(booking: &Booking, now: Timestamp) -> Outcome {
    match booking.status_at(now) {
        (BookingStatus::Pending, _) => Outcome::Pending,
        (BookingStatus::Confirmed, _) => Outcome::Confirmed,
        (BookingStatus::Cancelled, Some(CancelReason::Expired)) => Outcome::Expired,
        (BookingStatus::Cancelled, _) => Outcome::Cancelled,
    }
}

impl State {
    fn placed(&self, concert: ConcertId, span: Span, now: Timestamp) -> Vec<Placed> {
        let mut tallies: BTreeMap<(Option<i64>, Outcome), Tally> = BTreeMap::new();
        for booking in self.bookings_of(concert) {
            let slot = booking.created_at.micros().div_euclid(SLOT_MICROS) * SLOT_MICROS;
            let slot = span.contains(booking.created_at).then_some(slot);
            *tallies.entry((slot, outcome(booking, now))).or_default() += Tally {
                bookings: 1,
                tickets: u64::try_from(booking.tickets.len()).unwrap_or(u64::MAX),
                worth: booking.total.minor(),
            };
        }
        let placed = tallies.into_iter();
        placed
            .map(|((slot, outcome), tally)| Placed { slot: slot.map(Timestamp::from_micros), outcome, tally })
            .collect()
    }

    fn went_back(&self, concert: ConcertId) -> i64 {
        let confirmed = self.bookings_of(concert).filter(|booking| booking.status == BookingStatus::Confirmed);
        let payments = confirmed.filter_map(|booking| self.payments.get(&booking.payment?));
        let partly = payments.filter(|payment| payment.status == PaymentStatus::PartiallyRefunded);
        partly.map(|payment| payment.refunded).sum()
    }
}

#[async_trait]
impl ReportQueries for InMemoryStore {
    async fn concert(&self, id: ConcertId) -> Result<Option<Concert>, StoreError> {
        Ok(self.snapshot().concerts.get(&id).cloned())
    }

    async fn sales(&self, id: ConcertId, span: Span, now: Timestamp) -> Result<Option<SalesFigures>, StoreError> {
        let state = self.snapshot();
        Ok(state.concerts.get(&id).cloned().map(|concert| SalesFigures {
            concert,
            sections: state.sections_of(id).map(SectionSales::from).collect(),
            placed: state.placed(id, span, now),
            refunded: state.went_back(id),
        }))
    }

    async fn bookings(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: u32,
    ) -> Result<Vec<NamedBooking>, StoreError> {
        Ok(found(&self.snapshot(), concert, filter, after, items(limit)))
    }
}
