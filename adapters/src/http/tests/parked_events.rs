//! Events that a consumer could not handle, as admins see them.

use boxoffice_domain::events::{CursorMove, EventCursors, ParkedEvent, StoredEvent};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::shared::{EventId, Role, UserId};
use boxoffice_testing::FixedClock;
use reqwest::Method;
use serde_json::json;

use super::{Answer, Shop, answer};

async fn send(shop: &Shop, method: Method, path: &str, token: &str) -> Answer {
    answer(shop.request(method, path).bearer_auth(token)).await
}

/// An event that the audit log left behind.
async fn parked(shop: &Shop) -> (EventId, UserId) {
    let (user, _) = shop.add_user("ana", Role::User).await;
    let event = shop.store.events().into_iter().find(|event| event.aggregate.uuid() == user.id.uuid()).unwrap();
    let stream = Stream::User(user.id);
    let parked = ParkedEvent {
        consumer: "audit_log".to_owned(),
        event: StoredEvent::Decoded(event.clone()).header(),
        stream,
        position: 1,
        error: "too long".to_owned(),
        parked_at: FixedClock::START,
    };
    shop.store.advance("audit_log", &[CursorMove { stream, from: 0, to: 1 }], &[parked]).await.unwrap();
    (event.id, user.id)
}

#[tokio::test]
async fn admins_see_parked_events_and_have_them_handled_again() {
    let shop = Shop::open().await;
    let (event, user) = parked(&shop).await;
    let (_, admin) = shop.add_user("root", Role::Admin).await;
    let listed = shop.get("/api/v1/parked-events", &admin).await;
    assert_eq!(listed.status, 200);
    let item = &listed.body["items"][0];
    assert_eq!((&item["consumer"], &item["type"]), (&json!("audit_log"), &json!("user.registered.v1")));
    assert_eq!((&item["aggregate_id"], &item["error"]), (&json!(user.uuid()), &json!("too long")));
    let path = format!("/api/v1/parked-events/audit_log/{event}");
    let retried = send(&shop, Method::POST, &format!("{path}/retry"), &admin).await;
    assert_eq!((retried.status.as_u16(), &retried.body["handled"]), (200, &json!(1)));
    assert_eq!(shop.store.audit_log().len(), 1);
    assert_eq!(shop.get("/api/v1/parked-events", &admin).await.body, json!({"items": []}));
    assert_eq!(send(&shop, Method::POST, &format!("{path}/retry"), &admin).await.problem(), (404, "not_found"));
}

#[tokio::test]
async fn what_fails_still_stays_parked_until_it_is_dropped() {
    let shop = Shop::open().await;
    let (event, _) = parked(&shop).await;
    shop.store.make_unreadable(event).await;
    let (_, admin) = shop.add_user("root", Role::Admin).await;
    let path = format!("/api/v1/parked-events/audit_log/{event}");
    let retried = send(&shop, Method::POST, &format!("{path}/retry"), &admin).await;
    assert_eq!(retried.problem(), (409, "event_still_fails"));
    assert_eq!(send(&shop, Method::DELETE, &path, &admin).await.status, 204);
    assert_eq!(send(&shop, Method::DELETE, &path, &admin).await.problem(), (404, "not_found"));
    assert_eq!(shop.store.audit_log(), []);
}
