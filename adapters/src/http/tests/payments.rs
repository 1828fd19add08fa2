//! Tests of payments and refunds.

use boxoffice_domain::shared::Role;
use boxoffice_testing::{ChargeScript, ConcertBuilder};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Shop, answer};

/// A shop with one pending booking: the shop, the organiser's token, the customer's token, the booking.
async fn shop_with_booking() -> (Shop, String, String, Value) {
    let shop = Shop::open().await;
    let (owner, owners) = shop.add_user("owner", Role::Manager).await;
    let organiser = shop.given.organiser(owner.id).await;
    let concert = shop.given.add_concert(ConcertBuilder::new(shop.given.ids()).organiser(organiser)).await.concert.id;
    let (_, anas) = shop.add_user("ana", Role::User).await;
    let body = json!({ "concert_id": concert.to_string(), "section": "A", "quantity": 2 });
    let booking = shop.post("/api/v1/bookings", &anas, &body).await.body;
    (shop, owners, anas, booking)
}

#[tokio::test]
async fn a_paid_booking_is_confirmed_and_a_full_refund_cancels_it() {
    let (shop, owners, anas, booking) = shop_with_booking().await;
    let body = json!({ "booking_id": booking["id"], "method": "card" });
    let pay = || {
        answer(
            shop.request(Method::POST, "/api/v1/payments")
                .bearer_auth(&anas)
                .header("idempotency-key", "p")
                .json(&body),
        )
    };
    let paid = pay().await;
    assert_eq!((paid.status.as_u16(), &paid.body["status"]), (201, &json!("completed")));
    assert_eq!((&paid.body["amount"], &paid.body["currency"]), (&json!(5000), &json!("EUR")));
    let again = pay().await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, "true"));
    let path = format!("/api/v1/bookings/{}", booking["id"].as_str().unwrap());
    let confirmed = shop.get(&path, &anas).await.body;
    assert_eq!((&confirmed["status"], &confirmed["payment_id"]), (&json!("confirmed"), &paid.body["id"]));

    let refunds = format!("{}/refunds", paid.header("location"));
    let body = json!({ "reason": "the singer is ill" });
    let refund = shop.post(&refunds, &owners, &body).await;
    assert_eq!((refund.status.as_u16(), &refund.body["amount"]), (201, &json!(5000)));
    assert_eq!(shop.get(refund.header("location"), &anas).await.body, refund.body);
    let listed = shop.get(&refunds, &anas).await.body;
    assert_eq!((&listed["items"], &listed["next_cursor"]), (&json!([refund.body]), &Value::Null));
    assert_eq!(shop.get(paid.header("location"), &anas).await.body["status"], "refunded");
    assert_eq!(shop.get(&path, &anas).await.body["status"], "cancelled");
    assert_eq!(shop.post(&refunds, &owners, &body).await.problem(), (409, "not_refundable"));
    shop.assert_sound().await;
}

#[tokio::test]
async fn a_refund_of_too_much_returns_what_is_left() {
    let (shop, owners, anas, booking) = shop_with_booking().await;
    let body = json!({ "booking_id": booking["id"], "method": "card" });
    let paid = shop.post("/api/v1/payments", &anas, &body).await;
    let refunds = format!("{}/refunds", paid.header("location"));
    let refund = |amount: i64| {
        let body = json!({ "amount": amount, "reason": "a pillar" });
        let (shop, refunds, owners) = (&shop, &refunds, &owners);
        async move { shop.post(refunds, owners, &body).await }
    };
    assert_eq!(refund(2_000).await.status, 201);
    for (amount, code) in [(3_001, "amount_exceeds_left"), (3_000, "all_that_is_left")] {
        let refused = refund(amount).await;
        assert_eq!(refused.problem(), (409, code));
        assert_eq!(refused.body["left"], 3_000);
    }
    assert_eq!(refund(2_999).await.status, 201);
    shop.assert_sound().await;
}

#[tokio::test]
async fn a_declined_payment_is_created_and_can_be_tried_again() {
    let (shop, _, anas, booking) = shop_with_booking().await;
    shop.gateway.script([ChargeScript::Decline, ChargeScript::Wait]);
    let body = json!({ "booking_id": booking["id"], "method": "card" });
    let declined = shop.post("/api/v1/payments", &anas, &body).await;
    assert_eq!((declined.status.as_u16(), &declined.body["status"]), (201, &json!("failed")));
    assert_eq!(declined.body["failure"], "card_declined");
    let waiting = shop.post("/api/v1/payments", &anas, &body).await;
    assert_eq!((waiting.status.as_u16(), &waiting.body["status"]), (201, &json!("pending")));
    assert_eq!(shop.post("/api/v1/payments", &anas, &body).await.problem(), (409, "payment_in_progress"));
    shop.assert_sound().await;
}

#[tokio::test]
async fn invalid_payments_are_refused() {
    let (shop, _, anas, booking) = shop_with_booking().await;
    let (_, bobs) = shop.add_user("bob", Role::User).await;
    let body = |method: &str| json!({ "booking_id": booking["id"], "method": method });
    let unknown = shop.post("/api/v1/payments", &anas, &body("cowries")).await;
    assert_eq!(unknown.problem(), (422, "validation_failed"));
    assert_eq!(unknown.body["errors"][0]["pointer"], "/method");
    let strange = shop.post("/api/v1/payments", &bobs, &body("card")).await;
    assert_eq!(strange.problem(), (404, "booking_not_found"));
    shop.clock.advance(600);
    let late = shop.post("/api/v1/payments", &anas, &body("card")).await;
    assert_eq!(late.problem(), (409, "booking_expired"));
    assert_eq!(shop.gateway.calls(), 0);
}
