//! A refund and its life.

use crate::shared::{Money, PaymentId, RefundId, Timestamp};

use super::IllegalChange;

/// The status of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// Not sent to the gateway yet, or sent without an answer.
    Pending,
    /// The gateway has refunded the money, or promised to.
    Completed,
    /// The gateway refused it. It is retried.
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

    /// The status with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Completed, Self::Failed].into_iter().find(|status| status.as_str() == name)
    }
}

/// A refund of a payment: `pending -> completed | failed`, `failed -> completed`. It is retried until it is completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The refund's id, which is also its idempotency key at the gateway.
    pub id: RefundId,
    /// The payment that is refunded.
    pub payment: PaymentId,
    /// The amount to refund.
    pub amount: Money,
    /// Why it was requested; at most [`Refund::REASON_MAX_LENGTH`] characters.
    pub reason: String,
    /// The current status.
    pub status: RefundStatus,
    /// The gateway's reference of the refund, once it is completed.
    pub gateway_reference: Option<String>,
    /// How often it was sent to the gateway.
    pub attempts: u32,
    /// The earliest time of the next attempt.
    pub next_attempt_at: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl Refund {
    /// The longest reason, in characters.
    pub const REASON_MAX_LENGTH: usize = 200;
    /// The wait between the first and the second attempt, in seconds. Each wait is twice the one before.
    pub const RETRY_FIRST_SECONDS: i64 = 5;
    /// The longest wait between two attempts, in seconds: an hour.
    pub const RETRY_LONGEST_SECONDS: i64 = 60 * 60;

    /// Records that the gateway has refunded the money, or promised to.
    ///
    /// # Errors
    /// [`IllegalChange`] when the refund is already completed.
    pub fn complete(&mut self, reference: String, now: Timestamp) -> Result<(), IllegalChange> {
        self.attempted(RefundStatus::Completed, now)?;
        self.gateway_reference = Some(reference);
        Ok(())
    }

    /// Records that the gateway refused the refund for now.
    ///
    /// # Errors
    /// [`IllegalChange`] when the refund is already completed.
    pub fn refuse(&mut self, now: Timestamp) -> Result<(), IllegalChange> {
        self.attempted(RefundStatus::Failed, now)?;
        self.next_attempt_at = now.plus_seconds(self.wait_seconds());
        Ok(())
    }

    /// Records that the gateway gave no answer. Whether it refunds the money is unknown.
    ///
    /// # Errors
    /// [`IllegalChange`] when the refund is already completed.
    pub fn stay_unanswered(&mut self, now: Timestamp) -> Result<(), IllegalChange> {
        self.attempted(self.status, now)?;
        self.next_attempt_at = now.plus_seconds(self.wait_seconds());
        Ok(())
    }

    fn attempted(&mut self, outcome: RefundStatus, now: Timestamp) -> Result<(), IllegalChange> {
        if self.status == RefundStatus::Completed {
            return Err(IllegalChange);
        }
        self.status = outcome;
        self.attempts = self.attempts.saturating_add(1);
        self.updated_at = now;
        Ok(())
    }

    fn wait_seconds(&self) -> i64 {
        let doublings = self.attempts.saturating_sub(1).min(i64::BITS / 2);
        (Self::RETRY_FIRST_SECONDS << doublings).min(Self::RETRY_LONGEST_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::{Refund, RefundStatus};
    use crate::shared::{Currency, Money, PaymentId, RefundId, Timestamp};
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn refund() -> Refund {
        Refund {
            id: RefundId::from_uuid(Uuid::nil()),
            payment: PaymentId::from_uuid(Uuid::nil()),
            amount: Money::new(500, Currency::parse("EUR").unwrap()).unwrap(),
            reason: String::from("rain"),
            status: RefundStatus::Pending,
            gateway_reference: None,
            attempts: 0,
            next_attempt_at: NOW,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_an_hour() {
        let mut refund = refund();
        let waits: Vec<i64> = (0..100)
            .map(|_| {
                refund.stay_unanswered(NOW).unwrap();
                refund.next_attempt_at.seconds_since(NOW)
            })
            .collect();
        assert_eq!(waits[..4], [5, 10, 20, 40]);
        assert_eq!(waits[99], Refund::RETRY_LONGEST_SECONDS);
        assert_eq!(refund.attempts, 100);
    }

    #[test]
    fn a_refused_refund_can_still_complete_and_then_never_changes() {
        let mut refund = refund();
        refund.refuse(NOW).unwrap();
        assert_eq!(refund.status, RefundStatus::Failed);
        refund.stay_unanswered(NOW).unwrap();
        assert_eq!(refund.status, RefundStatus::Failed);
        refund.complete(String::from("re_1"), NOW).unwrap();
        let done = refund.clone();
        assert!(refund.refuse(NOW).is_err());
        assert!(refund.stay_unanswered(NOW).is_err());
        assert!(refund.complete(String::from("re_2"), NOW).is_err());
        assert_eq!(refund, done);
        assert_eq!((done.status, done.attempts), (RefundStatus::Completed, 3));
    }
}
