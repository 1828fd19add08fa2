//! Where bookings are placed.

use async_trait::async_trait;

use crate::idempotency::{IdempotencyKey, KeyOfUser, Operation};
use crate::shared::Actor;

use super::{Booking, PlaceBooking, PlaceError};

/// One customer's wish at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRequest {
    /// Who asks.
    pub actor: Actor,
    /// For what.
    pub command: PlaceBooking,
    /// The client's name for this request, if it may be sent twice.
    pub key: Option<IdempotencyKey>,
}

impl PlaceRequest {
    /// Under which name it is remembered, if it may be sent twice.
    pub fn key_of_user(&self) -> Option<KeyOfUser> {
        let (user, key) = (self.actor.user_id()?, self.key.clone()?);
        Some(KeyOfUser { user, operation: Operation::PlaceBooking, key })
    }
}

/// A booking that was placed, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The booking as it is now.
    pub booking: Booking,
    /// Whether an earlier request had placed it.
    pub replayed: bool,
}

/// Takes wishes and settles them: alone, or together with others for the same concert.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait BookingDesk: Send + Sync {
    /// Places one booking.
    ///
    /// # Errors
    /// [`PlaceError`].
    async fn place(&self, request: PlaceRequest) -> Result<Placed, PlaceError>;
}
