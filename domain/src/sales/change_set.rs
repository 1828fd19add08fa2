//! All changes of one unit to one concert: collected first, then written in a fixed order, so that units lock rows in
//! the same order.

use std::collections::BTreeMap;

use crate::bookings::{Booking, BookingEvent, BookingStatus, CancelReason, HoldingsChange};
use crate::concerts::{
    ConcertEvent, CountChange, SeatChange, TicketClaim, TicketNumber, TicketOfBooking, TicketStatus,
};
use crate::events::{Event, EventPayload, OutboxEntry};
use crate::outbox::{Aggregate, Stream};
use crate::payments::{FullRefund, Payment, PaymentEvent, Refund};
use crate::sales::SalesUnit;
use crate::shared::{Actor, ConcertId, IdGenerator, PaymentId, StoreError, Timestamp, UserId};

/// The changes that a unit is about to write. Tickets, bookings, counters, caps and events are derived from the same
/// calls, so they cannot disagree.
#[derive(Debug)]
pub struct ChangeSet {
    concert: ConcertId,
    now: Timestamp,
    claims: Vec<TicketClaim>,
    sales: Vec<TicketOfBooking>,
    released_held: Vec<TicketOfBooking>,
    released_sold: Vec<TicketOfBooking>,
    new_bookings: Vec<Booking>,
    changed_bookings: Vec<Booking>,
    new_payments: Vec<Payment>,
    changed_payments: Vec<Payment>,
    new_refunds: Vec<Refund>,
    counts: BTreeMap<u16, CountChange>,
    holdings: BTreeMap<UserId, HoldingsChange>,
    seats: BTreeMap<TicketNumber, TicketStatus>,
    events: Vec<(Actor, Aggregate, u64, EventPayload)>,
}

