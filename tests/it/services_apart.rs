//! The services of the program in processes of their own, on one database: together they do what one process does.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Client, DatabaseKind, ServicesApart, Shop, Watcher, concert_with, eventually, post_once, routes, seated, standing,
    until_answered,
};

/// Two ways to split the services over three processes.
const SPLITS: [[&str; 3]; 2] = [["users", "bookings", "payments,worker"], ["users,payments", "worker", "bookings"]];
/// Longer than any wait in these tests. Most take a second.
const LIMIT: Duration = Duration::from_secs(30);
/// The sandbox decides slow payments after a second.
const SLOW_PAYMENTS: [(&str, &str); 1] = [("PAYMENTS__SANDBOX_PENDING_SECONDS", "1")];

on_each_database! {
    /// Register, publish, book, lose a seat, pay, cancel, refund, and cancel the concert, over both splits.
    async fn the_main_flow_passes_through_all_of_them(kind) {
        for split in SPLITS {
            let apart = ServicesApart::start(kind, &split, &SLOW_PAYMENTS).await;
            main_flow(&apart.shop).await;
            apart.finish().await;
        }
    }

    /// 48 clients want the same two seats, and 60 bookings are each paid, cancelled and expired at the same moment, by
    /// different processes.
    async fn the_races_have_one_winner(kind) {
        let apart = ServicesApart::start(kind, &SPLITS[0], &[("BOOKINGS__HOLD_SECONDS", "2")]).await;
        let shop = &apart.shop;
        let manager = shop.manager("the-organiser").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 20, 20, 45_000)])).await;
        let fans = shop.fans(48).await;
        let answers = join_all(fans.iter().map(|fan| shop.book(fan, &concert, &["A-20-5", "A-20-6"]))).await;
        let mut counts = BTreeMap::new();
        for answer in &answers {
            *counts.entry((answer.status, answer.code())).or_insert(0) += 1;
        }
        assert_eq!(counts, BTreeMap::from([((201, ""), 1), ((409, "seats_unavailable"), 47)]));

        let fan = &fans[0];
        let paid: u64 = join_all((0..60).map(|index| race_booking(fan, &concert, index))).await.into_iter().sum();
        let free = || async {
            let seats = shop.anonymous().get(&format!("/concerts/{concert}/availability")).await.expect(200);
            if seats["available"] == 400 - paid { Ok(()) } else { Err(format!("{paid} are paid, and {seats}")) }
        };
        eventually(LIMIT, "the release of every unpaid seat", free).await;
        apart.finish().await;
    }

    /// Each change reaches the processes that did not make it: seats, rights and events.
    async fn each_process_learns_of_the_others(kind) {
        let apart = ServicesApart::start(kind, &SPLITS[0], &[]).await;
        let shop = &apart.shop;
        let manager = shop.manager("the-organiser").await;
        let fan = shop.fan("ana").await;
        let concert = shop.put_on_sale(&manager, concert_with(&[seated("A", 1, 4, 45_000)])).await;
        let booked = shop.book(&fan, &concert, &["A-1-2"]).await.expect(201);

        // Nothing but the stream of events asks the bookings process while the payments process sells the seat.
        let mut watcher = Watcher::of(shop, &concert, None).await;
        watcher.event("delta").await;
        pay(&fan, &booked["id"], "sandbox_approve").await;
        while watcher.event("delta").await["seats"] != json!([["A-1-2", "s"]]) {}
        drop(watcher);

        fan.get("/payments/01980c2a-7b1e-7000-8000-000000000002").await.expect_problem(404, "not_found");
        let suspend = json!({"status": "suspended"});
        shop.admin().await.patch(&format!("/users/{}", fan.id), None, suspend).await.expect(200);
        for path in [path("bookings", &booked["id"]), "/payments/01980c2a-7b1e-7000-8000-000000000002".to_owned()] {
            let refused = || async {
                let answer = fan.get(&path).await;
                if answer.code() == "token_revoked" { Ok(()) } else { Err(answer.text) }
            };
            eventually(LIMIT, "the end of the token", refused).await;
        }

        let delivered = "boxoffice_worker_runs_total{worker=\"audit_log\",outcome=\"worked\"}";
        let worker = apart.process_of("worker").shop.operator();
        let delivery = || async {
            let metrics = worker.get("//metrics").await.text;
            if metrics.contains(delivered) { Ok(()) } else { Err(metrics) }
        };
        eventually(LIMIT, "the delivery of the events of the others", delivery).await;
        apart.finish().await;
    }
}

