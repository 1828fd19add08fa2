//! Starts the command that was asked for.

use std::process::ExitCode;

use boxoffice::cli::Cli;
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
