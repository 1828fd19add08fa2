//! Reading payments and refunds.

use std::sync::Arc;

use crate::concerts::{OrganiserQueries, SaleAccess};
use crate::shared::{Actor, PaymentId, RefundId, StoreError};

use super::{Payment, PaymentQueries, ReadPaymentError, Refund};

/// Reads payments and refunds for those who may see them.
pub struct Payments {
    queries: Arc<dyn PaymentQueries>,
    organisers: Arc<dyn OrganiserQueries>,
}

impl Payments {
    /// Creates the service over these ports.
    pub fn new(queries: Arc<dyn PaymentQueries>, organisers: Arc<dyn OrganiserQueries>) -> Self {
        Self { queries, organisers }
    }

    /// A payment, for its payer, members of the concert's organiser who read bookings, and admins.
    ///
    /// # Errors
    /// [`ReadPaymentError`]; each variant is one reason.
    pub async fn get(&self, actor: &Actor, id: PaymentId) -> Result<Payment, ReadPaymentError> {
        if *actor == Actor::Anonymous {
            return Err(ReadPaymentError::LoginRequired);
        }
        let payment = self.queries.get(id).await?.ok_or(ReadPaymentError::NotFound)?;
        match payment_access(actor, &payment, self.queries.as_ref(), self.organisers.as_ref()).await? {
            SaleAccess::Stranger => Err(ReadPaymentError::NotFound),
            SaleAccess::Owner | SaleAccess::Reader | SaleAccess::Manager => Ok(payment),
        }
    }

    /// The refunds of a payment, oldest first: at most [`Payment::PARTIAL_REFUNDS_MAX`] plus one. For actors who may
    /// see the payment.
    ///
    /// # Errors
    /// [`ReadPaymentError`]; each variant is one reason.
    pub async fn refunds_of(&self, actor: &Actor, id: PaymentId) -> Result<Vec<Refund>, ReadPaymentError> {
        let payment = self.get(actor, id).await?;
        Ok(self.queries.refunds_of(payment.id).await?)
    }

    /// A refund, for actors who may see its payment.
    ///
    /// # Errors
    /// [`ReadPaymentError`]; each variant is one reason.
    pub async fn get_refund(&self, actor: &Actor, id: RefundId) -> Result<Refund, ReadPaymentError> {
        if *actor == Actor::Anonymous {
            return Err(ReadPaymentError::LoginRequired);
        }
        let refund = self.queries.refund(id).await?.ok_or(ReadPaymentError::NotFound)?;
        self.get(actor, refund.payment).await?;
        Ok(refund)
    }
}

/// What `actor` may do with `payment`.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub(crate) async fn payment_access(
    actor: &Actor,
    payment: &Payment,
    queries: &dyn PaymentQueries,
    organisers: &dyn OrganiserQueries,
) -> Result<SaleAccess, StoreError> {
    let without_role = SaleAccess::with_role(actor, payment.user, None);
    if without_role == SaleAccess::Manager {
        return Ok(without_role);
    }
    match queries.concert_of(payment.booking).await? {
        Some(concert) => SaleAccess::of(actor, payment.user, concert, organisers).await,
        None => Ok(without_role),
    }
}
