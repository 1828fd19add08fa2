//! The benchmarks: plays an on-sale against the released program and writes down what it took.
//!
//! `make bench` builds everything, starts a private MariaDB and runs this. Each scenario of `scenarios/` is one file, told
//! top down. Tables go to standard output and, when all scenarios are played, into `docs/BENCHMARKS.md`.

mod load;
mod numbers;
mod report;
mod requests;
mod scenarios;
mod stage;
mod subject;

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::Clock;

use report::{Machine, goals, render};
use scenarios::{SCENARIOS, Scenario};
use stage::Stage;
use tikv_jemallocator::Jemalloc;

/// As in the program under test, so that the bare servers have the same.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Whatever ends a scenario early; it is told to people and goes nowhere else.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] => benchmark(),
        ["serve-reference", framework, file, etag] => serve_reference(framework, Path::new(file), etag),
        _ => Err("usage: on_sale [serve-reference FRAMEWORK FILE ETAG]".into()),
    };
    outcome.map_or_else(
        |failure| {
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn serve_reference(framework: &str, file: &Path, etag: &str) -> Result<(), Failure> {
    // As many threads as the program under test has.
    tokio::runtime::Runtime::new()?.block_on(subject::serve_reference(framework, file, etag))
}

fn benchmark() -> Result<(), Failure> {
    // One thread: the cores belong to what is measured.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stage = Stage::set().await?;
        if let Some(name) = stage.only.iter().find(|name| SCENARIOS.iter().all(|scenario| scenario.name != *name)) {
            let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            return Err(format!("there is no scenario called {name}; there are {}", names.join(", ")).into());
        }
        let machine = Machine::look(&stage).await?;
        let mut chapters: Vec<_> = SCENARIOS.iter().map(Scenario::unplayed).collect();
        for (number, scenario) in SCENARIOS.iter().enumerate().filter(|(_, scenario)| scenario.plays_on(&stage)) {
            progress(&format!("{}: {}", scenario.name, scenario.title));
            let outcome = (scenario.play)(&stage).await.map_err(|failure| failure.to_string());
            if let Some(chapter) = chapters.get_mut(number) {
                chapter.outcome = Some(outcome);
                writeln!(io::stdout(), "{}", chapter.told())?;
            }
            // Whatever happens to the rest, what was measured is written down.
            if let Some(document) = &stage.document {
                let measured = render(&SystemClock.now().to_rfc3339(), &machine, &command(&stage), &chapters);
                report::write(document, &measured)?;
            }
        }
        writeln!(io::stdout(), "{}", goals(chapters.iter().filter(|chapter| chapter.outcome.is_some())))?;
        Ok(())
    })
}

fn command(stage: &Stage) -> String {
    let only = if stage.only.is_empty() { String::new() } else { format!(" ONLY={}", stage.only.join(",")) };
    format!("make bench{only} BENCH_RUNS={} BENCH_SECONDS={}", stage.runs, stage.lasting.as_secs())
}

/// Says what is going on, to whoever waits.
pub(crate) fn progress(what: &str) {
    let _ = writeln!(io::stderr(), "{} {what}", SystemClock.now().to_rfc3339());
}
