//! Everything that one unit changes at one concert: collected first, then written in the one order of locks.

use std::collections::BTreeMap;

use crate::concerts::{CountChange, TicketClaim, TicketNumber, TicketOfBooking, TicketStatus};
use crate::events::{Aggregate, Event, EventPayload, OutboxEntry, SeatChange, Stream};
use crate::payments::{FullReturn, Payment, Refund};
use crate::shared::{Actor, ConcertId, IdGenerator, PaymentId, StoreError, Timestamp, UserId};
use crate::store::UnitOfWork;

use super::{Booking, BookingStatus, CancelReason, PurchaseChange};

/// What a unit is about to change. Tickets, bookings, counters, caps and events go in together and cannot disagree.
#[derive(Debug)]
pub struct Ledger {
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
    purchases: BTreeMap<UserId, PurchaseChange>,
    seats: BTreeMap<TicketNumber, TicketStatus>,
    events: Vec<(Actor, Aggregate, u64, EventPayload)>,
}

impl Ledger {
    /// An empty ledger for a unit that takes place at `now`.
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
            purchases: BTreeMap::new(),
            seats: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// A new booking takes available tickets: held, or sold at once when it is confirmed already.
    pub fn place(&mut self, actor: Actor, booking: Booking) {
        let sold = booking.status == BookingStatus::Confirmed;
        self.claim_tickets(&booking, sold);
        self.hold_purchase(&booking, 1, if sold { 0 } else { 1 });
        self.tell(
            actor,
            Aggregate::Booking(booking.id),
            booking.version,
            EventPayload::BookingPlaced { booking: Box::new(booking.clone()) },
        );
        self.new_bookings.push(booking);
    }

    /// A pending booking is paid: its held tickets are sold.
    pub fn confirm(&mut self, actor: Actor, booking: Booking, payment: PaymentId) {
        for ticket in &booking.tickets {
            self.sales.push(TicketOfBooking { number: ticket.number, booking: booking.id });
            self.seats.insert(ticket.number, TicketStatus::Sold);
            let count = count_of(&mut self.counts, ticket.section);
            count.held -= 1;
            count.sold += 1;
            count.revenue += ticket.price;
        }
        self.hold_purchase(&booking, 0, -1);
        self.change(actor, booking.confirmed(payment, self.now), EventPayload::BookingConfirmed { payment });
    }

    /// An expired booking was paid after all and its tickets are available: it takes them again, sold. Its customer then
    /// holds at most `max_tickets`.
    pub fn reclaim(&mut self, actor: Actor, booking: Booking, payment: PaymentId, max_tickets: Option<u32>) {
        self.claim_tickets(&booking, true);
        self.hold_purchase(&booking, 1, 0);
        if let Some(user) = booking.user {
            self.guard(user, max_tickets, None);
        }
        self.change(actor, booking.confirmed(payment, self.now), EventPayload::BookingConfirmed { payment });
    }

    /// An expired booking, which holds no tickets, is cancelled for another reason: money that comes late finds it so.
    pub fn cancel_expired(&mut self, actor: Actor, booking: Booking, reason: CancelReason) {
        self.change(actor, booking.cancelled(reason, self.now), EventPayload::BookingCancelled { reason });
    }

