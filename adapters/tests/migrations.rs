//! The tables of both databases are the same, and every step can be taken, taken back and taken again.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use boxoffice_adapters::db::migrate;
use boxoffice_adapters::db::settings::DatabaseConfig;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl};

use support::TestDatabase;

/// What kind of value a column holds, whatever its type is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bytes,
    Number,
    Text,
}

fn kind(declared: &str) -> Kind {
    match declared.to_lowercase().as_str() {
        "binary" | "varbinary" | "blob" => Kind::Bytes,
        "bigint" | "int" | "tinyint" | "integer" => Kind::Number,
        "char" | "varchar" | "text" | "mediumtext" => Kind::Text,
        other => panic!("no rule for columns of type {other}"),
    }
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    declared: String,
    #[diesel(sql_type = BigInt)]
    nullable: i64,
}

type Columns = BTreeMap<(String, String), (Kind, bool)>;

fn columns(rows: Vec<ColumnRow>) -> Columns {
    let own = rows.into_iter().filter(|row| !row.table_name.starts_with("__"));
    own.map(|row| ((row.table_name, row.column_name), (kind(&row.declared), row.nullable == 1))).collect()
}

async fn columns_on_server(test: &TestDatabase) -> Columns {
    use secrecy::ExposeSecret;
    let mut server = AsyncMysqlConnection::establish(test.config.url.expose_secret()).await.unwrap();
    let query = "SELECT CAST(table_name AS CHAR) AS table_name, CAST(column_name AS CHAR) AS column_name, \
            CAST(data_type AS CHAR) AS declared, CAST(is_nullable = 'YES' AS SIGNED) AS nullable \
        FROM information_schema.columns WHERE table_schema = DATABASE()";
    columns(diesel::sql_query(query).load(&mut server).await.unwrap())
}

fn columns_in_file(config: &DatabaseConfig) -> Columns {
    use secrecy::ExposeSecret;
    let mut file = SqliteConnection::establish(config.url.expose_secret()).unwrap();
    let query = "SELECT t.name AS table_name, c.name AS column_name, c.type AS declared, \
            CASE WHEN c.\"notnull\" = 1 THEN 0 ELSE 1 END AS nullable \
        FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'";
    columns(diesel::RunQueryDsl::load(diesel::sql_query(query), &mut file).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_columns() {
    let (file, server) = (TestDatabase::sqlite().await, TestDatabase::on_server().await);
    let (file, server) = (columns_in_file(&file.config), columns_on_server(&server).await);
    assert!(file.len() > 150, "only {} columns were found", file.len());
    assert_eq!(file, server);
}

fn steps(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(database);
    let steps = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    steps
        .map(|step| {
            assert!(step.join("up.sql").is_file() && step.join("down.sql").is_file(), "{step:?} goes one way only");
            step.file_name().unwrap().to_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_take_the_same_steps() {
    assert_eq!(steps("mysql"), steps("sqlite"));
    for test in TestDatabase::both().await {
        let status = migrate::status(&test.config).await.unwrap();
        assert!(status.iter().all(|step| step.applied));
        let names: Vec<String> = status.into_iter().map(|step| step.name).collect();
        assert_eq!(names, steps("mysql").into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_can_be_taken_back_and_again() {
    for test in TestDatabase::both().await {
        let count = migrate::status(&test.config).await.unwrap().len();
        assert_eq!(migrate::up(&test.config).await.unwrap(), []);
        for left in (0..count).rev() {
            assert!(migrate::down_one(&test.config).await.unwrap().is_some_and(|step| !step.applied));
            let status = migrate::status(&test.config).await.unwrap();
            assert_eq!(status.iter().filter(|step| step.applied).count(), left);
        }
        assert_eq!(migrate::down_one(&test.config).await.unwrap(), None);
        assert_eq!(migrate::up(&test.config).await.unwrap().len(), count);
        test.open().check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_together_migrate_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestDatabase::empty_on_server().await;
    let file = DatabaseConfig::new(format!("sqlite://{}", folder.path().join("new/test.db").display()));
    for config in [file, server.config.clone()] {
        let (one, two, three) = tokio::join!(migrate::up(&config), migrate::up(&config), migrate::up(&config));
        let taken: usize = [one, two, three].into_iter().map(|steps| steps.unwrap().len()).sum();
        assert_eq!(taken, steps("mysql").len());
    }
}
