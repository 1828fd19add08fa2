//! The queries that a busy sale runs keep to their indexes, asked of the databases themselves: every query that the
//! repositories really run is caught, and explained over tables of a realistic size.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test support: a failure here is the test's failure")]

mod calls;
mod caught;
mod ground;
mod plan;
mod streams;
#[path = "../support/mod.rs"]
mod support;

use ground::{Ground, Statistics};
use support::TestDatabase;

/// The tests listen in turn: what one catches is not the other's.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn hot_queries_keep_their_indexes(test: TestDatabase, statistics: Statistics) {
    let _turn = TURN.lock().await;
    caught::listen();
    let ground = Ground::lay(test, statistics).await;
    calls::all(&ground).await;
    let scans = ground.faults();
    assert!(scans.is_empty(), "{}", scans.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_sqlite() {
    hot_queries_keep_their_indexes(TestDatabase::sqlite().await, Statistics::Gathered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_sqlite_as_the_program_leaves_it() {
    hot_queries_keep_their_indexes(TestDatabase::sqlite().await, Statistics::None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_cost_the_same_however_long_they_are() {
    let _turn = TURN.lock().await;
    streams::cost_the_same_however_long_they_are().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_a_server() {
    hot_queries_keep_their_indexes(TestDatabase::on_server().await, Statistics::Gathered).await;
}
