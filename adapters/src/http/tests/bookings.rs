//! Tests of placing, reading and cancelling bookings.

use boxoffice_domain::shared::Role;
use boxoffice_testing::{ConcertBuilder, FixedClock};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Shop, answer};

fn seats(concert: impl ToString, seats: &[&str]) -> Value {
    json!({ "concert_id": concert.to_string(), "seats": seats })
}

#[tokio::test]
async fn a_seat_is_booked_once() {
    let shop = Shop::open().await;
    let concert = shop.given.concert().await.concert.id;
    let (ana, anas) = shop.add_user("ana", Role::User).await;
    let (_, bobs) = shop.add_user("bob", Role::User).await;

    let booked = shop.post("/api/v1/bookings", &anas, &seats(concert, &["A-1-2", "A-1-1"])).await;
    assert_eq!(booked.status, 201);
    assert_eq!(booked.body["status"], "pending");
    assert_eq!(booked.body["user_id"], ana.id.to_string());
    assert_eq!((&booked.body["total"], &booked.body["currency"]), (&json!(5000), &json!("EUR")));
    assert_eq!(booked.body["expires_at"], "2026-05-01T12:10:00Z");
    assert_eq!(
        booked.body["tickets"][0],
        json!({ "seat": "A-1-1", "section": "A", "category": "standard", "price": 2500 })
    );
    assert_eq!(shop.get(booked.header("location"), &anas).await.body, booked.body);
    assert_eq!(shop.get(booked.header("location"), &bobs).await.problem(), (404, "not_found"));

    let late = shop.post("/api/v1/bookings", &bobs, &seats(concert, &["A-1-3", "A-1-2", "A-1-1"])).await;
    assert_eq!(late.problem(), (409, "seats_unavailable"));
    assert_eq!(late.body["seats"], json!(["A-1-2", "A-1-1"]));
    shop.assert_sound().await;
}

#[tokio::test]
async fn an_unexpected_price_is_refused_and_nothing_is_held() {
    let shop = Shop::open().await;
    let concert = shop.given.concert().await.concert.id;
    let (_, anas) = shop.add_user("ana", Role::User).await;
    let body = |total: i64| {
        let mut body = seats(concert, &["A-1-1", "A-1-2"]);
        body["expected_total"] = json!(total);
        body
    };
    let refused = shop.post("/api/v1/bookings", &anas, &body(4_000)).await;
    assert_eq!(refused.problem(), (409, "price_changed"));
    assert_eq!((&refused.body["total"], &refused.body["currency"]), (&json!(5_000), &json!("EUR")));
    assert_eq!(shop.get("/api/v1/bookings", &anas).await.body["items"], json!([]));
    assert_eq!(shop.post("/api/v1/bookings", &anas, &body(-1)).await.problem(), (422, "validation_failed"));
    let booked = shop.post("/api/v1/bookings", &anas, &body(5_000)).await;
    assert_eq!((booked.status.as_u16(), &booked.body["total"]), (201, &json!(5_000)));
    shop.assert_sound().await;
}

#[tokio::test]
async fn the_same_key_books_once() {
    let shop = Shop::open().await;
    let concert = shop.given.concert().await.concert.id;
    let (_, anas) = shop.add_user("ana", Role::User).await;
    let book = |key: &str, body: Value| {
        let request = shop.request(Method::POST, "/api/v1/bookings").bearer_auth(&anas);
        answer(request.header("idempotency-key", key).json(&body))
    };
    let best = |quantity: u32| json!({ "concert_id": concert.to_string(), "section": "A", "quantity": quantity });
    let first = book("order-1", best(2)).await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, ""));
    let again = book("order-1", best(2)).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.body, first.body);
    assert_eq!(book("order-1", best(3)).await.problem(), (422, "idempotency_key_reused"));
    assert_eq!(book("two words", best(1)).await.problem(), (400, "malformed_request"));
    shop.assert_sound().await;
}

