//! Cached reads, in one instance and in another on the same database.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::Clock;
use boxoffice_testing::FixedClock;
use futures_util::future::join_all;
use serde_json::Value;

use crate::harness::{Client, Shop, TestApp, concert_with, eventually, seated};

async fn left(shop: &Shop, concert: &str) -> Value {
    shop.anonymous().get(&format!("/concerts/{concert}/availability")).await.expect(200)["available"].clone()
}

/// The state letters of a row of seats.
async fn letters(reader: &Client, concert: &str, row: usize) -> String {
    let seats = reader.get(&format!("/concerts/{concert}/seats?section=A")).await.expect(200);
    seats["sections"][0]["rows"][row - 1]["seats"].as_str().expect("letters").to_owned()
}

/// Books the seats of a row one after the other, and reads the result after each booking.
async fn book_and_read(shop: &Shop, fan: &Client, concert: &str, row: usize) {
    let reader = shop.anonymous();
    for seat in 1..=5 {
        shop.book(fan, concert, &[&format!("A-{row}-{seat}")]).await.expect(201);
        let letters = letters(&reader, concert, row).await;
        let (taken, free) = letters.split_at(seat);
        assert!(taken.chars().all(|letter| letter == 'h') && free.chars().all(|letter| letter == 'a'), "{letters}");
    }
}

on_each_database! {
    /// A read on the same instance shows a confirmed booking immediately, and a read on another instance soon.
    async fn a_booking_is_visible_immediately_here_and_soon_elsewhere(kind) {
        let app = TestApp::start(kind).await;
        let elsewhere = app.another_instance().await;
        let manager = app.shop.manager("the-organiser").await;
        let concert = app.shop.put_on_sale(&manager, concert_with(&[seated("A", 2, 5, 45_000)])).await;
        let fan = app.shop.fan("ana").await;
        for seat in 1..=3_u32 {
            assert_eq!(left(&elsewhere.shop, &concert).await, 11 - seat);
            assert_eq!(left(&app.shop, &concert).await, 11 - seat);
            app.shop.book(&fan, &concert, &[&format!("A-1-{seat}")]).await.expect(201);
            assert_eq!(left(&app.shop, &concert).await, 10 - seat);
            let seen = || async {
                let seen = left(&elsewhere.shop, &concert).await;
                if seen == 10 - seat { Ok(()) } else { Err(format!("{seen} are left")) }
            };
            eventually(Duration::from_secs(60), "being seen elsewhere", seen).await;
        }
        let reader = elsewhere.shop.anonymous();
        assert_eq!(letters(&reader, &concert, 1).await, "hhhaa");
        elsewhere.stop().await;
        app.finish().await;
    }

    /// The machine's clock is set back by five minutes during a sale.
    async fn a_clock_that_is_set_back_does_not_stop_reads(kind) {
        let app = TestApp::start(kind).await;
        let manager = app.shop.manager("the-organiser").await;
        let concert = app.shop.put_on_sale(&manager, concert_with(&[seated("A", 2, 5, 45_000)])).await;
        let fan = app.shop.fan("ana").await;
        let clock = Arc::new(FixedClock::at(SystemClock.now()));
        let cache = app.modules_by(clock.clone()).concerts.cache;
        let id = concert.parse().expect("the id of a concert");
        let left = async || cache.public_concert(id).await.expect("an answer").expect("a concert").concert().available;
        assert_eq!(left().await, 10);
        app.shop.book(&fan, &concert, &["A-1-1"]).await.expect(201);
        let seen = || async {
            let left = left().await;
            if left == 9 { Ok(()) } else { Err(format!("{left} are left")) }
        };
        eventually(Duration::from_secs(60), "the first booking being seen", seen).await;
        clock.advance(-300);
        app.shop.book(&fan, &concert, &["A-1-2"]).await.expect(201);
        let seen = || async {
            let left = left().await;
            if left == 8 { Ok(()) } else { Err(format!("{left} are left")) }
        };
        eventually(Duration::from_secs(60), "the second booking being seen", seen).await;
        app.finish().await;
    }

    /// While two instances sell the same concert, each fan's next read shows the fan's own bookings.
    async fn two_instances_sell_one_concert_and_show_it(kind) {
        let app = TestApp::start(kind).await;
        let elsewhere = app.another_instance().await;
        let manager = app.shop.manager("the-organiser").await;
        let concert = app.shop.put_on_sale(&manager, concert_with(&[seated("A", 8, 5, 45_000)])).await;
        let fans = app.shop.fans(8).await;
        let mut buyers = Vec::new();
        for (row, fan) in (1..).zip(&fans) {
            let shop = if row % 2 == 0 { &app.shop } else { &elsewhere.shop };
            let fan = if row % 2 == 0 { fan.clone() } else { shop.log_in(&format!("fan-{row}")).await };
            let concert = concert.as_str();
            buyers.push(async move { book_and_read(shop, &fan, concert, row).await });
        }
        join_all(buyers).await;
        for shop in [&app.shop, &elsewhere.shop] {
            let sold_out = || async {
                let seen = left(shop, &concert).await;
                if seen == 0 { Ok(()) } else { Err(format!("{seen} are left")) }
            };
            eventually(Duration::from_secs(60), "being sold out everywhere", sold_out).await;
        }
        elsewhere.stop().await;
        app.finish().await;
    }
}
