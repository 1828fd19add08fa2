//! Maps the errors of booking use cases to problems.

use boxoffice_domain::bookings::{ListBookingsError, ReadBookingError};
use boxoffice_domain::sales::cancellation::CancelError;
use boxoffice_domain::sales::placement::{PlaceError, SaleClosed};

use super::super::instant::Rfc3339;
use super::super::problem::{Facts, Kind, Problem, Refusal, kind};

impl Refusal for PlaceError {
    const KINDS: &'static [&'static Kind] = &[
        kind::CONCERT_NOT_FOUND,
        kind::SALE_NOT_STARTED,
        kind::SALE_ENDED,
        kind::SALE_PAUSED,
        kind::CONCERT_CANCELLED,
        kind::SEATS_UNAVAILABLE,
        kind::SOLD_OUT,
        kind::LIMIT_REACHED,
        kind::PRICE_CHANGED,
        kind::VALIDATION_FAILED,
        kind::IDEMPOTENCY_KEY_REUSED,
    ];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::ConcertNotFound => Problem::new(kind::CONCERT_NOT_FOUND),
            Self::SaleClosed(closed) => sale_closed(closed),
            Self::Invalid(faults) => Problem::invalid(faults),
            Self::SeatsUnavailable { seats } => {
                let seats = seats.iter().map(|seat| seat.as_str().to_owned()).collect();
                Problem::new(kind::SEATS_UNAVAILABLE).with_facts(Facts { seats: Some(seats), ..Facts::default() })
            }
            Self::SoldOut { section, left } => {
                let section = Some(section.as_str().to_owned());
                Problem::new(kind::SOLD_OUT).with_facts(Facts { section, left: Some(left.into()), ..Facts::default() })
            }
            Self::LimitReached { limit, allowed, left } => {
                let limit = Some(limit.as_str().to_owned());
                let facts = Facts { limit, allowed: Some(allowed), left: Some(left.into()), ..Facts::default() };
                Problem::new(kind::LIMIT_REACHED).with_facts(facts)
            }
            Self::PriceChanged { total } => {
                let currency = Some(total.currency().code().to_owned());
                let facts = Facts { total: Some(total.minor()), currency, ..Facts::default() };
                Problem::new(kind::PRICE_CHANGED).with_facts(facts)
            }
            Self::KeyReused => Problem::new(kind::IDEMPOTENCY_KEY_REUSED),
            Self::Store(error) => error.into(),
        }
    }
}

fn sale_closed(closed: SaleClosed) -> Problem {
    match closed {
        SaleClosed::NotYet { starts_at } => {
            let facts = Facts { sales_start_at: Some(Rfc3339(starts_at)), ..Facts::default() };
            Problem::new(kind::SALE_NOT_STARTED).with_facts(facts)
        }
        SaleClosed::Over => Problem::new(kind::SALE_ENDED),
        SaleClosed::Paused => Problem::new(kind::SALE_PAUSED),
        SaleClosed::Cancelled => Problem::new(kind::CONCERT_CANCELLED),
    }
}

impl Refusal for ReadBookingError {
    const KINDS: &'static [&'static Kind] = &[];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ListBookingsError {
    const KINDS: &'static [&'static Kind] =
        &[kind::FORBIDDEN, kind::CONCERT_NOT_FOUND, kind::INVALID_CURSOR, kind::VALIDATION_FAILED];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::NotFound => Problem::new(kind::CONCERT_NOT_FOUND),
            Self::Invalid(faults) => Problem::invalid_parameters(faults),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for CancelError {
    const KINDS: &'static [&'static Kind] = &[kind::FORBIDDEN, kind::NOT_REFUNDABLE];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::NotRefundable => Problem::new(kind::NOT_REFUNDABLE),
            Self::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use boxoffice_domain::concerts::{SeatLabel, SectionCode};
    use boxoffice_domain::sales::cancellation::CancelError;
    use boxoffice_domain::sales::placement::{Limit, PlaceError, SaleClosed};
    use boxoffice_domain::shared::{StoreError, Timestamp};
    use serde_json::{Value, json};

    use super::super::super::problem::Refusal;

    async fn shown(refusal: impl Refusal) -> Value {
        let answer = refusal.into_problem().into_answer(None);
        serde_json::from_str(&answer.into_body().into_string().await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_refused_booking_returns_its_facts() {
        let seats = ["A-1-2", "A-1-1"].map(|seat| SeatLabel::parse(seat).unwrap()).to_vec();
        let taken = shown(PlaceError::SeatsUnavailable { seats }).await;
        assert_eq!((&taken["status"], &taken["code"]), (&json!(409), &json!("seats_unavailable")));
        assert_eq!(taken["seats"], json!(["A-1-2", "A-1-1"]));

        let section = SectionCode::parse("GA").unwrap();
        let sold_out = shown(PlaceError::SoldOut { section, left: 3 }).await;
        assert_eq!((&sold_out["section"], &sold_out["left"]), (&json!("GA"), &json!(3)));

        let limit = PlaceError::LimitReached { limit: Limit::TicketsPerUser, allowed: 10, left: 1 };
        let limit = shown(limit).await;
        assert_eq!(
            (&limit["limit"], &limit["allowed"], &limit["left"]),
            (&json!("max_tickets_per_user"), &json!(10), &json!(1))
        );

        let starts_at = Timestamp::parse_rfc3339("2026-05-02T10:00:00Z").unwrap();
        let closed = shown(PlaceError::SaleClosed(SaleClosed::NotYet { starts_at })).await;
        assert_eq!(
            (&closed["code"], &closed["sales_start_at"]),
            (&json!("sale_not_started"), &json!("2026-05-02T10:00:00Z"))
        );
    }

    #[test]
    fn a_busy_or_unavailable_store_returns_retry_after() {
        let status = |error: StoreError| {
            let answer = CancelError::from(error).into_problem().into_answer(None);
            let retry = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
            (answer.status().as_u16(), retry)
        };
        let broken = || Arc::new(std::io::Error::other("gone"));
        assert_eq!(status(StoreError::Contention), (503, Some("1".to_owned())));
        assert_eq!(status(StoreError::Busy), (503, Some("1".to_owned())));
        assert_eq!(status(StoreError::Unavailable(broken())), (503, Some("5".to_owned())));
        assert_eq!(status(StoreError::Rejected(broken())), (500, None));
        assert_eq!(status(StoreError::inconsistent("a row")), (500, None));
    }
}
