//! A payment: one attempt to pay a booking, and its life.

use crate::shared::{BookingId, Money, PaymentId, RefundId, Timestamp, UserId};

use super::illegal_change::IllegalChange;
use super::{Refund, RefundStatus};

/// The status of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// The outcome is not known yet.
    Pending,
    /// The gateway has the money.
    Completed,
    /// It was declined or voided, or never reached the gateway.
    Failed,
    /// A part of the money is refunded.
    PartiallyRefunded,
    /// All of the money is refunded.
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

    /// The status with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether a payment in this status can be the live payment of a booking: pending, completed or partially refunded.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Completed | Self::PartiallyRefunded)
    }
}

/// One attempt to pay a booking: `pending -> completed | failed`, `failed -> completed` (the gateway decides),
/// `completed -> partially_refunded -> refunded`, `completed -> refunded`. Every change increments `version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The payment's id, which is also its idempotency key at the gateway.
    pub id: PaymentId,
    /// The booking that it pays.
    pub booking: BookingId,
    /// The user who pays; `None` for a payment without an account.
    pub user: Option<UserId>,
    /// The amount: the booking's total.
    pub amount: Money,
    /// The refunded amount in minor units: the sum of its completed refunds.
    pub refunded: i64,
    /// The gateway's name of the payment method, such as `sandbox_approve`.
    pub method: String,
    /// The name of the gateway.
    pub gateway: String,
    /// The gateway's id of the charge, unique there.
    pub transaction_id: Option<String>,
    /// The current status.
    pub status: PaymentStatus,
    /// Why it failed, as a code for programs such as `card_declined`.
    pub failure: Option<String>,
    /// What the customer has to do next, such as a URL to visit.
    pub next_action: Option<String>,
    /// 1 when started, plus 1 with each change; equals the version of its newest event.
    pub version: u64,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// Why a refund cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefusal {
    /// Nothing was paid, or refunds cover all of it.
    #[error("the payment holds no money")]
    NotPaid,
    /// The amount is below 1, or more than what is left.
    #[error("the amount is not between 1 and what is left of the payment")]
    OutOfRange {
        /// The amount that no refund covers yet, in minor units.
        left: i64,
    },
    /// The payment already has [`Payment::PARTIAL_REFUNDS_MAX`] refunds, and this one would not cover all that is left.
    #[error("the payment was refunded in too many parts")]
    TooManyParts,
}

impl Payment {
    /// The most partial refunds of a payment. One more may cover all that is left.
    pub const PARTIAL_REFUNDS_MAX: usize = 100;

    /// Records that the gateway has the money.
    ///
    /// # Errors
    /// [`IllegalChange`] unless it is pending or failed.
    pub fn complete(&mut self, transaction_id: String, now: Timestamp) -> Result<(), IllegalChange> {
        if !matches!(self.status, PaymentStatus::Pending | PaymentStatus::Failed) {
            return Err(IllegalChange);
        }
        self.status = PaymentStatus::Completed;
        self.transaction_id = Some(transaction_id);
        self.failure = None;
        self.next_action = None;
        self.changed(now);
        Ok(())
    }

    /// Completes a payment whose booking cannot be confirmed, and starts its full refund, in one change.
    ///
    /// # Errors
    /// [`IllegalChange`] unless it is pending or failed.
    pub fn complete_and_refund(
        &mut self,
        transaction_id: String,
        refund: RefundId,
        reason: &str,
        now: Timestamp,
    ) -> Result<Refund, IllegalChange> {
        self.complete(transaction_id, now)?;
        Ok(self.refund_of(refund, self.amount, reason, now))
    }

    /// Records that the charge failed.
    ///
    /// # Errors
    /// [`IllegalChange`] unless it is pending.
    pub fn fail(
        &mut self,
        transaction_id: Option<String>,
        failure: String,
        now: Timestamp,
    ) -> Result<(), IllegalChange> {
        if self.status != PaymentStatus::Pending {
            return Err(IllegalChange);
        }
        self.status = PaymentStatus::Failed;
        self.transaction_id = transaction_id.or(self.transaction_id.take());
        self.failure = Some(failure);
        self.next_action = None;
        self.changed(now);
        Ok(())
    }

