//! One unit of work that settles payments: applies the gateway's outcomes to payments, bookings and tickets together.

use std::collections::{HashMap, HashSet};

use crate::bookings::{Booking, BookingStatus, CancelReason};
use crate::concerts::{Caps, ConcertStatus, SaleState, TicketNumber, TicketStatus};
use crate::payments::{AutomaticRefundReason, ChargeOutcome, Payment, PaymentEvent, PaymentStatus};
use crate::sales::{ChangeSet, SalesUnit};
use crate::shared::{Actor, BookingId, ConcertId, IdGenerator, PaymentId, RefundId, StoreError, Timestamp, UserId};

use super::payment_recorder::{SettleRequest, SettledPayment};

/// How long after its start a payment that the gateway does not know is failed, in seconds. Until then its charge may
/// still be in flight.
pub const UNKNOWN_CHARGE_GRACE_SECONDS: i64 = 60;

/// The failure of a payment that never reached the gateway.
pub const NEVER_CHARGED: &str = "never_charged";

/// The failure of a payment that was voided because its booking is cancelled.
pub const VOIDED: &str = "voided";

impl SettledPayment {
    const fn unchanged(payment: Payment) -> Self {
        Self { payment, changed: false, automatic_refund: None }
    }

    const fn changed(payment: Payment) -> Self {
        Self { payment, changed: true, automatic_refund: None }
    }
}

/// A unit of work with all that settling payments needs.
pub(super) struct SettlePaymentUnit<'unit> {
    pub(super) unit: &'unit mut dyn SalesUnit,
    pub(super) ids: &'unit dyn IdGenerator,
    pub(super) now: Timestamp,
}

/// What happens to a booking whose payment completed.
enum BookingOutcome {
    /// It still holds its tickets, which become sold.
    Confirm,
    /// It expired and claims its tickets again.
    Reclaim,
    /// The payment is refunded.
    Return(AutomaticRefundReason),
}

/// What the unit reads of the concert and the customers when a charge completed.
#[derive(Default)]
struct SettlementContext {
    is_cancelled: bool,
    is_on_sale: bool,
    caps: Caps,
    /// The tickets of expired bookings that are available now.
    free: HashSet<TicketNumber>,
    /// How many tickets each customer of those bookings holds.
    held: HashMap<UserId, u32>,
}

impl SettlePaymentUnit<'_> {
    /// Settles the numbered requests and returns the outcomes with their numbers. A request whose booking another one
    /// of the batch changes is left for the next unit: its number is not among the outcomes.
    pub(super) async fn run(
        mut self,
        requests: &[(usize, &SettleRequest)],
    ) -> Result<Vec<(usize, SettledPayment)>, StoreError> {
        let mut payments = self.payments(requests).await?;
        let mut bookings = self.bookings(requests, &payments).await?;
        let Some(concert) = bookings.values().map(|booking| booking.concert).min() else {
            return nothing_changes(requests, &payments);
        };
        let context = self.context(concert, requests, &payments, &bookings).await?;
        let changes = ChangeSet::new(concert, self.now);
        let mut changes = SettlementChanges { ids: self.ids, now: self.now, context, changes };
        let mut settled = Vec::with_capacity(requests.len());
        for (number, request) in requests {
            let payment = payments.get(&request.payment).cloned().ok_or_else(|| gone(request.payment))?;
            if !has_news(&request.outcome, &payment, self.now) {
                settled.push((*number, SettledPayment::unchanged(payment)));
                continue;
            }
            // Another payment of this booking was settled before in this unit.
            let Some(booking) = bookings.remove(&payment.booking) else {
                continue;
            };
            if booking.concert != concert {
                return Err(StoreError::inconsistent("a batch is about payments of several concerts"));
            }
            let outcome = changes.settle(request, payment, booking)?;
            payments.insert(outcome.payment.id, outcome.payment.clone());
            settled.push((*number, outcome));
        }
        changes.changes.write(self.unit, self.ids).await?;
        Ok(settled)
    }

    async fn payments(
        &mut self,
        requests: &[(usize, &SettleRequest)],
    ) -> Result<HashMap<PaymentId, Payment>, StoreError> {
        let mut ids: Vec<PaymentId> = requests.iter().map(|(_, request)| request.payment).collect();
        ids.sort_unstable();
        ids.dedup();
        let found: HashMap<_, _> =
            self.unit.payments().get(&ids).await?.into_iter().map(|payment| (payment.id, payment)).collect();
        match ids.into_iter().find(|id| !found.contains_key(id)) {
            Some(missing) => Err(gone(missing)),
            None => Ok(found),
        }
    }

    /// Reads the bookings of the payments that change.
    async fn bookings(
        &mut self,
        requests: &[(usize, &SettleRequest)],
        payments: &HashMap<PaymentId, Payment>,
    ) -> Result<HashMap<BookingId, Booking>, StoreError> {
        let changing = requests.iter().filter_map(|(_, request)| {
            payments.get(&request.payment).filter(|payment| has_news(&request.outcome, payment, self.now))
        });
        let mut ids: Vec<BookingId> = changing.map(|payment| payment.booking).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found: HashMap<_, _> =
            self.unit.bookings().get(&ids).await?.into_iter().map(|booking| (booking.id, booking)).collect();
        match ids.into_iter().find(|id| !found.contains_key(id)) {
            Some(missing) => Err(StoreError::inconsistent(format!("the booking {missing} of a payment is gone"))),
            None => Ok(found),
        }
    }

    /// Reads the data that decides about completed charges. Reads nothing if no charge completed.
    async fn context(
        &mut self,
        concert: ConcertId,
        requests: &[(usize, &SettleRequest)],
        payments: &HashMap<PaymentId, Payment>,
        bookings: &HashMap<BookingId, Booking>,
    ) -> Result<SettlementContext, StoreError> {
        let completing = || {
            requests.iter().filter_map(|(_, request)| {
                let completes = matches!(request.outcome, ChargeOutcome::Completed { .. });
                bookings.get(&payments.get(&request.payment)?.booking).filter(|_| completes)
            })
        };
        if completing().next().is_none() {
            return Ok(SettlementContext::default());
        }
        let found = self.unit.concerts().get(concert).await?;
        let found = found.ok_or_else(|| StoreError::inconsistent("a booking's concert is gone"))?;
        let mut context = SettlementContext {
            is_cancelled: found.status == ConcertStatus::Cancelled,
            is_on_sale: found.sale_state(self.now) == SaleState::Open,
            caps: found.caps,
            ..SettlementContext::default()
        };
        let expired: Vec<&Booking> =
            completing().filter(|booking| booking.cancel_reason == Some(CancelReason::Expired)).collect();
        if !context.is_on_sale || expired.is_empty() {
            return Ok(context);
        }
        let mut numbers: Vec<TicketNumber> =
            expired.iter().flat_map(|booking| booking.tickets.iter().map(|ticket| ticket.number)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let states = self.unit.tickets().states(concert, &numbers).await?;
        let free = states.iter().filter(|state| state.status == TicketStatus::Available).map(|state| state.number);
        context.free = free.collect();
        let mut users: Vec<UserId> = expired.iter().filter_map(|booking| booking.user).collect();
        users.sort_unstable();
        users.dedup();
        if !users.is_empty() {
            let holdings = self.unit.holdings().of_users(concert, &users).await?;
            context.held = holdings.iter().map(|holding| (holding.user, holding.tickets)).collect();
        }
        Ok(context)
    }
}

