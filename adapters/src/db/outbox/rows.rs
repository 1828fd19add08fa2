//! How the events of an entry lie in its row: a JSON array, each event with its header and what happened, as JSON of a
//! fixed shape for each type.
//!
//! The shapes are a promise to those who read the outbox later, be it this program's next version: fields are only ever
//! added, and each type has a committed sample that must stay readable.

use std::fmt::Write;

use boxoffice_domain::concerts::ConcertEvent;
use boxoffice_domain::events::{AggregateKey, Event, EventHeader, EventPayload, OutboxEntry, StoredEntry, StoredEvent};
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::shared::{Actor, Causes, EventId, Role, StoreError, Timestamp, UserId};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::db::rows::{number, parse_enum};
use crate::db::types::{Id, Micros};

use super::payload::{decode, decode_seats, encode};

/// The type of a row or an event that is so broken that it does not say its type.
const BROKEN: &str = "broken";

/// An entry as it is read.
#[derive(diesel::Queryable)]
pub(super) struct EntryRow {
    position: i64,
    occurred_at: Micros,
    seats: Option<String>,
    events: String,
}

/// An event as it lies in the array. What happened to seats lies in a column of its own, and is `null` here.
#[derive(Deserialize)]
struct EventData {
    id: Uuid,
    #[serde(rename = "type")]
    type_name: String,
    aggregate: String,
    aggregate_id: Uuid,
    version: u64,
    actor: String,
    data: Value,
}

impl EntryRow {
    /// Reads the entry event by event: one that cannot be decoded does not hide the others.
    pub(super) fn into_entry(self, stream: Stream) -> Result<StoredEntry, StoreError> {
        let position = number("outbox_entries.position", self.position)?;
        let events = match serde_json::from_str::<Vec<Value>>(&self.events) {
            Ok(events) => {
                events.into_iter().zip(0_u16..).map(|(event, index)| self.event(stream, index, event)).collect()
            }
            Err(error) => vec![self.broken(stream, 0, &error)],
        };
        Ok(StoredEntry { position, events })
    }

    fn event(&self, stream: Stream, index: u16, event: Value) -> StoredEvent {
        let data: EventData = match serde_json::from_value(event) {
            Ok(data) => data,
            Err(error) => return self.broken(stream, index, &error),
        };
        let header = EventHeader {
            id: EventId::from_uuid(data.id),
            aggregate: AggregateKey { kind: data.aggregate.clone(), id: data.aggregate_id },
            version: data.version,
            type_name: data.type_name.clone(),
        };
        match self.decoded(data) {
            Ok(event) => StoredEvent::Decoded(event),
            Err(error) => StoredEvent::Undecodable { header, error: Causes(&error).to_string() },
        }
    }

    fn decoded(&self, data: EventData) -> Result<Event, StoreError> {
        let payload = match (data.data, &self.seats) {
            (Value::Null, Some(seats)) if data.type_name == "concert.seats_changed.v1" => {
                EventPayload::Concert(ConcertEvent::SeatsChanged { seats: decode_seats(seats)? })
            }
            (content, _) => decode(&data.type_name, content)?,
        };
        Ok(Event {
            id: EventId::from_uuid(data.id),
            occurred_at: Timestamp::from(self.occurred_at),
            aggregate: parse_enum("an aggregate of outbox_entries.events", &data.aggregate, |kind| {
                Aggregate::from_stored(kind, data.aggregate_id)
            })?,
            version: data.version,
            actor: parse_enum("an actor of outbox_entries.events", &data.actor, parse_actor)?,
            payload,
        })
    }

    /// An event of which nothing is known but its place, by which its id is made.
    fn broken(&self, stream: Stream, index: u16, error: &serde_json::Error) -> StoredEvent {
        let place = u128::from(self.position.unsigned_abs()) << u16::BITS | u128::from(index);
        let header = EventHeader {
            id: EventId::from_uuid(Uuid::from_u128(stream.uuid().as_u128() ^ place)),
            aggregate: AggregateKey { kind: stream.kind().to_owned(), id: stream.uuid() },
            version: self.position.unsigned_abs(),
            type_name: BROKEN.to_owned(),
        };
        StoredEvent::Undecodable { header, error: format!("outbox_entries.events: {error}") }
    }
}

