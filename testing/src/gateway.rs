//! A scripted payment gateway that records what it charged and refunded.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use boxoffice_domain::payments::{
    Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, RefundOutcome, VoidOutcome,
};
use boxoffice_domain::sales::payment::VOIDED;
use boxoffice_domain::shared::{PaymentId, RefundId};

use crate::memory::OpenUnits;

/// What the gateway does with the next charge that it does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeScript {
    /// Completes the charge.
    Approve,
    /// Declines the charge with `card_declined`.
    Decline,
    /// Waits for the customer, until [`FakeGateway::settle`].
    Wait,
    /// Gives no answer, and the charge never arrives.
    NoAnswer,
    /// Completes the charge, but the answer is lost.
    AnswerLost,
}

/// What the gateway does with the next refund that it does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundScript {
    /// Refunds the money.
    Complete,
    /// Refuses the refund for now, with `try_later`.
    Refuse,
    /// Gives no answer, and the refund never arrives.
    NoAnswer,
    /// Refunds the money, but the answer is lost.
    AnswerLost,
}

/// What the gateway does with the next request to void a waiting charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoidScript {
    /// Gives the charge up.
    Void,
    /// Keeps the charge waiting.
    Refuse,
    /// Gives no answer, and the request never arrives.
    NoAnswer,
    /// Voids the charge, but the answer is lost.
    AnswerLost,
}

/// A gateway in memory. It completes all charges and refunds that no script decides. A repeated key has no further
/// effect.
#[derive(Debug, Default)]
pub struct FakeGateway {
    units: OpenUnits,
    records: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    charges: BTreeMap<PaymentId, (Charge, ChargeOutcome)>,
    refunds: BTreeMap<RefundId, GatewayRefund>,
    next_charges: VecDeque<ChargeScript>,
    next_refunds: VecDeque<RefundScript>,
    next_voids: VecDeque<VoidScript>,
    silent_finds: u32,
    calls: u32,
}

impl FakeGateway {
    /// The result of [`PaymentGateway::name`].
    pub const NAME: &'static str = "fake";
    /// The result of [`PaymentGateway::methods`].
    pub const METHODS: &'static [&'static str] = &["card", "transfer"];

    /// A gateway without charges.
    pub fn new() -> Self {
        Self::default()
    }

    /// A gateway that panics when it is called while a unit of this store is open. Only for tests that run one call at
    /// a time, because the count includes units of other tasks.
    pub fn watching(units: OpenUnits) -> Self {
        Self { units, records: Mutex::default() }
    }

    /// Scripts the next new charges, in order.
    pub fn script(&self, scripts: impl IntoIterator<Item = ChargeScript>) {
        self.records().next_charges.extend(scripts);
    }

    /// Scripts the next new refunds, in order.
    pub fn script_refunds(&self, scripts: impl IntoIterator<Item = RefundScript>) {
        self.records().next_refunds.extend(scripts);
    }

    /// Scripts the next requests to void a waiting charge, in order.
    pub fn script_voids(&self, scripts: impl IntoIterator<Item = VoidScript>) {
        self.records().next_voids.extend(scripts);
    }

    /// Gives no answer to the next `times` calls of [`PaymentGateway::find`].
    pub fn silence_finds(&self, times: u32) {
        self.records().silent_finds = times;
    }

    /// Completes or declines a waiting charge, which [`PaymentGateway::find`] reports from then on. A voided charge
    /// does not change.
    pub fn settle(&self, payment: PaymentId, approved: bool) {
        let mut records = self.records();
        let (_, outcome) = records.charges.get_mut(&payment).expect("a charge that arrived");
        if *outcome != voided(payment) {
            *outcome = if approved { completed(payment) } else { declined(payment) };
        }
    }

    /// Whether a charge was voided.
    pub fn is_voided(&self, payment: PaymentId) -> bool {
        self.records().charges.get(&payment).is_some_and(|(_, outcome)| *outcome == voided(payment))
    }

    /// The amount charged for a payment, in minor units.
    pub fn taken(&self, payment: PaymentId) -> i64 {
        match self.records().charges.get(&payment) {
            Some((charge, ChargeOutcome::Completed { .. })) => charge.amount.minor(),
            _ => 0,
        }
    }

    /// The amount refunded of a payment, in minor units.
    pub fn refunded(&self, payment: PaymentId) -> i64 {
        let transaction = transaction_of(payment);
        let records = self.records();
        let refunds = records.refunds.values().filter(|refund| refund.transaction_id == transaction);
        refunds.map(|refund| refund.amount.minor()).sum()
    }

    /// The number of calls that arrived, answered or not.
    pub fn calls(&self) -> u32 {
        self.records().calls
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self) -> MutexGuard<'_, Records> {
        assert_eq!(self.units.count(), 0, "no network call while a unit is open");
        let mut records = self.records();
        records.calls += 1;
        records
    }
}

