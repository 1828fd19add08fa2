//! The audit of the invariants over one snapshot. Each check lists the violations of its rule.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use boxoffice_domain::bookings::{Booking, BookingEvent, BookingStatus, CancelReason};
use boxoffice_domain::concerts::{Concert, TicketStatus};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::maintenance::{Auditor, Invariant, InvariantReport};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::payments::Payment;
use boxoffice_domain::shared::{ConcertId, StoreError, Timestamp, UserId};

use super::InMemoryStore;
use super::state::{AggregateKey, SectionRow, State, TicketRow, key_of};

/// The most examples in one report.
const EXAMPLES_MAX: usize = 5;

#[async_trait]
impl Auditor for InMemoryStore {
    async fn audit(&self, now: Timestamp) -> Result<Vec<InvariantReport>, StoreError> {
        let state = self.snapshot();
        let report = |invariant| {
            let mut examples = match invariant {
                Invariant::TakenTickets => state.tickets_without_booking(),
                Invariant::LiveBookings => state.bookings_without_tickets(),
                Invariant::PaidBookings => state.unpaid_or_overrefunded(),
                Invariant::RefundedPayments => state.unrefunded_payments(),
                Invariant::Counters => state.wrong_counters(),
                Invariant::StreamPositions => state.wrong_streams(),
                Invariant::FinalCancellations => state.undone_cancellations(),
                Invariant::OverdueHolds => state.overdue_holds(now),
            };
            let violations = examples.iter().map(|_| 1).sum();
            examples.truncate(EXAMPLES_MAX);
            InvariantReport { invariant, violations, examples }
        };
        Ok(Invariant::ALL.map(report).to_vec())
    }
}

const fn status_for(booking: &Booking) -> TicketStatus {
    match booking.status {
        BookingStatus::Confirmed => TicketStatus::Sold,
        BookingStatus::Pending | BookingStatus::Cancelled => TicketStatus::Held,
    }
}

