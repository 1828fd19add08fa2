//! What happens to others when a unit goes dark: its network swallows everything, or its process stands still.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_adapters::db::Database;
use boxoffice_domain::shared::{StoreError, UserId};
use boxoffice_domain::store::{Store, UNIT_TIME_MAX, in_unit};
use boxoffice_domain::testing::{Given, SequentialIds};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use support::{Nobody, TestDatabase};

/// By when the rows of a dark unit are free on a busy machine. Left alone the server would keep them for eight hours.
const WITHIN_SECONDS: Duration = Duration::from_secs(40);

/// Stands between the program and the server, and can swallow all that passes.
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

/// Until it is dark; then both sides stay connected and hear no more of each other.
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

/// A database that is reached directly, and the same through a proxy.
struct Ground {
    _test: TestDatabase,
    direct: Arc<dyn Store>,
    proxied: Arc<dyn Store>,
    proxy: Proxy,
    row: UserId,
}

impl Ground {
    async fn lay() -> Self {
        let test = TestDatabase::on_server().await;
        let (_, direct) = test.store();
        let row = Given::new(direct.clone(), Arc::new(SequentialIds::new())).user("ana").await.id;
        let url = support::server_url();
        let (login, address) = url.strip_prefix("mysql://").unwrap().rsplit_once('@').unwrap();
        let proxy = Proxy::to(address.to_owned()).await;
        let mut config = test.config.clone();
        config.url = format!("mysql://{login}@127.0.0.1:{}/{}", proxy.port, test.name()).into();
        let database = Database::open(&config).unwrap();
        let proxied = Arc::new(database.store(Arc::new(Nobody), Arc::new(SequentialIds::new())));
        Self { _test: test, direct, proxied, proxy, row }
    }

    /// Somebody else needs the same row, and has it within seconds.
    async fn others_go_on(&self) {
        let asked = Instant::now();
        loop {
            let row = self.row;
            let got: Result<(), StoreError> = in_unit(self.direct.as_ref(), "test", |unit, _| {
                Box::pin(async move { unit.users().get(row).await.map(drop) })
            })
            .await;
            match got {
                Ok(()) => return,
                Err(error) => assert!(asked.elapsed() < WITHIN_SECONDS, "the row is still held: {error:?}"),
            }
        }
    }
}

fn is_unavailable(outcome: &Result<impl std::fmt::Debug, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_goes_dark_in_a_statement_lets_others_go_on_and_its_caller_know() {
    let ground = Ground::lay().await;
    let mut unit = ground.proxied.begin().await.unwrap();
    unit.users().get(ground.row).await.unwrap();
    ground.proxy.go_dark();
    let asked = Instant::now();
    let (outcome, ()) = tokio::join!(unit.users().get(ground.row), ground.others_go_on());
    assert!(is_unavailable(&outcome), "{outcome:?}");
    assert!(asked.elapsed() < UNIT_TIME_MAX + WITHIN_SECONDS, "the caller waited for {:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_goes_dark_at_its_commit_lets_others_go_on() {
    let ground = Ground::lay().await;
    let mut unit = ground.proxied.begin().await.unwrap();
    unit.users().get(ground.row).await.unwrap();
    ground.proxy.go_dark();
    let (outcome, ()) = tokio::join!(unit.commit(), ground.others_go_on());
    assert!(is_unavailable(&outcome), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_whose_process_stands_still_lets_others_go_on() {
    let ground = Ground::lay().await;
    let mut unit = ground.direct.begin().await.unwrap();
    unit.users().get(ground.row).await.unwrap();
    ground.others_go_on().await;
    let outcome = unit.users().get(ground.row).await;
    assert!(is_unavailable(&outcome), "{outcome:?}");
    unit.rollback().await.unwrap();
}

/// A store whose statements may take much longer than its units.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_unit_waits_for_outlives_its_deadline() {
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
async fn connections_that_nobody_needs_are_closed() {
    let test = TestDatabase::on_server().await;
    let (database, store) = test.store();
    store.begin().await.unwrap().commit().await.unwrap();
    database.check().await.unwrap();
    assert!(!test.connections().await.is_empty());
    let used = Instant::now();
    while !test.connections().await.is_empty() {
        assert!(used.elapsed() < WITHIN_SECONDS, "connections stay open that nobody uses");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    store.begin().await.unwrap().commit().await.unwrap();
}