impl SettlementContext {
    /// No booking of a cancelled concert is confirmed, and none that a user cancelled. One that expired is, if a new
    /// booking of its tickets would be granted.
    fn outcome_for(&self, booking: &Booking, now: Timestamp) -> BookingOutcome {
        match booking.status_at(now) {
            _ if self.is_cancelled => BookingOutcome::Return(AutomaticRefundReason::ConcertCancelled),
            (BookingStatus::Pending, _) => BookingOutcome::Confirm,
            (BookingStatus::Confirmed, _) => BookingOutcome::Return(AutomaticRefundReason::PaidAlready),
            (BookingStatus::Cancelled, Some(CancelReason::Expired)) => self.outcome_for_expired(booking),
            (BookingStatus::Cancelled, _) => BookingOutcome::Return(AutomaticRefundReason::BookingCancelled),
        }
    }

    fn outcome_for_expired(&self, booking: &Booking) -> BookingOutcome {
        if !self.is_on_sale {
            BookingOutcome::Return(AutomaticRefundReason::SaleClosed)
        } else if booking.status == BookingStatus::Pending {
            // Its tickets are not released yet: it still holds them, and they count against the customer's cap.
            BookingOutcome::Confirm
        } else if !booking.tickets.iter().all(|ticket| self.free.contains(&ticket.number)) {
            BookingOutcome::Return(AutomaticRefundReason::SeatsTaken)
        } else if !self.is_within_caps(booking) {
            BookingOutcome::Return(AutomaticRefundReason::LimitReached)
        } else {
            BookingOutcome::Reclaim
        }
    }

    fn is_within_caps(&self, booking: &Booking) -> bool {
        let quantity = quantity_of(booking);
        let held = booking.user.and_then(|user| self.held.get(&user)).copied().unwrap_or_default();
        self.caps.max_tickets_per_booking.is_none_or(|cap| quantity <= cap)
            && self.caps.max_tickets_per_user.is_none_or(|cap| held.saturating_add(quantity) <= cap)
    }

    /// Records that a booking claims its tickets again, so that no other booking of the batch can.
    fn reclaim(&mut self, booking: &Booking) {
        for ticket in &booking.tickets {
            self.free.remove(&ticket.number);
        }
        if let Some(user) = booking.user {
            let held = self.held.entry(user).or_default();
            *held = held.saturating_add(quantity_of(booking));
        }
    }
}

