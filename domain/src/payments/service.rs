//! The use cases of payments, and who may see and refund a payment.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::bookings::BookingQueries;
use crate::concerts::{MemberRole, OrganiserQueries};
use crate::shared::{Actor, Clock, IdGenerator, PaymentId, RefundId, StoreError};
use crate::store::Store;

use super::{
    Payment, PaymentDesk, PaymentGateway, PaymentPosition, PaymentQueries, PaymentUnits, ReadPaymentError, Refund,
};

/// What [`Payments`] reaches the outside through.
#[derive(Clone)]
pub struct PaymentPorts {
    /// Where payments are written.
    pub store: Arc<dyn Store>,
    /// Where they are read.
    pub payments: Arc<dyn PaymentQueries>,
    /// What was paid for.
    pub bookings: Arc<dyn BookingQueries>,
    /// Who acts for the concert's organiser.
    pub organisers: Arc<dyn OrganiserQueries>,
    /// Who takes the money.
    pub gateway: Arc<dyn PaymentGateway>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// What an installation decides about payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentSettings {
    /// How long a booking is held at least once its first payment has begun, in seconds.
    pub grace_seconds: i64,
}

impl Default for PaymentSettings {
    fn default() -> Self {
        Self { grace_seconds: 120 }
    }
}

/// Starts, settles, refunds and reconciles payments.
///
/// No unit of work is open while the gateway is asked: a payment and a refund go unit, gateway, unit. Whatever is lost
/// in between is repaired by [`Payments::reconcile`].
pub struct Payments {
    pub(super) ports: PaymentPorts,
    pub(super) desk: Arc<dyn PaymentDesk>,
    /// After which pending payment the next [`Payments::reconcile`] goes on, so that payments which stay pending for
    /// long do not keep the newer ones from being asked for.
    pub(super) reconciled_until: Mutex<Option<PaymentPosition>>,
}

impl fmt::Debug for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payments").finish_non_exhaustive()
    }
}

/// What an actor may do with a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing; to them it does not exist.
    Stranger,
    /// See it.
    Reader,
    /// See and refund it.
    Manager,
}

impl Payments {
    /// The use cases over these ports, each payment in units of its own.
    pub fn new(ports: PaymentPorts, settings: PaymentSettings) -> Self {
        let desk = Arc::new(PaymentUnits::new(&ports, settings));
        Self { ports, desk, reconciled_until: Mutex::new(None) }
    }

    /// The same at another desk.
    #[must_use]
    pub fn at_desk(self, desk: Arc<dyn PaymentDesk>) -> Self {
        Self { desk, ..self }
    }

    /// A payment, for whoever pays it, members of the concert's organiser who read bookings, and admins.
    ///
    /// # Errors
    /// [`ReadPaymentError`].
    pub async fn get(&self, actor: &Actor, id: PaymentId) -> Result<Payment, ReadPaymentError> {
        if *actor == Actor::Anonymous {
            return Err(ReadPaymentError::LoginRequired);
        }
        let payment = self.ports.payments.get(id).await?.ok_or(ReadPaymentError::NotFound)?;
        match self.standing(actor, &payment).await? {
            Standing::Stranger => Err(ReadPaymentError::NotFound),
            Standing::Reader | Standing::Manager => Ok(payment),
        }
    }

    /// The refunds of a payment, oldest first: at most [`Payment::PARTIAL_REFUNDS_MAX`] and one. For whoever may see the
    /// payment.
    ///
    /// # Errors
    /// [`ReadPaymentError`].
    pub async fn refunds_of(&self, actor: &Actor, id: PaymentId) -> Result<Vec<Refund>, ReadPaymentError> {
        let payment = self.get(actor, id).await?;
        Ok(self.ports.payments.refunds_of(payment.id).await?)
    }

    /// A refund, for whoever may see its payment.
    ///
    /// # Errors
    /// [`ReadPaymentError`].
    pub async fn get_refund(&self, actor: &Actor, id: RefundId) -> Result<Refund, ReadPaymentError> {
        if *actor == Actor::Anonymous {
            return Err(ReadPaymentError::LoginRequired);
        }
        let refund = self.ports.payments.refund(id).await?.ok_or(ReadPaymentError::NotFound)?;
        self.get(actor, refund.payment).await?;
        Ok(refund)
    }

    /// What `actor` may do with `payment`.
    pub(super) async fn standing(&self, actor: &Actor, payment: &Payment) -> Result<Standing, StoreError> {
        if *actor == Actor::System || actor.is_admin() {
            return Ok(Standing::Manager);
        }
        let role = self.role_at_organiser(actor, payment).await?;
        let pays = actor.user_id().is_some() && actor.user_id() == payment.user;
        if role.is_some_and(MemberRole::manages_bookings) {
            Ok(Standing::Manager)
        } else if pays || role.is_some_and(MemberRole::reads_bookings) {
            Ok(Standing::Reader)
        } else {
            Ok(Standing::Stranger)
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
