//! The commands of the program. Each reads the settings, does its work and reports its result as an exit code.

mod events;
mod output;

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use boxoffice_adapters::db::{Database, migrate};
use boxoffice_adapters::http::openapi_document;
use boxoffice_domain::users::{RegisterError, RegisterUser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use self::events::EventsCommand;
use self::output::{Failure, complain, say};
use crate::app::App;
use crate::services::Modules;
use crate::settings::{Service, Settings, SettingsFaults, Sources};
use crate::{demo, shutdown, telemetry};

/// The command failed. Standard error shows the reason.
const FAILED: u8 = 1;
/// `EX_CONFIG` of sysexits.h: the settings have faults.
const FAULTY_SETTINGS: u8 = 78;
/// The longest password read from standard input, in bytes.
const PASSWORD_INPUT_MAX: u64 = 4_096;

/// Sells concert tickets.
#[derive(Debug, Parser)]
#[command(name = "boxoffice", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// Reads settings from this folder instead of BOXOFFICE_CONFIG_DIR or config/.
    #[arg(long, global = true, value_name = "DIR")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the shop, its API and its workers.
    Serve(Serve),
    /// Applies, reverts or lists the migrations of the database.
    Migrate {
        /// What to do.
        #[arg(value_enum)]
        direction: Direction,
    },
    /// Prints the OpenAPI document of the API.
    Openapi,
    /// Creates the first admin of an installation.
    CreateAdmin(CreateAdmin),
    /// Writes demo concerts and accounts.
    Demo,
    /// Checks the invariants of the stored data; exits with 1 if one is violated.
    Audit,
    /// Looks after the delivery of events to their consumers.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Lists every fault of the settings; exits with 78 when there is one.
    CheckConfig,
}

#[derive(Debug, Args)]
struct Serve {
    /// Writes the demo data first, unless it exists.
    #[arg(long)]
    demo: bool,
    /// Refuses to start if migrations are missing, instead of applying them.
    #[arg(long)]
    no_migrate: bool,
    /// Leaves background work to other processes.
    #[arg(long)]
    no_workers: bool,
    /// Runs only these services, separated by commas: users, bookings, payments, worker. Requests for the others are
    /// answered with 421. Needs a signing key that all processes share.
    #[arg(long, value_name = "SERVICES", value_delimiter = ',')]
    only: Vec<Service>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    /// Applies all missing migrations.
    Up,
    /// Reverts the last migration.
    Down,
    /// Lists the applied and missing migrations.
    Status,
}

#[derive(Debug, Args)]
struct CreateAdmin {
    /// The name to log in with.
    #[arg(long)]
    username: String,
    /// The e-mail address.
    #[arg(long)]
    email: String,
    /// Reads the password from standard input, so that no list of processes shows it.
    #[arg(long, required = true)]
    password_stdin: bool,
}

impl Cli {
    /// Runs the command.
    pub async fn run(self) -> ExitCode {
        let sources = Sources::of_process(self.config);
        let outcome = match self.command {
            Command::Serve(options) => Box::pin(serve(&sources, &options)).await,
            Command::Migrate { direction } => migrate(&sources, direction).await,
            Command::Openapi => say(openapi_document().trim_end()).map(|()| ExitCode::SUCCESS),
            Command::CreateAdmin(admin) => create_admin(&sources, admin).await,
            Command::Demo => Box::pin(write_demo(&sources)).await,
            Command::Audit => audit(&sources).await,
            Command::Events(command) => command.run(&sources).await,
            Command::CheckConfig => check_config(&sources),
        };
        outcome.unwrap_or_else(|failure| {
            complain(failure.as_ref());
            ExitCode::from(if failure.is::<SettingsFaults>() { FAULTY_SETTINGS } else { FAILED })
        })
    }
}

async fn serve(sources: &Sources, options: &Serve) -> Result<ExitCode, Failure> {
    let mut settings = Settings::load_checked(&sources.clone().serving(&options.only))?;
    settings.database.migrate &= !options.no_migrate;
    settings.workers.enabled &= !options.no_workers;
    refuse_demo_in_production(&settings, options.demo)?;
    telemetry::write_log(&settings.log)?;
    let stop = shutdown::on_signal()?;
    let app = App::build(&settings).await?;
    if options.demo {
        tracing::info!("writing the demo");
        // What was written stays, and the next start goes on from there.
        let Some(written) = stop.run_until_cancelled(demo::write(&settings, app.database())).await else {
            return Ok(ExitCode::SUCCESS);
        };
        written?;
    }
    let addresses = app.addresses();
    say(&format!(
        "shop and API        http://{http}\nAPI documentation   http://{http}/docs\nmetrics and probes  http://{admin}",
        http = addresses.http,
        admin = addresses.admin
    ))?;
    if settings.serve.is_partial() {
        let services: Vec<_> = app.services().map(Service::as_str).collect();
        say(&format!("serves only         {}", services.join(", ")))?;
    }
    if options.demo {
        say(&demo_accounts())?;
    }
    app.run_until_stopped(stop).await?;
    Ok(ExitCode::SUCCESS)
}

