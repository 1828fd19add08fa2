//! Counts what becomes of the bookings that customers ask for.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::bookings::{BookingDesk, PlaceError, PlaceRequest, Placed};

/// A desk whose outcomes are counted: `boxoffice_bookings_total` by outcome, and `boxoffice_booked_tickets_total`.
pub struct MeteredDesk {
    desk: Arc<dyn BookingDesk>,
}

impl MeteredDesk {
    /// Counts what becomes of requests at `desk`.
    pub fn new(desk: Arc<dyn BookingDesk>) -> Self {
        Self { desk }
    }
}

#[async_trait]
impl BookingDesk for MeteredDesk {
    async fn place(&self, request: PlaceRequest) -> Result<Placed, PlaceError> {
        let outcome = self.desk.place(request).await;
        metrics::counter!("boxoffice_bookings_total", "outcome" => label(&outcome)).increment(1);
        if let Ok(Placed { booking, replayed: false }) = &outcome {
            let tickets = u64::try_from(booking.tickets.len()).unwrap_or(u64::MAX);
            metrics::counter!("boxoffice_booked_tickets_total").increment(tickets);
        }
        outcome
    }
}

fn label(outcome: &Result<Placed, PlaceError>) -> &'static str {
    match outcome {
        Ok(placed) if placed.replayed => "replayed",
        Ok(_) => "placed",
        Err(error) => match error {
            PlaceError::LoginRequired => "login_required",
            PlaceError::ConcertNotFound => "concert_not_found",
            PlaceError::SaleClosed(_) => "sale_closed",
            PlaceError::Invalid(_) => "invalid",
            PlaceError::SeatsUnavailable { .. } => "seats_unavailable",
            PlaceError::SoldOut { .. } => "sold_out",
            PlaceError::LimitReached { .. } => "limit_reached",
            PlaceError::PriceChanged { .. } => "price_changed",
            PlaceError::KeyReused => "key_reused",
            PlaceError::Store(error) if error.is_contention() => "contention",
            PlaceError::Store(_) => "failed",
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use boxoffice_domain::bookings::{NewBooking, PlaceBooking, SaleClosed};
    use boxoffice_domain::shared::{Actor, ConcertId, StoreError};
    use boxoffice_domain::testing::{BookingBuilder, ConcertBuilder, SequentialIds};
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    /// A desk that answers from a script.
    struct ScriptedDesk(Mutex<Vec<Result<Placed, PlaceError>>>);

    #[async_trait]
    impl BookingDesk for ScriptedDesk {
        async fn place(&self, _: PlaceRequest) -> Result<Placed, PlaceError> {
            self.0.lock().unwrap().remove(0)
        }
    }

    fn request() -> PlaceRequest {
        let concert = ConcertId::generate(&SequentialIds::new());
        let seats = Some(vec!["A-1-1".to_owned()]);
        let command = PlaceBooking::new(NewBooking {
            concert,
            seats,
            section: None,
            quantity: None,
            category: None,
            expected_total: None,
        });
        PlaceRequest { actor: Actor::Anonymous, command: command.unwrap(), key: None }
    }

    #[tokio::test]
    async fn each_outcome_is_counted_and_passed_on() {
        let ids = SequentialIds::new();
        let concert = ConcertBuilder::new(&ids).seated("A", 1, 10, 500).build();
        let booking = BookingBuilder::new(&ids, &concert).tickets([1, 2]).build();
        let outcomes = vec![
            Ok(Placed { booking: booking.clone(), replayed: false }),
            Ok(Placed { booking, replayed: true }),
            Err(PlaceError::SaleClosed(SaleClosed::Paused)),
            Err(PlaceError::Store(StoreError::Contention)),
            Err(PlaceError::Store(StoreError::Busy)),
        ];
        let count = outcomes.len();
        let desk = MeteredDesk::new(Arc::new(ScriptedDesk(Mutex::new(outcomes))));
        let recorder = PrometheusBuilder::new().build_recorder();
        let _recording = metrics::set_default_local_recorder(&recorder);

        let mut placed = 0;
        for _ in 0..count {
            placed += usize::from(desk.place(request()).await.is_ok());
        }

        assert_eq!(placed, 2);
        let page = recorder.handle().render();
        for outcome in ["placed", "replayed", "sale_closed", "contention", "failed"] {
            let line = format!("boxoffice_bookings_total{{outcome=\"{outcome}\"}} 1\n");
            assert!(page.contains(&line), "{outcome} is missing in:\n{page}");
        }
        assert!(page.contains("boxoffice_booked_tickets_total 2\n"), "{page}");
    }
}
