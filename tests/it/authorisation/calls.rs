//! The calls of the list: what is sent, and by what the effect of each is recognised.

use std::fmt;

use reqwest::Method;
use serde_json::{Value, json};

use super::world::World;
use crate::harness::{Answer, Client, PASSWORD, concert_with, standing, until_answered};

/// The outcome of a call.
pub(super) struct Seen {
    answer: Answer,
    /// Whether the call had its effect, or its answer contains what it is about.
    has_effect: bool,
}

impl Seen {
    /// The outcome in the words of the list, or else a description.
    pub(super) fn answer(&self) -> &'static str {
        match (self.answer.status, self.answer.code(), self.has_effect) {
            // The account was found, and its password was compared.
            (200..300, _, true) | (403, "wrong_password", false) => "ok",
            (200..300, _, false) => "-",
            (401, "login_required" | "invalid_token" | "token_revoked", false) => "401",
            (403, "forbidden", false) => "403",
            (404, "not_found" | "concert_not_found" | "booking_not_found", false) => "404",
            _ => "something else",
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Answer { status, text, .. } = &self.answer;
        let start: String = text.chars().take(200).collect();
        write!(f, "{} ({status}, with effect: {}, {start})", self.answer(), self.has_effect)
    }
}

/// Sends a call of the list. What a call may change is new for each caller.
pub(super) async fn send(world: &World, call: &str, caller: &Client) -> Seen {
    let World { concert, draft, booking, payment, refund, buyer, admin, .. } = world;
    let get = async |path: String, shown: &str| {
        let answer = sent(caller, Method::GET, &path, None).await;
        let has_effect = answer.status == 200 && answer.text.contains(shown);
        Seen { answer, has_effect }
    };
    match call {
        "GET /bookings" => get("/bookings".to_owned(), booking).await,
        "GET /bookings (of a concert)" => get(format!("/bookings?concert_id={concert}"), booking).await,
        "GET /bookings (of a draft)" => get(format!("/bookings?concert_id={draft}"), "items").await,
        "POST /bookings" => {
            let body = json!({"concert_id": concert, "section": "GA", "quantity": 1});
            let answer = sent(caller, Method::POST, "/bookings", Some(body)).await;
            let has_effect = answer.body["tickets"].is_array();
            Seen { answer, has_effect }
        }
        "GET /bookings/{id}" => get(format!("/bookings/{booking}"), booking).await,
        "POST /bookings/{id}/cancel" => {
            let path = format!("/bookings/{}", world.new_booking().await);
            let answer = sent(caller, Method::POST, &format!("{path}/cancel"), None).await;
            Seen { answer, has_effect: buyer.get(&path).await.expect(200)["status"] == "cancelled" }
        }
        "GET /concerts" => get("/concerts?search=the+public+evening".to_owned(), concert).await,
        "GET /concerts (mine)" => get("/concerts?mine=true&search=the+public+evening".to_owned(), concert).await,
        "POST /concerts" => {
            let answer = sent(caller, Method::POST, "/concerts", Some(concert_with(&[standing("GA", 1, 5)]))).await;
            let has_effect = answer.body["status"] == "draft";
            Seen { answer, has_effect }
        }
        "POST /concerts (for the organiser)" => {
            let mut body = concert_with(&[standing("GA", 1, 5)]);
            body["organiser_id"] = json!(world.organiser);
            let answer = sent(caller, Method::POST, "/concerts", Some(body)).await;
            let has_effect = answer.body["organiser_id"] == json!(world.organiser);
            Seen { answer, has_effect }
        }
        "GET /concerts/{id}" => get(format!("/concerts/{concert}"), concert).await,
        "GET /concerts/{id} (draft)" => get(format!("/concerts/{draft}"), draft).await,
        "PATCH /concerts/{id}" => change_concert(world, caller, &world.new_concert().await).await,
        "PATCH /concerts/{id} (draft)" => change_concert(world, caller, &world.new_draft().await).await,
        "DELETE /concerts/{id}" => {
            let path = format!("/concerts/{}", world.new_concert().await);
            let answer = sent(caller, Method::DELETE, &path, None).await;
            Seen { answer, has_effect: admin.get(&path).await.expect(200)["status"] == "cancelled" }
        }
        "DELETE /concerts/{id} (draft)" => {
            let path = format!("/concerts/{}", world.new_draft().await);
            let answer = sent(caller, Method::DELETE, &path, None).await;
            Seen { answer, has_effect: admin.get(&path).await.status == 404 }
        }
        "GET /concerts/{id}/availability" => get(format!("/concerts/{concert}/availability"), "\"available\"").await,
        "GET /concerts/{id}/availability (draft)" => {
            get(format!("/concerts/{draft}/availability"), "\"available\"").await
        }
        "GET /concerts/{id}/seats" => get(format!("/concerts/{concert}/seats"), "\"sections\"").await,
        "GET /concerts/{id}/seats (draft)" => get(format!("/concerts/{draft}/seats"), "\"sections\"").await,
        "GET /concerts/{id}/events" => watch(caller, concert).await,
        "GET /concerts/{id}/events (draft)" => watch(caller, draft).await,
        "PUT /concerts/{id}/blocks" => block_seats(world, caller, &world.new_concert().await).await,
        "PUT /concerts/{id}/blocks (draft)" => block_seats(world, caller, &world.new_draft().await).await,
        "POST /concerts/{id}/publish (draft)" => {
            set_status(world, caller, &world.new_draft().await, "publish", "on_sale").await
        }
        "POST /concerts/{id}/publish (paused)" => {
            set_status(world, caller, &world.new_paused_concert().await, "publish", "on_sale").await
        }
        "POST /concerts/{id}/pause" => set_status(world, caller, &world.new_concert().await, "pause", "paused").await,
        "POST /payments" => {
            let booking = world.new_booking().await;
            let body = json!({"booking_id": booking, "method": "sandbox_approve"});
            let answer = sent(caller, Method::POST, "/payments", Some(body)).await;
            let status = buyer.get(&format!("/bookings/{booking}")).await.expect(200)["status"].clone();
            Seen { answer, has_effect: status == "confirmed" }
        }
        "GET /payments/{id}" => get(format!("/payments/{payment}"), payment).await,
        "GET /payments/{id}/refunds" => get(format!("/payments/{payment}/refunds"), refund).await,
        "POST /payments/{id}/refunds" => {
            let path = format!("/payments/{}/refunds", world.new_payment().await);
            let answer = sent(caller, Method::POST, &path, Some(json!({"reason": "asked for"}))).await;
            Seen { answer, has_effect: buyer.get(&path).await.expect(200)["items"] != json!([]) }
        }
        "GET /refunds/{id}" => get(format!("/refunds/{refund}"), refund).await,
        "GET /reports/concerts/{id}/sales" => get(format!("/reports/concerts/{concert}/sales"), "\"revenue\"").await,
        "GET /reports/concerts/{id}/sales (draft)" => {
            get(format!("/reports/concerts/{draft}/sales"), "\"revenue\"").await
        }
        "GET /reports/concerts/{id}/bookings.csv" => {
            get(format!("/reports/concerts/{concert}/bookings.csv"), "reference").await
        }
        "GET /reports/concerts/{id}/bookings.csv (draft)" => {
            get(format!("/reports/concerts/{draft}/bookings.csv"), "reference").await
        }
        "GET /reports/concerts/{id}/tickets.csv" => {
            get(format!("/reports/concerts/{concert}/tickets.csv"), "reference").await
        }
        "GET /reports/concerts/{id}/tickets.csv (draft)" => {
            get(format!("/reports/concerts/{draft}/tickets.csv"), "reference").await
        }
        "POST /sessions" => {
            let answer = sent(caller, Method::POST, "/sessions", Some(log_in("buyer"))).await;
            let has_effect = answer.body["access_token"].is_string();
            Seen { answer, has_effect }
        }
        "POST /sessions/refresh" => {
            let answer = sent(caller, Method::POST, "/sessions/refresh", Some(new_refresh_token(world).await)).await;
            let has_effect = answer.body["access_token"].is_string();
            Seen { answer, has_effect }
        }
        "DELETE /sessions/current" => {
            let token = new_refresh_token(world).await;
            let answer = sent(caller, Method::DELETE, "/sessions/current", Some(token.clone())).await;
            let refreshed = sent(buyer, Method::POST, "/sessions/refresh", Some(token)).await;
            Seen { answer, has_effect: refreshed.code() == "invalid_refresh_token" }
        }
        "GET /users" => get("/users?search=buyer".to_owned(), &buyer.id).await,
        "POST /users" => {
            let name = world.new_name();
            let body = json!({"username": name, "email": format!("{name}@example.com"), "password": PASSWORD});
            let answer = sent(caller, Method::POST, "/users", Some(body)).await;
            let has_effect = answer.body["username"] == json!(name);
            Seen { answer, has_effect }
        }
        "GET /users/me" => get("/users/me".to_owned(), &caller.id).await,
        "PATCH /users/me" => with_wrong_password(caller, Method::PATCH, "current_password").await,
        "DELETE /users/me" => with_wrong_password(caller, Method::DELETE, "password").await,
        "GET /users/{id}" => get(format!("/users/{}", buyer.id), &buyer.id).await,
        "PATCH /users/{id}" => {
            let path = format!("/users/{}", world.new_user().await);
            let answer = sent(caller, Method::PATCH, &path, Some(json!({"role": "manager"}))).await;
            Seen { answer, has_effect: admin.get(&path).await.expect(200)["role"] == "manager" }
        }
        "GET /parked-events" => {
            let event = world.new_parked_event().await;
            get("/parked-events".to_owned(), &event).await
        }
        "POST /parked-events/{consumer}/{event}/retry" => {
            let event = world.new_parked_event().await;
            let answer = sent(caller, Method::POST, &format!("/parked-events/audit_log/{event}/retry"), None).await;
            Seen { answer, has_effect: !is_parked(admin, &event).await }
        }
        "DELETE /parked-events/{consumer}/{event}" => {
            let event = world.new_parked_event().await;
            let answer = sent(caller, Method::DELETE, &format!("/parked-events/audit_log/{event}"), None).await;
            Seen { answer, has_effect: !is_parked(admin, &event).await }
        }
        unknown => panic!("the call `{unknown}` is not written"),
    }
}

