//! Tests of creating, changing and reading concerts.

use boxoffice_domain::concerts::{
    BLOCKED_AT_ONCE_MAX, CATEGORIES_MAX, ConcertStatus, DESCRIPTION_LENGTH_MAX, GAPS_IN_A_ROW_MAX,
    GAPS_OF_A_CONCERT_MAX, MARKS_OF_A_CONCERT_MAX, NAME_LENGTH_MAX, ROWS_OF_A_CONCERT_MAX, SECTIONS_MAX, SeatLabel,
};
use boxoffice_domain::shared::Role;
use boxoffice_testing::ConcertBuilder;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::concerts::{BLOCK_SEATS_BODY_MAX, CHANGE_CONCERT_BODY_MAX, CREATE_CONCERT_BODY_MAX};
use super::{Answer, Shop, answer};

fn theatre() -> Value {
    json!({
        "name": "An Evening in June", "artist": "The Examples", "description": "", "venue": "Playhouse",
        "location": "Jakarta", "time_zone": "Asia/Jakarta",
        "starts_at": "2026-06-20T20:00:00+07:00", "sales_start_at": "2026-05-01T00:00:00Z",
        "sales_end_at": "2026-06-20T12:00:00Z", "currency": "EUR", "max_tickets_per_user": null,
        "sections": [
            { "code": "A", "name": "Stalls", "kind": "seated",
              "prices": [{ "code": "standard", "name": "Standard", "price": 4500 }, { "code": "child", "name": "Child", "price": 2000 }],
              "layout": [{ "label": "1", "seats": 4, "gaps": [2], "marks": [{ "seat": 1, "kind": "wheelchair" }] }, { "label": "2", "seats": 2, "first": 5 }] },
            { "code": "GA", "name": "Floor", "kind": "standing", "price": 2500, "capacity": 30, "plan": { "x": 0, "y": 10, "width": 20, "height": 5 } },
        ],
    })
}

impl Shop {
    async fn send(&self, method: Method, path: &str, token: &str) -> Answer {
        answer(self.request(method, path).bearer_auth(token)).await
    }
}

#[tokio::test]
async fn a_manager_creates_publishes_pauses_and_cancels_a_concert() {
    let shop = Shop::open().await;
    let (_, manager) = shop.add_user("manager", Role::Manager).await;
    let (_, fan) = shop.add_user("fan", Role::User).await;

    let created = shop.post("/api/v1/concerts", &manager, &theatre()).await;
    assert_eq!((created.status.as_u16(), created.header("etag")), (201, "\"1\""));
    assert_eq!((&created.body["status"], &created.body["total"]), (&json!("draft"), &json!(36)));
    assert_eq!(created.body["starts_at"], "2026-06-20T13:00:00Z");
    assert_eq!(
        (&created.body["max_tickets_per_booking"], &created.body["max_tickets_per_user"]),
        (&json!(10), &Value::Null)
    );
    assert_eq!(
        created.body["sections"][0]["layout"][1],
        json!({ "label": "2", "seats": 2, "first": 5, "gaps": [], "marks": [] })
    );
    assert_eq!(created.body["sections"][1]["capacity"], 30);

    let path = created.header("location");
    assert_eq!(shop.get(path, &fan).await.problem(), (404, "not_found"));
    let draft = shop.get(path, &manager).await;
    assert_eq!(draft.body, created.body);
    assert_eq!(draft.header("cache-control"), "private, max-age=0, must-revalidate");

    let published = shop.send(Method::POST, &format!("{path}/publish"), &manager).await;
    assert_eq!((published.status.as_u16(), &published.body["status"]), (200, &json!("on_sale")));
    assert_eq!(published.header("etag"), "\"2\"");
    let seen = answer(shop.request(Method::GET, path)).await;
    assert_eq!(seen.header("cache-control"), "public, max-age=0, must-revalidate");
    assert_eq!(seen.header("cache-status"), "boxoffice; fwd=miss");

    let paused = shop.send(Method::POST, &format!("{path}/pause"), &manager).await;
    assert_eq!(paused.body["status"], "paused");
    let cancelling = shop.send(Method::DELETE, path, &manager).await;
    assert_eq!((cancelling.status.as_u16(), &cancelling.body["status"]), (202, &json!("cancelled")));
    let late = shop.send(Method::POST, &format!("{path}/publish"), &manager).await;
    assert_eq!(late.problem(), (409, "wrong_status"));

    let draft = shop.post("/api/v1/concerts", &manager, &theatre()).await;
    let deleted = shop.send(Method::DELETE, draft.header("location"), &manager).await;
    assert_eq!(deleted.status, 204);
    shop.assert_sound().await;
}

