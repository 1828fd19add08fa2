//! Refunding a payment: one unit writes the refund, then the gateway refunds the money, then another unit writes the
//! outcome.

use std::sync::Arc;

use crate::bookings::{BookingStatus, CancelReason};
use crate::concerts::SaleAccess;
use crate::events::{Event, OutboxEntry};
use crate::idempotency::{CommandHash, IdempotencyKey, IdempotentRequest, Known, Operation};
use crate::outbox::{Aggregate, Stream};
use crate::payments::{
    GatewayError, GatewayRefund, Payment, PaymentEvent, Refund, RefundOutcome, RefundRefusal, RefundStatus,
    payment_access,
};
use crate::sales::{ChangeSet, SalesUnit};
use crate::shared::{Actor, Causes, Faults, IdGenerator, PaymentId, RefundId, StoreError, Timestamp};
use crate::store::in_unit;
use crate::text::single_line;

use super::settle_payment::{booking_of, payment_in};
use super::{PaymentPorts, PaymentProcessor, RefundError};

/// The command to refund a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPayment {
    /// The amount in minor units; the booking stays as it is. `None` refunds all that is left and cancels the booking.
    pub amount: Option<i64>,
    /// The reason, 1 to [`Refund::REASON_MAX_LENGTH`] characters.
    pub reason: String,
}

/// A refund that was written, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundedPayment {
    /// The refund in its current state.
    pub refund: Refund,
    /// Its payment in its current state.
    pub payment: Payment,
    /// Whether an earlier request with the same idempotency key wrote it.
    pub replayed: bool,
}

/// A refund and its payment, after an attempt at the gateway.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) refund: Refund,
    pub(super) payment: Payment,
}

impl PaymentProcessor {
    /// Refunds a payment. A refund that the gateway does not complete at once is no error: it is retried until it is
    /// completed.
    ///
    /// # Errors
    /// [`RefundError`]; then no refund was written.
    pub async fn refund(
        &self,
        actor: &Actor,
        id: PaymentId,
        command: RefundPayment,
        key: Option<IdempotencyKey>,
    ) -> Result<RefundedPayment, RefundError> {
        let user = actor.user_id().ok_or(RefundError::LoginRequired)?;
        self.check_may_refund(actor, id).await?;
        let command = checked(command).map_err(RefundError::Invalid)?;
        let request = key.map(|key| {
            let amount = command.amount.map_or_else(Vec::new, |amount| amount.to_be_bytes().to_vec());
            let payment = id.uuid().into_bytes();
            let parts = [payment.as_slice(), &amount, command.reason.as_bytes()];
            IdempotentRequest::new(user, Operation::RefundPayment, key, CommandHash::of(parts))
        });
        let ids = self.ports.ids.as_ref();
        let written = in_unit(self.ports.store.as_ref(), "refund payment", |unit, _| {
            let writing = Writing { unit, ids, actor: *actor, now: self.ports.clock.now() };
            Box::pin(writing.write(id, &command, request.as_ref()))
        })
        .await?;
        if written.replayed {
            return Ok(written);
        }
        let Sent { refund, payment } = self.send_refund(written.refund, written.payment).await;
        Ok(RefundedPayment { refund, payment, replayed: false })
    }

    async fn check_may_refund(&self, actor: &Actor, id: PaymentId) -> Result<(), RefundError> {
        let PaymentPorts { payments, organisers, .. } = &self.ports;
        let payment = payments.get(id).await?.ok_or(RefundError::NotFound)?;
        match payment_access(actor, &payment, payments.as_ref(), organisers.as_ref()).await? {
            SaleAccess::Manager => Ok(()),
            SaleAccess::Owner | SaleAccess::Reader => Err(RefundError::Forbidden),
            SaleAccess::Stranger => Err(RefundError::NotFound),
        }
    }

    /// Sends a refund to the gateway now, instead of leaving it to [`PaymentProcessor::reconcile`], and returns its new state.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails while the refund is read.
    pub async fn push_refund(&self, id: RefundId) -> Result<Refund, StoreError> {
        let Sent { refund, payment } =
            in_unit(self.ports.store.as_ref(), "read refund", |unit, _| Box::pin(refund_in(unit, id))).await?;
        Ok(self.send_refund(refund, payment).await.refund)
    }

    /// Sends a refund to the gateway and writes the outcome. After a failure here the refund is retried later.
    pub(super) async fn send_refund(&self, refund: Refund, payment: Payment) -> Sent {
        if refund.status == RefundStatus::Completed {
            return Sent { refund, payment };
        }
        let answer = self.refund_at_gateway(&refund, &payment).await;
        let (id, ids) = (refund.id, self.ports.ids.as_ref());
        let settled = in_unit(self.ports.store.as_ref(), "settle refund", |unit, _| {
            Box::pin(settle_refund(unit, ids, self.ports.clock.now(), id, &answer))
        })
        .await;
        settled.unwrap_or_else(|error| {
            tracing::warn!(refund = %id, error = %Causes(&error), "a refund could not be settled yet");
            Sent { refund, payment }
        })
    }

    async fn refund_at_gateway(&self, refund: &Refund, payment: &Payment) -> Result<RefundOutcome, GatewayError> {
        let gateway = self.ports.gateways.named(&payment.gateway);
        match (gateway, payment.transaction_id.clone()) {
            (Some(gateway), Some(transaction_id)) => {
                gateway.refund(&GatewayRefund { refund: refund.id, transaction_id, amount: refund.amount }).await
            }
            _ => Err(GatewayError(Arc::new(NoGateway))),
        }
    }
}

