//! The units of payments: many of one concert in one unit of work, each with an outcome of its own.

use std::sync::Arc;

use async_trait::async_trait;

use crate::shared::{Clock, IdGenerator, StoreError};
use crate::store::{Store, in_halves, in_unit};

use super::desk::{PaymentDesk, SettleRequest, Settled, StartRequest};
use super::settle_batch::Settling;
use super::start_batch::Starting;
use super::{PaymentPorts, PaymentSettings, StartPaymentError, Started};

/// Runs the units of payments. As a [`PaymentDesk`] it runs each request in a unit of its own.
pub struct PaymentUnits {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    gateway: &'static str,
    settings: PaymentSettings,
}

impl PaymentUnits {
    /// Over these ports.
    pub fn new(ports: &PaymentPorts, settings: PaymentSettings) -> Self {
        Self {
            store: Arc::clone(&ports.store),
            clock: Arc::clone(&ports.clock),
            ids: Arc::clone(&ports.ids),
            gateway: ports.gateway.name(),
            settings,
        }
    }

    /// Starts payments for bookings of one concert in one unit; the outcomes come in the order of the requests. When the
    /// store refuses the batch, it is split in halves until what it refuses stands alone.
    pub async fn start_batch(&self, requests: &[StartRequest]) -> Vec<Result<Started, StartPaymentError>> {
        in_halves(requests, |some| self.start_together(some), |failure| Err(failure.into())).await
    }

    /// Settles payments of one concert in one unit, or in two where a booking has two payments that change; otherwise as
    /// [`PaymentUnits::start_batch`].
    pub async fn settle_batch(&self, requests: &[SettleRequest]) -> Vec<Result<Settled, StoreError>> {
        in_halves(requests, |some| self.settle_together(some), Err).await
    }

    async fn start_together(
        &self,
        requests: &[StartRequest],
    ) -> Result<Vec<Result<Started, StartPaymentError>>, StoreError> {
        in_unit(self.store.as_ref(), "start payments", |unit, _| {
            let starting = Starting {
                unit,
                ids: self.ids.as_ref(),
                now: self.clock.now(),
                gateway: self.gateway,
                grace_seconds: self.settings.grace_seconds,
            };
            Box::pin(starting.run(requests))
        })
        .await
    }

    async fn settle_together(
        &self,
        requests: &[SettleRequest],
    ) -> Result<Vec<Result<Settled, StoreError>>, StoreError> {
        let mut settled: Vec<Option<Settled>> = vec![None; requests.len()];
        loop {
            let open: Vec<(usize, &SettleRequest)> =
                requests.iter().enumerate().filter(|(at, _)| settled.get(*at).is_some_and(Option::is_none)).collect();
            if open.is_empty() {
                return Ok(settled.into_iter().flatten().map(Ok).collect());
            }
            let open = open.as_slice();
            let done = in_unit(self.store.as_ref(), "settle payments", |unit, _| {
                let settling = Settling { unit, ids: self.ids.as_ref(), now: self.clock.now() };
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
impl PaymentDesk for PaymentUnits {
    async fn start(&self, request: StartRequest) -> Result<Started, StartPaymentError> {
        self.start_batch(&[request]).await.pop().unwrap_or_else(|| Err(no_outcome().into()))
    }

    async fn settle(&self, request: SettleRequest) -> Result<Settled, StoreError> {
        self.settle_batch(&[request]).await.pop().unwrap_or_else(|| Err(no_outcome()))
    }
}

fn no_outcome() -> StoreError {
    StoreError::inconsistent("a batch has fewer outcomes than requests")
}
