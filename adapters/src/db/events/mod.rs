//! Events as they lie in the outbox: what happened, as JSON of a fixed shape for each type.
//!
//! The shapes are a promise to whoever reads the outbox later, be it this program's next version: fields are only ever
//! added, and each type has a committed sample that must stay readable.

mod books;
mod payload;

use boxoffice_domain::outbox::{Aggregate, Event};
use boxoffice_domain::shared::{Actor, EventId, Role, StoreError, UserId};
use uuid::Uuid;

use super::rows::{number, word};
use super::types::{Id, Micros};

pub(super) use payload::{decode, encode};

/// An event as it is read.
#[derive(diesel::Queryable)]
pub(super) struct EventRow {
    id: Id,
    aggregate: String,
    aggregate_id: Id,
    version: i64,
    kind: String,
    occurred_at: Micros,
    actor: String,
    data: String,
}

impl EventRow {
    /// Its aggregate, and its version of it.
    pub(super) fn place(&self) -> ((String, Id), i64) {
        ((self.aggregate.clone(), self.aggregate_id), self.version)
    }
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let id = Uuid::from_bytes(row.aggregate_id.0);
        Ok(Self {
            id: EventId::from(row.id),
            occurred_at: row.occurred_at.into(),
            aggregate: word("outbox.aggregate", &row.aggregate, |kind| Aggregate::from_stored(kind, id))?,
            version: number("outbox.version", row.version)?,
            actor: word("outbox.actor", &row.actor, parse_actor)?,
            payload: decode(&row.kind, &row.data)?,
        })
    }
}

/// Who acted, in at most 64 characters.
pub(super) fn actor_text(actor: &Actor) -> String {
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

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::{Actor, Role, UserId};
    use uuid::Uuid;

    use super::{actor_text, parse_actor};

    #[test]
    fn an_actor_survives_its_text() {
        let user = Actor::User { id: UserId::from_uuid(Uuid::max()), role: Role::Manager };
        for actor in [Actor::Anonymous, Actor::System, user] {
            let text = actor_text(&actor);
            assert!(text.len() <= 64, "{text}");
            assert_eq!(parse_actor(&text), Some(actor));
        }
        assert_eq!(parse_actor("user:nobody"), None);
    }
}
