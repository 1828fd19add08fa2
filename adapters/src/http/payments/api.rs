//! `/payments`.

use std::sync::Arc;

use boxoffice_domain::payments::{Payments, ReadPaymentError, RefundError, StartPaymentError};
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
}

#[OpenApi(tag = "Tags::Payments")]
impl PaymentsApi {
    /// Pay a booking
    ///
    /// Takes the booking's total. A declined payment is created too, as `failed`, and the booking can be paid again while
    /// it has not expired. A `pending` one settles by itself: read it again, or read the booking.
    #[oai(path = "/payments", method = "post", operation_id = "startPayment")]
    async fn start(
        &self,
        caller: LoggedIn,
        /// A name of your own for this request, so that it can be sent again without paying twice.
        #[oai(name = "Idempotency-Key")]
        key: Key,
        body: Json<StartPaymentBody>,
    ) -> Result<Created<PaymentDocument>, Refused<StartPaymentError>> {
        let started = self.payments.start(&caller.0, body.0.into(), key.0).await?;
        let location = format!("{API_BASE}/payments/{}", started.payment.id);
        Ok(Created::at(location, started.payment.into()).replayed(started.replayed))
    }

    /// Read a payment
    ///
    /// For whoever pays and for members of the organiser.
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
    /// For members of the organiser. Without an amount all that is left goes back and the booking is cancelled; with one
    /// only the money goes back, and it is less than all that is left. What is left is what no refund asks for yet,
    /// completed or not; problems about it say how much in `left`.
    #[oai(path = "/payments/:id/refunds", method = "post", operation_id = "refundPayment")]
    async fn refund(
        &self,
        caller: LoggedIn,
        /// The payment's id.
        id: Path<Uuid>,
        /// A name of your own for this request, so that it can be sent again without refunding twice.
        #[oai(name = "Idempotency-Key")]
        key: Key,
        body: Json<RefundPaymentBody>,
    ) -> Result<Created<RefundDocument>, Refused<RefundError>> {
        let refunded = self.payments.refund(&caller.0, PaymentId::from_uuid(id.0), body.0.into(), key.0).await?;
        let location = format!("{API_BASE}/refunds/{}", refunded.refund.id);
        Ok(Created::at(location, refunded.refund.into()).replayed(refunded.replayed))
    }

    /// List the refunds of a payment
    ///
    /// All of them on one page, oldest first. For whoever pays and for members of the organiser.
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
    /// For whoever pays and for members of the organiser. A `pending` or `failed` one is tried again by itself until it is
    /// completed.
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