#[tokio::test]
async fn a_change_requires_the_revision_it_is_based_on() {
    let shop = Shop::open().await;
    let (_, manager) = shop.add_user("manager", Role::Manager).await;
    let created = shop.post("/api/v1/concerts", &manager, &theatre()).await;
    let path = created.header("location");
    let change = |if_match: Option<&'static str>, body: Value| {
        let request = shop.request(Method::PATCH, path).bearer_auth(&manager).json(&body);
        answer(match if_match {
            Some(tag) => request.header("if-match", tag),
            None => request,
        })
    };
    let renamed = || json!({ "name": "A Longer Evening", "max_tickets_per_booking": null });
    assert_eq!(change(None, renamed()).await.problem(), (428, "if_match_required"));
    assert_eq!(change(Some("\"7\""), renamed()).await.problem(), (412, "outdated"));
    let changed = change(Some("\"1\""), renamed()).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, "\"2\""));
    assert_eq!(
        (&changed.body["name"], &changed.body["max_tickets_per_booking"]),
        (&json!("A Longer Evening"), &Value::Null)
    );
    assert_eq!(changed.body["max_pending_bookings_per_user"], 2, "absent members stay unchanged");
    assert_eq!(change(Some("\"1\""), renamed()).await.problem(), (412, "outdated"));

    shop.send(Method::POST, &format!("{path}/publish"), &manager).await;
    let fixed = change(Some("\"3\""), json!({ "max_tickets_per_user": 3, "time_zone": "Europe/Berlin" })).await;
    assert_eq!(fixed.problem(), (409, "not_changeable"));
    let pointers: Vec<&Value> =
        fixed.body["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/time_zone", "/max_tickets_per_user"]);
    assert_eq!(change(Some("\"3\""), json!({ "currency": "USD" })).await.problem(), (400, "malformed_request"));
}

#[tokio::test]
async fn an_outdated_if_match_changes_nothing() {
    let shop = Shop::open().await;
    let (_, manager) = shop.add_user("manager", Role::Manager).await;
    let path = shop.post("/api/v1/concerts", &manager, &theatre()).await.header("location").to_owned();
    let send = |method: Method, path: String, tag: String, body: Value| {
        let request = shop.request(method, &path).bearer_auth(&manager).header("if-match", tag);
        answer(if body.is_null() { request } else { request.json(&body) })
    };
    let (publish, pause, blocks) = (format!("{path}/publish"), format!("{path}/pause"), format!("{path}/blocks"));
    let old = || "\"999\"".to_owned();
    let block = || json!({ "block": ["A-1-1"] });
    for (method, path, body) in [
        (Method::POST, &publish, Value::Null),
        (Method::POST, &pause, Value::Null),
        (Method::PUT, &blocks, block()),
        (Method::DELETE, &path, Value::Null),
    ] {
        let refused = send(method, path.clone(), old(), body).await;
        assert_eq!(refused.problem(), (412, "outdated"), "{path}");
    }
    let published = send(Method::POST, publish, "\"1\"".to_owned(), Value::Null).await;
    assert_eq!(published.body["status"], "on_sale");
    let left = answer(shop.request(Method::GET, &format!("{path}/availability"))).await;
    let blocked = send(Method::PUT, blocks.clone(), left.header("etag").to_owned(), block()).await;
    assert_eq!((blocked.status.as_u16(), &blocked.body["available"]), (200, &json!(35)));
    assert_ne!(blocked.header("etag"), left.header("etag"));
    let late = send(Method::PUT, blocks, left.header("etag").to_owned(), json!({ "unblock": ["A-1-1"] })).await;
    assert_eq!(late.problem(), (412, "outdated"));
    let paused = send(Method::POST, pause, published.header("etag").to_owned(), Value::Null).await;
    assert_eq!(paused.body["status"], "paused");
    assert_eq!(send(Method::DELETE, path.clone(), paused.header("etag").to_owned(), Value::Null).await.status, 202);
    shop.assert_sound().await;
}

