//! Units that go dark, and their effect on other units: the network drops everything, or the process is frozen.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_adapters::db::Database;
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{StoreError, UserId};
use boxoffice_domain::store::{Store, UNIT_TIME_MAX, in_unit};
use boxoffice_testing::{Given, SequentialIds};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use support::{NoListeners, TestDatabase};

/// The time within which the rows of a dark unit are released on a busy machine. By default the server keeps them for
/// eight hours.
const WITHIN_SECONDS: Duration = Duration::from_secs(40);

/// A proxy between the program and the server that can drop all traffic.
struct Proxy {
    port: u16,
    dark: CancellationToken,
}

impl Proxy {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let dark = CancellationToken::new();
        let is_dark = dark.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                tokio::spawn(pass_on(from_client, to_server, is_dark.clone()));
                tokio::spawn(pass_on(from_server, to_client, is_dark.clone()));
            }
        });
        Self { port, dark }
    }

    fn go_dark(&self) {
        self.dark.cancel();
    }
}

/// Forwards bytes until the proxy goes dark. Then both sides stay connected and receive nothing.
async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_dark: CancellationToken) {
    let mut bytes = [0; 4096];
    loop {
        tokio::select! {
            biased;
            () = is_dark.cancelled() => return std::future::pending().await,
            read = from.read(&mut bytes) => match read {
                Ok(count @ 1..) if to.write_all(bytes.get(..count).unwrap_or_default()).await.is_ok() => {}
                _ => return,
            },
        }
    }
}

/// A database, reached directly and through a proxy.
struct Fixture {
    _test: TestDatabase,
    direct: Arc<dyn Store<dyn SalesUnit>>,
    proxied: Arc<dyn Store<dyn SalesUnit>>,
    proxy: Proxy,
    row: UserId,
}

impl Fixture {
    async fn new() -> Self {
        let test = TestDatabase::on_server().await;
        let (_, direct) = test.store();
        let row = Given::new(direct.clone(), Arc::new(SequentialIds::new())).user("ana").await.id;
        let url = support::server_url();
        let (login, address) = url.strip_prefix("mysql://").unwrap().rsplit_once('@').unwrap();
        let proxy = Proxy::to(address.to_owned()).await;
        let mut config = test.config.clone();
        config.url = format!("mysql://{login}@127.0.0.1:{}/{}", proxy.port, test.name()).into();
        let database = Database::open(&config).unwrap();
        let proxied = Arc::new(database.store(Arc::new(NoListeners), Arc::new(SequentialIds::new())));
        Self { _test: test, direct, proxied, proxy, row }
    }

    /// Another unit needs the same row and gets it within seconds.
    async fn others_get_the_row(&self) {
        let began = Instant::now();
        loop {
            let row = self.row;
            let got: Result<(), StoreError> = in_unit(self.direct.as_ref(), "test", |unit, _| {
                Box::pin(async move { unit.users().get(row).await.map(drop) })
            })
            .await;
            match got {
                Ok(()) => return,
                Err(error) => assert!(began.elapsed() < WITHIN_SECONDS, "the row is still held: {error:?}"),
            }
        }
    }
}

fn is_unavailable(outcome: &Result<impl std::fmt::Debug, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_goes_dark_in_a_statement_fails_and_releases_its_rows() {
    let fixture = Fixture::new().await;
    let mut unit = fixture.proxied.begin().await.unwrap();
    unit.users().get(fixture.row).await.unwrap();
    fixture.proxy.go_dark();
    let began = Instant::now();
    let (outcome, ()) = tokio::join!(unit.users().get(fixture.row), fixture.others_get_the_row());
    assert!(is_unavailable(&outcome), "{outcome:?}");
    assert!(began.elapsed() < UNIT_TIME_MAX + WITHIN_SECONDS, "the caller waited for {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_goes_dark_at_its_commit_releases_its_rows() {
    let fixture = Fixture::new().await;
    let mut unit = fixture.proxied.begin().await.unwrap();
    unit.users().get(fixture.row).await.unwrap();
    fixture.proxy.go_dark();
    let (outcome, ()) = tokio::join!(unit.commit(), fixture.others_get_the_row());
    assert!(is_unavailable(&outcome), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_whose_process_is_frozen_releases_its_rows() {
    let fixture = Fixture::new().await;
    let mut unit = fixture.direct.begin().await.unwrap();
    unit.users().get(fixture.row).await.unwrap();
    fixture.others_get_the_row().await;
    let outcome = unit.users().get(fixture.row).await;
    assert!(is_unavailable(&outcome), "{outcome:?}");
    unit.rollback().await.unwrap();
}

/// The store permits statements that take much longer than a unit.
#[tokio::test(flavor = "multi_thread")]
async fn no_wait_of_a_unit_outlives_its_deadline() {
    let mut test = TestDatabase::on_server().await;
    test.config.lock_timeout = Duration::from_secs(50);
    test.config.statement_timeout = Duration::from_secs(50);
    test.config.idle_transaction_timeout = Duration::from_secs(50);
    let (_, store) = test.store();
    let ana = Given::new(store.clone(), Arc::new(SequentialIds::new())).user("ana").await.id;
    let mut holder = store.begin().await.unwrap();
    holder.users().get(ana).await.unwrap();
    let deadline = store.deadline(Duration::from_millis(300));
    let mut waiter = store.begin_by(deadline).await.unwrap();
    let outcome = waiter.users().get(ana).await;
    assert!(is_unavailable(&outcome), "{outcome:?}");
    assert!(matches!(store.begin_by(deadline).await.err(), Some(StoreError::Busy)));
    waiter.rollback().await.unwrap();
    holder.users().get(ana).await.unwrap();
    holder.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_are_closed() {
    let test = TestDatabase::on_server().await;
    let (database, store) = test.store();
    store.begin().await.unwrap().commit().await.unwrap();
    database.check().await.unwrap();
    assert!(!test.connections().await.is_empty());
    let used = Instant::now();
    while !test.connections().await.is_empty() {
        assert!(used.elapsed() < WITHIN_SECONDS, "idle connections stay open");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    store.begin().await.unwrap().commit().await.unwrap();
}
