//! A unit of work made of mocks, and a store that returns such units.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::bookings::{
    BookingRepository, HoldingsRepository, MockBookingRepository, MockHoldingsRepository,
};
use boxoffice_domain::concerts::{
    ConcertEvent, ConcertRepository, ConcertUnit, MockConcertRepository, MockOrganiserRepository,
    MockSectionRepository, MockTicketRepository, OrganiserRepository, SectionRepository, TicketRepository,
};
use boxoffice_domain::events::{EventPayload, OutboxEntry};
use boxoffice_domain::idempotency::{IdempotencyRepository, MockIdempotencyRepository};
use boxoffice_domain::outbox::{self, Outbox};
use boxoffice_domain::payments::{MockPaymentRepository, MockRefundRepository, PaymentRepository, RefundRepository};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::StoreError;
use boxoffice_domain::store::{Deadline, Store, UnitOfWork};
use boxoffice_domain::users::{
    MockRefreshTokenRepository, MockUserRepository, RefreshTokenRepository, UserEvent, UserRepository, UserUnit,
};
use mockall::mock;

mock! {
    /// A store of the units of all modules.
    pub Store {}

    #[async_trait]
    impl Store<dyn SalesUnit> for Store {
        fn deadline(&self, allowed: Duration) -> Deadline;
        async fn begin_by(&self, deadline: Deadline) -> Result<Box<dyn SalesUnit>, StoreError>;
        async fn pause_before_retry(&self, attempt: u32);
    }
}

mock! {
    /// An outbox for events of all modules.
    #[derive(Debug)]
    pub Outbox {}

    #[async_trait]
    impl Outbox<EventPayload> for Outbox {
        async fn append(&mut self, entry: OutboxEntry) -> Result<(), StoreError>;
    }
}

/// A unit of work of all modules whose repositories are mocks. Set expectations on them, then pass it to [`store_of`].
#[derive(Debug, Default)]
#[must_use]
pub struct MockUnitOfWork {
    /// Users.
    pub users: MockUserRepository,
    /// Refresh tokens.
    pub refresh_tokens: MockRefreshTokenRepository,
    /// Organisers and their members.
    pub organisers: MockOrganiserRepository,
    /// Concerts.
    pub concerts: MockConcertRepository,
    /// Sections with their counters and prices.
    pub sections: MockSectionRepository,
    /// Tickets.
    pub tickets: MockTicketRepository,
    /// Bookings.
    pub bookings: MockBookingRepository,
    /// The holdings of users per concert.
    pub holdings: MockHoldingsRepository,
    /// Payments.
    pub payments: MockPaymentRepository,
    /// Refunds.
    pub refunds: MockRefundRepository,
    /// Idempotency keys.
    pub idempotency: MockIdempotencyRepository,
    /// Events.
    pub outbox: MockOutbox,
    commit_failure: Option<StoreError>,
    rollback_failure: Option<StoreError>,
    end: UnitEnd,
}

impl MockUnitOfWork {
    /// A unit that expects nothing and commits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the commit fail.
    pub fn failing_commit(mut self, error: StoreError) -> Self {
        self.commit_failure = Some(error);
        self
    }

    /// Makes the rollback fail. The unit is rolled back nevertheless.
    pub fn failing_rollback(mut self, error: StoreError) -> Self {
        self.rollback_failure = Some(error);
        self
    }

    /// A handle that tells how the unit ended, also after it is dropped.
    pub fn end(&self) -> UnitEnd {
        self.end.clone()
    }
}

/// How a [`MockUnitOfWork`] ended.
#[derive(Debug, Clone, Default)]
pub struct UnitEnd(Arc<OnceLock<UnitOutcome>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnitOutcome {
    Committed,
    CommitFailed,
    RolledBack,
}

impl UnitEnd {
    /// Whether it was committed, and the commit did not fail.
    pub fn is_committed(&self) -> bool {
        self.0.get() == Some(&UnitOutcome::Committed)
    }

    /// Whether its commit failed.
    pub fn is_commit_failed(&self) -> bool {
        self.0.get() == Some(&UnitOutcome::CommitFailed)
    }

    /// Whether it was rolled back.
    pub fn is_rolled_back(&self) -> bool {
        self.0.get() == Some(&UnitOutcome::RolledBack)
    }

    fn record(&self, outcome: UnitOutcome) {
        self.0.get_or_init(|| outcome);
    }
}

impl UserUnit for MockUnitOfWork {
    fn users(&mut self) -> &mut dyn UserRepository {
        &mut self.users
    }

    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokenRepository {
        &mut self.refresh_tokens
    }

    fn user_outbox(&mut self) -> &mut dyn Outbox<UserEvent> {
        self
    }
}

impl ConcertUnit for MockUnitOfWork {
    fn organisers(&mut self) -> &mut dyn OrganiserRepository {
        &mut self.organisers
    }

    fn concerts(&mut self) -> &mut dyn ConcertRepository {
        &mut self.concerts
    }

    fn sections(&mut self) -> &mut dyn SectionRepository {
        &mut self.sections
    }

    fn tickets(&mut self) -> &mut dyn TicketRepository {
        &mut self.tickets
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        &mut self.idempotency
    }

    fn concert_outbox(&mut self) -> &mut dyn Outbox<ConcertEvent> {
        self
    }
}

#[async_trait]
impl SalesUnit for MockUnitOfWork {
    fn bookings(&mut self) -> &mut dyn BookingRepository {
        &mut self.bookings
    }

    fn holdings(&mut self) -> &mut dyn HoldingsRepository {
        &mut self.holdings
    }

    fn payments(&mut self) -> &mut dyn PaymentRepository {
        &mut self.payments
    }

    fn refunds(&mut self) -> &mut dyn RefundRepository {
        &mut self.refunds
    }

    fn outbox(&mut self) -> &mut dyn Outbox<EventPayload> {
        &mut self.outbox
    }
}

/// Events of a module go to the mock of all of them.
#[async_trait]
impl<P: Into<EventPayload> + Send + 'static> Outbox<P> for MockUnitOfWork {
    async fn append(&mut self, entry: outbox::OutboxEntry<P>) -> Result<(), StoreError> {
        self.outbox.append(entry.into_entry()).await
    }
}