#[tokio::test]
async fn lists_are_newest_first_and_private_to_their_owner() {
    let shop = Shop::open().await;
    let (owner, owners) = shop.add_user("owner", Role::Manager).await;
    let organiser = shop.given.organiser(owner.id).await;
    let builder = ConcertBuilder::new(shop.given.ids()).organiser(organiser).uncapped();
    let concert = shop.given.add_concert(builder).await.concert.id;
    let (_, anas) = shop.add_user("ana", Role::User).await;
    let (_, bobs) = shop.add_user("bob", Role::User).await;
    for seat in ["A-1-1", "A-1-2", "A-1-3"] {
        shop.clock.advance(1);
        shop.post("/api/v1/bookings", &anas, &seats(concert, &[seat])).await;
    }
    shop.post("/api/v1/bookings", &bobs, &seats(concert, &["A-2-1"])).await;

    let first = shop.get("/api/v1/bookings?limit=2", &anas).await;
    let shown: Vec<&Value> =
        first.body["items"].as_array().unwrap().iter().map(|item| &item["tickets"][0]["seat"]).collect();
    assert_eq!(shown, ["A-1-3", "A-1-2"]);
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let second = shop.get(&format!("/api/v1/bookings?cursor={cursor}"), &anas).await;
    assert_eq!(second.body["items"][0]["tickets"][0]["seat"], "A-1-1");
    assert_eq!(second.body["next_cursor"], Value::Null);
    let strange = shop.get(&format!("/api/v1/bookings?cursor={cursor}"), &bobs).await;
    assert_eq!(strange.problem(), (400, "invalid_cursor"));

    let of_concert = format!("/api/v1/bookings?concert_id={concert}");
    assert_eq!(shop.get(&of_concert, &owners).await.body["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn organisers_search_bookings_and_see_their_usernames() {
    let shop = Shop::open().await;
    let (owner, owners) = shop.add_user("owner", Role::Manager).await;
    let organiser = shop.given.organiser(owner.id).await;
    let builder = ConcertBuilder::new(shop.given.ids()).organiser(organiser).uncapped();
    let concert = shop.given.add_concert(builder).await.concert.id;
    let (_, anas) = shop.add_user("ana", Role::User).await;
    let (_, bobs) = shop.add_user("bob", Role::User).await;
    for (seat, token) in [("A-1-1", &anas), ("A-1-2", &anas), ("A-1-3", &bobs)] {
        shop.clock.advance(1);
        shop.post("/api/v1/bookings", token, &seats(concert, &[seat])).await;
    }
    let own = shop.get("/api/v1/bookings", &anas).await;
    let newest = &own.body["items"][0];
    let (id, reference) = (newest["id"].as_str().unwrap(), newest["reference"].as_str().unwrap());
    assert_eq!(newest["username"], Value::Null, "not shown to the customer");
    let cancelled = answer(shop.request(Method::POST, &format!("/api/v1/bookings/{id}/cancel")).bearer_auth(&anas));
    assert_eq!(cancelled.await.status, 200);

    let found = async |query: &str| {
        let page = shop.get(&format!("/api/v1/bookings?concert_id={concert}&{query}"), &owners).await;
        let items = page.body["items"].as_array().unwrap_or_else(|| panic!("{query}: {}", page.body)).clone();
        let seat = |item: &Value| format!("{} {}", item["username"], item["tickets"][0]["seat"]).replace('"', "");
        items.iter().map(seat).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, ["bob A-1-3", "ana A-1-2", "ana A-1-1"]);
    assert_eq!(found("status=pending").await, ["bob A-1-3", "ana A-1-1"]);
    assert_eq!(found("status=pending&search=Ana").await, ["ana A-1-1"]);
    assert_eq!(found("search=ana@example.com").await, ["ana A-1-2", "ana A-1-1"]);
    let (beginning, rest) = reference.split_at(4);
    let query = format!("search={}-{rest}", beginning.to_lowercase());
    assert_eq!(found(&query).await, ["ana A-1-2"]);
    assert_eq!(found("search=an%").await, [""; 0]);
    assert_eq!(found("search=%20&status=confirmed").await, [""; 0]);
    assert_eq!(shop.get(&format!("/api/v1/bookings/{id}"), &owners).await.body["username"], "ana");

    let of_concert = format!("/api/v1/bookings?concert_id={concert}");
    let page = shop.get(&format!("{of_concert}&search=ana&limit=1"), &owners).await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let next = shop.get(&format!("{of_concert}&search=ana&cursor={cursor}"), &owners).await;
    assert_eq!(next.body["items"][0]["tickets"][0]["seat"], "A-1-1");
    for (query, problem) in [
        (format!("{of_concert}&search=bob&cursor={cursor}"), (400, "invalid_cursor")),
        (format!("{of_concert}&status=paid"), (400, "malformed_request")),
        (format!("{of_concert}&search=an"), (422, "validation_failed")),
        (format!("{of_concert}&search={}", "a".repeat(255)), (400, "malformed_request")),
        ("/api/v1/bookings?status=pending".to_owned(), (400, "malformed_request")),
        ("/api/v1/bookings?search=ana".to_owned(), (400, "malformed_request")),
    ] {
        assert_eq!(shop.get(&query, &owners).await.problem(), problem, "{query}");
    }
    shop.assert_sound().await;
}

#[tokio::test]
async fn a_cancelled_booking_releases_its_seats() {
    let shop = Shop::open().await;
    let concert = shop.given.concert().await.concert.id;
    let (_, anas) = shop.add_user("ana", Role::User).await;
    let (_, bobs) = shop.add_user("bob", Role::User).await;
    let booked = shop.post("/api/v1/bookings", &anas, &seats(concert, &["A-1-1"])).await;
    let cancel = format!("{}/cancel", booked.header("location"));
    let send = |token: &str| answer(shop.request(Method::POST, &cancel).bearer_auth(token));
    assert_eq!(send(&bobs).await.problem(), (404, "not_found"));
    let cancelled = send(&anas).await;
    assert_eq!(cancelled.status, 200);
    assert_eq!((&cancelled.body["status"], &cancelled.body["cancel_reason"]), (&json!("cancelled"), &json!("user")));
    let again = send(&anas).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &cancelled.body), "the request may be repeated");
    assert_eq!(shop.post("/api/v1/bookings", &bobs, &seats(concert, &["A-1-1"])).await.status, 201);
    shop.assert_sound().await;
}

