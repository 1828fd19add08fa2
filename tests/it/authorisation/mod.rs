//! Who may do what: a list of every operation of the API, with what each kind of caller gets.

mod calls;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::Value;

use self::world::World;

/// A line for each operation, or for each case of one, and a column for each kind of caller:
///
/// - `anon`: without a token; `bad`: with a forged, an expired or a revoked token of an admin.
/// - `buyer`: the customer whose account, booking and payment it is; `other`: another customer.
/// - `owner`, `mgr`, `box`, `scan`, `view`: members of the concert's organiser, one for each role.
/// - `rival`: the owner of another organiser; `ex`: a member whose account may no longer sell concerts.
/// - `admin`: an admin.
///
/// And their answers:
///
/// - `ok`: the call has its effect, or returns what only those who may see it get.
/// - `-`: the call succeeds and shows nothing of this: the list of another's bookings is their own.
/// - `401`, `403`, `404`: refused, and nothing has changed. What the caller may not know of is not found.
///
/// Unless a line says otherwise, the concert is on sale.
const OPERATIONS: &str = "
                                                | anon  bad   buyer other owner mgr   box   scan  view  rival ex    admin
GET /bookings                                   | 401   401   ok    -     -     -     -     -     -     -     -     -
GET /bookings (of a concert)                    | 401   401   403   403   ok    ok    ok    403   ok    403   403   ok
GET /bookings (of a draft)                      | 401   401   404   404   ok    ok    ok    403   ok    404   404   ok
POST /bookings                                  | 401   401   ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /bookings/{id}                              | 401   401   ok    404   ok    ok    ok    404   ok    404   404   ok
POST /bookings/{id}/cancel                      | 401   401   ok    404   ok    ok    ok    404   403   404   404   ok
GET /concerts                                   | ok    401   ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /concerts (mine)                            | 401   401   -     -     ok    ok    ok    ok    ok    -     -     -
POST /concerts                                  | 401   401   403   403   ok    ok    ok    ok    ok    ok    403   ok
POST /concerts (for the organiser)              | 401   401   403   403   ok    ok    403   403   403   403   403   ok
GET /concerts/{id}                              | ok    401   ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /concerts/{id} (draft)                      | 404   401   404   404   ok    ok    ok    ok    ok    404   404   ok
PATCH /concerts/{id}                            | 401   401   403   403   ok    ok    403   403   403   403   403   ok
PATCH /concerts/{id} (draft)                    | 401   401   404   404   ok    ok    403   403   403   404   404   ok
DELETE /concerts/{id}                           | 401   401   403   403   ok    ok    403   403   403   403   403   ok
DELETE /concerts/{id} (draft)                   | 401   401   404   404   ok    ok    403   403   403   404   404   ok
GET /concerts/{id}/availability                 | ok    401   ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /concerts/{id}/availability (draft)         | 404   401   404   404   ok    ok    ok    ok    ok    404   404   ok
GET /concerts/{id}/seats                        | ok    401   ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /concerts/{id}/seats (draft)                | 404   401   404   404   ok    ok    ok    ok    ok    404   404   ok
GET /concerts/{id}/events                       | ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /concerts/{id}/events (draft)               | 404   404   404   404   404   404   404   404   404   404   404   404
PUT /concerts/{id}/blocks                       | 401   401   403   403   ok    ok    403   403   403   403   403   ok
PUT /concerts/{id}/blocks (draft)               | 401   401   404   404   ok    ok    403   403   403   404   404   ok
POST /concerts/{id}/publish (draft)             | 401   401   404   404   ok    ok    403   403   403   404   404   ok
POST /concerts/{id}/publish (paused)            | 401   401   403   403   ok    ok    403   403   403   403   403   ok
POST /concerts/{id}/pause                       | 401   401   403   403   ok    ok    403   403   403   403   403   ok
POST /payments                                  | 401   401   ok    404   404   404   404   404   404   404   404   404
GET /payments/{id}                              | 401   401   ok    404   ok    ok    ok    404   ok    404   404   ok
GET /payments/{id}/refunds                      | 401   401   ok    404   ok    ok    ok    404   ok    404   404   ok
POST /payments/{id}/refunds                     | 401   401   403   404   ok    ok    ok    404   403   404   404   ok
GET /refunds/{id}                               | 401   401   ok    404   ok    ok    ok    404   ok    404   404   ok
GET /reports/concerts/{id}/sales                | 401   401   403   403   ok    ok    ok    403   ok    403   403   ok
GET /reports/concerts/{id}/sales (draft)        | 401   401   404   404   ok    ok    ok    403   ok    404   404   ok
GET /reports/concerts/{id}/bookings.csv         | 401   401   403   403   ok    ok    ok    403   ok    403   403   ok
GET /reports/concerts/{id}/bookings.csv (draft) | 401   401   404   404   ok    ok    ok    403   ok    404   404   ok
GET /reports/concerts/{id}/tickets.csv          | 401   401   403   403   ok    ok    ok    403   ok    403   403   ok
GET /reports/concerts/{id}/tickets.csv (draft)  | 401   401   404   404   ok    ok    ok    403   ok    404   404   ok
POST /sessions                                  | ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
POST /sessions/refresh                          | ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
DELETE /sessions/current                        | ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /users                                      | 401   401   403   403   403   403   403   403   403   403   403   ok
POST /users                                     | ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /users/me                                   | 401   401   ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
PATCH /users/me                                 | 401   401   ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
DELETE /users/me                                | 401   401   ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /users/{id}                                 | 401   401   ok    404   404   404   404   404   404   404   404   ok
PATCH /users/{id}                               | 401   401   403   403   403   403   403   403   403   403   403   ok
GET /parked-events                              | 401   401   403   403   403   403   403   403   403   403   403   ok
POST /parked-events/{consumer}/{event}/retry    | 401   401   403   403   403   403   403   403   403   403   403   ok
DELETE /parked-events/{consumer}/{event}        | 401   401   403   403   403   403   403   403   403   403   403   ok
";