    /// A live booking gives its tickets back.
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
        self.hold_purchase(&booking, -1, if sold { 0 } else { -1 });
        self.change(actor, booking.cancelled(reason, self.now), EventPayload::BookingCancelled { reason });
    }

    /// A pending booking's live payment begins or fails; its tickets stay where they are.
    pub fn change_payment(
        &mut self,
        actor: Actor,
        booking: Booking,
        payment: Option<PaymentId>,
        expires_at: Timestamp,
    ) {
        let event = EventPayload::BookingPaymentChanged { payment, expires_at };
        self.change(actor, booking.with_payment(payment, expires_at, self.now), event);
    }

    /// A payment is started.
    pub fn start_payment(&mut self, actor: Actor, payment: Payment) {
        let event = EventPayload::PaymentStarted { payment: Box::new(payment.clone()) };
        self.tell(actor, Aggregate::Payment(payment.id), payment.version, event);
        self.new_payments.push(payment);
    }

    /// A payment, one version on, with what to tell of it.
    pub fn save_payment(&mut self, actor: Actor, payment: Payment, event: EventPayload) {
        self.tell(actor, Aggregate::Payment(payment.id), payment.version, event);
        self.changed_payments.push(payment);
    }

    /// A refund to be sent; its payment is to be saved in the same ledger.
    pub fn add_refund(&mut self, refund: Refund) {
        self.new_refunds.push(refund);
    }

    /// A payment goes back in full.
    pub fn return_payment(&mut self, actor: Actor, returned: FullReturn) {
        let event = returned.event();
        self.save_payment(actor, returned.payment, event);
        self.add_refund(returned.refund);
    }

    /// Says which sums of a user must not be exceeded by what this ledger adds to them.
    pub fn guard(&mut self, user: UserId, max_tickets: Option<u32>, max_pending_bookings: Option<u32>) {
        let change = purchase_of(&mut self.purchases, user);
        change.max_tickets = max_tickets;
        change.max_pending_bookings = max_pending_bookings;
    }

    /// Writes everything: tickets, bookings, payments, purchases, counters, the concert's row and the events, in this
    /// order.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a ticket, booking, payment or cap is not as expected; the unit is to be undone.
    pub async fn write(mut self, unit: &mut dyn UnitOfWork, ids: &dyn IdGenerator) -> Result<(), StoreError> {
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
            let payload = EventPayload::SeatsChanged { seats: seats.collect() };
            events.push(Event::new(ids, self.now, Actor::System, Aggregate::Concert(self.concert), position, payload));
        }
        for (actor, aggregate, version, payload) in self.events {
            events.push(Event::new(ids, self.now, actor, aggregate, version, payload));
        }
        let stream = Stream::Concert(self.concert);
        unit.outbox().append(OutboxEntry { stream, position, occurred_at: self.now, events }).await
    }

    async fn write_tickets(&mut self, unit: &mut dyn UnitOfWork) -> Result<(), StoreError> {
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

    async fn write_bookings(&mut self, unit: &mut dyn UnitOfWork) -> Result<(), StoreError> {
        if !self.changed_bookings.is_empty() {
            self.changed_bookings.sort_unstable_by_key(|booking| booking.id);
            unit.bookings().save(&self.changed_bookings).await?;
        }
        if !self.new_bookings.is_empty() {
            unit.bookings().add(&self.new_bookings).await?;
        }
        Ok(())
    }

    async fn write_payments(&mut self, unit: &mut dyn UnitOfWork) -> Result<(), StoreError> {
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

    async fn write_counters(&mut self, unit: &mut dyn UnitOfWork) -> Result<(), StoreError> {
        let purchases: Vec<_> = self.purchases.values().filter(|change| changes_anything(change)).copied().collect();
        if !purchases.is_empty() {
            unit.purchases().change(self.concert, &purchases).await?;
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

    /// `sign` times the booking's tickets, and so many pending bookings.
    fn hold_purchase(&mut self, booking: &Booking, sign: i64, pending_bookings: i64) {
        if let Some(user) = booking.user {
            let change = purchase_of(&mut self.purchases, user);
            change.tickets += sign * i64::try_from(booking.tickets.len()).unwrap_or(i64::MAX);
            change.pending_bookings += pending_bookings;
        }
    }

    fn change(&mut self, actor: Actor, booking: Booking, event: EventPayload) {
        self.tell(actor, Aggregate::Booking(booking.id), booking.version, event);
        self.changed_bookings.push(booking);
    }

    fn tell(&mut self, actor: Actor, aggregate: Aggregate, version: u64, payload: EventPayload) {
        self.events.push((actor, aggregate, version, payload));
    }
}

fn count_of(counts: &mut BTreeMap<u16, CountChange>, position: u16) -> &mut CountChange {
    counts.entry(position).or_insert(CountChange { position, ..CountChange::default() })
}

fn purchase_of(purchases: &mut BTreeMap<UserId, PurchaseChange>, user: UserId) -> &mut PurchaseChange {
    purchases.entry(user).or_insert(PurchaseChange {
        user,
        tickets: 0,
        pending_bookings: 0,
        max_tickets: None,
        max_pending_bookings: None,
    })
}

const fn changes_anything(change: &PurchaseChange) -> bool {
    change.tickets != 0 || change.pending_bookings != 0
}
