//! A running shop: database, program and users.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::shop::{CommitMode, Shop, audit};
use super::{Concert, Database, Kind, Meter, Users, VenueLayout};
use crate::Failure;
use crate::context::BenchContext;

/// The period that counts as idle, and the processor time that it may take.
const IDLE_PERIOD: Duration = Duration::from_millis(400);
const IDLE_USE_MAX: Duration = Duration::from_millis(40);
/// Background work after a load is awaited for at most this time.
const IDLE_WAIT_MAX: Duration = Duration::from_secs(60);

/// A shop with its database and users.
pub(crate) struct Rig {
    program: PathBuf,
    /// The database.
    pub(crate) database: Database,
    /// Its processes: one, or several on the same database.
    pub(crate) shops: Vec<Shop>,
    pub(crate) users: Users,
    database_process: Option<u32>,
}

impl Rig {
    /// Starts one process of the program under test with fans and additional settings, such as
    /// `("BOOKINGS__HOLD_SECONDS", "30")`.
    pub(crate) async fn open(
        context: &BenchContext,
        kind: Kind,
        mode: CommitMode,
        fans: usize,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        Self::of_program(&context.program, context, kind, mode, fans, settings).await
    }

    /// The same with the reference and group commit. `None` if the run has no reference.
    pub(crate) async fn open_reference(
        context: &BenchContext,
        kind: Kind,
        fans: usize,
    ) -> Result<Option<Self>, Failure> {
        let Some(reference) = &context.reference else { return Ok(None) };
        Self::of_program(&reference.program, context, kind, CommitMode::Group, fans, &[]).await.map(Some)
    }

    async fn of_program(
        program: &Path,
        context: &BenchContext,
        kind: Kind,
        mode: CommitMode,
        fans: usize,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let database = Database::create(kind, &context.server).await?;
        let mut rig = Self {
            program: program.to_owned(),
            database_process: database.server_process().await?,
            database,
            shops: Vec::new(),
            users: Users::none(),
        };
        rig.add_shop(mode, settings).await?;
        rig.users = Users::register(&rig.database, fans).await?;
        rig.wait_until_idle().await?;
        Ok(rig)
    }

    /// Starts another process on the same database.
    pub(crate) async fn add_shop(&mut self, mode: CommitMode, settings: &[(&str, &str)]) -> Result<(), Failure> {
        let mut settings = settings.to_vec();
        // The former name of the commit mode, which older commits know as well.
        settings.push(("BOOKINGS__DESK", mode.name()));
        self.shops.push(Shop::start(&self.program, &self.database, &settings).await?);
        Ok(())
    }

    /// The first process.
    pub(crate) fn shop(&self) -> Result<&Shop, Failure> {
        self.shops.first().ok_or_else(|| "the shop is closed".into())
    }

    /// Creates a concert on sale.
    pub(crate) async fn concert(&self, layout: VenueLayout) -> Result<Concert, Failure> {
        Concert::put_on_sale(self.shop()?.http, &self.users.manager, layout).await
    }

    /// Creates a concert on sale with one standing section.
    pub(crate) async fn standing_concert(&self, places: u32) -> Result<Concert, Failure> {
        Concert::put_standing_on_sale(self.shop()?.http, &self.users.manager, places).await
    }

    /// The processor time so far.
    pub(crate) fn meter(&self) -> Result<Meter, Failure> {
        let shops: Vec<u32> = self.shops.iter().map(|shop| shop.process).collect();
        Meter::read(&shops, self.database_process)
    }

    /// Waits until earlier background work has ended, such as the delivery of events.
    pub(crate) async fn wait_until_idle(&self) -> Result<(), Failure> {
        let begin = std::time::Instant::now();
        while begin.elapsed() < IDLE_WAIT_MAX {
            let before = self.meter()?;
            tokio::time::sleep(IDLE_PERIOD).await;
            let used = self.meter()?.since(before);
            if used.server + used.database <= IDLE_USE_MAX {
                break;
            }
        }
        Ok(())
    }

    /// `None` if the stored data is valid. Otherwise the output of `boxoffice audit`.
    pub(crate) async fn audit(&self) -> Result<Option<String>, Failure> {
        audit(&self.program, &self.database).await
    }

    /// Stops the processes.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        for shop in self.shops {
            shop.stop().await?;
        }
        Ok(())
    }
}