    /// Records that the gateway waits for the customer or for a bank. Returns whether that changed the payment.
    ///
    /// # Errors
    /// [`IllegalChange`] unless it is pending.
    pub fn wait(
        &mut self,
        transaction_id: String,
        next_action: Option<String>,
        now: Timestamp,
    ) -> Result<bool, IllegalChange> {
        if self.status != PaymentStatus::Pending {
            return Err(IllegalChange);
        }
        let transaction_id = Some(transaction_id);
        let news = self.transaction_id != transaction_id || self.next_action != next_action;
        if news {
            self.transaction_id = transaction_id;
            self.next_action = next_action;
            self.changed(now);
        }
        Ok(news)
    }

    /// The amount that none of its `refunds` covers yet, in minor units; 0 if it holds no money.
    pub fn left(&self, refunds: &[Refund]) -> i64 {
        if self.holds_money() {
            let asked = refunds.iter().filter(|refund| refund.payment == self.id).map(|refund| refund.amount.minor());
            let asked = asked.fold(0, i64::saturating_add);
            self.amount.minor().saturating_sub(asked).max(0)
        } else {
            0
        }
    }

    /// Starts a refund of `amount` minor units. All of its other `refunds` count, also failed ones: each is retried
    /// until it is completed.
    ///
    /// # Errors
    /// [`RefundRefusal`]; each variant is one reason.
    pub fn start_refund(
        &mut self,
        refund: RefundId,
        amount: i64,
        reason: &str,
        refunds: &[Refund],
        now: Timestamp,
    ) -> Result<Refund, RefundRefusal> {
        let left = self.left(refunds);
        if left == 0 {
            return Err(RefundRefusal::NotPaid);
        }
        if !(1..=left).contains(&amount) {
            return Err(RefundRefusal::OutOfRange { left });
        }
        if amount < left && refunds.len() >= Self::PARTIAL_REFUNDS_MAX {
            return Err(RefundRefusal::TooManyParts);
        }
        let amount = Money::new(amount, self.amount.currency()).map_err(|_| RefundRefusal::OutOfRange { left })?;
        self.changed(now);
        Ok(self.refund_of(refund, amount, reason, now))
    }

    /// Records a completed refund.
    ///
    /// # Errors
    /// [`IllegalChange`] when it holds no money, or less than `amount`.
    pub fn record_refund(&mut self, amount: Money, now: Timestamp) -> Result<(), IllegalChange> {
        let held = self.amount.minor() - self.refunded;
        let fits = amount.currency() == self.amount.currency() && (1..=held).contains(&amount.minor());
        if !self.holds_money() || !fits {
            return Err(IllegalChange);
        }
        self.refunded += amount.minor();
        let all = self.refunded == self.amount.minor();
        self.status = if all { PaymentStatus::Refunded } else { PaymentStatus::PartiallyRefunded };
        self.changed(now);
        Ok(())
    }

    /// Whether the payment is completed and not refunded in full.
    pub const fn holds_money(&self) -> bool {
        matches!(self.status, PaymentStatus::Completed | PaymentStatus::PartiallyRefunded)
    }

    fn changed(&mut self, now: Timestamp) {
        self.version += 1;
        self.updated_at = now;
    }

    fn refund_of(&self, id: RefundId, amount: Money, reason: &str, now: Timestamp) -> Refund {
        Refund {
            id,
            payment: self.id,
            amount,
            reason: reason.to_owned(),
            status: RefundStatus::Pending,
            gateway_reference: None,
            attempts: 0,
            next_attempt_at: now,
            created_at: now,
            updated_at: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Payment, PaymentStatus, RefundRefusal};
    use crate::payments::Refund;
    use crate::shared::{BookingId, Currency, Money, PaymentId, RefundId, Timestamp};

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);
    const AMOUNT: i64 = 1_000;

