//! The port through which bookings are placed, with its request and its result.

use async_trait::async_trait;

use crate::bookings::Booking;
use crate::idempotency::{BatchOutcome, IdempotencyKey, IdempotentRequest, Operation, ScopedKey};
use crate::shared::Actor;

use super::{PlaceBooking, PlaceError};

/// One customer's request to place a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRequest {
    /// Who sends the request.
    pub actor: Actor,
    /// Which tickets of which concert, at which price.
    pub command: PlaceBooking,
    /// The client's idempotency key, if it sent one.
    pub key: Option<IdempotencyKey>,
}

impl PlaceRequest {
    /// The idempotency key in the scope of its user and operation; `None` without a key or without a user.
    pub fn scoped_key(&self) -> Option<ScopedKey> {
        let (user, key) = (self.actor.user_id()?, self.key.clone()?);
        Some(ScopedKey { user, operation: Operation::PlaceBooking, key })
    }

    /// The request with its idempotency key and the hash of its command; `None` without a key or without a user.
    pub(crate) fn idempotent(&self) -> Option<IdempotentRequest> {
        let (user, key) = (self.actor.user_id()?, self.key.clone()?);
        Some(IdempotentRequest::new(user, Operation::PlaceBooking, key, self.command.hash()))
    }
}

/// A booking that was placed, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedBooking {
    /// The booking in its current state.
    pub booking: Booking,
    /// Whether an earlier request with the same idempotency key placed it.
    pub replayed: bool,
}

impl BatchOutcome for Result<PlacedBooking, PlaceError> {
    fn key_reused() -> Self {
        Err(PlaceError::KeyReused)
    }

    fn repeated(self) -> Self {
        self.map(|placed| PlacedBooking { replayed: true, ..placed })
    }
}

/// Places bookings, each in a unit of work of its own or in a batch with others for the same concert.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BookingPlacement: Send + Sync {
    /// Places one booking.
    ///
    /// # Errors
    /// [`PlaceError`]; each variant is one reason.
    async fn place(&self, request: PlaceRequest) -> Result<PlacedBooking, PlaceError>;
}
