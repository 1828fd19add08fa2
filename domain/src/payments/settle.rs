//! Settling a payment: what the gateway says becomes true of payment, booking and tickets in one unit.

use crate::bookings::{Booking, BookingStatus, Ledger};
use crate::concerts::{ConcertStatus, TicketNumber, TicketStatus};
use crate::outbox::EventPayload;
use crate::shared::{Actor, IdGenerator, PaymentId, RefundId, StoreError, Timestamp};
use crate::store::{UnitOfWork, in_unit};

use super::{ChargeOutcome, IllegalChange, Payment, PaymentStatus, Payments, Refund};

/// How long after its start a payment that the gateway never heard of is given up, in seconds. Until then its charge
/// may still be on the way.
pub const UNKNOWN_CHARGE_GRACE_SECONDS: i64 = 60;

/// Why a payment failed that never reached the gateway.
pub const NEVER_CHARGED: &str = "never_charged";

/// The reason of a refund nobody asked for.
const CAME_TOO_LATE: &str = "the payment came when the booking could not be confirmed any more";

/// A payment after it was settled.
#[derive(Debug)]
pub(super) struct Settled {
    /// The payment as it is now.
    pub(super) payment: Payment,
    /// Whether that was news.
    pub(super) changed: bool,
    returned: Option<Refund>,
}

impl Settled {
    const fn unchanged(payment: Payment) -> Self {
        Self { payment, changed: false, returned: None }
    }

    const fn changed(payment: Payment) -> Self {
        Self { payment, changed: true, returned: None }
    }
}

impl Payments {
    /// Makes true what the gateway says of a payment. To say it twice changes nothing.
    ///
    /// # Errors
    /// What the store fails with; [`Payments::reconcile`] asks the gateway again.
    pub async fn settle(&self, id: PaymentId, outcome: &ChargeOutcome) -> Result<Payment, StoreError> {
        self.settle_by(Actor::System, id, outcome).await.map(|settled| settled.payment)
    }

    pub(super) async fn settle_by(
        &self,
        actor: Actor,
        id: PaymentId,
        outcome: &ChargeOutcome,
    ) -> Result<Settled, StoreError> {
        let ids = self.ports.ids.as_ref();
        let mut settled = in_unit(self.ports.store.as_ref(), "settle payment", |unit, _| {
            let now = self.ports.clock.now();
            Box::pin(Settling { unit, ids, actor, now }.settle(id, outcome))
        })
        .await?;
        if let Some(refund) = settled.returned.take() {
            tracing::info!(payment = %id, refund = %refund.id, "a payment came too late and goes back");
            settled.payment = self.send_refund(refund, settled.payment).await.payment;
        }
        Ok(settled)
    }
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

/// One unit that settles a payment.
struct Settling<'unit> {
    unit: &'unit mut dyn UnitOfWork,
    ids: &'unit dyn IdGenerator,
    actor: Actor,
    now: Timestamp,
}

