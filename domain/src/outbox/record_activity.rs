//! The consumer that keeps the activity log.

use std::sync::Arc;

use async_trait::async_trait;

use crate::shared::Causes;

use super::{ActivityLog, Event, EventHandler, HandlerError};

/// Writes every event into the activity log.
pub struct RecordActivity {
    log: Arc<dyn ActivityLog>,
}

impl RecordActivity {
    /// A consumer that writes into `log`.
    pub fn new(log: Arc<dyn ActivityLog>) -> Self {
        Self { log }
    }
}

#[async_trait]
impl EventHandler for RecordActivity {
    fn consumer(&self) -> &'static str {
        "activity_log"
    }

    async fn handle(&self, events: &[Event]) -> Result<(), HandlerError> {
        self.log.record(events).await.map_err(|error| HandlerError(Causes(&error).to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::RecordActivity;
    use crate::outbox::{Aggregate, Event, EventHandler, EventPayload, MockActivityLog};
    use crate::shared::{Actor, Role, StoreError, UserId};
    use crate::testing::{FixedClock, SequentialIds};

    fn event() -> Event {
        let ids = SequentialIds::new();
        let user = Aggregate::User(UserId::generate(&ids));
        Event::new(&ids, FixedClock::START, Actor::System, user, 1, EventPayload::UserRegistered { role: Role::User })
    }

    #[tokio::test]
    async fn events_go_into_the_log() {
        let mut log = MockActivityLog::new();
        log.expect_record().withf(|events| events == [event()]).times(1).returning(|_| Ok(()));
        let handler = RecordActivity::new(Arc::new(log));
        assert_eq!(handler.consumer(), "activity_log");
        handler.handle(&[event()]).await.unwrap();
    }

    #[tokio::test]
    async fn a_log_that_fails_is_told_with_its_causes() {
        let mut log = MockActivityLog::new();
        log.expect_record().returning(|_| Err(StoreError::Unavailable(Arc::from(Box::from("the line is cut")))));
        let error = RecordActivity::new(Arc::new(log)).handle(&[event()]).await.unwrap_err();
        assert_eq!(error.to_string(), "the store cannot be reached: the line is cut");
    }
}
