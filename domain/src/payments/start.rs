//! Starting a payment: a unit that makes it the booking's live payment, the charge, and a unit that settles it.

use crate::bookings::{Booking, BookingStatus, CancelReason, Ledger};
use crate::concerts::ConcertStatus;
use crate::idempotency::{IdempotencyKey, Operation};
use crate::shared::{Actor, BookingId, Faults, PaymentId, StoreError, Timestamp, UserId};
use crate::store::{UnitOfWork, in_unit};

use super::errors::with_causes;
use super::keyed::{KeyedRequest, Known};
use super::{Charge, Payment, PaymentStatus, Payments, StartPaymentError};

/// The command to pay a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartPayment {
    /// Which booking.
    pub booking: BookingId,
    /// How, in the gateway's words.
    pub method: String,
}

/// A payment that was started, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The payment as it is now: pending, completed or failed.
    pub payment: Payment,
    /// Whether an earlier request had started it.
    pub replayed: bool,
}

/// A payment as its customer asks for it.
struct Wish<'command> {
    actor: Actor,
    payer: UserId,
    command: &'command StartPayment,
    request: Option<KeyedRequest>,
}

impl Payments {
    /// Pays a booking. A payment that is declined, or whose outcome is not known yet, is no error: it says so itself.
    ///
    /// # Errors
    /// [`StartPaymentError`]; nothing was charged.
    pub async fn start(
        &self,
        actor: &Actor,
        command: StartPayment,
        key: Option<IdempotencyKey>,
    ) -> Result<Started, StartPaymentError> {
        let payer = actor.user_id().ok_or(StartPaymentError::LoginRequired)?;
        self.check_method(&command.method)?;
        let request = key.map(|key| {
            let booking = command.booking.uuid().into_bytes();
            let parts = [booking.as_slice(), command.method.as_bytes()];
            KeyedRequest::new(payer, Operation::StartPayment, key, parts)
        });
        let wish = Wish { actor: *actor, payer, command: &command, request };
        let started =
            in_unit(self.ports.store.as_ref(), "start payment", |unit, _| Box::pin(self.start_in(unit, &wish))).await?;
        if started.replayed {
            return Ok(started);
        }
        Ok(Started { payment: self.charge(*actor, started.payment).await, replayed: false })
    }

    fn check_method(&self, method: &str) -> Result<(), StartPaymentError> {
        let known = self.ports.gateway.methods();
        if known.contains(&method) {
            return Ok(());
        }
        let detail = format!("the ways to pay are {}", known.join(", "));
        Err(StartPaymentError::UnknownMethod(Faults::one("/method", "unknown_method", detail)))
    }

    async fn start_in(&self, unit: &mut dyn UnitOfWork, wish: &Wish<'_>) -> Result<Started, StartPaymentError> {
        match KeyedRequest::known(wish.request.as_ref(), unit).await? {
            Known::New => {}
            Known::Reused => return Err(StartPaymentError::KeyReused),
            Known::Before(payment) => {
                let found = unit.payments().get(&[PaymentId::from_uuid(payment)]).await?.pop();
                let payment = found.ok_or_else(|| StoreError::inconsistent("a remembered payment is gone"))?;
                return Ok(Started { payment, replayed: true });
            }
        }
        let now = self.ports.clock.now();
        let booking = payable_booking(unit, wish, now).await?;
        let payment = self.new_payment(&booking, wish, now);
        let expires_at = self.expiry_while_paying(&booking, now);
        KeyedRequest::remember(wish.request.as_ref(), unit, payment.id.uuid(), now).await?;
        let mut ledger = Ledger::new(booking.concert, now);
        ledger.change_payment(wish.actor, booking, Some(payment.id), expires_at);
        ledger.start_payment(wish.actor, payment.clone());
        ledger.write(unit, self.ports.ids.as_ref()).await?;
        Ok(Started { payment, replayed: false })
    }

    fn new_payment(&self, booking: &Booking, wish: &Wish<'_>, now: Timestamp) -> Payment {
        Payment {
            id: PaymentId::generate(self.ports.ids.as_ref()),
            booking: booking.id,
            user: Some(wish.payer),
            amount: booking.total,
            refunded: 0,
            method: wish.command.method.clone(),
            gateway: self.ports.gateway.name().to_owned(),
            transaction_id: None,
            status: PaymentStatus::Pending,
            failure: None,
            next_action: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The first payment of a booking is given time to come through. Only the first, or seats could be held for ever by
    /// payments that are declined one after the other.
    fn expiry_while_paying(&self, booking: &Booking, now: Timestamp) -> Timestamp {
        // Placing makes version 1, and nothing but payments changes a booking that stays pending.
        let first_payment = booking.version == 1;
        if first_payment {
            booking.expires_at.max(now.plus_seconds(self.settings.grace_seconds))
        } else {
            booking.expires_at
        }
    }

    /// Charges a payment and settles it. From the unit before on the payment exists, so whatever fails here leaves it
    /// pending, to be reconciled.
    async fn charge(&self, actor: Actor, payment: Payment) -> Payment {
        let outcome = match self.ports.gateway.charge(&Charge::of(&payment)).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(payment = %payment.id, error = with_causes(&error), "a charge got no answer");
                return payment;
            }
        };
        match self.settle_by(actor, payment.id, &outcome).await {
            Ok(settled) => settled.payment,
            Err(error) => {
                tracing::warn!(payment = %payment.id, error = with_causes(&error), "a charged payment could not be settled yet");
                payment
            }
        }
    }
}

/// The booking, when its customer may pay it now.
async fn payable_booking(
    unit: &mut dyn UnitOfWork,
    wish: &Wish<'_>,
    now: Timestamp,
) -> Result<Booking, StartPaymentError> {
    let found = unit.bookings().get(&[wish.command.booking]).await?.pop();
    let booking = found.filter(|booking| booking.user == Some(wish.payer)).ok_or(StartPaymentError::BookingNotFound)?;
    match booking.status_at(now) {
        (BookingStatus::Pending, _) => {}
        (BookingStatus::Cancelled, Some(CancelReason::Expired)) => return Err(StartPaymentError::BookingExpired),
        (BookingStatus::Cancelled, Some(CancelReason::ConcertCancelled)) => {
            return Err(StartPaymentError::ConcertCancelled);
        }
        (BookingStatus::Cancelled | BookingStatus::Confirmed, _) => return Err(StartPaymentError::BookingNotPayable),
    }
    let concert = unit.concerts().get(booking.concert).await?;
    let concert = concert.ok_or_else(|| StoreError::inconsistent("a booking's concert is gone"))?;
    if concert.status == ConcertStatus::Cancelled {
        return Err(StartPaymentError::ConcertCancelled);
    }
    if booking.payment.is_some() {
        return Err(StartPaymentError::PaymentInProgress);
    }
    Ok(booking)
}
