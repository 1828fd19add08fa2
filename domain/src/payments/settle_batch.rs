//! One unit that settles payments: what the gateway says becomes true of payments, bookings and tickets at once.

use std::collections::{HashMap, HashSet};

use crate::bookings::{Booking, BookingStatus, Ledger};
use crate::concerts::{ConcertStatus, TicketNumber, TicketStatus};
use crate::outbox::EventPayload;
use crate::shared::{Actor, BookingId, ConcertId, IdGenerator, PaymentId, RefundId, StoreError, Timestamp};
use crate::store::UnitOfWork;

use super::desk::{SettleRequest, Settled};
use super::settle::{NEVER_CHARGED, UNKNOWN_CHARGE_GRACE_SECONDS, illegal};
use super::{ChargeOutcome, Payment, PaymentStatus};

/// The reason of a refund nobody asked for.
const CAME_TOO_LATE: &str = "the payment came when the booking could not be confirmed any more";

impl Settled {
    const fn unchanged(payment: Payment) -> Self {
        Self { payment, changed: false, returned: None }
    }

    const fn changed(payment: Payment) -> Self {
        Self { payment, changed: true, returned: None }
    }
}

/// A unit and what it needs.
pub(super) struct Settling<'unit> {
    pub(super) unit: &'unit mut dyn UnitOfWork,
    pub(super) ids: &'unit dyn IdGenerator,
    pub(super) now: Timestamp,
}

/// What becomes of a booking whose money has come.
enum Fate {
    /// It still holds its tickets: they are sold to it.
    Confirmed,
    /// It lost its tickets, but all of them are free: it takes them again.
    Revived,
    /// The money goes back.
    TooLate,
}

/// What is known of the concert when a charge completed.
#[derive(Default)]
struct Hall {
    is_cancelled: bool,
    /// The tickets that cancelled bookings had and nobody has now.
    free: HashSet<TicketNumber>,
}

impl Settling<'_> {
    /// Settles the requests, each by its number. One whose booking another of them has just changed is left for another
    /// unit: its number does not come back.
    pub(super) async fn run(
        mut self,
        requests: &[(usize, &SettleRequest)],
    ) -> Result<Vec<(usize, Settled)>, StoreError> {
        let mut payments = self.payments(requests).await?;
        let mut bookings = self.bookings(requests, &payments).await?;
        let Some(concert) = bookings.values().map(|booking| booking.concert).min() else {
            return nothing_changes(requests, &payments);
        };
        let hall = self.hall(concert, requests, &payments, &bookings).await?;
        let mut decided = Decided { ids: self.ids, now: self.now, hall, ledger: Ledger::new(concert, self.now) };
        let mut settled = Vec::with_capacity(requests.len());
        for (number, request) in requests {
            let payment = payments.get(&request.payment).cloned().ok_or_else(|| gone(request.payment))?;
            if !has_news(&request.outcome, &payment, self.now) {
                settled.push((*number, Settled::unchanged(payment)));
                continue;
            }
            // Whoever comes second finds no booking here any more.
            let Some(booking) = bookings.remove(&payment.booking) else {
                continue;
            };
            if booking.concert != concert {
                return Err(StoreError::inconsistent("a batch is about payments of several concerts"));
            }
            let outcome = decided.settle(request, payment, booking)?;
            payments.insert(outcome.payment.id, outcome.payment.clone());
            settled.push((*number, outcome));
        }
        decided.ledger.write(self.unit, self.ids).await?;
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

    /// The bookings of those payments that there is news of.
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

    /// Reads what decides about completed charges; nothing where none completed.
    async fn hall(
        &mut self,
        concert: ConcertId,
        requests: &[(usize, &SettleRequest)],
        payments: &HashMap<PaymentId, Payment>,
        bookings: &HashMap<BookingId, Booking>,
    ) -> Result<Hall, StoreError> {
        let completing = || {
            requests.iter().filter_map(|(_, request)| {
                let completes = matches!(request.outcome, ChargeOutcome::Completed { .. });
                bookings.get(&payments.get(&request.payment)?.booking).filter(|_| completes)
            })
        };
        if completing().next().is_none() {
            return Ok(Hall::default());
        }
        let found = self.unit.concerts().get(concert).await?;
        let found = found.ok_or_else(|| StoreError::inconsistent("a booking's concert is gone"))?;
        if found.status == ConcertStatus::Cancelled {
            return Ok(Hall { is_cancelled: true, free: HashSet::new() });
        }
        let lost = completing().filter(|booking| booking.status == BookingStatus::Cancelled);
        let mut numbers: Vec<TicketNumber> =
            lost.flat_map(|booking| booking.tickets.iter().map(|ticket| ticket.number)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.is_empty() {
            return Ok(Hall::default());
        }
        let states = self.unit.tickets().states(concert, &numbers).await?;
        let free = states.iter().filter(|state| state.status == TicketStatus::Available).map(|state| state.number);
        Ok(Hall { is_cancelled: false, free: free.collect() })
    }
}

/// What was decided so far.
struct Decided<'unit> {
    ids: &'unit dyn IdGenerator,
    now: Timestamp,
    hall: Hall,
    ledger: Ledger,
}

