//! The benchmarks. They run an on-sale against the release binary and report the results.
//!
//! `make bench` builds everything, starts a private MariaDB and runs this program. Each scenario is one file in
//! `scenarios/`. Tables go to standard output and, after a run of all scenarios, into `docs/BENCHMARKS.md`.

mod context;
mod load;
mod numbers;
mod report;
mod requests;
mod scenarios;
mod subject;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::Clock;

use context::BenchContext;
use report::{Machine, goals, render};
use scenarios::{SCENARIOS, Scenario};
use tikv_jemallocator::Jemalloc;

/// The program under test uses the same allocator, so the bare servers do too.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// The error that ends a scenario early. It is only shown to the user.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] => benchmark(),
        ["serve-bare", server @ ..] => serve_bare(server),
        _ => Err("usage: on_sale [serve-bare SERVER…]".into()),
    };
    outcome.map_or_else(
        |failure| {
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn serve_bare(server: &[&str]) -> Result<(), Failure> {
    // The same number of threads as the program under test.
    tokio::runtime::Runtime::new()?.block_on(subject::bare::serve(server))
}

fn benchmark() -> Result<(), Failure> {
    // One thread only, because the cores belong to the measured processes.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let context = BenchContext::from_environment()?;
        if let Some(name) = context.only.iter().find(|name| SCENARIOS.iter().all(|scenario| scenario.name != *name)) {
            let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            return Err(format!("there is no scenario called {name}; there are {}", names.join(", ")).into());
        }
        let machine = Machine::inspect(&context).await?;
        let mut results: Vec<_> = SCENARIOS.iter().map(Scenario::not_run).collect();
        for (number, scenario) in SCENARIOS.iter().enumerate().filter(|(_, scenario)| scenario.is_selected(&context)) {
            progress(&format!("{}: {}", scenario.name, scenario.title));
            let outcome = (scenario.run)(&context).await.map_err(|failure| failure.to_string());
            if let Some(result) = results.get_mut(number) {
                result.outcome = Some(outcome);
                writeln!(io::stdout(), "{}", result.to_markdown())?;
            }
            // Writes the results so far, in case a later scenario fails.
            if let Some(document) = &context.document {
                let measured = render(&SystemClock.now().to_rfc3339(), &machine, &command(&context), &results);
                report::write(document, &measured)?;
            }
        }
        writeln!(io::stdout(), "{}", goals(results.iter().filter(|result| result.outcome.is_some())))?;
        Ok(())
    })
}

fn command(context: &BenchContext) -> String {
    let only = if context.only.is_empty() { String::new() } else { format!(" ONLY={}", context.only.join(",")) };
    let reference =
        context.reference.as_ref().map(|reference| format!(" REFERENCE={}", reference.commit)).unwrap_or_default();
    format!("make bench{only}{reference} BENCH_RUNS={} BENCH_SECONDS={}", context.runs, context.lasting.as_secs())
}

/// Logs the progress to standard error.
pub(crate) fn progress(what: &str) {
    let _ = writeln!(io::stderr(), "{} {what}", SystemClock.now().to_rfc3339());
}
