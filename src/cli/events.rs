//! `boxoffice events`: what an operator sees and does of the delivery of events.

use std::process::ExitCode;

use boxoffice_domain::events::COMPARE_SECONDS;
use boxoffice_domain::shared::{Actor, Timestamp};
use clap::Subcommand;

use super::output::{Failure, say};
use crate::services::Modules;
use crate::settings::{Settings, Sources};

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum EventsCommand {
    /// Lists events that a consumer could not handle, at most 100.
    Parked,
    /// Has a consumer handle everything again that occurred since a time.
    Replay {
        /// The consumer, such as `audit_log`.
        #[arg(long)]
        consumer: String,
        /// The time, such as `2026-11-27T18:00:00Z`.
        #[arg(long, value_parser = parse_time)]
        from: Timestamp,
    },
}

impl EventsCommand {
    pub(super) async fn run(self, sources: &Sources) -> Result<ExitCode, Failure> {
        let modules = Modules::build(&Settings::load(sources)?)?;
        match self {
            Self::Parked => list_parked(&modules).await?,
            Self::Replay { consumer, from } => replay(&modules, &consumer, from).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "this is no time of RFC 3339".to_owned())
}

async fn list_parked(modules: &Modules) -> Result<(), Failure> {
    let parked = modules.events.parked_events.list(&Actor::System).await?;
    for parked in &parked {
        say(&format!(
            "{}  {}  {}  {}  {} {} version {}  {}",
            parked.parked_at.to_rfc3339(),
            parked.consumer,
            parked.event.id,
            parked.event.type_name,
            parked.event.aggregate.kind,
            parked.event.aggregate.id,
            parked.event.version,
            parked.error
        ))?;
    }
    if parked.is_empty() { say("no event is parked") } else { Ok(()) }
}

async fn replay(modules: &Modules, consumer: &str, from: Timestamp) -> Result<(), Failure> {
    let relay = modules.events.relays.iter().find(|relay| relay.consumer() == consumer);
    let Some(relay) = relay else {
        let known: Vec<&str> = modules.events.relays.iter().map(|relay| relay.consumer()).collect();
        return Err(format!("there is no consumer {consumer}, only {}", known.join(", ")).into());
    };
    let streams = relay.replay(from).await?;
    say(&format!("{streams} streams are delivered again; the workers begin within {COMPARE_SECONDS} seconds"))
}
