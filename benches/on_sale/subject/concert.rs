//! Concerts to sell, created over the API.

use std::net::SocketAddr;

use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::Clock;
use serde_json::{Value, json};

use crate::Failure;
use crate::load::Connection;
use crate::requests;

const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;
/// The price of every ticket, in minor units.
const PRICE: u32 = 4_500;

/// The seats of a concert: equal sections S1, S2 …, of equal rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VenueLayout {
    /// The number of sections.
    pub(crate) sections: u32,
    /// The number of rows in a section.
    pub(crate) rows: u32,
    /// The number of seats in a row. It must be even.
    pub(crate) seats: u32,
}

impl VenueLayout {
    /// 200,000 seats.
    pub(crate) const LARGEST: Self = Self { sections: 10, rows: 100, seats: 200 };
    /// 120,000 seats, more than one run sells.
    pub(crate) const ARENA: Self = Self { sections: 10, rows: 60, seats: 200 };
    /// 60,000 seats, in sections that parties of two and of three can fill completely.
    pub(crate) const STADIUM: Self = Self { sections: 25, rows: 40, seats: 60 };
    /// Its availability response has about 1.5 kB.
    pub(crate) const THEATRE: Self = Self { sections: 11, rows: 10, seats: 20 };

    /// The number of seats.
    pub(crate) const fn capacity(self) -> u32 {
        self.sections * self.rows * self.seats
    }
}

/// A concert on sale, without caps for a customer.
#[derive(Debug, Clone)]
pub(crate) struct Concert {
    pub(crate) id: String,
    pub(crate) layout: VenueLayout,
}

impl Concert {
    /// Creates and publishes a concert.
    pub(crate) async fn put_on_sale(http: SocketAddr, manager: &str, layout: VenueLayout) -> Result<Self, Failure> {
        let section = |number: u32| {
            json!({
                "code": format!("S{number}"), "name": format!("Section {number}"), "kind": "seated", "price": PRICE,
                "rows": layout.rows, "seats_per_row": layout.seats,
            })
        };
        Self::create(http, manager, layout, (1..=layout.sections).map(section).collect()).await
    }

    /// Creates and publishes a concert with one standing section, S1.
    pub(crate) async fn put_standing_on_sale(http: SocketAddr, manager: &str, places: u32) -> Result<Self, Failure> {
        let section = json!({
            "code": "S1", "name": "Standing", "kind": "standing", "price": PRICE, "capacity": places,
        });
        let layout = VenueLayout { sections: 1, rows: 1, seats: places };
        Self::create(http, manager, layout, vec![section]).await
    }

    async fn create(
        http: SocketAddr,
        manager: &str,
        layout: VenueLayout,
        sections: Vec<Value>,
    ) -> Result<Self, Failure> {
        let mut connection = Connection::open(http).await?;
        let created = connection.ask(&requests::post("/concerts", manager, &body(&sections))).await?;
        let answer: Value = serde_json::from_slice(created.body)?;
        let id = answer.get("id").and_then(Value::as_str).ok_or_else(|| format!("no concert: {answer}"))?.to_owned();
        let published = connection.ask(&requests::post(&format!("/concerts/{id}/publish"), manager, "")).await?;
        match published.status {
            200 => Ok(Self { id, layout }),
            status => Err(format!("not published: {status} {}", String::from_utf8_lossy(published.body)).into()),
        }
    }

    /// A pair of neighbouring seats. Each number has a different pair, row after row. `None` after the last pair.
    pub(crate) fn pair(&self, number: u32) -> Option<[String; 2]> {
        let VenueLayout { sections, rows, seats } = self.layout;
        let pairs_a_row = seats / 2;
        let (row, pair) = (number.checked_div(pairs_a_row)?, number.checked_rem(pairs_a_row)?);
        let (section, row) = (row.checked_div(rows)?, row.checked_rem(rows)?);
        let label = |seat: u32| format!("S{}-{}-{}", section + 1, row + 1, seat);
        (section < sections).then(|| [label(2 * pair + 1), label(2 * pair + 2)])
    }

    /// The code of a section. The numbers alternate between the sections.
    pub(crate) fn section(&self, number: u32) -> String {
        format!("S{}", number.checked_rem(self.layout.sections).unwrap_or(0) + 1)
    }

    /// A path of the concert in the API.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/concerts/{}{rest}", self.id)
    }
}

fn body(sections: &[Value]) -> String {
    let from_now = |seconds: i64| SystemClock.now().plus_seconds(seconds).to_rfc3339();
    let concert = json!({
        "name": "The on-sale", "artist": "The Benchmarks", "venue": "Test hall", "location": "Bandung",
        "time_zone": "Asia/Jakarta", "currency": "EUR",
        "sales_start_at": from_now(-HOUR_SECONDS), "sales_end_at": from_now(29 * DAY_SECONDS),
        "starts_at": from_now(30 * DAY_SECONDS),
        "max_tickets_per_booking": null, "max_tickets_per_user": null, "max_pending_bookings_per_user": null,
        "sections": sections,
    });
    concert.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Concert, VenueLayout};

    #[test]
    fn the_pairs_cover_every_seat_once() {
        let layout = VenueLayout { sections: 3, rows: 4, seats: 6 };
        let concert = Concert { id: String::new(), layout };
        let pairs: Vec<_> = (0..).map_while(|number| concert.pair(number)).collect();
        let seats: HashSet<_> = pairs.iter().flatten().collect();
        assert_eq!((pairs.len(), seats.len()), (36, 72));
        assert_eq!(pairs[0], ["S1-1-1", "S1-1-2"]);
        assert_eq!(pairs[35], ["S3-4-5", "S3-4-6"]);
    }
}