/// The document of the program; a test of the adapters compares them.
const DOCUMENT: &str = include_str!("../../../web/openapi.json");

/// A line of the list: what is called, and what each kind of caller gets.
struct Line {
    call: &'static str,
    expected: BTreeMap<&'static str, &'static str>,
}

impl Line {
    /// The operation, without the case in parentheses.
    fn operation(&self) -> &'static str {
        self.call.split(" (").next().unwrap_or(self.call)
    }
}

fn lines() -> Vec<Line> {
    let mut lines = OPERATIONS.trim().lines().map(|line| line.split_once('|').expect("calls and answers are apart"));
    let (_, columns) = lines.next().expect("the names of the columns");
    let columns: Vec<_> = columns.split_whitespace().collect();
    let line = |(call, answers): (&'static str, &'static str)| {
        let answers: Vec<_> = answers.split_whitespace().collect();
        assert_eq!(answers.len(), columns.len(), "{call}");
        Line { call: call.trim(), expected: columns.iter().copied().zip(answers).collect() }
    };
    lines.map(line).collect()
}

/// The operations of the document: `GET /bookings`.
fn documented() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut operations = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        operations
            .extend(methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    operations
}

#[test]
fn the_list_has_every_operation_of_the_document_and_no_other() {
    let listed: BTreeSet<_> = lines().iter().map(|line| line.operation().to_owned()).collect();
    assert_eq!(listed, documented());
}

on_each_database! {
    /// Every kind of caller gets from every operation what the list says.
    async fn each_caller_gets_what_the_list_says(kind) {
        let world = World::new(kind).await;
        let mut wrong = Vec::new();
        for Line { call, expected } in lines() {
            let named: BTreeSet<_> = world.callers.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(named, expected.keys().copied().collect(), "each caller has a column");
            let asking = world.callers.iter().map(async |(name, caller)| (name, calls::send(&world, call, caller).await));
            for (name, seen) in join_all(asking).await {
                let expected = expected[name.as_str()];
                if seen.answer() != expected {
                    wrong.push(format!("{call}: {name} got {seen}, and the list says {expected}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        world.app.finish().await;
    }
}