impl State {
    fn live_bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values().filter(|booking| booking.is_live())
    }

    fn tickets_without_booking(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (concert, sheet) in self.tickets.iter() {
            for (number, row) in sheet.iter() {
                let taken = matches!(row.status, TicketStatus::Held | TicketStatus::Sold);
                let booking = row.booking.and_then(|id| self.bookings.get(&id));
                let listed = booking.is_some_and(|booking| {
                    booking.is_live()
                        && booking.concert == *concert
                        && booking.tickets.iter().any(|ticket| ticket.number == number)
                });
                if taken != listed {
                    wrong.push(format!("ticket {} of concert {concert}", number.get()));
                }
            }
        }
        wrong
    }

    fn bookings_without_tickets(&self) -> Vec<String> {
        let has_its_tickets = |booking: &Booking| {
            let own = TicketRow { status: status_for(booking), booking: Some(booking.id) };
            let sheet = self.tickets.get(&booking.concert);
            booking.tickets.iter().all(|ticket| sheet.and_then(|sheet| sheet.get(ticket.number)) == Some(own))
        };
        let broken = self.live_bookings().filter(|booking| !has_its_tickets(booking));
        broken.map(|booking| format!("booking {}", booking.id)).collect()
    }

    fn unpaid_or_overrefunded(&self) -> Vec<String> {
        let is_paid = |booking: &Booking| {
            let payments: Vec<&Payment> = self
                .payments
                .values()
                .filter(|payment| payment.booking == booking.id && payment.holds_money())
                .filter(|payment| booking.payment == Some(payment.id) || self.stays(payment))
                .collect();
            matches!(payments[..], [payment] if payment.amount == booking.total && booking.payment == Some(payment.id))
        };
        let due = self
            .bookings
            .values()
            .filter(|booking| booking.status == BookingStatus::Confirmed && !booking.total.is_zero());
        let unpaid = due.filter(|booking| !is_paid(booking)).map(|booking| format!("booking {}", booking.id));
        let overrefunded = self.payments.values().filter(|payment| self.refunded(payment) > payment.amount.minor());
        unpaid.chain(overrefunded.map(|payment| format!("payment {}", payment.id))).collect()
    }

    /// The sum of all refunds of a payment, also of failed ones: each is retried until it is completed.
    fn refunded(&self, payment: &Payment) -> i64 {
        self.refunds_of(payment.id).iter().map(|refund| refund.amount.minor()).sum()
    }

    /// Whether a payment holds money that refunds do not cover.
    fn stays(&self, payment: &Payment) -> bool {
        payment.holds_money() && self.refunded(payment) < payment.amount.minor()
    }

    fn unrefunded_payments(&self) -> Vec<String> {
        let is_confirmed = |payment: &Payment| {
            self.bookings.get(&payment.booking).is_some_and(|booking| booking.status == BookingStatus::Confirmed)
        };
        let unrefunded = self.payments.values().filter(|payment| !is_confirmed(payment) && self.stays(payment));
        unrefunded.map(|payment| format!("payment {}", payment.id)).collect()
    }

    fn wrong_counters(&self) -> Vec<String> {
        let sections = self.sections.iter().filter(|((concert, _), row)| !self.counts_agree(*concert, row));
        let mut wrong: Vec<String> =
            sections.map(|((concert, position), _)| format!("section {position} of concert {concert}")).collect();
        let concerts = self.concerts.values().filter(|concert| !self.concert_counts_agree(concert));
        wrong.extend(concerts.map(|concert| format!("concert {}", concert.id)));
        wrong.extend(self.wrong_holdings());
        wrong
    }

    fn counts_agree(&self, concert: ConcertId, row: &SectionRow) -> bool {
        let tickets = self.tickets.get(&concert).into_iter().flat_map(|sheet| sheet.iter());
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for (_, ticket) in tickets.filter(|(number, _)| row.section.contains(*number)) {
            *counts.entry(ticket.status.as_str()).or_default() += 1;
        }
        let count = |status: TicketStatus| counts.get(status.as_str()).copied().unwrap_or_default();
        row.available == count(TicketStatus::Available)
            && row.held == count(TicketStatus::Held)
            && row.sold == count(TicketStatus::Sold)
            && row.blocked == count(TicketStatus::Blocked)
            && row.section.capacity() == row.available + row.held + row.sold + row.blocked
            && row.revenue == self.worth_of_sold(concert, row.section.position)
    }

    /// The sum of the prices at which the sold tickets of a section were booked.
    fn worth_of_sold(&self, concert: ConcertId, section: u16) -> i64 {
        let confirmed = self.bookings_of(concert).filter(|booking| booking.status == BookingStatus::Confirmed);
        let tickets = confirmed.flat_map(|booking| &booking.tickets).filter(|ticket| ticket.section == section);
        tickets.map(|ticket| ticket.price).sum()
    }

    fn concert_counts_agree(&self, concert: &Concert) -> bool {
        let sections = || self.sections_of(concert.id);
        let total: u32 = sections().map(|row| row.section.capacity()).sum();
        let available: u32 = sections().map(|row| row.available).sum();
        (concert.total, concert.available) == (total, available)
    }

    fn wrong_holdings(&self) -> impl Iterator<Item = String> {
        let mut held: BTreeMap<(ConcertId, UserId), (usize, u32)> = BTreeMap::new();
        for booking in self.live_bookings() {
            if let Some(user) = booking.user {
                let sums = held.entry((booking.concert, user)).or_default();
                sums.0 += booking.tickets.len();
                sums.1 += u32::from(booking.status == BookingStatus::Pending);
            }
        }
        let stored = self
            .holdings
            .iter()
            .map(|(key, held)| (*key, (usize::try_from(held.tickets).unwrap_or(usize::MAX), held.pending_bookings)));
        let stored: BTreeMap<(ConcertId, UserId), (usize, u32)> = stored.collect();
        let keys: BTreeSet<(ConcertId, UserId)> = stored.keys().chain(held.keys()).copied().collect();
        let differ = move |key: &(ConcertId, UserId)| {
            stored.get(key).copied().unwrap_or_default() != held.get(key).copied().unwrap_or_default()
        };
        let wrong = keys.into_iter().filter(differ);
        wrong.map(|(concert, user)| format!("what user {user} holds of concert {concert}"))
    }

    fn wrong_streams(&self) -> Vec<String> {
        let mut positions: BTreeMap<Stream, Vec<u64>> = BTreeMap::new();
        for ((stream, position), _) in self.outbox.iter() {
            positions.entry(*stream).or_default().push(*position);
        }
        let users = self.users.values().map(|user| (Stream::User(user.id), user.version));
        let concerts = self.concerts.values().map(|concert| (Stream::Concert(concert.id), concert.version));
        let is_wrong = |(stream, version): &(Stream, u64)| {
            let floor = self.floors.get(stream).copied().unwrap_or(1);
            positions.get(stream).cloned().unwrap_or_default() != (floor..=*version).collect::<Vec<u64>>()
        };
        let wrong = users.chain(concerts).filter(is_wrong);
        wrong.map(|(stream, _)| format!("{} {}", stream.kind(), stream.uuid())).collect()
    }

    fn undone_cancellations(&self) -> Vec<String> {
        let mut cancelled: BTreeSet<AggregateKey> = BTreeSet::new();
        let mut undone: BTreeSet<AggregateKey> = BTreeSet::new();
        for event in self.outbox.values().flat_map(|row| &row.entry.events) {
            let aggregate = key_of(event.aggregate);
            match &event.payload {
                EventPayload::Booking(BookingEvent::Cancelled { reason }) if *reason != CancelReason::Expired => {
                    cancelled.insert(aggregate);
                }
                EventPayload::Booking(BookingEvent::Confirmed { .. }) if cancelled.contains(&aggregate) => {
                    undone.insert(aggregate);
                }
                _ => {}
            }
        }
        undone.into_iter().map(|(kind, id)| format!("{kind} {id}")).collect()
    }

    fn overdue_holds(&self, now: Timestamp) -> Vec<String> {
        let late = now.plus_seconds(-Invariant::OVERDUE_SECONDS);
        let overdue = self
            .bookings
            .values()
            .filter(|booking| booking.status == BookingStatus::Pending && booking.expires_at < late);
        overdue.map(|booking| format!("booking {}", booking.id)).collect()
    }
}