fn transaction_of(payment: PaymentId) -> String {
    format!("fake-{payment}")
}

fn completed(payment: PaymentId) -> ChargeOutcome {
    ChargeOutcome::Completed { transaction_id: transaction_of(payment) }
}

fn declined(payment: PaymentId) -> ChargeOutcome {
    ChargeOutcome::Declined { transaction_id: Some(transaction_of(payment)), failure: String::from("card_declined") }
}

fn voided(payment: PaymentId) -> ChargeOutcome {
    ChargeOutcome::Declined { transaction_id: Some(transaction_of(payment)), failure: VOIDED.to_owned() }
}

fn waiting(payment: PaymentId) -> ChargeOutcome {
    ChargeOutcome::Pending {
        transaction_id: transaction_of(payment),
        next_action: Some(String::from("https://gateway.example/confirm")),
    }
}

fn no_answer() -> GatewayError {
    GatewayError(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from("the connection is lost")))
}

impl Records {
    /// Whether a refund is of a completed charge and within what is left of it.
    fn covers(&self, refund: &GatewayRefund) -> bool {
        let charge = self.charges.values().find(|(charge, outcome)| {
            matches!(outcome, ChargeOutcome::Completed { .. })
                && transaction_of(charge.payment) == refund.transaction_id
        });
        let earlier = self.refunds.values().filter(|earlier| earlier.transaction_id == refund.transaction_id);
        let refunded: i64 = earlier.map(|earlier| earlier.amount.minor()).sum();
        charge.is_some_and(|(charge, _)| refunded + refund.amount.minor() <= charge.amount.minor())
    }
}

