//! Maps the errors of payment use cases to problems.

use boxoffice_domain::payments::ReadPaymentError;
use boxoffice_domain::sales::payment::{RefundError, StartPaymentError};

use super::super::problem::{Facts, Kind, Problem, Refusal, kind};

impl Refusal for StartPaymentError {
    const KINDS: &'static [&'static Kind] = &[
        kind::BOOKING_NOT_FOUND,
        kind::BOOKING_EXPIRED,
        kind::BOOKING_NOT_PAYABLE,
        kind::PAYMENT_IN_PROGRESS,
        kind::CONCERT_CANCELLED,
        kind::VALIDATION_FAILED,
        kind::IDEMPOTENCY_KEY_REUSED,
    ];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::BookingNotFound => Problem::new(kind::BOOKING_NOT_FOUND),
            Self::UnknownMethod(faults) => Problem::invalid(faults),
            Self::BookingExpired => Problem::new(kind::BOOKING_EXPIRED),
            Self::BookingNotPayable => Problem::new(kind::BOOKING_NOT_PAYABLE),
            Self::PaymentInProgress => Problem::new(kind::PAYMENT_IN_PROGRESS),
            Self::ConcertCancelled => Problem::new(kind::CONCERT_CANCELLED),
            Self::KeyReused => Problem::new(kind::IDEMPOTENCY_KEY_REUSED),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for ReadPaymentError {
    const KINDS: &'static [&'static Kind] = &[];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Store(error) => error.into(),
        }
    }
}

impl Refusal for RefundError {
    const KINDS: &'static [&'static Kind] = &[
        kind::FORBIDDEN,
        kind::NOT_REFUNDABLE,
        kind::AMOUNT_EXCEEDS_LEFT,
        kind::ALL_THAT_IS_LEFT,
        kind::TOO_MANY_REFUNDS,
        kind::VALIDATION_FAILED,
        kind::IDEMPOTENCY_KEY_REUSED,
    ];

    fn into_problem(self) -> Problem {
        match self {
            Self::LoginRequired => Problem::new(kind::LOGIN_REQUIRED),
            Self::NotFound => Problem::new(kind::NOT_FOUND),
            Self::Forbidden => Problem::new(kind::FORBIDDEN),
            Self::Invalid(faults) => Problem::invalid(faults),
            Self::NothingLeft => Problem::new(kind::NOT_REFUNDABLE),
            Self::ExceedsLeft { left } => with_left(kind::AMOUNT_EXCEEDS_LEFT, left),
            Self::TooManyParts => Problem::new(kind::TOO_MANY_REFUNDS),
            Self::AllThatIsLeft { left } => with_left(kind::ALL_THAT_IS_LEFT, left),
            Self::KeyReused => Problem::new(kind::IDEMPOTENCY_KEY_REUSED),
            Self::Store(error) => error.into(),
        }
    }
}

fn with_left(kind: &'static Kind, left: i64) -> Problem {
    Problem::new(kind).with_facts(Facts { left: Some(left), ..Facts::default() })
}
