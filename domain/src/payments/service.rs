//! The use cases of payments, and the check who may see and refund a payment.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::concerts::MemberRole;
use crate::shared::{Actor, PaymentId, RefundId, StoreError};

use super::{
    Payment, PaymentPorts, PaymentPosition, PaymentProcessing, PaymentSettings, PaymentUnits, ReadPaymentError, Refund,
};

/// Starts, settles, refunds and reconciles payments.
///
/// No unit of work is open while the gateway is called: a payment and a refund go through a unit, the gateway and
/// another unit. [`Payments::reconcile`] repairs what is lost in between.
pub struct Payments {
    pub(super) ports: PaymentPorts,
    pub(super) processing: Arc<dyn PaymentProcessing>,
    /// The pending payment after which the next [`Payments::reconcile`] continues, so that payments which stay pending
    /// for long do not block newer ones.
    pub(super) reconciled_until: Mutex<Option<PaymentPosition>>,
}

impl fmt::Debug for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payments").finish_non_exhaustive()
    }
}

/// What an actor may do with a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// The actor may not know that the payment exists.
    Stranger,
    /// The actor may see it.
    Reader,
    /// The actor may see and refund it.
    Manager,
}

impl Payments {
    /// Creates the service over these ports. It processes each payment in units of its own.
    pub fn new(ports: PaymentPorts, settings: PaymentSettings) -> Self {
        let processing = Arc::new(PaymentUnits::new(&ports, settings));
        Self { ports, processing, reconciled_until: Mutex::new(None) }
    }

    /// The same service with other processing, for example one that groups commits.
    #[must_use]
    pub fn with_processing(self, processing: Arc<dyn PaymentProcessing>) -> Self {
        Self { processing, ..self }
    }

    /// A payment, for its payer, members of the concert's organiser who read bookings, and admins.
    ///
    /// # Errors
    /// [`ReadPaymentError`]; each variant is one reason.
    pub async fn get(&self, actor: &Actor, id: PaymentId) -> Result<Payment, ReadPaymentError> {
        if *actor == Actor::Anonymous {
            return Err(ReadPaymentError::LoginRequired);
        }
        let payment = self.ports.payments.get(id).await?.ok_or(ReadPaymentError::NotFound)?;
        match self.access(actor, &payment).await? {
            Access::Stranger => Err(ReadPaymentError::NotFound),
            Access::Reader | Access::Manager => Ok(payment),
        }
    }

    /// The refunds of a payment, oldest first: at most [`Payment::PARTIAL_REFUNDS_MAX`] plus one. For actors who may
    /// see the payment.
    ///
    /// # Errors
    /// [`ReadPaymentError`]; each variant is one reason.
    pub async fn refunds_of(&self, actor: &Actor, id: PaymentId) -> Result<Vec<Refund>, ReadPaymentError> {
        let payment = self.get(actor, id).await?;
        Ok(self.ports.payments.refunds_of(payment.id).await?)
    }

    /// A refund, for actors who may see its payment.
    ///
    /// # Errors
    /// [`ReadPaymentError`]; each variant is one reason.
    pub async fn get_refund(&self, actor: &Actor, id: RefundId) -> Result<Refund, ReadPaymentError> {
        if *actor == Actor::Anonymous {
            return Err(ReadPaymentError::LoginRequired);
        }
        let refund = self.ports.payments.refund(id).await?.ok_or(ReadPaymentError::NotFound)?;
        self.get(actor, refund.payment).await?;
        Ok(refund)
    }

    /// What `actor` may do with `payment`.
    pub(super) async fn access(&self, actor: &Actor, payment: &Payment) -> Result<Access, StoreError> {
        if *actor == Actor::System || actor.is_admin() {
            return Ok(Access::Manager);
        }
        let role = self.role_at_organiser(actor, payment).await?;
        let pays = actor.user_id().is_some() && actor.user_id() == payment.user;
        if role.is_some_and(MemberRole::manages_bookings) {
            Ok(Access::Manager)
        } else if pays || role.is_some_and(MemberRole::reads_bookings) {
            Ok(Access::Reader)
        } else {
            Ok(Access::Stranger)
        }
    }

    async fn role_at_organiser(&self, actor: &Actor, payment: &Payment) -> Result<Option<MemberRole>, StoreError> {
        let Some(user) = actor.user_id() else {
            return Ok(None);
        };
        let Some(booking) = self.ports.bookings.get(payment.booking).await? else {
            return Ok(None);
        };
        self.ports.organisers.role_at(user, booking.concert).await
    }
}