#[tokio::test]
async fn a_concert_is_created_once_however_often_it_is_sent() {
    let shop = Shop::open().await;
    let (_, manager) = shop.add_user("manager", Role::Manager).await;
    let create = |body: Value| {
        let request = shop.request(Method::POST, "/api/v1/concerts").bearer_auth(&manager);
        answer(request.header("idempotency-key", "june").json(&body))
    };
    let first = create(theatre()).await;
    let again = create(theatre()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16(), &again.body), (201, 201, &first.body));
    assert_eq!((again.header("location"), again.header("etag")), (first.header("location"), "\"1\""));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    let mut other = theatre();
    other["name"] = "Another Evening".into();
    assert_eq!(create(other).await.problem(), (422, "idempotency_key_reused"));
    let mine = shop.get("/api/v1/concerts?mine=true", &manager).await;
    assert_eq!(mine.body["items"].as_array().unwrap().len(), 1);
    shop.send(Method::DELETE, first.header("location"), &manager).await;
    assert_eq!(create(theatre()).await.problem(), (404, "not_found"));
}

#[tokio::test]
async fn all_faults_of_a_concert_are_named_at_once() {
    let shop = Shop::open().await;
    let (_, manager) = shop.add_user("manager", Role::Manager).await;
    let mut body = theatre();
    body["name"] = "\u{0}".into();
    body["time_zone"] = "Asia/Atlantis".into();
    body["currency"] = "XXX".into();
    body["sections"][0]["layout"][1]["label"] = "1".into();
    body["sections"][1]["capacity"] = 0.into();
    let refused = shop.post("/api/v1/concerts", &manager, &body).await;
    assert_eq!(refused.problem(), (422, "validation_failed"));
    let errors = refused.body["errors"].as_array().unwrap();
    for pointer in ["/name", "/time_zone", "/currency", "/sections/0/layout/1/label", "/sections/1/capacity"] {
        assert!(errors.iter().any(|error| error["pointer"] == pointer), "{pointer} in {errors:?}");
    }
    let mut body = theatre();
    body["starts_at"] = "tomorrow".into();
    let refused = shop.post("/api/v1/concerts", &manager, &body).await;
    assert_eq!(refused.problem(), (400, "malformed_request"));
    assert_eq!(refused.body["errors"][0]["pointer"], "/starts_at");
    let mut body = theatre();
    body["sections"][0] = json!(["A", "Stalls", "seated"]);
    let refused = shop.post("/api/v1/concerts", &manager, &body).await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/sections/0");
}

#[tokio::test]
async fn availability_and_seats_have_the_version_as_etag() {
    let shop = Shop::open().await;
    let (_, fan) = shop.add_user("fan", Role::User).await;
    let builder = ConcertBuilder::new(shop.given.ids()).seated("A", 2, 3, 2500).standing("GA", 5, 1000);
    let concert = shop.given.add_concert(builder).await.concert.id;
    let (seats, left) =
        (format!("/api/v1/concerts/{concert}/seats"), format!("/api/v1/concerts/{concert}/availability"));

    let first = answer(shop.request(Method::GET, &left)).await;
    assert_eq!((&first.body["total"], &first.body["available"]), (&json!(11), &json!(11)));
    assert_eq!(first.body["sections"][1]["kind"], "standing");
    let read = |path: &str, etag: String| answer(shop.request(Method::GET, path).header("if-none-match", etag));
    let unchanged = read(&left, first.header("etag").to_owned()).await;
    assert_eq!((unchanged.status.as_u16(), &unchanged.body), (304, &Value::Null));

    let body = json!({ "concert_id": concert.to_string(), "seats": ["A-1-2", "GA-000001"] });
    assert_eq!(shop.post("/api/v1/bookings", &fan, &body).await.status, 201);
    let changed = read(&left, first.header("etag").to_owned()).await;
    assert_eq!((changed.status.as_u16(), &changed.body["available"]), (200, &json!(9)));
    let map = answer(shop.request(Method::GET, &seats)).await;
    assert_eq!(map.header("etag"), changed.header("etag"));
    let rows = json!([{ "label": "1", "first": 1, "seats": "aha" }, { "label": "2", "first": 1, "seats": "aaa" }]);
    assert_eq!(map.body["sections"], json!([{ "code": "A", "rows": rows }, { "code": "GA", "rows": [] }]));

    let one = answer(shop.request(Method::GET, &format!("{seats}?section=GA"))).await;
    assert_eq!(one.body["sections"], json!([{ "code": "GA", "rows": [] }]));
    for section in ["Z", "%00", "%F0%9F%8E%AB", "TOO-LONG-A-CODE"] {
        let unknown = answer(shop.request(Method::GET, &format!("{seats}?section={section}"))).await;
        assert_eq!(unknown.status.as_u16() / 100, 4, "{section}");
    }
}