/// Each process answers the paths that the guide for operators sends to it, refuses all others, works on what belongs to
/// its services, and has its own probes and metrics.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_refuses_what_it_does_not_serve() {
    let apart = ServicesApart::start(DatabaseKind::Sqlite, &["users", "bookings", "payments", "worker"], &[]).await;
    let document = apart.shop.anonymous().get("//openapi.json").await.expect(200);
    let mut paths: Vec<String> =
        document["paths"].as_object().unwrap().keys().map(|path| format!("/api/v1{path}")).collect();
    paths.extend(["/", "/login", "/bookings", "/robots.txt", "/sitemap.xml"].map(str::to_owned));
    let admin = apart.shop.admin().await;
    for process in &apart.processes {
        let client = process.client_of(&admin);
        for path in &paths {
            let address = path.replace("{id}", "01980c2a-7b1e-7000-8000-000000000002");
            let answer = client.request(Method::GET, &format!("/{address}")).send().await;
            if process.serves(&service_of(path)) {
                assert_ne!(answer.status, 421, "{path} at {}", process.services);
            } else {
                answer.expect_problem(421, "not_served_here");
            }
        }
        client.get("/menus").await.expect_problem(404, "not_found");
        client.get("//wp-login.php").await.expect_problem(404, "not_found");
        assert_eq!(client.get("//openapi.json").await.expect(200), document, "the document is the same everywhere");
        client.get("//docs").await.expect(200);

        let operator = process.shop.operator();
        operator.get("//livez").await.expect(200);
        operator.get("//readyz").await.expect(200);
        for (worker, service) in [
            ("hold_expiry", "bookings"),
            ("cancel_concert_bookings", "bookings"),
            ("reconcile", "payments"),
            ("audit_log", "worker"),
            ("parked_events", "worker"),
        ] {
            let runs = format!("boxoffice_worker_runs_total{{worker=\"{worker}\"");
            if process.serves(service) {
                let read = || async {
                    let metrics = operator.get("//metrics").await.text;
                    if metrics.contains(&runs) { Ok(()) } else { Err(metrics) }
                };
                eventually(LIMIT, worker, read).await;
            } else {
                let metrics = operator.get("//metrics").await.text;
                assert!(!metrics.contains(&runs), "{worker} runs at {}", process.services);
            }
        }
        let refused = "status=\"421\"";
        assert!(operator.get("//metrics").await.text.contains(refused), "{}", process.services);
    }
    apart.finish().await;
}

/// The service that the guide for operators names for a path.
fn service_of(path: &str) -> String {
    let fitting = routes().into_iter().filter(|(prefix, _)| path.starts_with(prefix));
    fitting.max_by_key(|(prefix, _)| prefix.len()).expect("a service").1
}

