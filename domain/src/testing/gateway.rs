//! A payment gateway that does as it is told and remembers what it took.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::payments::{
    Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, RefundOutcome, VOIDED, VoidOutcome,
};
use crate::shared::{PaymentId, RefundId};

use super::OpenUnits;

/// What the gateway does with the next charge that it has not seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeScript {
    /// Takes the money.
    Approve,
    /// Takes nothing: `card_declined`.
    Decline,
    /// Waits for its customer, until [`FakeGateway::settle`].
    Wait,
    /// Gives no answer; the charge never arrived.
    NoAnswer,
    /// Takes the money, but the answer is lost.
    AnswerLost,
}

/// What the gateway does with the next refund that it has not seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundScript {
    /// Gives the money back.
    Complete,
    /// Refuses for now: `try_later`.
    Refuse,
    /// Gives no answer; the refund never arrived.
    NoAnswer,
    /// Gives the money back, but the answer is lost.
    AnswerLost,
}

/// What the gateway does when it is next asked to void a charge that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoidScript {
    /// Gives the charge up.
    Void,
    /// Goes on waiting.
    Refuse,
    /// Gives no answer; the request never arrived.
    NoAnswer,
    /// Gives the charge up, but the answer is lost.
    AnswerLost,
}

/// A gateway in memory. It approves and refunds whatever it is not told otherwise about, and asked twice with one key it
/// acts once.
#[derive(Debug, Default)]
pub struct FakeGateway {
    units: OpenUnits,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    charges: BTreeMap<PaymentId, (Charge, ChargeOutcome)>,
    refunds: BTreeMap<RefundId, GatewayRefund>,
    next_charges: VecDeque<ChargeScript>,
    next_refunds: VecDeque<RefundScript>,
    next_voids: VecDeque<VoidScript>,
    silent_finds: u32,
    calls: u32,
}

impl FakeGateway {
    /// What [`PaymentGateway::name`] says.
    pub const NAME: &'static str = "fake";
    /// What [`PaymentGateway::methods`] says.
    pub const METHODS: &'static [&'static str] = &["card", "transfer"];

    /// A gateway with empty books.
    pub fn new() -> Self {
        Self::default()
    }

    /// A gateway that panics when it is called while a unit of that store is open. Meant for tests that do one thing
    /// at a time: the count does not tell whose unit it is.
    pub fn watching(units: OpenUnits) -> Self {
        Self { units, books: Mutex::default() }
    }

    /// Says what becomes of the next new charges, in order.
    pub fn script(&self, scripts: impl IntoIterator<Item = ChargeScript>) {
        self.books().next_charges.extend(scripts);
    }

    /// Says what becomes of the next new refunds, in order.
    pub fn script_refunds(&self, scripts: impl IntoIterator<Item = RefundScript>) {
        self.books().next_refunds.extend(scripts);
    }

    /// Says what becomes of the next requests to void a charge that waits, in order.
    pub fn script_voids(&self, scripts: impl IntoIterator<Item = VoidScript>) {
        self.books().next_voids.extend(scripts);
    }

    /// Gives no answer to the next `times` calls of [`PaymentGateway::find`].
    pub fn silence_finds(&self, times: u32) {
        self.books().silent_finds = times;
    }

    /// Decides a charge that waits: from now on [`PaymentGateway::find`] says that it completed, or was declined. One
    /// that was voided stays so.
    pub fn settle(&self, payment: PaymentId, approved: bool) {
        let mut books = self.books();
        let (_, outcome) = books.charges.get_mut(&payment).expect("a charge that arrived");
        if *outcome != voided(payment) {
            *outcome = if approved { completed(payment) } else { declined(payment) };
        }
    }

    /// Whether a charge was voided.
    pub fn is_voided(&self, payment: PaymentId) -> bool {
        self.books().charges.get(&payment).is_some_and(|(_, outcome)| *outcome == voided(payment))
    }

    /// What was taken for a payment, in minor units.
    pub fn taken(&self, payment: PaymentId) -> i64 {
        match self.books().charges.get(&payment) {
            Some((charge, ChargeOutcome::Completed { .. })) => charge.amount.minor(),
            _ => 0,
        }
    }

    /// What was given back of a payment, in minor units.
    pub fn given_back(&self, payment: PaymentId) -> i64 {
        let transaction = transaction_of(payment);
        let books = self.books();
        let refunds = books.refunds.values().filter(|refund| refund.transaction_id == transaction);
        refunds.map(|refund| refund.amount.minor()).sum()
    }

    /// How many calls arrived, answered or not.
    pub fn calls(&self) -> u32 {
        self.books().calls
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self) -> MutexGuard<'_, Books> {
        assert_eq!(self.units.count(), 0, "no network call while a unit is open");
        let mut books = self.books();
        books.calls += 1;
        books
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
    GatewayError(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from("the line is dead")))
}