#[tokio::test]
async fn an_overdue_booking_reads_as_cancelled() {
    let shop = Shop::open().await;
    let concert = shop.given.concert().await.concert.id;
    let (_, anas) = shop.add_user("ana", Role::User).await;
    let booked = shop.post("/api/v1/bookings", &anas, &seats(concert, &["A-1-1"])).await;
    shop.clock.advance(600);
    let read = shop.get(booked.header("location"), &anas).await;
    assert_eq!((&read.body["status"], &read.body["cancel_reason"]), (&json!("cancelled"), &json!("expired")));
    assert_eq!(read.body["expires_at"], Value::Null);
    let cancel = format!("{}/cancel", booked.header("location"));
    let late = answer(shop.request(Method::POST, &cancel).bearer_auth(&anas)).await;
    assert_eq!((late.status.as_u16(), &late.body["cancel_reason"]), (200, &json!("user")));
}

#[tokio::test]
async fn nothing_is_sold_outside_the_sale_period() {
    let shop = Shop::open().await;
    let (_, anas) = shop.add_user("ana", Role::User).await;
    let start = FixedClock::START;
    let later = ConcertBuilder::new(shop.given.ids()).sale(start.plus_seconds(60), start.plus_seconds(120));
    let later = shop.given.add_concert(later).await.concert.id;
    let body = seats(later, &["A-1-1"]);
    let book = || shop.post("/api/v1/bookings", &anas, &body);
    let early = book().await;
    assert_eq!(early.problem(), (409, "sale_not_started"));
    assert_eq!(early.body["sales_start_at"], "2026-05-01T12:01:00Z");
    shop.clock.advance(120);
    assert_eq!(book().await.problem(), (409, "sale_ended"));
}
