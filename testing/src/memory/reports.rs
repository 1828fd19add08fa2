//! Reports.

use std::collections::BTreeMap;

use async_trait::async_trait;
use boxoffice_domain::bookings::{Booking, BookingFilter, BookingPosition, BookingStatus, CancelReason, NamedBooking};
use boxoffice_domain::concerts::Concert;
use boxoffice_domain::payments::{Payment, PaymentStatus, RefundStatus};
use boxoffice_domain::reports::{
    BookingTotals, Outcome, RefundSums, ReportQueries, ReportedBooking, SLOT_SECONDS, SalesFigures, SectionSales,
    SlotTotals, Span,
};
use boxoffice_domain::shared::{ConcertId, StoreError, Timestamp};

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
    fn placed(&self, concert: ConcertId, span: Span, now: Timestamp) -> Vec<SlotTotals> {
        let mut tallies: BTreeMap<(Option<i64>, Outcome), BookingTotals> = BTreeMap::new();
        for booking in self.bookings_of(concert) {
            let slot = booking.created_at.micros().div_euclid(SLOT_MICROS) * SLOT_MICROS;
            let slot = span.contains(booking.created_at).then_some(slot);
            *tallies.entry((slot, outcome(booking, now))).or_default() += BookingTotals {
                bookings: 1,
                tickets: u64::try_from(booking.tickets.len()).unwrap_or(u64::MAX),
                worth: booking.total.minor(),
            };
        }
        let placed = tallies.into_iter();
        placed
            .map(|((slot, outcome), totals)| SlotTotals { slot: slot.map(Timestamp::from_micros), outcome, totals })
            .collect()
    }

    fn refund_sums(&self, concert: ConcertId) -> RefundSums {
        let mut sums = RefundSums::default();
        for payment in self.payments.values() {
            let Some(booking) = self.bookings.get(&payment.booking).filter(|booking| booking.concert == concert) else {
                continue;
            };
            let refunds = self.refunds_of(payment.id).into_iter();
            let waiting = refunds.filter(|refund| refund.status != RefundStatus::Completed);
            let pending: i64 = waiting.map(|refund| refund.amount.minor()).sum();
            sums.completed += payment.refunded;
            sums.pending += pending;
            if booking.status == BookingStatus::Confirmed && booking.payment == Some(payment.id) {
                sums.of_confirmed += payment.refunded + pending;
            }
        }
        sums
    }

    fn reported(&self, named: NamedBooking) -> ReportedBooking {
        let took_money = |payment: &&Payment| payment.holds_money() || payment.status == PaymentStatus::Refunded;
        let payments = self.payments.values().filter(|payment| payment.booking == named.booking.id).filter(took_money);
        let (paid, refunded) = payments
            .fold((0, 0), |(paid, refunded), payment| (paid + payment.amount.minor(), refunded + payment.refunded));
        ReportedBooking { named, paid, refunded }
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
            refunds: state.refund_sums(id),
        }))
    }

    async fn bookings(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: u32,
    ) -> Result<Vec<ReportedBooking>, StoreError> {
        let state = self.snapshot();
        let bookings = found(&state, concert, filter, after, items(limit));
        Ok(bookings.into_iter().map(|named| state.reported(named)).collect())
    }
}
