//! `/payments`.

use std::sync::Arc;

use boxoffice_domain::payments::{Payments, ReadPaymentError};
use boxoffice_domain::sales::payment::{PaymentProcessor, RefundError, StartPaymentError};
use boxoffice_domain::shared::{PaymentId, RefundId};
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::super::auth::LoggedIn;
use super::super::idempotency::Key;
use super::super::json::Json;
use super::super::openapi::{API_BASE, Tags};
use super::super::page::PageDocument;
use super::super::problem::Refused;
use super::super::reply::Created;
use super::dto::{PaymentDocument, RefundDocument, RefundPaymentBody, StartPaymentBody};

/// The operations on payments.
pub(crate) struct PaymentsApi {
    pub(crate) payments: Arc<Payments>,
    pub(crate) processor: Arc<PaymentProcessor>,
}

#[OpenApi(tag = "Tags::Payments")]
impl PaymentsApi {
    /// Pay a booking
    ///
    /// Charges the booking's total. A declined payment is created as well, as `failed`, and the booking can be paid
    /// again until it expires. A `pending` payment settles by itself: read it again, or read the booking.
    #[oai(path = "/payments", method = "post", operation_id = "startPayment")]
    async fn start(
        &self,
        caller: LoggedIn,
        /// A unique key for this request, so that a retry does not pay twice.
        #[oai(name = "Idempotency-Key")]
        key: Key,
        body: Json<StartPaymentBody>,
    ) -> Result<Created<PaymentDocument>, Refused<StartPaymentError>> {
        let started = self.processor.start(&caller.0, body.0.into(), key.0).await?;
        let location = format!("{API_BASE}/payments/{}", started.payment.id);
        Ok(Created::at(location, started.payment.into()).replayed(started.replayed))
    }

    /// Read a payment
    ///
    /// For the customer who pays and members of the organiser.
    #[oai(path = "/payments/:id", method = "get", operation_id = "readPayment")]
    async fn get(
        &self,
        caller: LoggedIn,
        /// The payment's id.
        id: Path<Uuid>,
    ) -> Result<Json<PaymentDocument>, Refused<ReadPaymentError>> {
        Ok(Json(self.payments.get(&caller.0, PaymentId::from_uuid(id.0)).await?.into()))
    }

    /// Refund a payment
    ///
    /// For members of the organiser. Without an amount, the rest of the payment is refunded and the booking is
    /// cancelled. With an amount, which must be less than the rest, only the money is refunded. The rest is the part of
    /// the payment that no other refund covers, whether completed or not; problems about it contain it as `left`.
    #[oai(path = "/payments/:id/refunds", method = "post", operation_id = "refundPayment")]
    async fn refund(
        &self,
        caller: LoggedIn,
        /// The payment's id.
        id: Path<Uuid>,
        /// A unique key for this request, so that a retry does not refund twice.
        #[oai(name = "Idempotency-Key")]
        key: Key,
        body: Json<RefundPaymentBody>,
    ) -> Result<Created<RefundDocument>, Refused<RefundError>> {
        let refunded = self.processor.refund(&caller.0, PaymentId::from_uuid(id.0), body.0.into(), key.0).await?;
        let location = format!("{API_BASE}/refunds/{}", refunded.refund.id);
        Ok(Created::at(location, refunded.refund.into()).replayed(refunded.replayed))
    }

    /// List the refunds of a payment
    ///
    /// All refunds on one page, oldest first. For the customer who pays and members of the organiser.
    #[oai(path = "/payments/:id/refunds", method = "get", operation_id = "listRefunds")]
    async fn list_refunds(
        &self,
        caller: LoggedIn,
        /// The payment's id.
        id: Path<Uuid>,
    ) -> Result<Json<PageDocument<RefundDocument>>, Refused<ReadPaymentError>> {
        let refunds = self.payments.refunds_of(&caller.0, PaymentId::from_uuid(id.0)).await?;
        Ok(Json(PageDocument { items: refunds.into_iter().map(Into::into).collect(), next_cursor: None }))
    }

    /// Read a refund
    ///
    /// For the customer who pays and members of the organiser. A `pending` or `failed` refund is retried automatically
    /// until it is completed.
    #[oai(path = "/refunds/:id", method = "get", operation_id = "readRefund")]
    async fn get_refund(
        &self,
        caller: LoggedIn,
        /// The refund's id.
        id: Path<Uuid>,
    ) -> Result<Json<RefundDocument>, Refused<ReadPaymentError>> {
        Ok(Json(self.payments.get_refund(&caller.0, RefundId::from_uuid(id.0)).await?.into()))
    }
}