/// The JSON array of an entry's events.
pub(super) fn encode_events(entry: &OutboxEntry) -> Result<String, StoreError> {
    let seats_apart = entry.seat_changes();
    let mut array = String::from("[");
    for (index, event) in entry.events.iter().enumerate() {
        let data = match &event.payload {
            EventPayload::Concert(ConcertEvent::SeatsChanged { seats }) if Some(seats.as_slice()) == seats_apart => {
                String::from("null")
            }
            payload => encode(payload)?,
        };
        let comma = if index == 0 { "" } else { "," };
        let (id, type_name) = (event.id.uuid().simple(), event.payload.type_name());
        let (kind, aggregate_id) = (event.aggregate.kind(), event.aggregate.uuid().simple());
        let (version, actor) = (event.version, actor_text(&event.actor));
        // Nothing in a header has to be escaped; what happened is JSON already.
        let _ = write!(
            array,
            r#"{comma}{{"id":"{id}","type":"{type_name}","aggregate":"{kind}","aggregate_id":"{aggregate_id}","version":{version},"actor":"{actor}","data":{data}}}"#
        );
    }
    array.push(']');
    Ok(array)
}

/// Who acted, in at most 64 characters.
pub(in crate::db) fn actor_text(actor: &Actor) -> String {
    match actor {
        Actor::Anonymous => "anonymous".to_owned(),
        Actor::User { id, role } => format!("user:{id}:{}", role.as_str()),
        Actor::System => "system".to_owned(),
    }
}

fn parse_actor(text: &str) -> Option<Actor> {
    match text {
        "anonymous" => Some(Actor::Anonymous),
        "system" => Some(Actor::System),
        user => {
            let (id, role) = user.strip_prefix("user:")?.split_once(':')?;
            Some(Actor::User { id: id.parse::<UserId>().ok()?, role: Role::parse(role)? })
        }
    }
}

/// The stream of two columns.
pub(super) fn stream(kind: &str, id: Id) -> Result<Stream, StoreError> {
    parse_enum("a stream_kind", kind, |kind| Stream::from_stored(kind, Uuid::from_bytes(id.0)))
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::events::StoredEvent;
    use boxoffice_domain::outbox::Stream;
    use boxoffice_domain::shared::{Actor, ConcertId, Role, UserId};
    use uuid::Uuid;

    use super::{EntryRow, actor_text, parse_actor};
    use crate::db::types::Micros;

    #[test]
    fn an_actor_survives_its_text() {
        let user = Actor::User { id: UserId::from_uuid(Uuid::max()), role: Role::Manager };
        for actor in [Actor::Anonymous, Actor::System, user] {
            let text = actor_text(&actor);
            assert!(text.len() <= 64, "{text}");
            assert_eq!(parse_actor(&text), Some(actor));
        }
        assert_eq!(parse_actor("user:unknown"), None);
    }

    fn events(events: &str) -> Vec<StoredEvent> {
        let row = EntryRow { position: 3, occurred_at: Micros(0), seats: None, events: events.to_owned() };
        row.into_entry(Stream::Concert(ConcertId::from_uuid(Uuid::max()))).unwrap().events
    }

    #[test]
    fn what_is_broken_hides_nothing_else() {
        let id = Uuid::nil().simple();
        let header = format!(r#""id":"{id}","aggregate":"concert","aggregate_id":"{id}","version":7,"actor":"system""#);
        let good = format!(r#"{{{header},"type":"concert.deleted.v1","data":{{}}}}"#);
        let newer = format!(r#"{{{header},"type":"concert.moved.v2","data":{{}},"note":1}}"#);
        let read = events(&format!("[{good},{newer},5]"));
        let types: Vec<_> = read.iter().map(|event| event.header().type_name).collect();
        assert_eq!(types, ["concert.deleted.v1", "concert.moved.v2", "broken"]);
        assert!(matches!(read[0], StoredEvent::Decoded(_)));
        assert!(matches!(&read[1], StoredEvent::Undecodable { header, .. } if header.version == 7));
        let broken = events("[{");
        assert_eq!(broken.len(), 1);
        assert_ne!(broken[0].header().id, read[2].header().id);
    }
}