#[tokio::test]
async fn members_block_seats() {
    let shop = Shop::open().await;
    let (_, manager) = shop.add_user("manager", Role::Manager).await;
    let (_, fan) = shop.add_user("fan", Role::User).await;
    let path = shop.post("/api/v1/concerts", &manager, &theatre()).await.header("location").to_owned();
    shop.send(Method::POST, &format!("{path}/publish"), &manager).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    let block = |token: String, body: Value| {
        answer(shop.request(Method::PUT, &format!("{path}/blocks")).bearer_auth(token).json(&body))
    };
    let blocked = block(manager.clone(), json!({ "block": ["A-1-1", "A-1-2"] })).await;
    assert_eq!((blocked.status.as_u16(), &blocked.body["available"]), (200, &json!(34)));
    let book = json!({ "concert_id": id, "seats": ["A-1-3"] });
    assert_eq!(shop.post("/api/v1/bookings", &fan, &book).await.status, 201);
    let taken = block(manager.clone(), json!({ "block": ["A-1-3"], "unblock": ["A-1-2"] })).await;
    assert_eq!((taken.problem(), &taken.body["seats"]), ((409, "seats_unavailable"), &json!(["A-1-3"])));
    let nothing = block(manager.clone(), json!({})).await;
    assert_eq!(nothing.problem(), (422, "validation_failed"));
    let map = answer(shop.request(Method::GET, &format!("{path}/seats?section=A"))).await;
    assert_eq!(map.body["sections"][0]["rows"][0]["seats"], "bb_ha");
    shop.assert_sound().await;
}

