//! The unit of work: a copy of the state that replaces the committed one, or is discarded.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_lock::MutexGuardArc;
use async_trait::async_trait;
use boxoffice_domain::bookings::{BookingRepository, HoldingsRepository};
use boxoffice_domain::concerts::{
    ConcertEvent, ConcertRepository, ConcertUnit, OrganiserRepository, SectionRepository, TicketRepository,
};
use boxoffice_domain::events::{EventPayload, OutboxEntry};
use boxoffice_domain::idempotency::IdempotencyRepository;
use boxoffice_domain::outbox::Outbox;
use boxoffice_domain::payments::{PaymentRepository, RefundRepository};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::StoreError;
use boxoffice_domain::store::UnitOfWork;
use boxoffice_domain::users::{RefreshTokenRepository, UserEvent, UserRepository, UserUnit};

use super::Shared;
use super::state::State;

/// One open unit. It implements all repositories over its own copy of the state.
pub(super) struct MemoryUnit {
    pub(super) state: State,
    pub(super) entries: Vec<OutboxEntry>,
    contended: bool,
    shared: Arc<Shared>,
    _write_lock: MutexGuardArc<()>,
}

impl MemoryUnit {
    /// Opens a unit; the caller passes the write lock.
    pub(super) fn new(shared: Arc<Shared>, write_lock: MutexGuardArc<()>) -> Self {
        shared.open_units.0.fetch_add(1, Ordering::SeqCst);
        let state = State::clone(&super::locked(&shared.committed));
        Self { state, entries: Vec::new(), contended: false, shared, _write_lock: write_lock }
    }

    /// Records that a statement matched other rows than expected.
    pub(super) const fn contention(&mut self) -> StoreError {
        self.contended = true;
        StoreError::Contention
    }
}

impl Drop for MemoryUnit {
    fn drop(&mut self) {
        self.shared.open_units.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl UserUnit for MemoryUnit {
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

impl ConcertUnit for MemoryUnit {
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
impl SalesUnit for MemoryUnit {
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
}

#[async_trait]
impl UnitOfWork for MemoryUnit {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        assert!(!self.contended, "a unit that met contention must be rolled back");
        let state = std::mem::take(&mut self.state);
        self.shared.replace(state);
        if !self.entries.is_empty() {
            self.shared.notify(&self.entries);
        }
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}
