//! Instances start at the same moment, or on a database that is too busy.

use futures_util::future::join_all;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{DatabaseKind, Instance, TestDatabase};

/// Instances that start at the same moment.
const INSTANCES: usize = 10;

on_each_database! {
    /// All of them start: on an empty database, which one of them migrates, and on a database that is migrated.
    async fn instances_start_at_the_same_moment(kind) {
        let database = TestDatabase::create(kind).await;
        for _ in 0..2 {
            let instances = join_all((0..INSTANCES).map(|_| Instance::start(&database, &[]))).await;
            for instance in instances {
                instance.shop.anonymous().get("/concerts").await.expect(200);
                instance.stop().await;
            }
        }
    }
}

/// A server with many instances that start at once can be too busy to accept a connection in time.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_for_a_server_that_is_too_busy() {
    /// The connections that migrate, and that list the migrations.
    const FIRST: usize = 2;
    /// The connections after them that are not answered.
    const IGNORED: usize = 3;

    let database = TestDatabase::create(DatabaseKind::Server).await;
    let (login, address) = database.url().rsplit_once('@').expect("a login");
    let (server, name) = address.split_once('/').expect("a database");
    let server = server.to_owned();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{login}@{}/{name}", proxy.local_addr().unwrap());
    tokio::spawn(async move {
        let mut ignored = Vec::new();
        for number in 0.. {
            let (mut client, _) = proxy.accept().await.unwrap();
            if (FIRST..FIRST + IGNORED).contains(&number) {
                ignored.push(client);
                continue;
            }
            let mut server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    let settings = [("DATABASE__URL", url.as_str()), ("DATABASE__CONNECT_TIMEOUT_MS", "500")];
    Instance::start(&database, &settings).await.stop().await;
}
