//! Many concurrent requests over real sockets. In any order, no seat is sold twice and the invariants hold afterwards.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, TestApp, concert_with, eventually, post_once, seated, until_answered};

on_each_database! {
    /// 64 clients request the same two seats.
    async fn one_of_64_gets_the_seats(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 10, 45_000)])).await;
        let fans = shop.fans(64).await;
        let answers = join_all(fans.iter().map(|fan| shop.book(fan, &concert, &["A-1-5", "A-1-6"]))).await;
        assert_eq!(counted(&answers), BTreeMap::from([((201, ""), 1), ((409, "seats_unavailable"), 63)]));
        for refused in answers.iter().filter(|answer| answer.status == 409) {
            assert_eq!(refused.body["seats"], json!(["A-1-5", "A-1-6"]));
        }
        app.finish().await;
    }

    /// 300 clients book 1 to 4 of the best of 400 seats until no requested quantity is left.
    async fn best_available_until_sold_out(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 20, 20, 45_000)])).await;
        let fans = shop.fans(300).await;
        let book = |(index, fan): (usize, &Client)| {
            let quantity = index % 4 + 1;
            let (fan, request) = (fan.clone(), json!({"concert_id": concert, "section": "A", "quantity": quantity}));
            async move { (quantity, post_once(&fan, "/bookings", &request).await) }
        };
        let answers = join_all(fans.iter().enumerate().map(book)).await;

        let mut taken = HashSet::new();
        for (quantity, answer) in &answers {
            match answer.status {
                201 => {
                    let tickets = answer.body["tickets"].as_array().unwrap();
                    assert_eq!(tickets.len(), *quantity);
                    for ticket in tickets {
                        let seat = ticket["seat"].as_str().unwrap();
                        assert!(taken.insert(seat.to_owned()), "{seat} was sold twice");
                    }
                }
                _ => assert_eq!((answer.status, answer.code()), (409, "sold_out"), "{}", answer.text),
            }
        }
        let refused = answers.iter().filter(|(_, answer)| answer.status == 409).map(|(quantity, _)| *quantity);
        let smallest_refused = refused.min().expect("300 clients want 750 of 400 seats");
        assert!(400 - taken.len() < smallest_refused, "{} seats are left for {smallest_refused}", 400 - taken.len());
        app.finish().await;
    }

    /// 200 bookings are each cancelled, expired and paid at the same moment.
    async fn cancel_expire_and_pay_concurrently(kind) {
        const BOOKINGS: usize = 200;
        let app = TestApp::start_with(kind, &[("BOOKINGS__HOLD_SECONDS", "2")]).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 20, 20, 45_000)])).await;
        let outcomes = join_all((0..BOOKINGS).map(|index| race_booking(&fan, &concert, index))).await;

        let mut paid = 0;
        for (booking, payment) in outcomes {
            let booking = format!("/bookings/{}", booking.as_str().unwrap());
            let settled = || async {
                let booking = fan.get(&booking).await.expect(200);
                let payment = match &payment {
                    Some(id) => fan.get(&format!("/payments/{id}")).await.expect(200)["status"].clone(),
                    None => json!("none"),
                };
                let (status, payment) = (booking["status"].as_str().unwrap(), payment.as_str().unwrap());
                match (status, payment) {
                    ("confirmed", "completed") => Ok(1),
                    ("cancelled", "none" | "refunded" | "failed") => Ok(0),
                    other => Err(format!("{other:?}")),
                }
            };
            paid += eventually(Duration::from_secs(30), "agreement of booking and payment", settled).await;
        }
        let seats = fan.get(&format!("/concerts/{concert}/availability")).await.expect(200);
        assert_eq!(seats["available"], 400 - paid, "every unpaid booking released its seat");
        app.finish().await;
    }

    /// 64 payments of one booking, each with its own idempotency key.
    async fn one_of_64_payments_succeeds(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 10, 45_000)])).await;
        let booked = shop.book(&fan, &concert, &["A-1-5"]).await.expect(201);
        let payment = json!({"booking_id": booked["id"], "method": "sandbox_approve"});
        let keys: Vec<String> = (0..64).map(|index| format!("attempt-{index}")).collect();
        let pay = |key: &String| {
            let (fan, key, payment) = (fan.clone(), key.clone(), payment.clone());
            async move { until_answered(|| fan.post_with_key("/payments", &key, payment.clone())).await }
        };
        let answers = join_all(keys.iter().map(pay)).await;

        let live = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(live, 1, "{:?}", counted(&answers));
        for refused in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(refused.status, 409, "{}", refused.text);
        }
        app.finish().await;
    }

    /// One user sends 50 concurrent requests to a concert with caps.
    async fn caps_hold_against_50_requests_of_one_user(kind) {
        let app = TestApp::start(kind).await;
        let shop = &app.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let mut concert = concert_with(&[seated("A", 20, 20, 45_000)]);
        concert["max_tickets_per_user"] = json!(10);
        concert["max_pending_bookings_per_user"] = json!(2);
        let concert = shop.put_on_sale(&manager, concert).await;
        let request = json!({"concert_id": concert, "section": "A", "quantity": 3});
        let answers = join_all((0..50).map(|_| post_once(&fan, "/bookings", &request))).await;
        assert_eq!(counted(&answers), BTreeMap::from([((201, ""), 2), ((409, "limit_reached"), 48)]));
        app.finish().await;
    }
}

/// Books a seat and, around the moment of its expiry, cancels and pays it concurrently. Returns the id of the booking,
/// and the id of the payment if one was started.
async fn race_booking(fan: &Client, concert: &str, index: usize) -> (Value, Option<String>) {
    let seat = format!("A-{}-{}", index / 20 + 1, index % 20 + 1);
    let booked = post_once(fan, "/bookings", &json!({"concert_id": concert, "seats": [seat]})).await.expect(201);
    // The moments cover a second before and after the expiry.
    tokio::time::sleep(Duration::from_millis(1_500 + 5 * u64::try_from(index).unwrap())).await;
    let id = booked["id"].as_str().unwrap();
    let payment = json!({"booking_id": id, "method": "sandbox_approve"});
    let cancel = format!("/bookings/{id}/cancel");
    let (cancelled, paid) =
        tokio::join!(until_answered(|| fan.post_nothing(&cancel)), post_once(fan, "/payments", &payment));
    assert!(matches!(cancelled.status, 200 | 409), "{}", cancelled.text);
    assert!(matches!(paid.status, 201 | 409), "{}", paid.text);
    let payment = (paid.status == 201).then(|| paid.body["id"].as_str().unwrap().to_owned());
    (booked["id"].clone(), payment)
}

/// The number of responses by status and code.
fn counted(answers: &[Answer]) -> BTreeMap<(u16, &str), usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry((answer.status, answer.code())).or_default() += 1;
    }
    counts
}
