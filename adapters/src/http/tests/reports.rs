//! Tests of sales reports and exports.

use boxoffice_domain::concerts::ConcertView;
use boxoffice_domain::reports::EXPORTED_AT_ONCE;
use boxoffice_domain::shared::Role;
use boxoffice_testing::{BookingBuilder, ConcertBuilder, FixedClock};
use reqwest::Method;
use serde_json::json;

use super::Shop;

/// A concert and the access token of its organiser's owner.
async fn own_concert(shop: &Shop) -> (ConcertView, String) {
    let (owner, token) = shop.add_user("owner", Role::Manager).await;
    let organiser = shop.given.organiser(owner.id).await;
    let builder = ConcertBuilder::new(shop.given.ids()).seated("A", 10, 120, 2_500).standing("GA", 10, 1_000);
    let builder = builder.details(|details| details.time_zone = "Asia/Jakarta".to_owned());
    (shop.given.add_concert(builder.organiser(organiser)).await, token)
}

async fn download(shop: &Shop, concert: &ConcertView, token: &str) -> (reqwest::header::HeaderMap, String) {
    download_some(shop, concert, token, "").await
}

async fn download_some(
    shop: &Shop,
    concert: &ConcertView,
    token: &str,
    query: &str,
) -> (reqwest::header::HeaderMap, String) {
    download_file(shop, concert, token, &format!("bookings.csv{query}")).await
}

async fn download_file(
    shop: &Shop,
    concert: &ConcertView,
    token: &str,
    file: &str,
) -> (reqwest::header::HeaderMap, String) {
    let path = format!("/api/v1/reports/concerts/{}/{file}", concert.concert.id);
    let answer = shop.request(Method::GET, &path).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    let text = String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap();
    (headers, text.strip_prefix('\u{FEFF}').expect("the file begins with a byte order mark").to_owned())
}

#[tokio::test]
async fn sales_are_reported_by_section_by_outcome_and_over_time() {
    let shop = Shop::open().await;
    let (concert, owner) = own_concert(&shop).await;
    let ids = shop.given.ids();
    // 23:59 and 00:01 in Jakarta.
    let days = [FixedClock::START.plus_seconds(5 * 3_600 - 60), FixedClock::START.plus_seconds(5 * 3_600 + 60)];
    for (ticket, at) in [(1, days[0]), (2, days[1]), (1_201, days[1])] {
        shop.given.paid(BookingBuilder::new(ids, &concert).tickets([ticket]).created_at(at).build()).await;
    }
    let overdue = BookingBuilder::new(ids, &concert).tickets([5]).created_at(days[0]).expires_at(days[1]);
    shop.given.booking(overdue.build()).await;
    shop.clock.advance(6 * 3_600);

    let path = format!("/api/v1/reports/concerts/{}/sales", concert.concert.id);
    let report = shop.get(&path, &owner).await;
    assert_eq!(report.status, 200, "{}", report.body);
    assert_eq!((&report.body["currency"], &report.body["time_zone"]), (&json!("EUR"), &json!("Asia/Jakarta")));
    assert_eq!(report.body["tickets"], json!({"total": 1210, "available": 1206, "held": 1, "sold": 3, "blocked": 0}));
    let money = ["revenue", "gross", "refunded", "pending_refunds", "net"].map(|word| report.body[word].clone());
    assert_eq!(money, [6_000, 6_000, 0, 0, 6_000]);
    assert_eq!(report.body["sections"][1]["code"], "GA");
    assert_eq!(report.body["sections"][1]["revenue"], 1_000);
    let counts = json!({"placed": 4, "confirmed": 3, "pending": 0, "expired": 1, "cancelled": 0});
    assert_eq!(report.body["bookings"], counts);
    let sales = report.body["sales"].as_array().unwrap();
    let steps: Vec<_> = sales.iter().map(|step| (&step["starts_at"], &step["tickets"], &step["revenue"])).collect();
    let (first, second) = (json!("2026-04-30T17:00:00Z"), json!("2026-05-01T17:00:00Z"));
    assert_eq!(steps, [(&first, &json!(1), &json!(2_500)), (&second, &json!(2), &json!(3_500))]);

    let hours = shop.get(&format!("{path}?bucket=hour&from=2026-05-02T00:00:00%2B07:00"), &owner).await;
    assert_eq!(hours.body["from"], "2026-05-01T17:00:00Z");
    assert_eq!(hours.body["sales"].as_array().unwrap().len(), 1);
    assert_eq!(hours.body["bookings"], counts, "counts cover the whole sale");
}

#[tokio::test]
async fn unknown_concerts_and_bad_parameters_are_refused() {
    let shop = Shop::open().await;
    let (concert, _) = own_concert(&shop).await;
    let (_, stranger) = shop.add_user("stranger", Role::Manager).await;
    let (_, admin) = shop.add_user("an-admin", Role::Admin).await;
    for report in ["sales", "bookings.csv", "tickets.csv"] {
        let path = |id: &dyn ToString| format!("/api/v1/reports/concerts/{}/{report}", id.to_string());
        let unknown = path(&"019de368-f600-7000-8000-00000000ffff");
        assert_eq!(shop.get(&unknown, &stranger).await.problem(), (404, "not_found"));
        assert_eq!(shop.get(&unknown, &admin).await.problem(), (404, "not_found"));
        assert_eq!(shop.get(&path(&"no-id"), &admin).await.problem(), (400, "malformed_id"));
    }
    let own = format!("/api/v1/reports/concerts/{}/sales", concert.concert.id);
    for (query, problem) in [
        ("bucket=minute", (400, "malformed_request")),
        ("from=yesterday", (400, "malformed_request")),
        ("bucket=hour&from=2026-01-01T00:00:00Z", (422, "validation_failed")),
        ("from=2026-05-01T00:00:00Z&to=2026-05-01T00:00:00Z", (422, "validation_failed")),
    ] {
        assert_eq!(shop.get(&format!("{own}?{query}"), &admin).await.problem(), problem, "{query}");
    }
}

