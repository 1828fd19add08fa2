//! A Galera cluster of two nodes, which `make test-galera` starts. Its nodes replicate commits. A node does not see the
//! locks of the other, and sees its latest commits with a delay.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_adapters::db::{Database, migrate};
use boxoffice_domain::bookings::BookingQueries;
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{StoreError, UserId};
use boxoffice_domain::store::{Store, in_unit};
use boxoffice_domain::users::{AddUserError, UserQueries};
use boxoffice_testing::{BookingBuilder, ConcertBuilder, Given, SequentialIds};

use tokio::task::JoinHandle;

use support::{NoListeners, TestDatabase};

/// How often each node changes a row that the other node also changes.
const CHANGES: u64 = 25;
/// The number of bookings that are searched by a read, and the number searched by a unit.
const BOOKINGS: u32 = 150;
/// The time within which a node notices that it is alone.
const ALONE_WITHIN: Duration = Duration::from_secs(60);

/// A node, through a process of boxoffice that is connected to it.
struct Node {
    config: DatabaseConfig,
    database: Database,
    store: Arc<dyn Store<dyn SalesUnit>>,
}

impl Node {
    fn of(config: DatabaseConfig) -> Self {
        let database = Database::open(&config).unwrap();
        let store = Arc::new(database.store(Arc::new(NoListeners), Arc::new(SequentialIds::new())));
        Self { config, database, store }
    }
}

/// A variable that the script sets which started the cluster.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `make test-galera`"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_are_one_database_until_one_fails() {
    // A node without its cluster cannot drop the database, and the cluster ends with the test.
    let test = ManuallyDrop::new(TestDatabase::empty_on_server().await);
    let one = Node::of(test.config.clone());
    let other_url = format!("{}/{}", variable("BOXOFFICE_TEST_GALERA_OTHER_URL"), test.name());
    let other = Node::of(DatabaseConfig { url: other_url.into(), ..test.config.clone() });

    both_migrate_at_once(&one, &other).await;
    let given = Given::new(one.store.clone(), Arc::new(SequentialIds::new()));
    a_commit_on_one_node_is_found_on_the_other(&given, &one, &other).await;
    changes_of_one_row_are_retried_until_all_are_made(&given, &one, &other).await;
    a_node_that_is_alone_is_unavailable(&one).await;
}

async fn both_migrate_at_once(one: &Node, other: &Node) {
    let (here, there) = tokio::join!(migrate::up(&one.config), migrate::up(&other.config));
    let taken = here.unwrap().len() + there.unwrap().len();
    let status = migrate::status(&other.config).await.unwrap();
    assert_eq!((status.missing(), taken), (0, status.steps.len()));
}

/// This also holds while both nodes write other rows.
async fn a_commit_on_one_node_is_found_on_the_other(given: &Given, one: &Node, other: &Node) {
    let hall = ConcertBuilder::new(given.ids()).standing("GA", BOOKINGS * 2, 2_500);
    let view = given.add_concert(hall).await;
    let (ana, ben) = (given.user("writer-1").await, given.user("writer-2").await);
    let placing = async {
        for number in 1..=BOOKINGS {
            let placed = given.booking(BookingBuilder::new(given.ids(), &view).tickets([number]).build()).await;
            let found = BookingQueries::get(&other.database, placed.id).await.unwrap();
            assert!(found.is_some(), "booking {number} is not found by a read");
            let number = number + BOOKINGS;
            let placed = given.booking(BookingBuilder::new(given.ids(), &view).tickets([number]).build()).await;
            let mut unit = other.store.begin().await.unwrap();
            let found = unit.bookings().get(&[placed.id]).await.unwrap();
            unit.commit().await.unwrap();
            assert_eq!(found.len(), 1, "booking {number} is not found by a unit");
        }
    };
    let writers = [(one, ana.id), (other, ben.id)].map(|(node, user)| {
        let store = Arc::clone(&node.store);
        tokio::spawn(async move {
            loop {
                count_up(store.as_ref(), user).await;
            }
        })
    });
    placing.await;
    writers.iter().for_each(JoinHandle::abort);
}

/// Increments a user's version repeatedly, with as many attempts as necessary.
async fn count_up(store: &dyn Store<dyn SalesUnit>, user: UserId) {
    for _ in 0..CHANGES {
        loop {
            let counted: Result<(), StoreError> = in_unit(store, "test", |unit, _| {
                Box::pin(async move {
                    let mut row = unit.users().get(user).await?.unwrap();
                    row.version += 1;
                    unit.users().save(&row).await.map_err(|error| match error {
                        AddUserError::Store(error) => error,
                        taken => panic!("{taken:?}"),
                    })
                })
            })
            .await;
            match counted {
                Ok(()) => break,
                Err(StoreError::Contention | StoreError::Busy) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }
}

async fn changes_of_one_row_are_retried_until_all_are_made(given: &Given, one: &Node, other: &Node) {
    let user = given.user("ana").await;
    tokio::join!(count_up(one.store.as_ref(), user.id), count_up(other.store.as_ref(), user.id));
    for node in [one, other] {
        let counted = UserQueries::get(&node.database, user.id).await.unwrap().unwrap();
        assert_eq!(counted.version, user.version + 2 * CHANGES);
    }
}

async fn a_node_that_is_alone_is_unavailable(one: &Node) {
    let killed =
        std::process::Command::new("kill").args(["-KILL", &variable("BOXOFFICE_TEST_GALERA_OTHER_PID")]).status();
    assert!(killed.unwrap().success());
    let since = Instant::now();
    // Until the node has noticed, it answers, or reports that it could not catch up with the failed node.
    while !matches!(one.database.check().await, Err(StoreError::Unavailable(_))) {
        assert!(since.elapsed() < ALONE_WITHIN, "a node without its cluster reports that it is ready");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let refusal = one.store.begin().await.err();
    assert!(matches!(refusal, Some(StoreError::Unavailable(_))), "{refusal:?}");
    let refusal = UserQueries::find_by_login(&one.database, "ana").await;
    assert!(matches!(refusal, Err(StoreError::Unavailable(_))), "{refusal:?}");
}
