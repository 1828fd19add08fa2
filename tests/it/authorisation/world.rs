//! The callers of the list, and the things that their calls are about.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::concerts::MemberRole;
use boxoffice_domain::events::{EventCursors, ParkedEvent};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::shared::Clock;
use boxoffice_testing::FixedClock;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Client, DatabaseKind, PASSWORD, Shop, TestApp, concert_with, post_once, seated, standing};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A shop with an organiser and its members, a customer, and what they sold and bought.
pub(super) struct World {
    pub(super) app: TestApp,
    /// Each kind of caller by its name in the list. One kind has several clients, which all get the same.
    pub(super) callers: Vec<(String, Client)>,
    pub(super) admin: Client,
    pub(super) buyer: Client,
    owner: Client,
    /// The organiser of all concerts here.
    pub(super) organiser: String,
    /// A concert on sale. No call changes it.
    pub(super) concert: String,
    /// A draft. No call changes it.
    pub(super) draft: String,
    /// A booking of the buyer, with its payment and a refund. No call changes them.
    pub(super) booking: String,
    pub(super) payment: String,
    pub(super) refund: String,
    names: AtomicU32,
}

impl World {
    pub(super) async fn new(kind: DatabaseKind) -> Self {
        let app = TestApp::start(kind).await;
        let shop = app.shop.clone();
        let (admin, owner, buyer) = (shop.admin().await, shop.manager("owner").await, shop.fan("buyer").await);
        let mut public = concert_with(&[standing("GA", 500, 10_000)]);
        public["name"] = json!("The public evening");
        let concert = shop.put_on_sale(&owner, public).await;
        let organiser = text(&admin.get(&format!("/concerts/{concert}")).await.expect(200)["organiser_id"]);

        let mut callers = Vec::new();
        let mut add = |name: &str, client: &Client| callers.push((name.to_owned(), client.clone()));
        add("anon", &shop.anonymous());
        for token in [forged(&admin), expired(&app).await, revoked(&shop, &admin).await] {
            add("bad", &shop.anonymous().logged_in(&admin.id, &token));
        }
        add("buyer", &buyer);
        add("other", &shop.fan("other").await);
        add("owner", &owner);
        for role in MemberRole::ALL.into_iter().filter(|role| *role != MemberRole::Owner) {
            add(column(role), &member(&app, &owner, role.as_str(), role).await);
        }
        let rival = shop.manager("rival").await;
        shop.put_on_sale(&rival, concert_with(&[standing("GA", 1, 5)])).await;
        add("rival", &rival);
        let former = member(&app, &owner, "former", MemberRole::Manager).await;
        admin.patch(&format!("/users/{}", former.id), None, json!({"role": "user"})).await.expect(200);
        add("ex", &shop.log_in("former").await);
        add("admin", &admin);

        let nothing = String::new;
        let (draft, booking, payment, refund) = (nothing(), nothing(), nothing(), nothing());
        let names = AtomicU32::new(0);
        let mut world =
            Self { app, callers, admin, buyer, owner, organiser, concert, draft, booking, payment, refund, names };
        world.draft = world.new_draft().await;
        world.booking = world.new_booking().await;
        world.payment = world.pay(&world.booking).await;
        let part = json!({"amount": 1, "reason": "a broken chair"});
        let refund = post_once(&world.owner, &format!("/payments/{}/refunds", world.payment), &part).await.expect(201);
        world.refund = text(&refund["id"]);
        world
    }

    pub(super) const fn shop(&self) -> &Shop {
        &self.app.shop
    }

    /// A concert on sale with the seats A-1-1 and A-1-2.
    pub(super) async fn new_concert(&self) -> String {
        self.shop().put_on_sale(&self.owner, concert_with(&[seated("A", 1, 2, 10_000)])).await
    }

    pub(super) async fn new_paused_concert(&self) -> String {
        let concert = self.new_concert().await;
        self.owner.post_nothing(&format!("/concerts/{concert}/pause")).await.expect(200);
        concert
    }

    pub(super) async fn new_draft(&self) -> String {
        let draft = self.owner.post("/concerts", concert_with(&[seated("A", 1, 2, 10_000)])).await.expect(201);
        text(&draft["id"])
    }

    /// A booking that the buyer has not paid yet.
    pub(super) async fn new_booking(&self) -> String {
        let body = json!({"concert_id": self.concert, "section": "GA", "quantity": 1});
        text(&post_once(&self.buyer, "/bookings", &body).await.expect(201)["id"])
    }

    /// A completed payment of the buyer.
    pub(super) async fn new_payment(&self) -> String {
        let booking = self.new_booking().await;
        self.pay(&booking).await
    }

    async fn pay(&self, booking: &str) -> String {
        let body = json!({"booking_id": booking, "method": "sandbox_approve"});
        let payment = post_once(&self.buyer, "/payments", &body).await.expect(201);
        assert_eq!(payment["status"], "completed");
        text(&payment["id"])
    }

    /// The name of an account that does not exist yet.
    pub(super) fn new_name(&self) -> String {
        format!("new-{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) async fn new_user(&self) -> String {
        self.shop().fan(&self.new_name()).await.id
    }

    /// An event of a new account that the audit log left behind.
    pub(super) async fn new_parked_event(&self) -> String {
        let database = &self.app.modules.shared.database;
        let stream = Stream::User(self.new_user().await.parse().expect("the id of a user"));
        let backlog = database.backlog("a consumer without cursors", &[stream], 1).await.expect("the stream");
        let event = backlog[0].entries[0].events[0].header();
        let id = event.id.to_string();
        let parked = ParkedEvent {
            consumer: "audit_log".to_owned(),
            event,
            stream,
            position: 1,
            error: "too long".to_owned(),
            parked_at: SystemClock.now(),
        };
        database.advance("audit_log", &[], &[parked]).await.expect("the event is parked");
        id
    }
}

/// The column of a member's role.
const fn column(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Owner => "owner",
        MemberRole::Manager => "mgr",
        MemberRole::BoxOffice => "box",
        MemberRole::Scanner => "scan",
        MemberRole::Viewer => "view",
    }
}

/// A new member of the owner's organiser. No operation adds members.
async fn member(app: &TestApp, owner: &Client, name: &str, role: MemberRole) -> Client {
    let member = app.shop.manager(name).await;
    let stored = |client: &Client| format!("X'{}'", client.id.replace('-', ""));
    app.run_sql(&format!(
        "INSERT INTO organiser_members (organiser_id, user_id, role, created_at) \
         SELECT organiser_id, {}, '{}', created_at FROM organiser_members WHERE user_id = {}",
        stored(&member),
        role.as_str(),
        stored(owner)
    ))
    .await;
    member
}

/// The token with another signature.
fn forged(client: &Client) -> String {
    let (content, signature) = client.token.rsplit_once('.').expect("a token has a signature");
    format!("{content}.{}", signature.chars().rev().collect::<String>())
}

/// A token of the admin that was issued yesterday.
async fn expired(app: &TestApp) -> String {
    let yesterday = Arc::new(FixedClock::at(SystemClock.now().plus_seconds(-DAY_SECONDS)));
    app.modules_by(yesterday).users.sessions.log_in(ADMIN, PASSWORD).await.expect("a session").access.token
}

/// A token of an admin whose account was suspended.
async fn revoked(shop: &Shop, admin: &Client) -> String {
    let account = format!("/users/{}", shop.fan("deputy").await.id);
    admin.patch(&account, None, json!({"role": "admin"})).await.expect(200);
    let deputy = shop.log_in("deputy").await;
    admin.patch(&account, None, json!({"status": "suspended"})).await.expect(200);
    deputy.token
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