async fn main_flow(shop: &Shop) {
    let manager = shop.manager("the-organiser").await;
    let (ana, budi) = (shop.fan("ana").await, shop.fan("budi").await);
    let sections = [seated("A", 2, 10, 45_000), standing("GA", 100, 20_000)];
    let concert = shop.put_on_sale(&manager, concert_with(&sections)).await;

    let booked = shop.book(&ana, &concert, &["A-1-5", "A-1-6"]).await.expect(201);
    shop.book(&budi, &concert, &["A-1-6"]).await.expect_problem(409, "seats_unavailable");
    let paid = pay(&ana, &booked["id"], "sandbox_approve").await;
    assert_eq!((&paid["status"], &paid["amount"]), (&json!("completed"), &json!(90_000)));
    let confirmed = ana.get(&path("bookings", &booked["id"])).await.expect(200);
    assert_eq!((&confirmed["status"], &confirmed["payment_id"]), (&json!("confirmed"), &paid["id"]));
    until_row(shop, &concert, "aaaassaaaa").await;

    let second = shop.book(&budi, &concert, &["A-1-1"]).await.expect(201);
    let cancel = format!("{}/cancel", path("bookings", &second["id"]));
    assert_eq!(budi.post_nothing(&cancel).await.expect(200)["cancel_reason"], "user");
    until_row(shop, &concert, "aaaassaaaa").await;

    let slow = shop.book(&budi, &concert, &["A-1-10"]).await.expect(201);
    assert_eq!(pay(&budi, &slow["id"], "sandbox_pending").await["status"], "pending");
    until(&budi, &path("bookings", &slow["id"]), "status", "confirmed").await;

    let refunds = format!("{}/refunds", path("payments", &paid["id"]));
    manager.post(&refunds, json!({"reason": "the row was taken out"})).await.expect(201);
    until(&ana, &path("payments", &paid["id"]), "status", "refunded").await;
    until(&ana, &path("bookings", &booked["id"]), "status", "cancelled").await;
    until_row(shop, &concert, "aaaaaaaaas").await;

    let again = shop.book(&ana, &concert, &["A-1-5", "A-1-6"]).await.expect(201);
    let again = pay(&ana, &again["id"], "sandbox_approve").await;
    let standing = json!({"concert_id": concert, "section": "GA", "quantity": 3});
    let unpaid = post_once(&budi, "/bookings", &standing).await.expect(201);
    let report = manager.get(&format!("/reports/concerts/{concert}/sales")).await.expect(200);
    assert_eq!((&report["tickets"]["sold"], &report["bookings"]["pending"]), (&json!(3), &json!(1)), "{report}");

    manager.delete(&format!("/concerts/{concert}")).await.expect(202);
    until(&budi, &path("bookings", &unpaid["id"]), "cancel_reason", "concert_cancelled").await;
    until(&budi, &path("bookings", &slow["id"]), "cancel_reason", "concert_cancelled").await;
    until(&ana, &path("payments", &again["id"]), "status", "refunded").await;
}

/// Books a seat and, around the moment of its expiry, cancels and pays it at once. Returns 1 if it stays paid.
async fn race_booking(fan: &Client, concert: &str, index: u64) -> u64 {
    let seat = format!("A-{}-{}", index / 20 + 1, index % 20 + 1);
    let booked = post_once(fan, "/bookings", &json!({"concert_id": concert, "seats": [seat]})).await.expect(201);
    // The moments cover a second before and after the expiry.
    tokio::time::sleep(Duration::from_millis(1_000 + 30 * index)).await;
    let payment = json!({"booking_id": booked["id"], "method": "sandbox_approve"});
    let cancel = format!("{}/cancel", path("bookings", &booked["id"]));
    let (cancelled, paid) =
        tokio::join!(until_answered(|| fan.post_nothing(&cancel)), post_once(fan, "/payments", &payment));
    assert!(matches!(cancelled.status, 200 | 409), "{}", cancelled.text);
    assert!(matches!(paid.status, 201 | 409), "{}", paid.text);
    let agreed = || async {
        let booking = fan.get(&path("bookings", &booked["id"])).await.expect(200)["status"].clone();
        let payment = match paid.status {
            201 => fan.get(&path("payments", &paid.body["id"])).await.expect(200)["status"].clone(),
            _ => json!("none"),
        };
        match (booking.as_str(), payment.as_str()) {
            (Some("confirmed"), Some("completed")) => Ok(1),
            (Some("cancelled"), Some("none" | "refunded" | "failed")) => Ok(0),
            other => Err(format!("{other:?}")),
        }
    };
    eventually(LIMIT, "the agreement of booking and payment", agreed).await
}

async fn pay(fan: &Client, booking: &Value, method: &str) -> Value {
    post_once(fan, "/payments", &json!({"booking_id": booking, "method": method})).await.expect(201)
}

fn path(collection: &str, id: &Value) -> String {
    format!("/{collection}/{}", id.as_str().expect("an id"))
}

/// Waits until a member of a resource has this value.
async fn until(client: &Client, path: &str, member: &str, value: &str) {
    let read = || async {
        let resource = client.get(path).await.expect(200);
        if resource[member] == value { Ok(()) } else { Err(resource.to_string()) }
    };
    eventually(LIMIT, value, read).await;
}

/// Waits until anyone sees the first row of section A in these states: another process may have changed it.
async fn until_row(shop: &Shop, concert: &str, expected: &str) {
    let read = || async {
        let seats = shop.anonymous().get(&format!("/concerts/{concert}/seats?section=A")).await.expect(200);
        let row = seats["sections"][0]["rows"][0]["seats"].clone();
        if row == expected { Ok(()) } else { Err(row.to_string()) }
    };
    eventually(LIMIT, expected, read).await;
}
