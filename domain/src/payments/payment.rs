//! What a payment and a refund are.

use crate::shared::{BookingId, Money, PaymentId, RefundId, Timestamp, UserId};

/// Where a payment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// The gateway has not said yet.
    Pending,
    /// The money is there.
    Completed,
    /// It was declined, or never reached the gateway.
    Failed,
    /// Part of the money went back.
    PartiallyRefunded,
    /// All of it went back.
    Refunded,
}

impl PaymentStatus {
    const ALL: [Self; 5] = [Self::Pending, Self::Completed, Self::Failed, Self::PartiallyRefunded, Self::Refunded];

    /// The status' name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether it stands for its booking: pending, completed or partially refunded.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Completed | Self::PartiallyRefunded)
    }
}

/// One attempt to pay a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its id, and its key at the gateway.
    pub id: PaymentId,
    /// Which booking it pays.
    pub booking: BookingId,
    /// Who pays.
    pub user: Option<UserId>,
    /// How much: the booking's total.
    pub amount: Money,
    /// How much went back, in minor units: the sum of its completed refunds.
    pub refunded: i64,
    /// How, in the gateway's words, such as `sandbox_approve`.
    pub method: String,
    /// Through which gateway.
    pub gateway: String,
    /// The gateway's name for it, unique there.
    pub transaction_id: Option<String>,
    /// Where it is in its life.
    pub status: PaymentStatus,
    /// Why it failed, in a word for programs such as `card_declined`.
    pub failure: Option<String>,
    /// What the customer has to do next, such as an address to visit.
    pub next_action: Option<String>,
    /// 1 when started, one more with each change; the version of its newest event.
    pub version: u64,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// Where a refund is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// To be sent to the gateway, or sent without an answer.
    Pending,
    /// The money is back.
    Completed,
    /// The gateway refused it; it is tried again.
    Failed,
}

impl RefundStatus {
    /// The status' name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Completed, Self::Failed].into_iter().find(|status| status.as_str() == name)
    }
}

/// Money on its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its id, and its key at the gateway.
    pub id: RefundId,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Why, in the words of whoever asked; at most 200 characters.
    pub reason: String,
    /// Where it is in its life.
    pub status: RefundStatus,
    /// The gateway's name for it.
    pub gateway_reference: Option<String>,
    /// How often the gateway was asked.
    pub attempts: u32,
    /// Not to be asked again before.
    pub next_attempt_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}
