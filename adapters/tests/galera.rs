//! What holds on a Galera cluster of two nodes: `make test-galera` starts one. Its nodes replicate what is committed, and
//! neither locks of one nor its last commits are known to the other at once.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_adapters::db::{Database, migrate};
use boxoffice_domain::shared::{StoreError, UserId};
use boxoffice_domain::store::{Store, in_unit};
use boxoffice_domain::testing::{Given, SequentialIds};
use boxoffice_domain::users::{AddUserError, UserQueries};

use support::{Nobody, TestDatabase};

/// How often each node changes a row that the other one changes too.
const CHANGES: u64 = 25;
/// By when a node has noticed that it is alone.
const ALONE_WITHIN: Duration = Duration::from_secs(60);

/// One node, as a process of boxoffice that is connected to it sees it.
struct Node {
    config: DatabaseConfig,
    database: Database,
    store: Arc<dyn Store>,
}

impl Node {
    fn of(config: DatabaseConfig) -> Self {
        let database = Database::open(&config).unwrap();
        let store = Arc::new(database.store(Arc::new(Nobody), Arc::new(SequentialIds::new())));
        Self { config, database, store }
    }
}

/// What the script that started the cluster says of it.
fn told(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set; run `make test-galera`"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_are_one_database_until_one_is_gone() {
    let test = TestDatabase::empty_on_server().await;
    let one = Node::of(test.config.clone());
    let other_url = format!("{}/{}", told("BOXOFFICE_TEST_GALERA_OTHER_URL"), test.name());
    let other = Node::of(DatabaseConfig { url: other_url.into(), ..test.config.clone() });

    both_migrate_at_once(&one, &other).await;
    let given = Given::new(one.store.clone(), Arc::new(SequentialIds::new()));
    what_one_answered_is_found_on_the_other(&given, &other).await;
    changes_of_one_row_are_tried_again_until_all_are_made(&given, &one, &other).await;
    a_node_that_is_alone_is_unavailable(&one).await;
    // Nothing can be deleted on a node without its cluster, which ends with the test.
    std::mem::forget(test);
}

async fn both_migrate_at_once(one: &Node, other: &Node) {
    let (here, there) = tokio::join!(migrate::up(&one.config), migrate::up(&other.config));
    let taken = here.unwrap().len() + there.unwrap().len();
    let status = migrate::status(&other.config).await.unwrap();
    assert_eq!((status.missing(), taken), (0, status.steps.len()));
}

async fn what_one_answered_is_found_on_the_other(given: &Given, other: &Node) {
    for number in 0..100 {
        let user = given.user(&format!("user-{number}")).await;
        assert!(UserQueries::get(&other.database, user.id).await.unwrap().is_some(), "{number} is not found by a read");
        let user = given.user(&format!("fan-{number}")).await;
        let mut unit = other.store.begin().await.unwrap();
        assert!(unit.users().get(user.id).await.unwrap().is_some(), "{number} is not found by a unit");
        unit.commit().await.unwrap();
    }
}

/// Counts a user's versions up, as often as it may take.
async fn count_up(store: &dyn Store, user: UserId) {
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

async fn changes_of_one_row_are_tried_again_until_all_are_made(given: &Given, one: &Node, other: &Node) {
    let user = given.user("ana").await;
    tokio::join!(count_up(one.store.as_ref(), user.id), count_up(other.store.as_ref(), user.id));
    for node in [one, other] {
        let counted = UserQueries::get(&node.database, user.id).await.unwrap().unwrap();
        assert_eq!(counted.version, user.version + 2 * CHANGES);
    }
}

async fn a_node_that_is_alone_is_unavailable(one: &Node) {
    let killed = std::process::Command::new("kill").args(["-KILL", &told("BOXOFFICE_TEST_GALERA_OTHER_PID")]).status();
    assert!(killed.unwrap().success());
    let since = Instant::now();
    let refusal = loop {
        // Until it has noticed, it answers, or it keeps who asks waiting.
        match one.database.check().await {
            Ok(()) => assert!(since.elapsed() < ALONE_WITHIN, "a node without its cluster calls itself ready"),
            Err(error) => break error,
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(matches!(refusal, StoreError::Unavailable(_)), "{refusal:?}");
    let refusal = one.store.begin().await.err();
    assert!(matches!(refusal, Some(StoreError::Unavailable(_))), "{refusal:?}");
    let refusal = UserQueries::find_by_login(&one.database, "ana").await;
    assert!(matches!(refusal, Err(StoreError::Unavailable(_))), "{refusal:?}");
}