fn quantity_of(booking: &Booking) -> u32 {
    u32::try_from(booking.tickets.len()).unwrap_or(u32::MAX)
}

/// The changes decided so far, and the data to decide on the next request.
struct SettlementChanges<'unit> {
    ids: &'unit dyn IdGenerator,
    now: Timestamp,
    context: SettlementContext,
    changes: ChangeSet,
}

impl SettlementChanges<'_> {
    fn settle(
        &mut self,
        request: &SettleRequest,
        payment: Payment,
        booking: Booking,
    ) -> Result<SettledPayment, StoreError> {
        let actor = request.actor;
        match &request.outcome {
            ChargeOutcome::Completed { transaction_id } => {
                self.complete(actor, payment, booking, transaction_id.clone())
            }
            ChargeOutcome::Declined { transaction_id, failure } => {
                self.fail(actor, payment, booking, transaction_id.clone(), failure)
            }
            ChargeOutcome::Pending { transaction_id, next_action } => {
                self.wait(actor, payment, transaction_id.clone(), next_action.clone())
            }
            ChargeOutcome::NotFound => self.fail(actor, payment, booking, None, NEVER_CHARGED),
        }
    }

    fn complete(
        &mut self,
        actor: Actor,
        mut payment: Payment,
        booking: Booking,
        transaction_id: String,
    ) -> Result<SettledPayment, StoreError> {
        let outcome = self.context.outcome_for(&booking, self.now);
        if let BookingOutcome::Return(reason) = outcome {
            let refund = RefundId::generate(self.ids);
            let refund = payment.complete_and_refund(transaction_id, refund, reason.as_str(), self.now)?;
            let event = PaymentEvent::CompletedAndRefunded {
                payment: Box::new(payment.clone()),
                refund: Box::new(refund.clone()),
            };
            self.changes.save_payment(actor, payment.clone(), event);
            self.changes.add_refund(refund.clone());
            return Ok(SettledPayment { payment, changed: true, automatic_refund: Some(refund) });
        }
        payment.complete(transaction_id, self.now)?;
        if matches!(outcome, BookingOutcome::Confirm) {
            self.changes.confirm(actor, booking, payment.id);
        } else {
            self.context.reclaim(&booking);
            self.changes.reclaim(actor, booking, payment.id, self.context.caps.max_tickets_per_user);
        }
        Ok(self.save(actor, payment))
    }

    /// Fails a payment. If it was the live one, its booking can be paid again.
    fn fail(
        &mut self,
        actor: Actor,
        mut payment: Payment,
        booking: Booking,
        transaction_id: Option<String>,
        failure: &str,
    ) -> Result<SettledPayment, StoreError> {
        payment.fail(transaction_id, failure.to_owned(), self.now)?;
        if booking.payment == Some(payment.id) {
            let expires_at = booking.expires_at;
            self.changes.change_payment(actor, booking, None, expires_at);
        }
        Ok(self.save(actor, payment))
    }

    fn wait(
        &mut self,
        actor: Actor,
        mut payment: Payment,
        transaction_id: String,
        next_action: Option<String>,
    ) -> Result<SettledPayment, StoreError> {
        payment.wait(transaction_id, next_action, self.now)?;
        Ok(self.save(actor, payment))
    }

    fn save(&mut self, actor: Actor, payment: Payment) -> SettledPayment {
        let event = PaymentEvent::Changed { payment: Box::new(payment.clone()) };
        self.changes.save_payment(actor, payment.clone(), event);
        SettledPayment::changed(payment)
    }
}

/// Whether the gateway's outcome changes a payment.
fn has_news(outcome: &ChargeOutcome, payment: &Payment, now: Timestamp) -> bool {
    match (outcome, payment.status) {
        (ChargeOutcome::Completed { .. }, PaymentStatus::Pending | PaymentStatus::Failed)
        | (ChargeOutcome::Declined { .. }, PaymentStatus::Pending) => true,
        (ChargeOutcome::Pending { transaction_id, next_action }, PaymentStatus::Pending) => {
            let mut waiting = payment.clone();
            waiting.wait(transaction_id.clone(), next_action.clone(), now).is_ok_and(|news| news)
        }
        (ChargeOutcome::NotFound, PaymentStatus::Pending) => {
            now.seconds_since(payment.created_at) >= UNKNOWN_CHARGE_GRACE_SECONDS
        }
        _ => false,
    }
}

fn nothing_changes(
    requests: &[(usize, &SettleRequest)],
    payments: &HashMap<PaymentId, Payment>,
) -> Result<Vec<(usize, SettledPayment)>, StoreError> {
    let unchanged = |(number, request): &(usize, &SettleRequest)| {
        let payment = payments.get(&request.payment).cloned().ok_or_else(|| gone(request.payment))?;
        Ok((*number, SettledPayment::unchanged(payment)))
    };
    requests.iter().map(unchanged).collect()
}

fn gone(id: PaymentId) -> StoreError {
    StoreError::inconsistent(format!("the payment {id} is gone"))
}
