//! Documents of payments and refunds.

use boxoffice_domain::payments::{Payment, PaymentStatus, Refund, RefundStatus};
use boxoffice_domain::sales::payment::{RefundPayment, StartPayment};
use boxoffice_domain::shared::{BookingId, Timestamp};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::instant::Rfc3339;
use super::super::strict_object::{present, read_from_objects};

read_from_objects!(StartPaymentBody, RefundPaymentBody);

/// The status of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "PaymentStatus", rename_all = "snake_case", remote = "PaymentStatus")]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentStatusName {
    /// The gateway has not decided yet.
    Pending,
    /// The money has been received.
    Completed,
    /// It was declined; the booking can be paid again.
    Failed,
    /// Part of the money was refunded.
    PartiallyRefunded,
    /// All of the money was refunded.
    Refunded,
}

/// The status of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "RefundStatus", rename_all = "snake_case", remote = "RefundStatus")]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatusName {
    /// Not completed yet.
    Pending,
    /// The money was paid back.
    Completed,
    /// The gateway refused it; it is retried.
    Failed,
}

/// A request to pay a booking.
#[derive(Debug, Object, Deserialize)]
#[oai(rename = "StartPayment", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct StartPaymentBody {
    /// The booking's id.
    booking_id: Uuid,
    /// The payment method: the sandbox accepts `sandbox_approve`, `sandbox_decline` and `sandbox_pending`.
    #[oai(validator(min_length = 1, max_length = 50))]
    method: String,
}

impl From<StartPaymentBody> for StartPayment {
    fn from(body: StartPaymentBody) -> Self {
        Self { booking: BookingId::from_uuid(body.booking_id), method: body.method }
    }
}

impl Example for StartPaymentBody {
    fn example() -> Self {
        Self {
            booking_id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0003),
            method: "sandbox_approve".to_owned(),
        }
    }
}

/// A payment.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "Payment", example)]
pub(crate) struct PaymentDocument {
    /// The payment's id.
    id: Uuid,
    /// The booking's id.
    booking_id: Uuid,
    /// The current status.
    status: PaymentStatusName,
    /// The amount, in minor units.
    amount: i64,
    /// The refunded part, in minor units.
    refunded: i64,
    /// The currency, ISO 4217.
    currency: String,
    /// The payment method, in the gateway's terms.
    method: String,
    /// The name of the gateway.
    gateway: String,
    /// The gateway's id of the transaction.
    #[oai(nullable)]
    transaction_id: Option<String>,
    /// Why it failed, as a code such as `card_declined`.
    #[oai(nullable)]
    failure: Option<String>,
    /// What the customer must do next, such as a URL to visit.
    #[oai(nullable)]
    next_action: Option<String>,
    /// When it was started.
    created_at: Rfc3339,
}

impl From<Payment> for PaymentDocument {
    fn from(payment: Payment) -> Self {
        Self {
            id: payment.id.uuid(),
            booking_id: payment.booking.uuid(),
            status: payment.status.into(),
            amount: payment.amount.minor(),
            refunded: payment.refunded,
            currency: payment.amount.currency().code().to_owned(),
            method: payment.method,
            gateway: payment.gateway,
            transaction_id: payment.transaction_id,
            failure: payment.failure,
            next_action: payment.next_action,
            created_at: Rfc3339(payment.created_at),
        }
    }
}

impl Example for PaymentDocument {
    fn example() -> Self {
        Self {
            id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0004),
            booking_id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0003),
            status: PaymentStatusName::Completed,
            amount: 9000,
            refunded: 0,
            currency: "EUR".to_owned(),
            method: "sandbox_approve".to_owned(),
            gateway: "sandbox".to_owned(),
            transaction_id: Some("sandbox-01980c2a7b1e70008000000000000004".to_owned()),
            failure: None,
            next_action: None,
            created_at: Rfc3339(Timestamp::from_micros(1_777_636_860_000_000)),
        }
    }
}

/// A request to refund a payment.
#[derive(Debug, Object, Deserialize)]
#[oai(rename = "RefundPayment", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct RefundPaymentBody {
    /// The amount, in minor units; the booking stays confirmed. If absent, the rest is refunded and the booking is
    /// cancelled.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    amount: Option<i64>,
    /// The reason.
    #[oai(validator(min_length = 1, max_length = 200))]
    reason: String,
}

impl From<RefundPaymentBody> for RefundPayment {
    fn from(body: RefundPaymentBody) -> Self {
        Self { amount: body.amount, reason: body.reason }
    }
}

impl Example for RefundPaymentBody {
    fn example() -> Self {
        Self { amount: None, reason: "The seat was behind a pillar".to_owned() }
    }
}

/// A refund of a payment.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "Refund", example)]
pub(crate) struct RefundDocument {
    /// The refund's id.
    id: Uuid,
    /// The payment's id.
    payment_id: Uuid,
    /// The amount, in minor units.
    amount: i64,
    /// The currency, ISO 4217.
    currency: String,
    /// The reason, as given by the member who requested the refund. For an automatic refund, its cause: `user` or
    /// `manager` (who cancelled the booking), `concert_cancelled`, or, when the money arrived too late to confirm the
    /// booking, `booking_cancelled`, `concert_cancelled`, `paid_already`, `sale_closed`, `seats_taken` or
    /// `limit_reached`.
    reason: String,
    /// The current status.
    status: RefundStatusName,
    /// When it was created.
    created_at: Rfc3339,
}

impl From<Refund> for RefundDocument {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id.uuid(),
            payment_id: refund.payment.uuid(),
            amount: refund.amount.minor(),
            currency: refund.amount.currency().code().to_owned(),
            reason: refund.reason,
            status: refund.status.into(),
            created_at: Rfc3339(refund.created_at),
        }
    }
}

impl Example for RefundDocument {
    fn example() -> Self {
        Self {
            id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0005),
            payment_id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0004),
            amount: 9000,
            currency: "EUR".to_owned(),
            reason: "The seat was behind a pillar".to_owned(),
            status: RefundStatusName::Completed,
            created_at: Rfc3339(Timestamp::from_micros(1_777_636_920_000_000)),
        }
    }
}
