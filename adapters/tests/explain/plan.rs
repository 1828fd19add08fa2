//! The databases' plans for queries.
#![allow(dead_code, clippy::allow_attributes, reason = "the tests and the program use a part of it each")]

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};
use secrecy::ExposeSecret;

use super::support::TestDatabase;

/// Tables that must never be scanned completely.
pub(crate) const LARGE: &[&str] = &[
    "audit_log",
    "bookings",
    "booking_tickets",
    "event_cursors",
    "idempotency_keys",
    "outbox_entries",
    "parked_events",
    "payments",
    "purchases",
    "refresh_tokens",
    "refunds",
    "tickets",
    "users",
];

/// The others.
const SMALL: &[&str] = &["concerts", "organiser_members", "event_consumers", "prices", "sections", "stream_floors"];

/// The indexes that queries use and the tables that they scan.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) indexes: BTreeSet<(String, String)>,
    /// The table, and the query that scans it.
    pub(crate) scans: BTreeMap<String, String>,
    /// Queries that scan a table and search their own batch for each of its rows.
    pub(crate) batch_searches: Vec<String>,
    /// The number of rows and index entries read, if the database counts them.
    pub(crate) rows_read: Option<u64>,
}

impl Plan {
    /// SQLite's plans for the queries. It prints `SEARCH t USING INDEX i (…)` and `SCAN t`.
    pub(crate) fn on_sqlite(test: &TestDatabase, queries: &[String]) -> Self {
        let mut file = SqliteConnection::establish(test.config.url.expose_secret()).unwrap();
        let mut plan = Plan::default();
        for query in queries {
            let sql = query.split(" -- binds").next().unwrap();
            let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
            let steps: Vec<SqliteStep> = diesel::RunQueryDsl::load(explain, &mut file).unwrap();
            for step in steps {
                let words: Vec<&str> = step.detail.split_whitespace().collect();
                if words.contains(&"AUTOMATIC") {
                    plan.batch_searches.push(sql.to_owned());
                }
                let index = words.iter().position(|word| ["INDEX", "KEY"].contains(word)).map(|at| match words[at] {
                    "KEY" => "PRIMARY",
                    _ if words[at + 1].starts_with("sqlite_autoindex") => "PRIMARY",
                    _ => words[at + 1],
                });
                match (words[0], index) {
                    ("SCAN", Some(index)) if is_page(sql) => {
                        plan.indexes.insert((table(sql, words[1]), index.to_owned()));
                    }
                    ("SEARCH", Some(index)) => {
                        plan.indexes.insert((table(sql, words[1]), index.to_owned()));
                    }
                    ("SCAN", _) => {
                        plan.scans.insert(table(sql, words[1]), sql.to_owned());
                    }
                    _ => {}
                }
            }
        }
        plan
    }

    /// The server's plans for the queries. With `counting` it also runs each query, rolls it back, and counts the rows
    /// read.
    pub(crate) async fn on_server(test: &TestDatabase, queries: &[String], counting: bool) -> Self {
        let mut server = AsyncMysqlConnection::establish(test.config.url.expose_secret()).await.unwrap();
        server.batch_execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin").await.unwrap();
        let mut plan = Plan::default();
        for query in queries {
            let sql = with_literals(query);
            if counting {
                plan.rows_read = Some(plan.rows_read.unwrap_or_default() + rows_read(&mut server, &sql).await);
            }
            let explain = diesel::sql_query(format!("EXPLAIN FORMAT=TRADITIONAL {sql}"));
            let steps: Vec<ServerStep> = diesel_async::RunQueryDsl::load(explain, &mut server).await.unwrap();
            for step in steps {
                // MySQL also lists the table that is written to, as if it were read.
                let Some(name) = step.name.filter(|_| step.part.as_deref() != Some("INSERT")) else { continue };
                let name = table(&sql, &name);
                match (step.access.as_deref(), step.index) {
                    (Some("index"), Some(index)) if is_page(&sql) => {
                        plan.indexes.insert((name, index));
                    }
                    (Some("ALL" | "index"), _) => {
                        plan.scans.insert(name, sql.clone());
                    }
                    // With two indexes, one finds the rows and the other filters them.
                    (_, Some(indexes)) => {
                        plan.indexes.extend(indexes.split('|').map(|index| (name.clone(), index.to_owned())));
                    }
                    _ => {}
                }
            }
        }
        plan
    }
}

