//! Payments and refunds, with the gateway that the settings select.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_adapters::gateways::{SandboxGateway, SandboxSettings};
use boxoffice_adapters::group_commit::{BookingConcertCache, GroupCommitPayments};
use boxoffice_adapters::http::{PaymentUseCases, UseCases};
use boxoffice_adapters::workers::{self, Worker};
use boxoffice_domain::payments::{PaymentGateway, PaymentGateways, Payments};
use boxoffice_domain::sales::payment::{PaymentPorts, PaymentProcessor, PaymentSettings, PaymentUnits};
use boxoffice_domain::shared::Clock;

use super::{GroupCommit, Module, ServicesError, Shared};
use crate::settings::{self, Settings, WorkerSettings};

/// The use cases of payments.
#[derive(Clone)]
pub struct PaymentsModule {
    /// Reads payments and refunds.
    pub payments: Arc<Payments>,
    /// Starts, settles, refunds and reconciles payments.
    pub processor: Arc<PaymentProcessor>,
}

impl PaymentsModule {
    pub(super) fn build(settings: &Settings, shared: &Shared) -> Result<Self, ServicesError> {
        let Shared { database, store, clock, ids, listeners, .. } = shared;
        let ports = PaymentPorts {
            store: store.clone(),
            payments: database.clone(),
            bookings: database.clone(),
            organisers: database.clone(),
            gateways: Arc::new(PaymentGateways::new(vec![gateway(&settings.payments, clock.clone())])?),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let policy = PaymentSettings { grace_seconds: settings.payments.grace_seconds.into() };
        let units = PaymentUnits::new(&ports, policy);
        let processor = PaymentProcessor::new(ports, policy);
        let processor = match &shared.group_commit {
            None => processor,
            Some(GroupCommit { slots, limits }) => {
                let concerts = Arc::new(BookingConcertCache::new(database.clone()));
                listeners.add(concerts.clone());
                processor.with_recorder(Arc::new(GroupCommitPayments::new(units, concerts, slots.clone(), *limits)))
            }
        };
        let payments = Arc::new(Payments::new(database.clone(), database.clone()));
        Ok(Self { payments, processor: Arc::new(processor) })
    }
}

impl Module for PaymentsModule {
    fn add_use_cases(&self, served: &mut UseCases) {
        served.payments = Some(PaymentUseCases { payments: self.payments.clone(), processor: self.processor.clone() });
    }

    fn workers(&self, settings: &WorkerSettings) -> Vec<Worker> {
        vec![workers::reconcile(self.processor.clone(), Duration::from_millis(settings.reconcile_ms.into()))]
    }
}

fn gateway(settings: &settings::PaymentSettings, clock: Arc<dyn Clock>) -> Arc<dyn PaymentGateway> {
    match settings.gateway {
        settings::Gateway::Sandbox => {
            let pending_seconds = settings.sandbox_pending_seconds.into();
            let latency = Duration::from_millis(settings.sandbox_latency_ms.into());
            Arc::new(SandboxGateway::new(clock, SandboxSettings { pending_seconds, latency }))
        }
    }
}