impl Settling<'_> {
    async fn settle(mut self, id: PaymentId, outcome: &ChargeOutcome) -> Result<Settled, StoreError> {
        let payment = payment_in(self.unit, id).await?;
        match (outcome, payment.status) {
            (ChargeOutcome::Completed { transaction_id }, PaymentStatus::Pending | PaymentStatus::Failed) => {
                self.complete(payment, transaction_id).await
            }
            (ChargeOutcome::Declined { transaction_id, failure }, PaymentStatus::Pending) => {
                self.fail(payment, transaction_id.clone(), failure).await
            }
            (ChargeOutcome::Pending { transaction_id, next_action }, PaymentStatus::Pending) => {
                self.wait(payment, transaction_id.clone(), next_action.clone()).await
            }
            (ChargeOutcome::Unknown, PaymentStatus::Pending)
                if self.now.seconds_since(payment.created_at) >= UNKNOWN_CHARGE_GRACE_SECONDS =>
            {
                self.fail(payment, None, NEVER_CHARGED).await
            }
            _ => Ok(Settled::unchanged(payment)),
        }
    }

    async fn complete(&mut self, mut payment: Payment, transaction_id: &str) -> Result<Settled, StoreError> {
        let booking = booking_of(self.unit, &payment).await?;
        let transaction_id = transaction_id.to_owned();
        let mut ledger = Ledger::new(booking.concert, self.now);
        let fate = self.fate_of(&booking).await?;
        if matches!(fate, Fate::TooLate) {
            let refund = RefundId::generate(self.ids);
            let refund =
                payment.complete_and_return(transaction_id, refund, CAME_TOO_LATE, self.now).map_err(illegal)?;
            let event =
                EventPayload::PaymentReturned { payment: Box::new(payment.clone()), refund: Box::new(refund.clone()) };
            ledger.save_payment(self.actor, payment.clone(), event);
            ledger.add_refund(refund.clone());
            ledger.write(self.unit, self.ids).await?;
            return Ok(Settled { payment, changed: true, returned: Some(refund) });
        }
        payment.complete(transaction_id, self.now).map_err(illegal)?;
        if matches!(fate, Fate::Confirmed) {
            ledger.confirm(self.actor, booking, payment.id);
        } else {
            ledger.revive(self.actor, booking, payment.id);
        }
        self.save(ledger, payment).await
    }

    /// The tickets of a booking that is stored as pending are its own, even when its time is up.
    async fn fate_of(&mut self, booking: &Booking) -> Result<Fate, StoreError> {
        let concert = self.unit.concerts().get(booking.concert).await?;
        let concert = concert.ok_or_else(|| StoreError::inconsistent("a booking's concert is gone"))?;
        if concert.status == ConcertStatus::Cancelled {
            return Ok(Fate::TooLate);
        }
        Ok(match booking.status {
            BookingStatus::Pending => Fate::Confirmed,
            BookingStatus::Cancelled if self.are_tickets_free(booking).await? => Fate::Revived,
            BookingStatus::Cancelled | BookingStatus::Confirmed => Fate::TooLate,
        })
    }

    async fn are_tickets_free(&mut self, booking: &Booking) -> Result<bool, StoreError> {
        let numbers: Vec<TicketNumber> = booking.tickets.iter().map(|ticket| ticket.number).collect();
        let states = self.unit.tickets().states(booking.concert, &numbers).await?;
        let free = states.iter().filter(|state| state.status == TicketStatus::Available).count();
        Ok(free == numbers.len())
    }

    /// Fails a payment; if it was the live one, its booking can be paid again.
    async fn fail(
        &mut self,
        mut payment: Payment,
        transaction_id: Option<String>,
        failure: &str,
    ) -> Result<Settled, StoreError> {
        payment.fail(transaction_id, failure.to_owned(), self.now).map_err(illegal)?;
        let booking = booking_of(self.unit, &payment).await?;
        let mut ledger = Ledger::new(booking.concert, self.now);
        if booking.payment == Some(payment.id) {
            let expires_at = booking.expires_at;
            ledger.change_payment(self.actor, booking, None, expires_at);
        }
        self.save(ledger, payment).await
    }

    async fn wait(
        &mut self,
        mut payment: Payment,
        transaction_id: String,
        next_action: Option<String>,
    ) -> Result<Settled, StoreError> {
        if !payment.wait(transaction_id, next_action, self.now).map_err(illegal)? {
            return Ok(Settled::unchanged(payment));
        }
        let booking = booking_of(self.unit, &payment).await?;
        self.save(Ledger::new(booking.concert, self.now), payment).await
    }

    async fn save(&mut self, mut ledger: Ledger, payment: Payment) -> Result<Settled, StoreError> {
        let event = EventPayload::PaymentChanged { payment: Box::new(payment.clone()) };
        ledger.save_payment(self.actor, payment.clone(), event);
        ledger.write(self.unit, self.ids).await?;
        Ok(Settled::changed(payment))
    }
}

/// Reads a payment that was written before.
pub(super) async fn payment_in(unit: &mut dyn UnitOfWork, id: PaymentId) -> Result<Payment, StoreError> {
    let found = unit.payments().get(&[id]).await?.pop();
    found.ok_or_else(|| StoreError::inconsistent(format!("the payment {id} is gone")))
}

/// Reads what a payment is for.
pub(super) async fn booking_of(unit: &mut dyn UnitOfWork, payment: &Payment) -> Result<Booking, StoreError> {
    let found = unit.bookings().get(&[payment.booking]).await?.pop();
    found.ok_or_else(|| StoreError::inconsistent(format!("the booking of the payment {} is gone", payment.id)))
}

/// What was just read allowed the change, so this never happens.
pub(super) fn illegal(error: IllegalChange) -> StoreError {
    StoreError::inconsistent(error.to_string())
}