#[async_trait]
impl PaymentGateway for FakeGateway {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn methods(&self) -> &'static [&'static str] {
        Self::METHODS
    }

    async fn charge(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
        let mut records = self.called();
        if let Some((first, outcome)) = records.charges.get(&charge.payment) {
            assert_eq!(first, charge, "a key was used for two charges");
            return Ok(outcome.clone());
        }
        let script = records.next_charges.pop_front().unwrap_or(ChargeScript::Approve);
        let outcome = match script {
            ChargeScript::Approve | ChargeScript::AnswerLost => completed(charge.payment),
            ChargeScript::Decline => declined(charge.payment),
            ChargeScript::Wait => waiting(charge.payment),
            ChargeScript::NoAnswer => return Err(no_answer()),
        };
        records.charges.insert(charge.payment, (charge.clone(), outcome.clone()));
        if script == ChargeScript::AnswerLost { Err(no_answer()) } else { Ok(outcome) }
    }

    async fn find(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
        let mut records = self.called();
        if records.silent_finds > 0 {
            records.silent_finds -= 1;
            return Err(no_answer());
        }
        let known = records.charges.get(&charge.payment);
        Ok(known.map_or(ChargeOutcome::NotFound, |(_, outcome)| outcome.clone()))
    }

    async fn void(&self, charge: &Charge) -> Result<VoidOutcome, GatewayError> {
        let mut guard = self.called();
        let records = &mut *guard;
        let outcome = match records.charges.get_mut(&charge.payment) {
            Some((_, outcome)) if *outcome == voided(charge.payment) => return Ok(VoidOutcome::Voided),
            Some((_, outcome)) if *outcome == waiting(charge.payment) => outcome,
            _ => return Ok(VoidOutcome::NotVoided),
        };
        let script = records.next_voids.pop_front().unwrap_or(VoidScript::Void);
        match script {
            VoidScript::Refuse => return Ok(VoidOutcome::NotVoided),
            VoidScript::NoAnswer => return Err(no_answer()),
            VoidScript::Void | VoidScript::AnswerLost => *outcome = voided(charge.payment),
        }
        if script == VoidScript::AnswerLost { Err(no_answer()) } else { Ok(VoidOutcome::Voided) }
    }

    async fn refund(&self, refund: &GatewayRefund) -> Result<RefundOutcome, GatewayError> {
        let mut records = self.called();
        let done = RefundOutcome::Completed { reference: format!("fake-{}", refund.refund) };
        if let Some(first) = records.refunds.get(&refund.refund) {
            assert_eq!(first, refund, "a key was used for two refunds");
            return Ok(done);
        }
        if !records.covers(refund) {
            return Ok(RefundOutcome::Refused { failure: String::from("not_refundable") });
        }
        let script = records.next_refunds.pop_front().unwrap_or(RefundScript::Complete);
        match script {
            RefundScript::Refuse => return Ok(RefundOutcome::Refused { failure: String::from("try_later") }),
            RefundScript::NoAnswer => return Err(no_answer()),
            RefundScript::Complete | RefundScript::AnswerLost => {}
        }
        records.refunds.insert(refund.refund, refund.clone());
        if script == RefundScript::AnswerLost { Err(no_answer()) } else { Ok(done) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{ChargeScript, FakeGateway, RefundScript};
    use crate::clock::FixedClock;
    use crate::ids::SequentialIds;
    use crate::memory::InMemoryStore;
    use boxoffice_domain::payments::{Charge, ChargeOutcome, GatewayRefund, PaymentGateway, RefundOutcome};
    use boxoffice_domain::sales::SalesUnit;
    use boxoffice_domain::shared::{Currency, Money, PaymentId, RefundId};
    use boxoffice_domain::store::Store;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::parse("EUR").unwrap()).unwrap()
    }

    fn charge(ids: &SequentialIds) -> Charge {
        Charge {
            payment: PaymentId::generate(ids),
            amount: eur(1_000),
            method: String::from("card"),
            started_at: FixedClock::START,
        }
    }

    fn refund(ids: &SequentialIds, of: &Charge, minor: i64) -> GatewayRefund {
        let transaction_id = format!("fake-{}", of.payment);
        GatewayRefund { refund: RefundId::generate(ids), transaction_id, amount: eur(minor) }
    }

    #[tokio::test]
    async fn a_repeated_key_charges_once_also_after_a_lost_answer() {
        let (ids, gateway) = (SequentialIds::new(), FakeGateway::new());
        gateway.script([ChargeScript::AnswerLost]);
        let charge = charge(&ids);
        assert!(gateway.charge(&charge).await.is_err());
        let again = gateway.charge(&charge).await.unwrap();
        assert!(matches!(again, ChargeOutcome::Completed { .. }));
        assert_eq!(gateway.find(&charge).await.unwrap(), again);
        assert_eq!((gateway.taken(charge.payment), gateway.calls()), (1_000, 3));
    }

    #[tokio::test]
    async fn a_charge_that_never_arrived_is_unknown() {
        let (ids, gateway) = (SequentialIds::new(), FakeGateway::new());
        gateway.script([ChargeScript::NoAnswer]);
        let charge = charge(&ids);
        assert!(gateway.charge(&charge).await.is_err());
        assert_eq!(gateway.find(&charge).await.unwrap(), ChargeOutcome::NotFound);
        assert_eq!(gateway.taken(charge.payment), 0);
    }

    #[tokio::test]
    async fn a_waiting_charge_is_settled_later() {
        let (ids, gateway) = (SequentialIds::new(), FakeGateway::new());
        gateway.script([ChargeScript::Wait, ChargeScript::Decline]);
        let (waits, declined) = (charge(&ids), charge(&ids));
        assert!(matches!(gateway.charge(&waits).await.unwrap(), ChargeOutcome::Pending { .. }));
        assert!(matches!(gateway.charge(&declined).await.unwrap(), ChargeOutcome::Declined { .. }));
        gateway.settle(waits.payment, true);
        assert!(matches!(gateway.find(&waits).await.unwrap(), ChargeOutcome::Completed { .. }));
        assert_eq!((gateway.taken(waits.payment), gateway.taken(declined.payment)), (1_000, 0));
    }

    #[tokio::test]
    async fn no_more_is_refunded_than_was_charged() {
        let (ids, gateway) = (SequentialIds::new(), FakeGateway::new());
        let charge = charge(&ids);
        gateway.charge(&charge).await.unwrap();
        gateway.script_refunds([RefundScript::AnswerLost]);
        let first = refund(&ids, &charge, 600);
        assert!(gateway.refund(&first).await.is_err());
        assert!(matches!(gateway.refund(&first).await.unwrap(), RefundOutcome::Completed { .. }));
        let too_much = gateway.refund(&refund(&ids, &charge, 401)).await.unwrap();
        assert!(matches!(too_much, RefundOutcome::Refused { .. }));
        assert_eq!(gateway.refunded(charge.payment), 600);
    }

    #[tokio::test]
    #[should_panic(expected = "no network call while a unit is open")]
    async fn a_call_inside_a_unit_panics() {
        let store = Arc::new(InMemoryStore::new());
        let gateway = FakeGateway::watching(store.open_units());
        let unit = Store::<dyn SalesUnit>::begin(store.as_ref()).await.unwrap();
        let _outcome = gateway.find(&charge(&SequentialIds::new())).await;
        drop(unit);
    }
}
