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
            PlaceError::KeyReused => "key_reused",
            PlaceError::Store(error) if error.is_contention() => "contention",
            PlaceError::Store(_) => "failed",
        },
    }
}