async fn sent(caller: &Client, method: Method, path: &str, body: Option<Value>) -> Answer {
    until_answered(|| {
        let request = caller.request(method.clone(), path);
        match &body {
            Some(body) => request.json(body),
            None => request,
        }
        .send()
    })
    .await
}

async fn change_concert(world: &World, caller: &Client, concert: &str) -> Seen {
    let path = format!("/concerts/{concert}");
    let before = world.admin.get(&path).await;
    let answer = caller.patch(&path, Some(before.etag()), json!({"name": "Another evening"})).await;
    Seen { answer, has_effect: world.admin.get(&path).await.expect(200)["name"] == "Another evening" }
}

async fn block_seats(world: &World, caller: &Client, concert: &str) -> Seen {
    let body = json!({"block": ["A-1-1"], "unblock": []});
    let answer = sent(caller, Method::PUT, &format!("/concerts/{concert}/blocks"), Some(body)).await;
    let seats = world.admin.get(&format!("/concerts/{concert}/seats?section=A")).await.expect(200);
    Seen { answer, has_effect: seats["sections"][0]["rows"][0]["seats"] == "ba" }
}

async fn set_status(world: &World, caller: &Client, concert: &str, change: &str, status: &str) -> Seen {
    let path = format!("/concerts/{concert}");
    let answer = sent(caller, Method::POST, &format!("{path}/{change}"), None).await;
    Seen { answer, has_effect: world.admin.get(&path).await.expect(200)["status"] == status }
}

async fn watch(caller: &Client, concert: &str) -> Seen {
    let answer = sent(caller, Method::GET, &format!("/concerts/{concert}/events"), None).await;
    let has_effect = answer.is_event_stream();
    Seen { answer, has_effect }
}

/// A wrong password is refused only after the account was found, and leaves it as it is.
async fn with_wrong_password(caller: &Client, method: Method, member: &str) -> Seen {
    let mut body = json!({member: "not the password 7"});
    if method == Method::PATCH {
        body["email"] = json!("elsewhere@example.com");
    }
    let answer = sent(caller, method, "/users/me", Some(body)).await;
    Seen { answer, has_effect: false }
}

fn log_in(name: &str) -> Value {
    json!({"login": name, "password": PASSWORD, "refresh_token_in": "body"})
}

/// The refresh token of a session of the buyer that no other call knows, as a body.
async fn new_refresh_token(world: &World) -> Value {
    let session = sent(&world.shop().anonymous(), Method::POST, "/sessions", Some(log_in("buyer"))).await.expect(200);
    json!({"refresh_token": session["refresh_token"]})
}

async fn is_parked(admin: &Client, event: &str) -> bool {
    admin.get("/parked-events").await.expect(200).to_string().contains(event)
}