async fn migrate(sources: &Sources, direction: Direction) -> Result<ExitCode, Failure> {
    let settings = Settings::load(sources)?;
    let config = settings.database.config();
    // The log shows why a migration is retried while the command waits.
    telemetry::write_log(&settings.log)?;
    let steps = match direction {
        Direction::Up => migrate::up(&config).await?,
        Direction::Down => migrate::down_one(&config).await?.into_iter().collect(),
        Direction::Status => migrate::status(&config).await?.steps,
    };
    for step in &steps {
        let state = if step.applied { "applied" } else { "missing" };
        say(&format!("{state}  {}", step.name))?;
    }
    if steps.is_empty() {
        say("nothing to do")?;
    }
    for version in migrate::status(&config).await?.unknown {
        say(&format!("unknown  {version}: taken by a newer version of boxoffice"))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn create_admin(sources: &Sources, admin: CreateAdmin) -> Result<ExitCode, Failure> {
    let settings = Settings::load(sources)?;
    let modules = Modules::build(&settings)?;
    let mut password = String::new();
    io::stdin().take(PASSWORD_INPUT_MAX).read_to_string(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let command = RegisterUser { username: admin.username, email: admin.email, password };
    match modules.users.accounts.create_admin(command).await {
        Ok(profile) => say(&format!("created {}", profile.username.as_str())).map(|()| ExitCode::SUCCESS),
        Err(RegisterError::Invalid(faults)) => {
            let lines: Vec<_> =
                faults.as_slice().iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect();
            Err(lines.join("\n").into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn write_demo(sources: &Sources) -> Result<ExitCode, Failure> {
    let settings = Settings::load_checked(sources)?;
    refuse_demo_in_production(&settings, true)?;
    telemetry::write_log(&settings.log)?;
    migrate::up(&settings.database.config()).await?;
    demo::write(&settings, &Arc::new(Database::open(&settings.database.config())?)).await?;
    say(&demo_accounts())?;
    Ok(ExitCode::SUCCESS)
}

async fn audit(sources: &Sources) -> Result<ExitCode, Failure> {
    let reports = Modules::build(&Settings::load(sources)?)?.maintenance.maintenance.audit().await?;
    let mut is_sound = true;
    for report in reports {
        is_sound &= report.violations == 0;
        say(&format!("{:>9}  {}", report.violations, report.invariant.sentence()))?;
        for example in report.examples {
            say(&format!("{:>9}  {example}", ""))?;
        }
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn check_config(sources: &Sources) -> Result<ExitCode, Failure> {
    let settings = Settings::load_checked(sources)?;
    say(&format!("the settings for {} have no faults", settings.environment.as_str()))?;
    Ok(ExitCode::SUCCESS)
}

/// The passwords of the demo accounts are public.
fn refuse_demo_in_production(settings: &Settings, demo: bool) -> Result<(), Failure> {
    if demo && settings.environment.is_production() {
        return Err("the demo's accounts have no place in production".into());
    }
    Ok(())
}

fn demo_accounts() -> String {
    let line = |account: &demo::DemoAccount| format!("  {:<8}  {}", account.username, account.password);
    let lines: Vec<_> = demo::ACCOUNTS.iter().map(line).collect();
    format!("accounts of the demo, with their passwords\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_documented_command_lines_are_understood() {
        for line in [
            "boxoffice serve",
            "boxoffice serve --demo --no-migrate --no-workers",
            "boxoffice serve --only users",
            "boxoffice serve --only bookings,payments,worker",
            "boxoffice migrate up",
            "boxoffice migrate down",
            "boxoffice migrate status",
            "boxoffice openapi",
            "boxoffice create-admin --username ana --email ana@example.com --password-stdin",
            "boxoffice demo",
            "boxoffice audit --config /etc/boxoffice",
            "boxoffice events parked",
            "boxoffice events replay --consumer audit_log --from 2026-11-27T18:00:00Z",
            "boxoffice --config /etc/boxoffice check-config",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
        for line in [
            "boxoffice",
            "boxoffice sell",
            "boxoffice serve --only kitchen",
            "boxoffice migrate",
            "boxoffice create-admin --username ana",
            "boxoffice events replay --consumer audit_log --from yesterday",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
