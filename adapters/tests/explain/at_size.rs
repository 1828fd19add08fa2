//! Explains and times the same calls in a large database and prints a table. It is not part of the tests, because it
//! takes long and needs 10 GB: `make explain-at-size`.
//!
//! `explain_at_size file|server [SCALE]`: an SQLite file, or the server of the tests. All sizes are divided by the
//! scale. Fails if a call does not use its index.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers: a failure here is its own"
)]

mod bulk_data;
mod calls;
mod caught;
mod fixture;
mod plan;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use boxoffice_domain::maintenance::Auditor;
use boxoffice_domain::shared::IdGenerator;
use boxoffice_testing::{ConcertBuilder, FixedClock};

use bulk_data::Size;
use fixture::{Explanation, Fixture, Statistics};
use support::TestDatabase;

/// The number of times that each call is timed.
const RUNS: u32 = 5;
/// The sections of the large concert, with 100,000 seats each.
const SECTIONS: [&str; 10] = ["A", "B", "C", "D", "E", "F", "G", "H", "J", "K"];
const ROWS: u32 = 200;
const SEATS: u32 = 500;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let test = match arguments.next().as_deref() {
        Some("file") => TestDatabase::sqlite().await,
        Some("server") => TestDatabase::on_server().await,
        _ => {
            eprintln!("explain_at_size file|server [SCALE]");
            return ExitCode::FAILURE;
        }
    };
    let scale = arguments.next().map_or(1, |scale| scale.parse().unwrap());
    let size = Size::divided_by(scale);
    caught::listen();
    let fixture = large_fixture(test, size, u32::try_from(scale).unwrap()).await;

    println!("| call | statements | indexes | rows read | median |\n|---|---|---|---|---|");
    calls::all(&fixture).await;
    let mut faults = print_table(fixture.take_explanations(), "");
    fixture.gather_statistics().await;
    calls::all(&fixture).await;
    faults.extend(print_table(fixture.take_explanations(), ", with fresh statistics"));
    audit(&fixture).await;
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The fixture of the tests, with a large amount of other data.
async fn large_fixture(test: TestDatabase, size: Size, scale: u32) -> Fixture {
    let begun = Instant::now();
    let mut fixture = Fixture::write(test, Statistics::None).await;
    let ids: &dyn IdGenerator = fixture.given.ids();
    let seats = SEATS / scale.min(SEATS);
    let large = SECTIONS
        .iter()
        .fold(ConcertBuilder::new(ids), |builder, section| builder.seated(section, ROWS, seats.max(5), 2_500));
    let large = fixture.given.add_concert(large).await;
    fixture.deliver_everything().await;
    eprintln!("the fixture is written after {:.0?}", begun.elapsed());
    bulk_data::load(fixture.url(), size, &large).await;
    eprintln!("everything is written after {:.0?}", begun.elapsed());
    fixture.sold = large;
    fixture.sold.concert.version = size.versions();
    fixture.user = bulk_data::first_customer(size);
    fixture.runs = RUNS;
    fixture
}

/// Prints a table of the results and returns the faults.
fn print_table(explanations: Vec<Explanation>, how: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for Explanation { what, plan, mut times, statements, faults: found } in explanations {
        times.sort_unstable();
        let median = times[times.len() / 2];
        let read = plan.rows_read.map_or_else(|| "–".to_owned(), |rows| rows.to_string());
        println!("| {what}{how} | {statements} | {} | {read} | {} |", plan.indexes_and_scans(), shown(median));
        faults.extend(found);
    }
    faults
}

#[expect(clippy::disallowed_methods, reason = "it serves no requests")]
fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

async fn audit(fixture: &Fixture) {
    // Resets the peak memory of the process.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
    let begun = Instant::now();
    let reports = fixture.database.audit(FixedClock::START).await.unwrap();
    println!("the audit takes {:.1?}", begun.elapsed());
    for report in reports.iter().filter(|report| report.violations > 0) {
        eprintln!("{report:?}");
    }
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        for line in status.lines().filter(|line| line.starts_with("VmHWM")) {
            println!("the most memory of this process: {line}");
        }
    }
}