impl ChangeSet {
    /// An empty set of changes for a unit that runs at `now`.
    pub const fn new(concert: ConcertId, now: Timestamp) -> Self {
        Self {
            concert,
            now,
            claims: Vec::new(),
            sales: Vec::new(),
            released_held: Vec::new(),
            released_sold: Vec::new(),
            new_bookings: Vec::new(),
            changed_bookings: Vec::new(),
            new_payments: Vec::new(),
            changed_payments: Vec::new(),
            new_refunds: Vec::new(),
            counts: BTreeMap::new(),
            holdings: BTreeMap::new(),
            seats: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// Adds a new booking, which claims available tickets: held, or sold at once when it is already confirmed.
    pub fn place(&mut self, actor: Actor, booking: Booking) {
        let sold = booking.status == BookingStatus::Confirmed;
        self.claim_tickets(&booking, sold);
        self.add_holdings(&booking, 1, if sold { 0 } else { 1 });
        self.record_event(
            actor,
            Aggregate::Booking(booking.id),
            booking.version,
            BookingEvent::Placed { booking: Box::new(booking.clone()) },
        );
        self.new_bookings.push(booking);
    }

    /// Confirms a pending booking that is paid: its held tickets become sold.
    pub fn confirm(&mut self, actor: Actor, booking: Booking, payment: PaymentId) {
        for ticket in &booking.tickets {
            self.sales.push(TicketOfBooking { number: ticket.number, booking: booking.id });
            self.seats.insert(ticket.number, TicketStatus::Sold);
            let count = count_of(&mut self.counts, ticket.section);
            count.held -= 1;
            count.sold += 1;
            count.revenue += ticket.price;
        }
        self.add_holdings(&booking, 0, -1);
        self.change(actor, booking.confirmed(payment, self.now), BookingEvent::Confirmed { payment });
    }

    /// Confirms an expired booking that was paid late: it claims its tickets, which must be available, as sold. The
    /// write fails if its customer would hold more than `max_tickets`.
    pub fn reclaim(&mut self, actor: Actor, booking: Booking, payment: PaymentId, max_tickets: Option<u32>) {
        self.claim_tickets(&booking, true);
        self.add_holdings(&booking, 1, 0);
        if let Some(user) = booking.user {
            self.guard(user, max_tickets, None);
        }
        self.change(actor, booking.confirmed(payment, self.now), BookingEvent::Confirmed { payment });
    }

    /// Cancels an expired booking for good. It holds no tickets; the new reason makes a late payment be refunded.
    pub fn cancel_expired(&mut self, actor: Actor, booking: Booking, reason: CancelReason) {
        self.change(actor, booking.cancelled(reason, self.now), BookingEvent::Cancelled { reason });
    }

    /// Cancels a live booking and releases its tickets.
    pub fn cancel(&mut self, actor: Actor, booking: Booking, reason: CancelReason) {
        let sold = booking.status == BookingStatus::Confirmed;
        let released = if sold { &mut self.released_sold } else { &mut self.released_held };
        for ticket in &booking.tickets {
            released.push(TicketOfBooking { number: ticket.number, booking: booking.id });
            self.seats.insert(ticket.number, TicketStatus::Available);
            let count = count_of(&mut self.counts, ticket.section);
            count.available += 1;
            *(if sold { &mut count.sold } else { &mut count.held }) -= 1;
            count.revenue -= if sold { ticket.price } else { 0 };
        }
        self.add_holdings(&booking, -1, if sold { 0 } else { -1 });
        self.change(actor, booking.cancelled(reason, self.now), BookingEvent::Cancelled { reason });
    }

    /// Sets or removes the live payment of a pending booking. Its tickets stay held.
    pub fn change_payment(
        &mut self,
        actor: Actor,
        booking: Booking,
        payment: Option<PaymentId>,
        expires_at: Timestamp,
    ) {
        let event = BookingEvent::PaymentChanged { payment, expires_at };
        self.change(actor, booking.with_payment(payment, expires_at, self.now), event);
    }

    /// Adds a new payment.
    pub fn start_payment(&mut self, actor: Actor, payment: Payment) {
        let event = PaymentEvent::Started { payment: Box::new(payment.clone()) };
        self.record_event(actor, Aggregate::Payment(payment.id), payment.version, event);
        self.new_payments.push(payment);
    }

    /// Saves the next version of a payment, with the event of the change.
    pub fn save_payment(&mut self, actor: Actor, payment: Payment, event: PaymentEvent) {
        self.record_event(actor, Aggregate::Payment(payment.id), payment.version, event);
        self.changed_payments.push(payment);
    }

    /// Adds a refund. Its payment must be saved in the same change set.
    pub fn add_refund(&mut self, refund: Refund) {
        self.new_refunds.push(refund);
    }

    /// Refunds a payment in full.
    pub fn return_payment(&mut self, actor: Actor, refund: FullRefund) {
        let event = refund.event();
        self.save_payment(actor, refund.payment, event);
        self.add_refund(refund.refund);
    }

    /// Sets the highest holdings that these changes may lead to for a user. The store checks them on write.
    pub fn guard(&mut self, user: UserId, max_tickets: Option<u32>, max_pending_bookings: Option<u32>) {
        let change = holdings_of(&mut self.holdings, user);
        change.max_tickets = max_tickets;
        change.max_pending_bookings = max_pending_bookings;
    }

    /// Writes everything in this order: tickets, bookings, payments, holdings, counters, the concert's row, events.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a ticket, booking, payment or cap is not as expected. The unit must be rolled
    /// back.
    pub async fn write(mut self, unit: &mut dyn SalesUnit, ids: &dyn IdGenerator) -> Result<(), StoreError> {
        self.write_tickets(unit).await?;
        self.write_bookings(unit).await?;
        self.write_payments(unit).await?;
        self.write_counters(unit).await?;
        if self.seats.is_empty() && self.events.is_empty() {
            return Ok(());
        }
        // Also when no ticket changes: the version is the position of the events in the concert's stream.
        let available = self.counts.values().map(|count| count.available).sum();
        let position = unit.concerts().advance(self.concert, available).await?;
        let mut events = Vec::with_capacity(self.events.len() + 1);
        if !self.seats.is_empty() {
            let seats = self.seats.iter().map(|(number, status)| SeatChange { number: *number, status: *status });
            let payload = ConcertEvent::SeatsChanged { seats: seats.collect() };
            events.push(Event::new(ids, self.now, Actor::System, Aggregate::Concert(self.concert), position, payload));
        }
        for (actor, aggregate, version, payload) in self.events {
            events.push(Event::new(ids, self.now, actor, aggregate, version, payload));
        }
        let stream = Stream::Concert(self.concert);
        unit.outbox().append(OutboxEntry { stream, position, occurred_at: self.now, events }).await
    }

    async fn write_tickets(&mut self, unit: &mut dyn SalesUnit) -> Result<(), StoreError> {
        let tickets = unit.tickets();
        for (from, released) in
            [(TicketStatus::Held, &mut self.released_held), (TicketStatus::Sold, &mut self.released_sold)]
        {
            if !released.is_empty() {
                released.sort_unstable_by_key(|ticket| ticket.number);
                tickets.release(self.concert, from, released).await?;
            }
        }
        if !self.sales.is_empty() {
            self.sales.sort_unstable_by_key(|ticket| ticket.number);
            tickets.sell(self.concert, &self.sales).await?;
        }
        if !self.claims.is_empty() {
            self.claims.sort_unstable_by_key(|claim| claim.number);
            tickets.claim(self.concert, &self.claims).await?;
        }
        Ok(())
    }

    async fn write_bookings(&mut self, unit: &mut dyn SalesUnit) -> Result<(), StoreError> {
        if !self.changed_bookings.is_empty() {
            self.changed_bookings.sort_unstable_by_key(|booking| booking.id);
            unit.bookings().save(&self.changed_bookings).await?;
        }
        if !self.new_bookings.is_empty() {
            unit.bookings().add(&self.new_bookings).await?;
        }
        Ok(())
    }

    async fn write_payments(&mut self, unit: &mut dyn SalesUnit) -> Result<(), StoreError> {
        if !self.new_payments.is_empty() {
            self.new_payments.sort_unstable_by_key(|payment| payment.id);
            unit.payments().add(&self.new_payments).await?;
        }
        if !self.changed_payments.is_empty() {
            self.changed_payments.sort_unstable_by_key(|payment| payment.id);
            unit.payments().save(&self.changed_payments).await?;
        }
        if !self.new_refunds.is_empty() {
            unit.refunds().add(&self.new_refunds).await?;
        }
        Ok(())
    }

    async fn write_counters(&mut self, unit: &mut dyn SalesUnit) -> Result<(), StoreError> {
        let holdings: Vec<_> = self.holdings.values().filter(|change| changes_anything(change)).copied().collect();
        if !holdings.is_empty() {
            unit.holdings().change(self.concert, &holdings).await?;
        }
        let counts: Vec<_> = self.counts.values().copied().collect();
        if !counts.is_empty() {
            unit.sections().change_counts(self.concert, &counts).await?;
        }
        Ok(())
    }

    fn claim_tickets(&mut self, booking: &Booking, sold: bool) {
        let status = if sold { TicketStatus::Sold } else { TicketStatus::Held };
        for ticket in &booking.tickets {
            self.claims.push(TicketClaim { number: ticket.number, booking: booking.id, sold });
            self.seats.insert(ticket.number, status);
            let count = count_of(&mut self.counts, ticket.section);
            count.available -= 1;
            *(if sold { &mut count.sold } else { &mut count.held }) += 1;
            count.revenue += if sold { ticket.price } else { 0 };
        }
    }

    /// Adds `sign` times the number of the booking's tickets, and `pending_bookings`, to its customer's holdings.
    fn add_holdings(&mut self, booking: &Booking, sign: i64, pending_bookings: i64) {
        if let Some(user) = booking.user {
            let change = holdings_of(&mut self.holdings, user);
            change.tickets += sign * i64::try_from(booking.tickets.len()).unwrap_or(i64::MAX);
            change.pending_bookings += pending_bookings;
        }
    }

    fn change(&mut self, actor: Actor, booking: Booking, event: BookingEvent) {
        self.record_event(actor, Aggregate::Booking(booking.id), booking.version, event);
        self.changed_bookings.push(booking);
    }

    fn record_event(&mut self, actor: Actor, aggregate: Aggregate, version: u64, event: impl Into<EventPayload>) {
        self.events.push((actor, aggregate, version, event.into()));
    }
}

fn count_of(counts: &mut BTreeMap<u16, CountChange>, position: u16) -> &mut CountChange {
    counts.entry(position).or_insert(CountChange { position, ..CountChange::default() })
}

fn holdings_of(holdings: &mut BTreeMap<UserId, HoldingsChange>, user: UserId) -> &mut HoldingsChange {
    holdings.entry(user).or_insert(HoldingsChange {
        user,
        tickets: 0,
        pending_bookings: 0,
        max_tickets: None,
        max_pending_bookings: None,
    })
}

const fn changes_anything(change: &HoldingsChange) -> bool {
    change.tickets != 0 || change.pending_bookings != 0
}
