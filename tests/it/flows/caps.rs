//! Limits on what one customer may book.

use serde_json::json;

use crate::harness::{TestApp, concert_with, standing};

on_each_database! {
    /// Each cap refuses requests that exceed it and reports how many tickets are left.
    async fn caps_say_what_is_left(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let mut concert = concert_with(&[standing("GA", 100, 20_000)]);
        concert["max_tickets_per_booking"] = json!(4);
        concert["max_tickets_per_user"] = json!(6);
        concert["max_pending_bookings_per_user"] = json!(2);
        let concert = shop.put_on_sale(&manager, concert).await;
        let request = |quantity: u32| json!({"concert_id": concert, "section": "GA", "quantity": quantity});

        let refused = fan.post("/bookings", request(5)).await.expect_problem(409, "limit_reached");
        assert_eq!((&refused["allowed"], &refused["left"]), (&json!(4), &json!(4)));
        fan.post("/bookings", request(4)).await.expect(201);
        let refused = fan.post("/bookings", request(3)).await.expect_problem(409, "limit_reached");
        assert_eq!((&refused["allowed"], &refused["left"]), (&json!(6), &json!(2)));
        let second = fan.post("/bookings", request(1)).await.expect(201);
        let refused = fan.post("/bookings", request(1)).await.expect_problem(409, "limit_reached");
        assert_eq!((&refused["allowed"], &refused["left"]), (&json!(2), &json!(0)));

        let second = second["id"].as_str().unwrap();
        fan.post_nothing(&format!("/bookings/{second}/cancel")).await.expect(200);
        fan.post("/bookings", request(2)).await.expect(201);
        app.finish().await;
    }

    /// Tickets are sold as long as a request fits, and then the concert is sold out.
    async fn sold_out_says_how_many_are_left(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[standing("GA", 5, 20_000)])).await;
        let request = |quantity: u32| json!({"concert_id": concert, "section": "GA", "quantity": quantity});

        fan.post("/bookings", request(3)).await.expect(201);
        let refused = fan.post("/bookings", request(3)).await.expect_problem(409, "sold_out");
        assert_eq!(refused["left"], 2);
        fan.post("/bookings", request(2)).await.expect(201);
        app.finish().await;
    }

    /// A booking without a price is confirmed by the unit that places it.
    async fn a_free_ticket_is_confirmed_immediately(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[standing("GA", 5, 0)])).await;
        let request = json!({"concert_id": concert, "section": "GA", "quantity": 2});
        let booking = fan.post("/bookings", request).await.expect(201);
        assert_eq!((&booking["status"], &booking["total"]), (&json!("confirmed"), &json!(0)));
        app.finish().await;
    }
}
