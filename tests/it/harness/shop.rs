//! Helpers for tests of a running program: users, concerts, metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::{Clock, Timestamp};
use serde_json::{Value, json};

use super::client::{Answer, Base, Client, eventually, until_answered};

/// The name of the admin that exists in every test.
pub(crate) const ADMIN: &str = "the-admin";
/// The password of every user.
pub(crate) const PASSWORD: &str = "velvet otter harbour 9";

const HOUR_SECONDS: i64 = 60 * 60;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// A running program, within the test process or separate.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    /// The address of the API.
    pub(crate) api: Base,
    /// The address of metrics and probes.
    pub(crate) admin_port: Base,
}

impl Shop {
    /// An anonymous client.
    pub(crate) fn anonymous(&self) -> Client {
        Client::anonymous(self.api.clone())
    }

    /// A client of the admin port: `get("//metrics")`.
    pub(crate) fn operator(&self) -> Client {
        Client::anonymous(self.admin_port.clone())
    }

    /// The admin that exists in every test, logged in.
    pub(crate) async fn admin(&self) -> Client {
        self.log_in(ADMIN).await
    }

    /// Registers a user and logs in.
    pub(crate) async fn fan(&self, name: &str) -> Client {
        let anonymous = self.anonymous();
        let register = json!({"username": name, "email": email(name), "password": PASSWORD});
        anonymous.post("/users", register).await.expect(201);
        self.log_in(name).await
    }

    /// Registers the users `fan-1`, `fan-2` … and logs in.
    pub(crate) async fn fans(&self, count: usize) -> Vec<Client> {
        let mut fans = Vec::with_capacity(count);
        for number in 1..=count {
            fans.push(self.fan(&format!("fan-{number}")).await);
        }
        fans
    }

    /// Registers a manager and logs in.
    pub(crate) async fn manager(&self, name: &str) -> Client {
        let (fan, admin) = (self.fan(name).await, self.admin().await);
        admin.patch(&format!("/users/{}", fan.id), None, json!({"role": "manager"})).await.expect(200);
        self.log_in(name).await
    }

    /// Logs in as a registered user.
    pub(crate) async fn log_in(&self, name: &str) -> Client {
        let anonymous = self.anonymous();
        let session = anonymous.post("/sessions", json!({"login": name, "password": PASSWORD})).await.expect(200);
        let id = session["user"]["id"].as_str().expect("the user's id");
        let token = session["access_token"].as_str().expect("an access token");
        anonymous.logged_in(id, token)
    }

    /// Creates and publishes a concert. Returns its id.
    pub(crate) async fn put_on_sale(&self, manager: &Client, concert: Value) -> String {
        let created = manager.post("/concerts", concert).await.expect(201);
        let id = created["id"].as_str().expect("the concert's id").to_owned();
        manager.post_nothing(&format!("/concerts/{id}/publish")).await.expect(200);
        id
    }

    /// Books seats by label and returns the response.
    pub(crate) async fn book(&self, fan: &Client, concert: &str, seats: &[&str]) -> Answer {
        post_once(fan, "/bookings", &json!({"concert_id": concert, "seats": seats})).await
    }

    /// Waits until the program is ready.
    pub(crate) async fn until_ready(&self) {
        let operator = self.operator();
        let ask = || async {
            match operator.request(reqwest::Method::GET, "//readyz").try_send().await {
                Ok(answer) if answer.status == 200 => Ok(()),
                Ok(answer) => Err(format!("{} {}", answer.status, answer.text)),
                Err(error) => Err(error.to_string()),
            }
        };
        eventually(Duration::from_secs(60), "getting ready", ask).await;
    }
}

/// The email address of a user.
pub(crate) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

/// A concert that is on sale now and starts in a month, without caps for a customer.
pub(crate) fn concert_with(sections: &[Value]) -> Value {
    json!({
        "name": "An evening in the test hall",
        "artist": "The Fixtures",
        "description": "",
        "venue": "Test hall",
        "location": "Bandung",
        "time_zone": "Asia/Jakarta",
        "sales_start_at": from_now(-HOUR_SECONDS),
        "sales_end_at": from_now(29 * DAY_SECONDS),
        "starts_at": from_now(30 * DAY_SECONDS),
        "currency": "IDR",
        "max_tickets_per_booking": null,
        "max_tickets_per_user": null,
        "max_pending_bookings_per_user": null,
        "sections": sections,
    })
}

/// A section of equal rows labelled 1, 2, 3 …. Its seats have labels such as `A-1-1`.
pub(crate) fn seated(code: &str, rows: u32, seats_per_row: u32, price: i64) -> Value {
    json!({"code": code, "name": code, "kind": "seated", "price": price, "rows": rows, "seats_per_row": seats_per_row})
}

/// Sends JSON with a new idempotency key, and retries until the response is not busy.
pub(crate) async fn post_once(client: &Client, path: &str, body: &Value) -> Answer {
    static SENT: AtomicU64 = AtomicU64::new(0);
    let key = format!("request-{}", SENT.fetch_add(1, Ordering::Relaxed));
    until_answered(|| client.post_with_key(path, &key, body.clone())).await
}

/// A standing section.
pub(crate) fn standing(code: &str, capacity: u32, price: i64) -> Value {
    json!({"code": code, "name": code, "kind": "standing", "price": price, "capacity": capacity})
}

/// The instant this many seconds from now, in the API's format.
pub(crate) fn from_now(seconds: i64) -> String {
    let now: Timestamp = SystemClock.now();
    now.plus_seconds(seconds).to_rfc3339()
}
