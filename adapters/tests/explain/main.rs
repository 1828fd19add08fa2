//! The queries of a busy sale use their indexes. The tests record every query that the repositories run and let the
//! databases explain it over tables of a realistic size.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test support: a failure here is the test's failure")]

mod calls;
mod caught;
mod fixture;
mod plan;
mod streams;
#[path = "../support/mod.rs"]
mod support;

use fixture::{Fixture, Statistics};
use support::TestDatabase;

/// Runs one test at a time, because the recording is shared.
static SLOT: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn hot_queries_keep_their_indexes(test: TestDatabase, statistics: Statistics) {
    let _slot = SLOT.lock().await;
    caught::listen();
    let fixture = Fixture::write(test, statistics).await;
    calls::all(&fixture).await;
    let explanations = fixture.take_explanations();
    let unused = fixture.unused_indexes(&explanations).await;
    let faults: Vec<String> =
        explanations.into_iter().flat_map(|explanation| explanation.faults).chain(unused).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_sqlite() {
    hot_queries_keep_their_indexes(TestDatabase::sqlite().await, Statistics::Gathered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_sqlite_without_statistics() {
    hot_queries_keep_their_indexes(TestDatabase::sqlite().await, Statistics::None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_cost_the_same_however_long_they_are() {
    let _lock = SLOT.lock().await;
    streams::cost_the_same_however_long_they_are().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_a_server() {
    hot_queries_keep_their_indexes(TestDatabase::on_server().await, Statistics::Gathered).await;
}
