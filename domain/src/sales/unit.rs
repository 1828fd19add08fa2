//! The unit of work of sales.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::bookings::{BookingRepository, HoldingsRepository};
use crate::concerts::ConcertUnit;
use crate::events::EventPayload;
use crate::outbox::Outbox;
use crate::payments::{PaymentRepository, RefundRepository};
use crate::shared::StoreError;
use crate::store::{Deadline, Store, UnitObject};
use crate::users::UserUnit;

use super::placement::{PlacementData, PlacementQuery, SaleTerms};

/// A unit of work in which seats and money change together.
///
/// Every unit touches rows in one order, so that units wait for each other but never in a circle: tickets by number,
/// bookings by id, payments, holdings, sections by position, and the concert's row last. That row's lock makes the
/// order of versions, which are the positions in the concert's stream, the order of commits.
#[async_trait]
pub trait SalesUnit: ConcertUnit {
    /// Bookings.
    fn bookings(&mut self) -> &mut dyn BookingRepository;
    /// The holdings of users per concert.
    fn holdings(&mut self) -> &mut dyn HoldingsRepository;
    /// Payments.
    fn payments(&mut self) -> &mut dyn PaymentRepository;
    /// Refunds.
    fn refunds(&mut self) -> &mut dyn RefundRepository;
    /// Events of concerts, bookings and payments together.
    fn outbox(&mut self) -> &mut dyn Outbox<EventPayload>;

    /// Reads the data that decides a batch of placement requests. This default implementation defines the meaning; a
    /// store overrides it if it can read everything in one statement.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn placement_data(&mut self, query: &PlacementQuery<'_>) -> Result<PlacementData, StoreError> {
        let PlacementQuery { concert: id, known_terms, keys, users, tickets } = *query;
        let keys = if keys.is_empty() { Vec::new() } else { self.idempotency().find(keys).await? };
        let terms = match (self.concerts().get(id).await?, known_terms) {
            (None, _) => None,
            (Some(concert), Some(known)) if known.revision() == concert.revision => Some(Arc::clone(known)),
            (Some(concert), _) => Some(Arc::new(SaleTerms::new(concert, self.sections().prices(id).await?))),
        };
        let holdings = if users.is_empty() { Vec::new() } else { self.holdings().of_users(id, users).await? };
        let tickets = if tickets.is_empty() { Vec::new() } else { self.tickets().states(id, tickets).await? };
        Ok(PlacementData { terms, keys, holdings, tickets })
    }
}

impl UnitObject for dyn SalesUnit {
    type Borrowed<'unit> = dyn SalesUnit + 'unit;

    fn borrowed(&mut self) -> &mut Self::Borrowed<'_> {
        self
    }
}

/// A store of sales is a store of concerts as well, because each unit contains those of the modules below.
#[async_trait]
impl<S: Store<dyn SalesUnit>> Store<dyn ConcertUnit> for S {
    fn deadline(&self, allowed: Duration) -> Deadline {
        Store::<dyn SalesUnit>::deadline(self, allowed)
    }

    async fn begin_by(&self, deadline: Deadline) -> Result<Box<dyn ConcertUnit>, StoreError> {
        let unit = Store::<dyn SalesUnit>::begin_by(self, deadline).await?;
        Ok(unit)
    }

    async fn pause_before_retry(&self, attempt: u32) {
        Store::<dyn SalesUnit>::pause_before_retry(self, attempt).await;
    }
}

/// A store of sales is a store of users as well.
#[async_trait]
impl<S: Store<dyn SalesUnit>> Store<dyn UserUnit> for S {
    fn deadline(&self, allowed: Duration) -> Deadline {
        Store::<dyn SalesUnit>::deadline(self, allowed)
    }

    async fn begin_by(&self, deadline: Deadline) -> Result<Box<dyn UserUnit>, StoreError> {
        let unit = Store::<dyn SalesUnit>::begin_by(self, deadline).await?;
        Ok(unit)
    }

    async fn pause_before_retry(&self, attempt: u32) {
        Store::<dyn SalesUnit>::pause_before_retry(self, attempt).await;
    }
}
