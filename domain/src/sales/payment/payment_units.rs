//! Starts and settles payments: many of one concert in one unit of work, each with its own outcome.

use std::sync::Arc;

use async_trait::async_trait;

use crate::sales::SalesUnit;
use crate::shared::{Clock, IdGenerator, StoreError};
use crate::store::{Store, bisect_rejected, in_unit};

use super::payment_recorder::{PaymentRecorder, SettleRequest, SettledPayment, StartRequest};
use super::settle_payment_unit::SettlePaymentUnit;
use super::start_payment_unit::StartPaymentUnit;
use super::{PaymentPorts, PaymentSettings, StartPaymentError, StartedPayment};

/// Runs the units of work that start and settle payments. As a [`PaymentRecorder`] it runs each request in a unit of
/// its own.
pub struct PaymentUnits {
    store: Arc<dyn Store<dyn SalesUnit>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    settings: PaymentSettings,
}

impl PaymentUnits {
    /// Creates the service over these ports.
    pub fn new(ports: &PaymentPorts, settings: PaymentSettings) -> Self {
        Self { store: Arc::clone(&ports.store), clock: Arc::clone(&ports.clock), ids: Arc::clone(&ports.ids), settings }
    }

    /// Starts payments for bookings of one concert in one unit. Returns the outcomes in the order of the requests. When
    /// the store rejects the batch, it is bisected until the rejected request stands alone.
    pub async fn start_batch(&self, requests: &[StartRequest]) -> Vec<Result<StartedPayment, StartPaymentError>> {
        bisect_rejected(requests, |some| self.start_together(some), |failure| Err(failure.into())).await
    }

    /// Settles payments of one concert in one unit. A second payment of a booking that changes is settled in another
    /// unit. Otherwise like [`PaymentUnits::start_batch`].
    pub async fn settle_batch(&self, requests: &[SettleRequest]) -> Vec<Result<SettledPayment, StoreError>> {
        bisect_rejected(requests, |some| self.settle_together(some), Err).await
    }

    async fn start_together(
        &self,
        requests: &[StartRequest],
    ) -> Result<Vec<Result<StartedPayment, StartPaymentError>>, StoreError> {
        in_unit(self.store.as_ref(), "start payments", |unit, _| {
            let starting = StartPaymentUnit {
                unit,
                ids: self.ids.as_ref(),
                now: self.clock.now(),
                grace_seconds: self.settings.grace_seconds,
            };
            Box::pin(starting.run(requests))
        })
        .await
    }

    async fn settle_together(
        &self,
        requests: &[SettleRequest],
    ) -> Result<Vec<Result<SettledPayment, StoreError>>, StoreError> {
        let mut settled: Vec<Option<SettledPayment>> = vec![None; requests.len()];
        loop {
            let open: Vec<(usize, &SettleRequest)> =
                requests.iter().enumerate().filter(|(at, _)| settled.get(*at).is_some_and(Option::is_none)).collect();
            if open.is_empty() {
                return Ok(settled.into_iter().flatten().map(Ok).collect());
            }
            let open = open.as_slice();
            let done = in_unit(self.store.as_ref(), "settle payments", |unit, _| {
                let settling = SettlePaymentUnit { unit, ids: self.ids.as_ref(), now: self.clock.now() };
                Box::pin(settling.run(open))
            })
            .await?;
            for (at, outcome) in done {
                if let Some(slot) = settled.get_mut(at) {
                    *slot = Some(outcome);
                }
            }
        }
    }
}

#[async_trait]
impl PaymentRecorder for PaymentUnits {
    async fn start(&self, request: StartRequest) -> Result<StartedPayment, StartPaymentError> {
        self.start_batch(&[request]).await.pop().unwrap_or_else(|| Err(no_outcome().into()))
    }

    async fn settle(&self, request: SettleRequest) -> Result<SettledPayment, StoreError> {
        self.settle_batch(&[request]).await.pop().unwrap_or_else(|| Err(no_outcome()))
    }
}

fn no_outcome() -> StoreError {
    StoreError::inconsistent("a batch has fewer outcomes than requests")
}
