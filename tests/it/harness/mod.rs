//! The fixtures of all tests.
//!
//! - [`TestDatabase`]: an empty database of either kind, removed when the test ends.
//! - [`TestApp`]: the application within the test process, built as `main` builds it.
//! - [`TestProcess`]: the program as a separate process, which can be killed and restarted.
//! - [`ServicesApart`]: the services of the program as processes of their own, on one database.
//! - [`Shop`]: helpers for all of them: clients, accounts, concerts.
//! - [`Client`]: an API client, and its [`Answer`]s.
//! - [`Watcher`]: a browser that watches the seats of a concert.

mod app;
mod client;
mod database;
mod process;
mod services_apart;
mod shop;
mod watcher;

pub(crate) use app::{Instance, TestApp};
pub(crate) use client::{Answer, Client, eventually, until_answered};
pub(crate) use database::{DatabaseKind, TestDatabase};
pub(crate) use process::TestProcess;
pub(crate) use services_apart::{ServicesApart, routes};
pub(crate) use shop::{ADMIN, PASSWORD, Shop, concert_with, from_now, post_once, seated, standing};
pub(crate) use watcher::Watcher;

/// Runs the same test on both kinds of database: `name::sqlite` and `name::server`.
///
/// ```ignore
/// on_each_database! {
///     /// No seat is sold twice.
///     async fn a_seat_is_sold_once(kind) {
///         let app = TestApp::start(kind).await;
///         …
///         app.finish().await;
///     }
/// }
/// ```
macro_rules! on_each_database {
    ($($(#[$attribute:meta])* async fn $name:ident($kind:ident) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn run($kind: $crate::harness::DatabaseKind) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                run($crate::harness::DatabaseKind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn server() {
                run($crate::harness::DatabaseKind::Server).await;
            }
        }
    )+};
}