/// The number of rows that a query reads, by the server's own counters.
async fn rows_read(server: &mut AsyncMysqlConnection, sql: &str) -> u64 {
    let before = handler_reads(server).await;
    server.batch_execute("START TRANSACTION").await.unwrap();
    // A row cannot be inserted twice, but the search for it is counted.
    drop(server.batch_execute(sql).await);
    server.batch_execute("ROLLBACK").await.unwrap();
    let idle = handler_reads(server).await;
    let overhead = handler_reads(server).await - idle;
    (idle - before).saturating_sub(overhead)
}

async fn handler_reads(server: &mut AsyncMysqlConnection) -> u64 {
    let status = diesel::sql_query("SHOW SESSION STATUS LIKE 'Handler_read%'");
    let counters: Vec<Counter> = diesel_async::RunQueryDsl::load(status, server).await.unwrap();
    counters.iter().map(|counter| counter.value.parse::<u64>().unwrap()).sum()
}

#[derive(QueryableByName)]
struct Counter {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

impl Plan {
    /// The used indexes and the scanned tables, without the rows of the batch itself.
    pub(crate) fn indexes_and_scans(&self) -> String {
        let is_table = |name: &str| LARGE.contains(&name) || SMALL.contains(&name);
        let indexes = self.indexes.iter().filter(|(table, _)| is_table(table));
        let names = indexes.map(|(table, index)| match index.as_str() {
            "PRIMARY" => format!("key of {table}"),
            _ => index.clone(),
        });
        let scans = self.scans.keys().filter(|table| is_table(table)).map(|table| format!("**all of {table}**"));
        names.chain(scans).collect::<Vec<_>>().join(", ")
    }
}

/// Whether a query has a limit. It may then scan an index.
fn is_page(sql: &str) -> bool {
    sql.contains(" LIMIT ")
}

/// The table behind an alias in a query. Aliases have one letter.
fn table(query: &str, name: &str) -> String {
    let tables = LARGE.iter().chain(SMALL);
    let named = |table: &&&str| [" ", "\n", ")"].iter().any(|end| query.contains(&format!("{table} {name}{end}")));
    tables.filter(named).max_by_key(|table| table.len()).map_or(name.to_owned(), ToString::to_string)
}

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct ServerStep {
    #[diesel(sql_type = Nullable<Text>, column_name = "select_type")]
    part: Option<String>,
    #[diesel(sql_type = Nullable<Text>, column_name = "table")]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>, column_name = "type")]
    access: Option<String>,
    #[diesel(sql_type = Nullable<Text>, column_name = "key")]
    index: Option<String>,
}

/// The values of a recorded query, as literals.
fn literals(binds: &str) -> Vec<String> {
    let (mut values, mut value, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for letter in binds.chars() {
        if letter == ',' && !quoted {
            values.push(std::mem::take(&mut value));
            continue;
        }
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        value.push(letter);
    }
    values.push(value);
    let bare = |value: &String| {
        let value = value.trim();
        let inner = value.strip_prefix("Some(").and_then(|rest| rest.strip_suffix(')'));
        if value == "None" { "NULL".to_owned() } else { inner.unwrap_or(value).to_owned() }
    };
    values.iter().map(bare).collect()
}

/// The query with its values as literals.
fn with_literals(query: &str) -> String {
    let (sql, binds) = query.split_once(" -- binds: [").unwrap();
    let mut values = literals(binds.trim_end_matches(']')).into_iter();
    let mut text = String::new();
    for part in sql.split_inclusive('?') {
        match part.strip_suffix('?') {
            Some(part) => text.extend([part, &values.next().unwrap()]),
            None => text.push_str(part),
        }
    }
    text
}