#[async_trait]
impl UnitOfWork for MockUnitOfWork {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.commit_failure {
            None => {
                self.end.record(UnitOutcome::Committed);
                Ok(())
            }
            Some(error) => {
                self.end.record(UnitOutcome::CommitFailed);
                Err(error)
            }
        }
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.end.record(UnitOutcome::RolledBack);
        self.rollback_failure.map_or(Ok(()), Err)
    }
}

/// A store that returns these units in order and expects exactly as many calls. Pauses before a retry take no
/// time.
pub fn store_of(units: impl IntoIterator<Item = MockUnitOfWork>) -> MockStore {
    let units: VecDeque<_> = units.into_iter().collect();
    let mut store = MockStore::new();
    store.expect_pause_before_retry().returning(|_| ());
    store.expect_deadline().return_const(Deadline::NEVER);
    let begins = store.expect_begin_by().times(units.len());
    let waiting = Mutex::new(units);
    begins.returning(move |_| {
        let unit = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let unit: Box<dyn SalesUnit> = Box::new(unit.ok_or(StoreError::Busy)?);
        Ok(unit)
    });
    store
}

/// A store that calls `make` for each unit, however many there are. Pauses before a retry take no time.
pub fn store_making(make: impl Fn() -> MockUnitOfWork + Send + 'static) -> MockStore {
    let mut store = MockStore::new();
    store.expect_pause_before_retry().returning(|_| ());
    store.expect_deadline().return_const(Deadline::NEVER);
    store.expect_begin_by().returning(move |_| Ok(Box::new(make())));
    store
}

/// A store that expects one unit and fails to begin it.
pub fn failing_store(error: StoreError) -> MockStore {
    let mut store = MockStore::new();
    store.expect_deadline().return_const(Deadline::NEVER);
    store.expect_begin_by().times(1).returning(move |_| Err(error.clone()));
    store
}

#[cfg(test)]
mod tests {
    use super::{MockUnitOfWork, failing_store, store_of};
    use crate::clock::FixedClock;
    use boxoffice_domain::events::OutboxEntry;
    use boxoffice_domain::outbox::Stream;
    use boxoffice_domain::sales::SalesUnit;
    use boxoffice_domain::shared::{StoreError, UserId};
    use boxoffice_domain::store::in_unit;

    #[tokio::test]
    async fn units_are_returned_in_order_and_report_how_they_ended() {
        let contended = MockUnitOfWork::new().failing_commit(StoreError::Contention);
        let good = MockUnitOfWork::new();
        let (lost, won) = (contended.end(), good.end());
        let store = store_of([contended, good]);
        let outcome: Result<u8, StoreError> =
            in_unit::<dyn SalesUnit, _, _, _>(&store, "test", |_, _| Box::pin(async { Ok(7) })).await;
        assert_eq!(outcome.unwrap(), 7);
        assert!(lost.is_commit_failed() && !lost.is_committed());
        assert!(won.is_committed() && !won.is_rolled_back());
    }

    #[tokio::test]
    async fn a_refused_unit_is_rolled_back() {
        let unit = MockUnitOfWork::new();
        let end = unit.end();
        let outcome: Result<(), StoreError> = in_unit::<dyn SalesUnit, _, _, _>(&store_of([unit]), "test", |_, _| {
            Box::pin(async { Err(StoreError::Busy) })
        })
        .await;
        assert!(matches!(outcome, Err(StoreError::Busy)));
        assert!(end.is_rolled_back());
    }

    #[tokio::test]
    async fn the_mocks_behind_a_unit_are_called() {
        let mut unit = MockUnitOfWork::new();
        unit.outbox.expect_append().times(1).returning(|_| Ok(()));
        let user = UserId::from_uuid(uuid::Uuid::nil());
        let entry =
            OutboxEntry { stream: Stream::User(user), position: 1, occurred_at: FixedClock::START, events: vec![] };
        unit.outbox().append(entry).await.unwrap();
    }

    #[tokio::test]
    async fn a_failing_store_begins_nothing() {
        let store = failing_store(StoreError::Busy);
        let outcome: Result<(), StoreError> =
            in_unit::<dyn SalesUnit, _, _, _>(&store, "test", |_, _| Box::pin(async { Ok(()) })).await;
        assert!(matches!(outcome, Err(StoreError::Busy)));
    }
}