#[tokio::test]
async fn the_list_is_searched_sorted_and_paged() {
    let shop = Shop::open().await;
    let start = boxoffice_testing::FixedClock::START;
    let day = 24 * 60 * 60;
    for (name, days) in [("Alpha", 30), ("Beta", 10), ("Gamma", 20)] {
        let builder = ConcertBuilder::new(shop.given.ids()).named(name).starts_at(start.plus_seconds(days * day));
        shop.given.add_concert(builder).await;
    }
    shop.given.add_concert(ConcertBuilder::new(shop.given.ids()).named("Hidden").status(ConcertStatus::Draft)).await;
    let names = |answer: &Answer| {
        let items = answer.body["items"].as_array().unwrap();
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let list = |query: &str| answer(shop.request(Method::GET, &format!("/api/v1/concerts{query}")));
    let all = list("").await;
    assert_eq!(names(&all), ["Beta", "Gamma", "Alpha"]);
    assert_eq!(all.header("cache-control"), "public, max-age=0, must-revalidate");
    assert_eq!(names(&list("?sort=-starts_at").await), ["Alpha", "Gamma", "Beta"]);
    assert_eq!(names(&list("?search=g%C3%A1mma").await), ["Gamma"]);
    let from = start.plus_seconds(15 * day).to_rfc3339();
    assert_eq!(names(&list(&format!("?from={from}&sort=name")).await), ["Alpha", "Gamma"]);

    let first = list("?sort=name&limit=2").await;
    assert_eq!(names(&first), ["Alpha", "Beta"]);
    let cursor = first.body["next_cursor"].as_str().unwrap();
    assert_eq!(names(&list(&format!("?sort=name&limit=2&cursor={cursor}")).await), ["Gamma"]);
    assert_eq!(list(&format!("?sort=starts_at&cursor={cursor}")).await.problem(), (400, "invalid_cursor"));

    let known = shop.request(Method::GET, "/api/v1/concerts").header("if-none-match", all.header("etag"));
    assert_eq!(answer(known).await.status, 304);
    for query in ["?sort=price", "?from=today", "?mine=maybe", "?limit=0"] {
        assert_eq!(list(query).await.problem(), (400, "malformed_request"), "{query}");
    }
    let long = "x".repeat(65);
    let wrong = list(&format!("?search={long}&artist=a")).await;
    assert_eq!(wrong.problem(), (422, "validation_failed"));
}

#[tokio::test]
async fn members_see_all_of_their_own_concerts() {
    let shop = Shop::open().await;
    let (_, manager) = shop.add_user("manager", Role::Manager).await;
    shop.given.concert().await;
    shop.post("/api/v1/concerts", &manager, &theatre()).await;
    let mine = shop.get("/api/v1/concerts?mine=true", &manager).await;
    assert_eq!(mine.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(mine.body["items"][0]["status"], "draft");
    assert_eq!(mine.header("cache-control"), "private, max-age=0, must-revalidate");
}

/// A character that needs the most bytes in JSON when escaped.
const WIDE: &str = "\\ud842\\udfb7";

/// A new concert that exhausts every limit of the API's description.
fn largest_concert() -> String {
    let name = WIDE.repeat(100);
    let price = |number: usize| {
        let (code, audience) =
            if number == 0 { ("standard".to_owned(), "anyone") } else { (format!("category_{number:07}"), "members") };
        format!(r#"{{"code":"{code}","name":"{name}","price":1000000000000,"audience":"{audience}"}}"#)
    };
    let prices: Vec<String> = (0..CATEGORIES_MAX).map(price).collect();
    let row = |number: usize| {
        let gaps = if number < GAPS_OF_A_CONCERT_MAX / GAPS_IN_A_ROW_MAX { GAPS_IN_A_ROW_MAX } else { 0 };
        let mark = if number < MARKS_OF_A_CONCERT_MAX { r#"{"seat":10000,"kind":"restricted_view"}"# } else { "" };
        let gaps = vec!["9999"; gaps].join(",");
        format!(r#"{{"label":"R{:03}","seats":2,"first":9999,"gaps":[{gaps}],"marks":[{mark}]}}"#, number % 1_000)
    };
    let rows_each = ROWS_OF_A_CONCERT_MAX / SECTIONS_MAX;
    let section = |number: usize| {
        let rows: Vec<String> = (number * rows_each..(number + 1) * rows_each).map(row).collect();
        format!(
            r#"{{"code":"SECT{number:04}","name":"{name}","kind":"seated","prices":[{}],"layout":[{}],"plan":{}}}"#,
            prices.join(","),
            rows.join(","),
            r#"{"x":-1000000,"y":-1000000,"width":1000000,"height":1000000,"rotation":-360}"#,
        )
    };
    let sections: Vec<String> = (0..SECTIONS_MAX).map(section).collect();
    let line = WIDE.repeat(NAME_LENGTH_MAX);
    format!(
        r#"{{"name":"{line}","artist":"{line}","description":"{}","venue":"{line}","location":"{line}",{}"sections":[{}]}}"#,
        WIDE.repeat(DESCRIPTION_LENGTH_MAX),
        r#""time_zone":"America/Argentina/ComodRivadavia","currency":"EUR","starts_at":"2026-12-31T19:00:00.000000+00:00",
           "sales_start_at":"2026-01-01T19:00:00.000000+00:00","sales_end_at":"2026-12-30T19:00:00.000000+00:00",
           "max_tickets_per_booking":10000,"max_tickets_per_user":10000,"max_pending_bookings_per_user":10000,"#,
        sections.join(","),
    )
}

#[tokio::test]
async fn the_largest_valid_bodies_are_accepted_and_longer_ones_are_not() {
    let shop = Shop::open().await;
    let (_, token) = shop.add_user("owner", Role::Manager).await;
    let send = |method: Method, path: &str, body: String| {
        let request = shop.request(method, path).bearer_auth(&token).header("if-match", "\"1\"");
        answer(request.header("content-type", "application/json").body(body))
    };
    let largest = largest_concert();
    assert!(largest.len() <= CREATE_CONCERT_BODY_MAX && largest.len() > CREATE_CONCERT_BODY_MAX * 9 / 10);
    let padding = " ".repeat(CREATE_CONCERT_BODY_MAX - largest.len());
    let created = send(Method::POST, "/api/v1/concerts", format!("{largest}{padding}")).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let refused = send(Method::POST, "/api/v1/concerts", format!("{largest}{padding} ")).await;
    assert_eq!(refused.problem(), (413, "payload_too_large"));

    let blocks = format!("{}/blocks", created.header("location"));
    let labels: Vec<String> =
        (0..BLOCKED_AT_ONCE_MAX).map(|number| format!("NONE{number:04}-R000-100000000")).collect();
    let largest = serde_json::to_string_pretty(&json!({"block": labels, "unblock": []})).unwrap();
    assert!(labels.iter().all(|label| label.len() <= SeatLabel::MAX_LENGTH) && largest.len() <= BLOCK_SEATS_BODY_MAX);
    let padding = " ".repeat(BLOCK_SEATS_BODY_MAX - largest.len());
    let read = send(Method::PUT, &blocks, format!("{largest}{padding}")).await;
    assert_eq!(read.problem(), (422, "validation_failed"), "it is read, but the seats do not exist");
    assert_eq!(send(Method::PUT, &blocks, format!("{largest}{padding} ")).await.problem(), (413, "payload_too_large"));
    let changes = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    let concert = created.header("location");
    assert_ne!(send(Method::PATCH, concert, changes(CHANGE_CONCERT_BODY_MAX)).await.status, 413);
    assert_eq!(send(Method::PATCH, concert, changes(CHANGE_CONCERT_BODY_MAX + 1)).await.status, 413);
}