#[tokio::test]
async fn bookings_are_downloaded_without_formulas() {
    let shop = Shop::open().await;
    let (concert, owner) = own_concert(&shop).await;
    let builder = BookingBuilder::new(shop.given.ids(), &concert).tickets([1, 2]);
    let name = "=HYPERLINK(\"http://evil.example\",\"Ana, B.\")";
    let booking = shop.given.booking(builder.customer(name, "ana@example.com").build()).await;
    let (headers, text) = download(&shop, &concert, &owner).await;
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8; header=present");
    let file = format!("attachment; filename=\"bookings-{}.csv\"", concert.concert.id);
    assert_eq!(headers["content-disposition"], file);
    assert_eq!(headers["cache-control"], "no-store");
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("reference,placed_at,status,"), "{text}");
    let (reference, id) = (booking.reference.as_str(), booking.id);
    let quoted = "\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"Ana, B.\"\")\"";
    let seats = "A-1-1 A-1-2";
    let line = format!(
        "{reference},2026-05-01T12:00:00Z,pending,,,{quoted},ana@example.com,2,{seats},50.00,0.00,0.00,EUR,{id}"
    );
    assert_eq!(lines[1..], [line]);
}

#[tokio::test]
async fn tickets_are_downloaded_one_a_line_and_names_stay_text() {
    let shop = Shop::open().await;
    let (concert, owner) = own_concert(&shop).await;
    let fan = shop.given.user("000123").await;
    let booking = BookingBuilder::new(shop.given.ids(), &concert).user(fan.id).tickets([1, 1_201]).build();
    let (booking, _) = shop.given.paid(booking).await;
    let (headers, text) = download_file(&shop, &concert, &owner, "tickets.csv?status=confirmed").await;
    let file = format!("attachment; filename=\"tickets-{}.csv\"", concert.concert.id);
    assert_eq!(headers["content-disposition"], file);
    let (reference, id) = (booking.reference.as_str(), booking.id);
    let line = |seat: &str, section: &str, price: &str| {
        format!("{reference},2026-05-01T12:00:00Z,confirmed,,\"'000123\",,,{seat},{section},standard,{price},EUR,{id}")
    };
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("reference,placed_at,status,"), "{text}");
    assert_eq!(lines[1..], [line("A-1-1", "A", "25.00"), line("GA-000001", "GA", "10.00")]);
    let (_, bookings) = download(&shop, &concert, &owner).await;
    assert!(bookings.contains(",A-1-1 GA-000001,35.00,35.00,0.00,EUR,"), "{bookings}");
}

#[tokio::test]
async fn downloads_can_be_filtered() {
    let shop = Shop::open().await;
    let (concert, owner) = own_concert(&shop).await;
    let ana = shop.given.user("ana").await;
    let ids = shop.given.ids();
    shop.given.booking(BookingBuilder::new(ids, &concert).user(ana.id).tickets([1]).build()).await;
    shop.given.paid(BookingBuilder::new(ids, &concert).user(ana.id).tickets([2]).build()).await;
    shop.given.paid(BookingBuilder::new(ids, &concert).tickets([3]).build()).await;
    for (query, seats) in [
        ("", &["A-1-1", "A-1-2", "A-1-3"][..]),
        ("?status=confirmed", &["A-1-2", "A-1-3"]),
        ("?search=ana", &["A-1-1", "A-1-2"]),
        ("?search=ana&status=confirmed", &["A-1-2"]),
        ("?search=unknown", &[]),
    ] {
        let (_, text) = download_some(&shop, &concert, &owner, query).await;
        let mut found: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').nth(8).unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, seats, "{query}: {text}");
        assert_eq!(text.contains(",ana,"), seats.contains(&"A-1-2"), "{query}: {text}");
    }
    let path = format!("/api/v1/reports/concerts/{}/bookings.csv?search=an", concert.concert.id);
    assert_eq!(shop.get(&path, &owner).await.problem(), (422, "validation_failed"));
}

#[tokio::test]
async fn a_download_of_several_pages_is_complete() {
    let shop = Shop::open().await;
    let (concert, owner) = own_concert(&shop).await;
    let count = 2 * EXPORTED_AT_ONCE + 1;
    for ticket in 1..=count {
        let at = FixedClock::START.plus_seconds(i64::from(ticket));
        shop.given
            .booking(BookingBuilder::new(shop.given.ids(), &concert).tickets([ticket]).created_at(at).build())
            .await;
    }
    let (_, text) = download(&shop, &concert, &owner).await;
    let placed: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(placed.len(), usize::try_from(count).unwrap());
    assert!(placed.is_sorted_by(|newer, older| newer > older), "newest first, each once");
}