/// The refund of a payment whose gateway is not in use. It is retried until that gateway is in use again.
#[derive(Debug, thiserror::Error)]
#[error("the gateway that charged this payment is not in use")]
struct NoGateway;

/// Checks the values of the command as far as the payment is not needed for it, and trims the reason.
fn checked(command: RefundPayment) -> Result<RefundPayment, Faults> {
    let mut faults = Faults::new();
    let reason = single_line(&command.reason, Refund::REASON_MAX_LENGTH, "/reason", &mut faults);
    faults.require(
        command.amount.is_none_or(|amount| amount >= 1),
        "/amount",
        "out_of_range",
        "the amount is at least 1",
    );
    faults.into_result().map(|()| RefundPayment { amount: command.amount, reason })
}

/// One unit that writes a refund.
struct Writing<'unit> {
    unit: &'unit mut dyn SalesUnit,
    ids: &'unit dyn IdGenerator,
    actor: Actor,
    now: Timestamp,
}

impl Writing<'_> {
    async fn write(
        self,
        id: PaymentId,
        command: &RefundPayment,
        request: Option<&IdempotentRequest>,
    ) -> Result<RefundedPayment, RefundError> {
        match IdempotentRequest::known(request, self.unit.idempotency()).await? {
            Known::New => {}
            Known::Reused => return Err(RefundError::KeyReused),
            Known::Before(refund) => {
                let Sent { refund, payment } = refund_in(self.unit, RefundId::from_uuid(refund)).await?;
                return Ok(RefundedPayment { refund, payment, replayed: true });
            }
        }
        let mut payment = payment_in(self.unit, id).await?;
        let booking = booking_of(self.unit, &payment).await?;
        let refunds = self.unit.refunds().of_payments(&[id]).await?;
        let pays_for_it = booking.status == BookingStatus::Confirmed && booking.payment == Some(id);
        let left = payment.left(&refunds);
        // A confirmed booking must keep some of its payment.
        if pays_for_it && command.amount == Some(left) {
            return Err(RefundError::AllThatIsLeft { left });
        }
        let refund = payment
            .start_refund(
                RefundId::generate(self.ids),
                command.amount.unwrap_or(left),
                &command.reason,
                &refunds,
                self.now,
            )
            .map_err(refusal)?;
        IdempotentRequest::remember(request, self.unit.idempotency(), refund.id.uuid(), self.now).await?;
        let mut changes = ChangeSet::new(booking.concert, self.now);
        if pays_for_it && command.amount.is_none() {
            changes.cancel(self.actor, booking, CancelReason::Manager);
        }
        let event = PaymentEvent::RefundStarted { refund: Box::new(refund.clone()) };
        changes.save_payment(self.actor, payment.clone(), event);
        changes.add_refund(refund.clone());
        changes.write(self.unit, self.ids).await?;
        Ok(RefundedPayment { refund, payment, replayed: false })
    }
}

fn refusal(refusal: RefundRefusal) -> RefundError {
    match refusal {
        RefundRefusal::NotPaid => RefundError::NothingLeft,
        RefundRefusal::OutOfRange { left } => RefundError::ExceedsLeft { left },
        RefundRefusal::TooManyParts => RefundError::TooManyParts,
    }
}

async fn refund_in(unit: &mut dyn SalesUnit, id: RefundId) -> Result<Sent, StoreError> {
    let refund = unit.refunds().get(id).await?;
    let refund = refund.ok_or_else(|| StoreError::inconsistent(format!("the refund {id} is gone")))?;
    let payment = payment_in(unit, refund.payment).await?;
    Ok(Sent { refund, payment })
}

/// Writes the gateway's answer. Writing that of a completed refund again changes nothing.
async fn settle_refund(
    unit: &mut dyn SalesUnit,
    ids: &dyn IdGenerator,
    now: Timestamp,
    id: RefundId,
    answer: &Result<RefundOutcome, GatewayError>,
) -> Result<Sent, StoreError> {
    let Sent { mut refund, mut payment } = refund_in(unit, id).await?;
    if refund.status == RefundStatus::Completed {
        return Ok(Sent { refund, payment });
    }
    match answer {
        Ok(RefundOutcome::Completed { reference }) => {
            refund.complete(reference.clone(), now)?;
            payment.record_refund(refund.amount, now)?;
            unit.payments().save(std::slice::from_ref(&payment)).await?;
        }
        Ok(RefundOutcome::Refused { failure }) => {
            tracing::warn!(refund = %id, failure, "the gateway refused a refund; it will be retried");
            refund.refuse(now)?;
        }
        Err(error) => {
            tracing::warn!(refund = %id, error = %Causes(error), "a refund got no answer; it will be retried");
            refund.stay_unanswered(now)?;
        }
    }
    unit.refunds().save(&refund).await?;
    if refund.status == RefundStatus::Completed {
        let event =
            PaymentEvent::RefundCompleted { refund: Box::new(refund.clone()), payment: Box::new(payment.clone()) };
        let aggregate = Aggregate::Payment(payment.id);
        let event = Event::new(ids, now, Actor::System, aggregate, payment.version, event);
        let concert = booking_of(unit, &payment).await?.concert;
        let position = unit.concerts().advance(concert, 0).await?;
        unit.outbox().append(OutboxEntry::of(Stream::Concert(concert), position, event)).await?;
    }
    Ok(Sent { refund, payment })
}
