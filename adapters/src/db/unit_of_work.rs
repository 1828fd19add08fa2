//! Units of work. One struct owns a connection in a transaction and implements every repository.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use boxoffice_domain::bookings::{BookingRepository, HoldingsRepository};
use boxoffice_domain::concerts::{
    ConcertEvent, ConcertRepository, ConcertUnit, OrganiserRepository, SectionRepository, TicketRepository,
};
use boxoffice_domain::events::{CommittedEvents, EventPayload, OutboxEntry};
use boxoffice_domain::idempotency::IdempotencyRepository;
use boxoffice_domain::outbox::Outbox;
use boxoffice_domain::payments::{PaymentRepository, RefundRepository};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::sales::placement::{PlacementData, PlacementQuery};
use boxoffice_domain::shared::{IdGenerator, StoreError};
use boxoffice_domain::store::{Deadline, Store, UnitOfWork};
use boxoffice_domain::users::{RefreshTokenRepository, UserEvent, UserRepository, UserUnit};
use diesel::result::QueryResult;

use super::conn::Conn;
use super::errors::Failure;
use super::pool::{Lease, Pools, SendQuery};

/// The pause before the first retry of a unit.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Begins units of work.
pub struct SqlStore {
    pools: Arc<Pools>,
    listener: Arc<dyn CommittedEvents>,
    ids: Arc<dyn IdGenerator>,
}

impl SqlStore {
    pub(super) fn new(pools: Arc<Pools>, listener: Arc<dyn CommittedEvents>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { pools, listener, ids }
    }
}

#[async_trait]
impl Store<dyn SalesUnit> for SqlStore {
    fn deadline(&self, allowed: Duration) -> Deadline {
        Instant::now().checked_add(allowed).map_or(Deadline::NEVER, Deadline::at)
    }

    async fn begin_by(&self, deadline: Deadline) -> Result<Box<dyn SalesUnit>, StoreError> {
        let lease = self.pools.units.transaction(deadline.moment(), Conn::begin).await?;
        let unit = SqlUnit {
            lease: Some(lease),
            connection_lost: false,
            entries: Vec::new(),
            listener: Arc::clone(&self.listener),
        };
        Ok(Box::new(unit))
    }

    async fn pause_before_retry(&self, attempt: u32) {
        metrics::counter!("boxoffice_unit_retries_total").increment(1);
        let bound = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(LONGEST_PAUSE);
        // Between half and all of the bound, so that two units that collided do not collide again.
        let mut byte = [0];
        self.ids.fill_random(&mut byte);
        tokio::time::sleep(bound.mul_f64(0.5 + f64::from(u8::from_ne_bytes(byte)) / 510.0)).await;
    }
}

/// One open transaction.
pub(super) struct SqlUnit {
    /// `None` once the unit has ended.
    lease: Option<Lease>,
    /// A statement found the connection dead, so no `ROLLBACK` can be sent.
    connection_lost: bool,
    /// The entries that the listener receives after the commit.
    entries: Vec<OutboxEntry>,
    listener: Arc<dyn CommittedEvents>,
}

impl SqlUnit {
    /// Runs a query inside the transaction.
    pub(super) async fn run<T, Q>(&mut self, query: Q) -> Result<T, Failure>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let Some(lease) = self.lease.as_mut() else {
            return Err(Failure(diesel::result::Error::NotInTransaction));
        };
        let result = lease.run(&query).await;
        self.connection_lost |= result.as_ref().is_err_and(Failure::is_lost_connection);
        result
    }

    /// Runs a statement that must affect exactly `expected` rows. Otherwise another unit committed first.
    pub(super) async fn run_exactly<Q>(&mut self, expected: usize, query: Q) -> Result<(), StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<usize> + for<'c> SendQuery<'c, usize>,
    {
        if expected == 0 || self.run(query).await? == expected { Ok(()) } else { Err(StoreError::Contention) }
    }

    /// Keeps an entry for the listener.
    pub(super) fn remember_entry(&mut self, entry: OutboxEntry) {
        self.entries.push(entry);
    }
}

impl UserUnit for SqlUnit {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokenRepository {
        self
    }

    fn user_outbox(&mut self) -> &mut dyn Outbox<UserEvent> {
        self
    }
}

impl ConcertUnit for SqlUnit {
    fn organisers(&mut self) -> &mut dyn OrganiserRepository {
        self
    }

    fn concerts(&mut self) -> &mut dyn ConcertRepository {
        self
    }

    fn sections(&mut self) -> &mut dyn SectionRepository {
        self
    }

    fn tickets(&mut self) -> &mut dyn TicketRepository {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn concert_outbox(&mut self) -> &mut dyn Outbox<ConcertEvent> {
        self
    }
}

#[async_trait]
impl SalesUnit for SqlUnit {
    fn bookings(&mut self) -> &mut dyn BookingRepository {
        self
    }

    fn holdings(&mut self) -> &mut dyn HoldingsRepository {
        self
    }

    fn payments(&mut self) -> &mut dyn PaymentRepository {
        self
    }

    fn refunds(&mut self) -> &mut dyn RefundRepository {
        self
    }

    fn outbox(&mut self) -> &mut dyn Outbox<EventPayload> {
        self
    }

    async fn placement_data(&mut self, questions: &PlacementQuery<'_>) -> Result<PlacementData, StoreError> {
        self.read_placement_data(questions).await
    }
}

#[async_trait]
impl UnitOfWork for SqlUnit {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.run(Conn::commit).await?;
        drop(self.lease.take());
        self.listener.committed(&self.entries);
        Ok(())
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
        if !self.connection_lost
            && let Some(lease) = self.lease.as_mut()
        {
            lease.undo().await?;
            drop(self.lease.take());
        }
        Ok(())
    }
}

impl Drop for SqlUnit {
    /// Discards the connection of a unit that was not ended, or whose commit or rollback failed.
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.discard();
        }
    }
}
