//! Parked events on the wire.

use boxoffice_domain::events::ParkedEvent;
use boxoffice_domain::shared::Timestamp;
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::instant::Rfc3339;

/// An event that a consumer could not handle, or that waits behind one.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "ParkedEvent", example)]
pub(crate) struct ParkedEventDocument {
    /// The consumer.
    consumer: String,
    /// The event's id.
    event_id: Uuid,
    /// The event's type.
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    type_name: String,
    /// What the event is about: `user`, `concert`, `booking` or `payment`.
    aggregate: String,
    /// The id of the user, concert, booking or payment.
    aggregate_id: Uuid,
    /// The version of the user, concert, booking or payment after the event.
    version: u64,
    /// Why it could not be handled.
    error: String,
    /// When it was parked.
    parked_at: Rfc3339,
}

impl From<ParkedEvent> for ParkedEventDocument {
    fn from(parked: ParkedEvent) -> Self {
        Self {
            consumer: parked.consumer,
            event_id: parked.event.id.uuid(),
            type_name: parked.event.type_name,
            aggregate: parked.event.aggregate.kind,
            aggregate_id: parked.event.aggregate.id,
            version: parked.event.version,
            error: parked.error,
            parked_at: Rfc3339(parked.parked_at),
        }
    }
}

/// Parked events.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "ParkedEvents", example)]
pub(crate) struct ParkedEventsDocument {
    /// The events that were parked first; at most 100.
    pub(crate) items: Vec<ParkedEventDocument>,
}

/// The result of handling parked events again.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "RetriedEvents", example)]
pub(crate) struct RetriedEventsDocument {
    /// The number of handled events.
    pub(crate) handled: u64,
}

impl Example for ParkedEventDocument {
    fn example() -> Self {
        Self {
            consumer: "audit_log".to_owned(),
            event_id: Uuid::from_u128(0x0198_2f3e_8a10_7c4b_9d2e_0123_4567_89ab),
            type_name: "booking.confirmed.v1".to_owned(),
            aggregate: "booking".to_owned(),
            aggregate_id: Uuid::from_u128(0x0198_2f3e_8a10_7c4b_9d2e_0123_4567_89ac),
            version: 3,
            error: "the store refused a statement: data too long".to_owned(),
            parked_at: Rfc3339(Timestamp::from_micros(1_777_636_800_000_000)),
        }
    }
}

impl Example for ParkedEventsDocument {
    fn example() -> Self {
        Self { items: vec![ParkedEventDocument::example()] }
    }
}

impl Example for RetriedEventsDocument {
    fn example() -> Self {
        Self { handled: 2 }
    }
}