impl Books {
    /// Whether a refund is of a completed charge and within what is left of it.
    fn covers(&self, refund: &GatewayRefund) -> bool {
        let charge = self.charges.values().find(|(charge, outcome)| {
            matches!(outcome, ChargeOutcome::Completed { .. })
                && transaction_of(charge.payment) == refund.transaction_id
        });
        let earlier = self.refunds.values().filter(|earlier| earlier.transaction_id == refund.transaction_id);
        let given_back: i64 = earlier.map(|earlier| earlier.amount.minor()).sum();
        charge.is_some_and(|(charge, _)| given_back + refund.amount.minor() <= charge.amount.minor())
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
        let mut books = self.called();
        if let Some((first, outcome)) = books.charges.get(&charge.payment) {
            assert_eq!(first, charge, "one key names one charge");
            return Ok(outcome.clone());
        }
        let script = books.next_charges.pop_front().unwrap_or(ChargeScript::Approve);
        let outcome = match script {
            ChargeScript::Approve | ChargeScript::AnswerLost => completed(charge.payment),
            ChargeScript::Decline => declined(charge.payment),
            ChargeScript::Wait => waiting(charge.payment),
            ChargeScript::NoAnswer => return Err(no_answer()),
        };
        books.charges.insert(charge.payment, (charge.clone(), outcome.clone()));
        if script == ChargeScript::AnswerLost { Err(no_answer()) } else { Ok(outcome) }
    }

    async fn find(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
        let mut books = self.called();
        if books.silent_finds > 0 {
            books.silent_finds -= 1;
            return Err(no_answer());
        }
        let known = books.charges.get(&charge.payment);
        Ok(known.map_or(ChargeOutcome::Unknown, |(_, outcome)| outcome.clone()))
    }

    async fn void(&self, charge: &Charge) -> Result<VoidOutcome, GatewayError> {
        let mut guard = self.called();
        let books = &mut *guard;
        let outcome = match books.charges.get_mut(&charge.payment) {
            Some((_, outcome)) if *outcome == voided(charge.payment) => return Ok(VoidOutcome::Voided),
            Some((_, outcome)) if *outcome == waiting(charge.payment) => outcome,
            _ => return Ok(VoidOutcome::NotVoided),
        };
        let script = books.next_voids.pop_front().unwrap_or(VoidScript::Void);
        match script {
            VoidScript::Refuse => return Ok(VoidOutcome::NotVoided),
            VoidScript::NoAnswer => return Err(no_answer()),
            VoidScript::Void | VoidScript::AnswerLost => *outcome = voided(charge.payment),
        }
        if script == VoidScript::AnswerLost { Err(no_answer()) } else { Ok(VoidOutcome::Voided) }
    }

    async fn refund(&self, refund: &GatewayRefund) -> Result<RefundOutcome, GatewayError> {
        let mut books = self.called();
        let done = RefundOutcome::Completed { reference: format!("fake-{}", refund.refund) };
        if let Some(first) = books.refunds.get(&refund.refund) {
            assert_eq!(first, refund, "one key names one refund");
            return Ok(done);
        }
        if !books.covers(refund) {
            return Ok(RefundOutcome::Refused { failure: String::from("not_refundable") });
        }
        let script = books.next_refunds.pop_front().unwrap_or(RefundScript::Complete);
        match script {
            RefundScript::Refuse => return Ok(RefundOutcome::Refused { failure: String::from("try_later") }),
            RefundScript::NoAnswer => return Err(no_answer()),
            RefundScript::Complete | RefundScript::AnswerLost => {}
        }
        books.refunds.insert(refund.refund, refund.clone());
        if script == RefundScript::AnswerLost { Err(no_answer()) } else { Ok(done) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{ChargeScript, FakeGateway, RefundScript};
    use crate::payments::{Charge, ChargeOutcome, GatewayRefund, PaymentGateway, RefundOutcome};
    use crate::shared::{Currency, Money, PaymentId, RefundId};
    use crate::store::Store;
    use crate::testing::{FixedClock, InMemoryStore, SequentialIds};

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
    async fn asked_twice_it_takes_once_also_when_the_answer_was_lost() {
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
    async fn what_never_arrived_is_unknown() {
        let (ids, gateway) = (SequentialIds::new(), FakeGateway::new());
        gateway.script([ChargeScript::NoAnswer]);
        let charge = charge(&ids);
        assert!(gateway.charge(&charge).await.is_err());
        assert_eq!(gateway.find(&charge).await.unwrap(), ChargeOutcome::Unknown);
        assert_eq!(gateway.taken(charge.payment), 0);
    }

    #[tokio::test]
    async fn what_waits_is_settled_later() {
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
    async fn no_more_goes_back_than_was_taken() {
        let (ids, gateway) = (SequentialIds::new(), FakeGateway::new());
        let charge = charge(&ids);
        gateway.charge(&charge).await.unwrap();
        gateway.script_refunds([RefundScript::AnswerLost]);
        let first = refund(&ids, &charge, 600);
        assert!(gateway.refund(&first).await.is_err());
        assert!(matches!(gateway.refund(&first).await.unwrap(), RefundOutcome::Completed { .. }));
        let too_much = gateway.refund(&refund(&ids, &charge, 401)).await.unwrap();
        assert!(matches!(too_much, RefundOutcome::Refused { .. }));
        assert_eq!(gateway.given_back(charge.payment), 600);
    }

    #[tokio::test]
    #[should_panic(expected = "no network call while a unit is open")]
    async fn it_does_not_stand_a_call_from_inside_a_unit() {
        let store = Arc::new(InMemoryStore::new());
        let gateway = FakeGateway::watching(store.open_units());
        let unit = store.begin().await.unwrap();
        let _outcome = gateway.find(&charge(&SequentialIds::new())).await;
        drop(unit);
    }
}
