//! Recording events in the audit log.

use std::sync::Arc;

use boxoffice_domain::events::{Event, EventHandler, EventPayload, HandlerError, MockAuditLog, RecordAuditLog};
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::shared::{Actor, Role, StoreError, UserId};
use boxoffice_domain::users::UserEvent;
use boxoffice_testing::{FixedClock, SequentialIds};

fn event() -> Event {
    let ids = SequentialIds::new();
    let user = Aggregate::User(UserId::generate(&ids));
    Event::new(
        &ids,
        FixedClock::START,
        Actor::System,
        user,
        1,
        EventPayload::User(UserEvent::Registered { role: Role::User }),
    )
}

#[tokio::test]
async fn events_go_into_the_log() {
    let mut log = MockAuditLog::new();
    log.expect_record().withf(|events| events == [event()]).times(1).returning(|_| Ok(()));
    let handler = RecordAuditLog::new(Arc::new(log));
    assert_eq!(handler.consumer(), "audit_log");
    handler.handle(&[event()]).await.unwrap();
}

async fn failing_with(error: StoreError) -> HandlerError {
    let mut log = MockAuditLog::new();
    log.expect_record().return_once(|_| Err(error));
    RecordAuditLog::new(Arc::new(log)).handle(&[event()]).await.unwrap_err()
}

#[tokio::test]
async fn a_store_that_is_away_parks_nothing() {
    let error = failing_with(StoreError::Unavailable(Arc::from(Box::from("the line is cut")))).await;
    assert!(matches!(&error, HandlerError::Unavailable(_)), "{error:?}");
    assert_eq!(error.to_string(), "the store cannot be reached: the line is cut");
    for error in [StoreError::Busy, StoreError::Contention] {
        assert!(matches!(failing_with(error).await, HandlerError::Unavailable(_)));
    }
}

#[tokio::test]
async fn an_event_that_the_store_refuses_has_failed() {
    let error = failing_with(StoreError::Rejected(Arc::from(Box::from("too long")))).await;
    assert!(matches!(error, HandlerError::Failed(_)), "{error:?}");
}
