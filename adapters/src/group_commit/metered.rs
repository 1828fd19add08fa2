//! Counts the outcomes of booking requests.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::sales::placement::{BookingPlacement, PlaceError, PlaceRequest, PlacedBooking};

/// Counts the outcomes of the wrapped placement: `boxoffice_bookings_total` by outcome, and
/// `boxoffice_booked_tickets_total`.
pub struct MeteredBookings {
    placement: Arc<dyn BookingPlacement>,
}

impl MeteredBookings {
    /// Wraps `placement`.
    pub fn new(placement: Arc<dyn BookingPlacement>) -> Self {
        Self { placement }
    }
}

#[async_trait]
impl BookingPlacement for MeteredBookings {
    async fn place(&self, request: PlaceRequest) -> Result<PlacedBooking, PlaceError> {
        let outcome = self.placement.place(request).await;
        metrics::counter!("boxoffice_bookings_total", "outcome" => label(&outcome)).increment(1);
        if let Ok(PlacedBooking { booking, replayed: false }) = &outcome {
            let tickets = u64::try_from(booking.tickets.len()).unwrap_or(u64::MAX);
            metrics::counter!("boxoffice_booked_tickets_total").increment(tickets);
        }
        outcome
    }
}

fn label(outcome: &Result<PlacedBooking, PlaceError>) -> &'static str {
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

    use boxoffice_domain::sales::placement::{PlaceBooking, SaleClosed, Selection};
    use boxoffice_domain::shared::{Actor, ConcertId, StoreError};
    use boxoffice_testing::{BookingBuilder, ConcertBuilder, SequentialIds};
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    /// A placement that returns scripted outcomes.
    struct ScriptedPlacement(Mutex<Vec<Result<PlacedBooking, PlaceError>>>);

    #[async_trait]
    impl BookingPlacement for ScriptedPlacement {
        async fn place(&self, _: PlaceRequest) -> Result<PlacedBooking, PlaceError> {
            self.0.lock().unwrap().remove(0)
        }
    }

    fn request() -> PlaceRequest {
        let concert = ConcertId::generate(&SequentialIds::new());
        let command = PlaceBooking::new(concert, Selection::seats(&["A-1-1"]), None, None).unwrap();
        PlaceRequest { actor: Actor::Anonymous, command, key: None }
    }

    #[tokio::test]
    async fn each_outcome_is_counted_and_passed_on() {
        let ids = SequentialIds::new();
        let concert = ConcertBuilder::new(&ids).seated("A", 1, 10, 500).build();
        let booking = BookingBuilder::new(&ids, &concert).tickets([1, 2]).build();
        let outcomes = vec![
            Ok(PlacedBooking { booking: booking.clone(), replayed: false }),
            Ok(PlacedBooking { booking, replayed: true }),
            Err(PlaceError::SaleClosed(SaleClosed::Paused)),
            Err(PlaceError::Store(StoreError::Contention)),
            Err(PlaceError::Store(StoreError::Busy)),
        ];
        let count = outcomes.len();
        let placement = MeteredBookings::new(Arc::new(ScriptedPlacement(Mutex::new(outcomes))));
        let recorder = PrometheusBuilder::new().build_recorder();
        let _recording = metrics::set_default_local_recorder(&recorder);

        let mut placed = 0;
        for _ in 0..count {
            placed += usize::from(placement.place(request()).await.is_ok());
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
