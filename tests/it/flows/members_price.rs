//! Tickets at a price for members of the organiser.

use serde_json::json;

use crate::harness::{TestApp, concert_with, seated};

on_each_database! {
    /// Only members of the organiser can book a free crew ticket, and they need no payment.
    async fn only_the_team_books_at_its_price(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let mut section = seated("A", 1, 4, 45_000);
        section.as_object_mut().unwrap().remove("price");
        section["prices"] = json!([
            {"code": "standard", "name": "Standard", "price": 45_000},
            {"code": "crew", "name": "Crew", "price": 0, "audience": "members"},
        ]);
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[section])).await;
        let prices = shop.anonymous().get(&format!("/concerts/{concert}")).await.expect(200);
        assert_eq!(prices["sections"][0]["prices"][0]["audience"], "anyone");
        assert_eq!(prices["sections"][0]["prices"][1]["audience"], "members");

        let (fan, stranger) = (shop.fan("ana").await, shop.manager("another-organiser").await);
        let booking = |seat: &str| json!({"concert_id": concert, "seats": [seat], "category": "crew"});
        for outsider in [&fan, &stranger] {
            let problem = outsider.post("/bookings", booking("A-1-1")).await.expect_problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], "/category");
            assert_eq!(problem["errors"][0]["code"], "members_only");
        }
        for member in [&manager, &shop.admin().await] {
            let seat = if member.id == manager.id { "A-1-1" } else { "A-1-2" };
            let booked = member.post("/bookings", booking(seat)).await.expect(201);
            assert_eq!((&booked["status"], &booked["total"]), (&json!("confirmed"), &json!(0)));
        }
        app.finish().await;
    }
}