impl Decided<'_> {
    fn settle(&mut self, request: &SettleRequest, payment: Payment, booking: Booking) -> Result<Settled, StoreError> {
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
            ChargeOutcome::Unknown => self.fail(actor, payment, booking, None, NEVER_CHARGED),
        }
    }

    fn complete(
        &mut self,
        actor: Actor,
        mut payment: Payment,
        booking: Booking,
        transaction_id: String,
    ) -> Result<Settled, StoreError> {
        let fate = self.fate_of(&booking);
        if matches!(fate, Fate::TooLate) {
            let refund = RefundId::generate(self.ids);
            let refund =
                payment.complete_and_return(transaction_id, refund, CAME_TOO_LATE, self.now).map_err(illegal)?;
            let event =
                EventPayload::PaymentReturned { payment: Box::new(payment.clone()), refund: Box::new(refund.clone()) };
            self.ledger.save_payment(actor, payment.clone(), event);
            self.ledger.add_refund(refund.clone());
            return Ok(Settled { payment, changed: true, returned: Some(refund) });
        }
        payment.complete(transaction_id, self.now).map_err(illegal)?;
        if matches!(fate, Fate::Confirmed) {
            self.ledger.confirm(actor, booking, payment.id);
        } else {
            for ticket in &booking.tickets {
                self.hall.free.remove(&ticket.number);
            }
            self.ledger.revive(actor, booking, payment.id);
        }
        Ok(self.save(actor, payment))
    }

    /// The tickets of a booking that is stored as pending are its own, even when its time is up.
    fn fate_of(&self, booking: &Booking) -> Fate {
        let are_tickets_free = || booking.tickets.iter().all(|ticket| self.hall.free.contains(&ticket.number));
        match booking.status {
            _ if self.hall.is_cancelled => Fate::TooLate,
            BookingStatus::Pending => Fate::Confirmed,
            BookingStatus::Cancelled if are_tickets_free() => Fate::Revived,
            BookingStatus::Cancelled | BookingStatus::Confirmed => Fate::TooLate,
        }
    }

    /// Fails a payment; if it was the live one, its booking can be paid again.
    fn fail(
        &mut self,
        actor: Actor,
        mut payment: Payment,
        booking: Booking,
        transaction_id: Option<String>,
        failure: &str,
    ) -> Result<Settled, StoreError> {
        payment.fail(transaction_id, failure.to_owned(), self.now).map_err(illegal)?;
        if booking.payment == Some(payment.id) {
            let expires_at = booking.expires_at;
            self.ledger.change_payment(actor, booking, None, expires_at);
        }
        Ok(self.save(actor, payment))
    }

    fn wait(
        &mut self,
        actor: Actor,
        mut payment: Payment,
        transaction_id: String,
        next_action: Option<String>,
    ) -> Result<Settled, StoreError> {
        payment.wait(transaction_id, next_action, self.now).map_err(illegal)?;
        Ok(self.save(actor, payment))
    }

    fn save(&mut self, actor: Actor, payment: Payment) -> Settled {
        let event = EventPayload::PaymentChanged { payment: Box::new(payment.clone()) };
        self.ledger.save_payment(actor, payment.clone(), event);
        Settled::changed(payment)
    }
}

/// Whether what the gateway says changes a payment.
fn has_news(outcome: &ChargeOutcome, payment: &Payment, now: Timestamp) -> bool {
    match (outcome, payment.status) {
        (ChargeOutcome::Completed { .. }, PaymentStatus::Pending | PaymentStatus::Failed)
        | (ChargeOutcome::Declined { .. }, PaymentStatus::Pending) => true,
        (ChargeOutcome::Pending { transaction_id, next_action }, PaymentStatus::Pending) => {
            let mut waiting = payment.clone();
            waiting.wait(transaction_id.clone(), next_action.clone(), now).is_ok_and(|news| news)
        }
        (ChargeOutcome::Unknown, PaymentStatus::Pending) => {
            now.seconds_since(payment.created_at) >= UNKNOWN_CHARGE_GRACE_SECONDS
        }
        _ => false,
    }
}

fn nothing_changes(
    requests: &[(usize, &SettleRequest)],
    payments: &HashMap<PaymentId, Payment>,
) -> Result<Vec<(usize, Settled)>, StoreError> {
    let unchanged = |(number, request): &(usize, &SettleRequest)| {
        let payment = payments.get(&request.payment).cloned().ok_or_else(|| gone(request.payment))?;
        Ok((*number, Settled::unchanged(payment)))
    };
    requests.iter().map(unchanged).collect()
}

fn gone(id: PaymentId) -> StoreError {
    StoreError::inconsistent(format!("the payment {id} is gone"))
}