    fn payment() -> Payment {
        Payment {
            id: PaymentId::from_uuid(Uuid::nil()),
            booking: BookingId::from_uuid(Uuid::nil()),
            user: None,
            amount: Money::new(AMOUNT, Currency::parse("EUR").unwrap()).unwrap(),
            refunded: 0,
            method: String::from("card"),
            gateway: String::from("fake"),
            transaction_id: None,
            status: PaymentStatus::Pending,
            failure: None,
            next_action: None,
            version: 1,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn refund_id(number: usize) -> RefundId {
        RefundId::from_uuid(Uuid::from_u128(u128::try_from(number).unwrap()))
    }

    #[derive(Debug, Clone)]
    enum Step {
        Complete,
        CompleteAndReturn,
        Fail,
        Wait(bool),
        StartRefund(i64),
        FinishRefund(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => Just(Step::Complete),
            1 => Just(Step::CompleteAndReturn),
            1 => Just(Step::Fail),
            1 => any::<bool>().prop_map(Step::Wait),
            4 => (-1..=AMOUNT + 1).prop_map(Step::StartRefund),
            4 => (0..8_usize).prop_map(Step::FinishRefund),
        ];
        proptest::collection::vec(step, 0..40)
    }

    /// Applies a step and returns whether it was accepted as a change.
    fn apply(payment: &mut Payment, refunds: &mut Vec<Refund>, step: &Step) -> bool {
        let text = String::from("t");
        match step {
            Step::Complete => payment.complete(text, NOW).is_ok(),
            Step::CompleteAndReturn => {
                let id = refund_id(refunds.len());
                payment.complete_and_refund(text, id, "late", NOW).map(|refund| refunds.push(refund)).is_ok()
            }
            Step::Fail => payment.fail(None, text, NOW).is_ok(),
            Step::Wait(action) => payment.wait(text, action.then(|| String::from("visit")), NOW) == Ok(true),
            Step::StartRefund(amount) => {
                let id = refund_id(refunds.len());
                let started = payment.start_refund(id, *amount, "rain", refunds, NOW);
                started.map(|refund| refunds.push(refund)).is_ok()
            }
            Step::FinishRefund(index) => refunds.get_mut(*index).is_some_and(|refund| {
                let completed = refund.complete(text, NOW).is_ok();
                if completed {
                    payment.record_refund(refund.amount, NOW).expect("a written refund fits");
                }
                completed
            }),
        }
    }

    fn is_in_the_table(from: PaymentStatus, to: PaymentStatus) -> bool {
        use PaymentStatus::{Completed, Failed, PartiallyRefunded, Pending, Refunded};
        from == to
            || matches!(
                (from, to),
                (Pending, Completed | Failed)
                    | (Failed, Completed)
                    | (Completed, PartiallyRefunded | Refunded)
                    | (PartiallyRefunded, Refunded)
            )
    }

    proptest! {
        #[test]
        fn a_payment_follows_its_state_table_and_refunds_no_more_than_was_paid(steps in steps()) {
            let mut payment = payment();
            let mut refunds = Vec::new();
            for step in steps {
                let before = payment.clone();
                let changed = apply(&mut payment, &mut refunds, &step);
                prop_assert!(is_in_the_table(before.status, payment.status), "{:?} by {step:?}", before.status);
                if changed {
                    prop_assert_eq!(payment.version, before.version + 1);
                } else {
                    prop_assert_eq!(&payment, &before);
                }
                let asked: i64 = refunds.iter().map(|refund| refund.amount.minor()).sum();
                prop_assert!(asked <= AMOUNT && (0..=asked).contains(&payment.refunded));
                prop_assert_eq!(payment.status == PaymentStatus::Refunded, payment.refunded == AMOUNT);
            }
        }
    }

    #[test]
    fn after_the_most_partial_refunds_only_all_that_is_left_can_be_refunded() {
        let mut payment = payment();
        payment.complete(String::from("ch_1"), NOW).unwrap();
        let mut refunds = Vec::new();
        for number in 0..Payment::PARTIAL_REFUNDS_MAX {
            refunds.push(payment.start_refund(refund_id(number), 1, "", &refunds, NOW).unwrap());
        }
        let id = refund_id(refunds.len());
        assert_eq!(payment.start_refund(id, 1, "", &refunds, NOW), Err(RefundRefusal::TooManyParts));
        assert!(payment.start_refund(id, payment.left(&refunds), "", &refunds, NOW).is_ok());
    }

    #[test]
    fn a_failed_payment_completes_when_the_gateway_says_so() {
        let mut payment = payment();
        payment.fail(None, String::from("never_charged"), NOW).unwrap();
        payment.complete(String::from("ch_1"), NOW).unwrap();
        assert_eq!((payment.status, payment.failure), (PaymentStatus::Completed, None));
        assert_eq!(payment.version, 3);
    }

    #[test]
    fn only_the_amount_that_no_refund_covers_can_be_refunded() {
        let mut payment = payment();
        assert_eq!(payment.start_refund(refund_id(0), 1, "", &[], NOW), Err(RefundRefusal::NotPaid));
        payment.complete(String::from("ch_1"), NOW).unwrap();
        let first = payment.start_refund(refund_id(0), 600, "", &[], NOW).unwrap();
        let refunds = [first];
        let too_much = payment.start_refund(refund_id(1), 401, "", &refunds, NOW);
        assert_eq!(too_much, Err(RefundRefusal::OutOfRange { left: 400 }));
        payment.start_refund(refund_id(1), 400, "", &refunds, NOW).unwrap();
    }
}
