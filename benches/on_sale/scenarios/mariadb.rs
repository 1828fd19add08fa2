//! MariaDB alone: how fast it commits and inserts rows, without the program.

use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use futures_util::future::try_join_all;

use super::Scenario;
use crate::context::BenchContext;
use crate::numbers::number;
use crate::report::{Findings, Line, Run};
use crate::subject::{Database, Kind, Meter};
use crate::{Failure, progress};

const CONNECTIONS: u32 = 64;
const BULK_CONNECTIONS: u32 = 2;
const BULK_ROWS: u32 = 500;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "mariadb",
    title: "MariaDB alone",
    how: "What the database can do without us, as a ceiling: commits of one row each on 64 connections, and rows of \
          inserts of 500 on two, into a table of two numbers without a second index. Statements as text; the client is \
          one thread of ours.",
    goals: &[],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let database = Database::create(Kind::MariaDb, &context.server).await?;
    database.execute("CREATE TABLE samples (id BIGINT PRIMARY KEY AUTO_INCREMENT, value BIGINT NOT NULL)").await?;
    let mut singles = Line::reads(format!("single-row commits, {CONNECTIONS} connections"));
    let mut bulk = Line::reads(format!("rows of {BULK_ROWS}-row inserts, {BULK_CONNECTIONS} connections"));
    for run in 1..=context.runs {
        progress(&format!("mariadb: run {run}"));
        singles.push(inserts(context, &database, CONNECTIONS, 1).await?);
        bulk.push(inserts(context, &database, BULK_CONNECTIONS, BULK_ROWS).await?);
    }
    Ok(Findings { lines: vec![singles, bulk], ..Findings::default() })
}

async fn inserts(context: &BenchContext, database: &Database, connections: u32, rows: u32) -> Result<Run, Failure> {
    let values = vec!["(7)"; usize::try_from(rows)?].join(",");
    let statement = format!("INSERT INTO samples (value) VALUES {values}");
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(AsyncMysqlConnection::establish(&database.url).await?);
    }
    let process = database.server_process().await?;
    let before = Meter::read(&[], process)?;
    let begin = Instant::now();
    let one = async |mut connection: AsyncMysqlConnection| {
        let mut inserted = 0_u32;
        while begin.elapsed() < context.lasting {
            connection.batch_execute(&statement).await?;
            inserted = inserted.saturating_add(rows);
        }
        Ok::<_, Failure>(inserted)
    };
    let inserted: u32 = try_join_all(open.into_iter().map(one)).await?.into_iter().sum();
    let elapsed: Duration = begin.elapsed();
    let used = Meter::read(&[], process)?.since(before).database;
    Ok(Run {
        per_second: number(inserted) / elapsed.as_secs_f64(),
        database_us: used.as_secs_f64() * 1e6 / number(inserted.max(1)),
        ..Run::default()
    })
}
