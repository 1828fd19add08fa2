//! A program whose reads that may lag use a replica. The replica here is the database of another installation, so each
//! response shows which database answered.

use serde_json::{Value, json};

use crate::harness::{Client, DatabaseKind, TestApp, TestDatabase, concert_with, seated};

/// Puts a concert with this name on sale and returns its id.
async fn sells(app: &TestApp, name: &str) -> (Client, String) {
    let manager = app.shop.manager("the-organiser").await;
    let mut concert = concert_with(&[seated("A", 2, 5, 45_000)]);
    concert["name"] = json!(name);
    let id = app.shop.put_on_sale(&manager, concert).await;
    (manager, id)
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|concert| concert["name"].as_str().unwrap()).collect()
}

/// Customers see their own bookings immediately. The list of concerts may lag.
#[tokio::test(flavor = "multi_thread")]
async fn lists_come_from_the_replica_and_own_bookings_from_the_primary() {
    let copy = TestApp::start(DatabaseKind::Server).await;
    sells(&copy, "As the replica has it").await;
    let copy = copy.stop().await;
    let settings = [("DATABASE__REPLICA_URL", copy.url())];
    let app = TestApp::start_with(DatabaseKind::Server, &settings).await;
    let (manager, concert) = sells(&app, "As it is").await;

    let fan = app.shop.fan("ana").await;
    let placed = app.shop.book(&fan, &concert, &["A-1-1"]).await.expect(201);
    let booking = placed["id"].as_str().unwrap();
    fan.get(&format!("/bookings/{booking}")).await.expect(200);
    assert_eq!(fan.get("/bookings").await.expect(200)["items"][0]["id"], booking);
    assert_eq!(fan.get(&format!("/concerts/{concert}/availability")).await.expect(200)["available"], 9);
    assert_eq!(names(&manager.get("/concerts?mine=true").await.expect(200)), ["As it is"]);

    assert_eq!(names(&fan.get("/concerts").await.expect(200)), ["As the replica has it"]);
    let of_concert = manager.get(&format!("/bookings?concert_id={concert}")).await.expect(200);
    assert_eq!(of_concert["items"], json!([]), "the replica holds no bookings");
    app.finish().await;
}

/// Without its replica everything works, and a metric reports the failure.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_replica_causes_no_error() {
    let copy = TestDatabase::create(DatabaseKind::Server).await;
    let gone = copy.url().to_owned();
    drop(copy);
    let app = TestApp::start_with(DatabaseKind::Server, &[("DATABASE__REPLICA_URL", &gone)]).await;
    let (manager, concert) = sells(&app, "As it is").await;
    for _ in 0..3 {
        let fresh = manager.request(reqwest::Method::GET, "/concerts").header("Cache-Control", "no-cache");
        assert_eq!(names(&fresh.send().await.expect(200)), ["As it is"]);
        manager.get(&format!("/bookings?concert_id={concert}")).await.expect(200);
    }
    let metrics = app.shop.operator().get("//metrics").await.text;
    assert!(metrics.contains("boxoffice_replica_fallbacks_total{reason=\"failed\"}"), "{metrics}");
    app.finish().await;
}
